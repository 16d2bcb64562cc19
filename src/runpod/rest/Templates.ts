/**
 * Templates: `/v2/templates`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { absentable, container, containerRequest, CudaVersion, open, optional } from "./Fields.ts"

/**
 * @since 0.1.0
 * @category schemas
 */
export const TemplateCategory = Schema.Literal("CPU", "NVIDIA", "AMD")

const changeable = {
  ...containerRequest,
  allowedCudaVersions: optional(Schema.Array(CudaVersion)),
  category: optional(TemplateCategory),
  mounts: optional(Schema.Struct({
    persistent: optional(Schema.Struct({
      /** GB, at least 10. */
      size: Schema.Int.pipe(Schema.greaterThanOrEqualTo(10)),
      path: Schema.String
    }))
  })),
  public: optional(Schema.Boolean),
  /** For serverless workers rather than for pods. */
  serverless: optional(Schema.Boolean),
  startJupyter: optional(Schema.Boolean),
  startSsh: optional(Schema.Boolean)
}

/**
 * Body of `POST /v2/templates`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateTemplateRequest = Schema.Struct({
  ...changeable,
  /** Unique in the account. */
  name: Schema.NonEmptyString,
  image: Schema.String
})

/**
 * @since 0.1.0
 * @category models
 */
export type CreateTemplateRequest = typeof CreateTemplateRequest.Type

/**
 * Body of `PATCH /v2/templates/{id}`: what is left out stays as it is.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UpdateTemplateRequest = Schema.Struct({ ...changeable, name: optional(Schema.NonEmptyString) })

/**
 * @since 0.1.0
 * @category models
 */
export type UpdateTemplateRequest = typeof UpdateTemplateRequest.Type

/**
 * A template, as the platform holds it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Template = Schema.Struct({
  ...container,
  id: Schema.String,
  name: Schema.String,
  mounts: absentable(Schema.Struct({
    persistent: absentable(Schema.Struct({ size: Schema.Int, path: Schema.String }))
  })),
  serverless: Schema.Boolean,
  public: Schema.Boolean,
  category: open("CPU", "NVIDIA", "AMD"),
  startSsh: Schema.Boolean,
  startJupyter: Schema.Boolean,
  allowedCudaVersions: Schema.Array(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Template = typeof Template.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const ListTemplatesResponse = Schema.Struct({ templates: Schema.Array(Template) })
