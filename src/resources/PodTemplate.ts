/**
 * Settings of the container, apart from an endpoint, to be shared by several.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Env } from "./Env.ts"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

const settings = {
  /** Its name on the platform. */
  name: optional(Schema.NonEmptyString),
  /** Arguments of the image's entry point, one string as for a shell. */
  dockerArgs: optional(Schema.NonEmptyString),
  /** Ports the container listens on, as `8888/http` or `22/tcp`. */
  ports: Schema.optionalWith(Schema.Array(Schema.String), { default: () => [] }),
  startScript: optional(Schema.NonEmptyString),
  advancedStart: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  config: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.Unknown }), { default: () => ({}) })
}

/**
 * What a template says that an endpoint has no field of its own for.
 *
 * @since 0.1.0
 * @category schemas
 */
export const TemplateSettings = Schema.Struct(settings)

/**
 * @since 0.1.0
 * @category models
 */
export type TemplateSettings = typeof TemplateSettings.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const PodTemplateSchema = Schema.TaggedStruct("PodTemplate", {
  ...settings,
  imageName: optional(Schema.NonEmptyString),
  /** Gigabytes. */
  containerDiskInGb: optional(Schema.Int.pipe(Schema.between(1, 65_536))),
  /** Id of the credentials for a private registry. */
  containerRegistryAuthId: optional(Schema.NonEmptyString),
  env: Schema.optionalWith(Env, { default: () => ({}) })
})

/**
 * @since 0.1.0
 * @category models
 */
export type PodTemplate = typeof PodTemplateSchema.Type
