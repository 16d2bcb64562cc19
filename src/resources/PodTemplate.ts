/**
 * Settings of a worker's container, apart from a resource, to be shared by several.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { isDeepStrictEqual } from "node:util"
import { type Env, EnvSchema } from "./Env.ts"
import { construct } from "./internal/construct.ts"
import { wholeNumber } from "./internal/number.ts"
import { text, textLike } from "./internal/text.ts"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

const isJson = (value: unknown): boolean => {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0)
  if (Array.isArray(value)) return value.every(isJson)
  return typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype &&
    Object.values(value).every(isJson)
}

/** A value that is the same after JSON. */
const Json = Schema.Unknown.pipe(Schema.filter(isJson)).annotations({
  arbitrary: () => (fc) => fc.jsonValue({ maxDepth: 2 }).filter(isJson),
  equivalence: () => isDeepStrictEqual,
  message: () => "expected JSON"
})

/**
 * Fields of containers that a template and a resource both have.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ContainerFields = {
  /** Docker image. */
  imageName: optional(text("the name of an image")),
  /** Gigabytes of the container's own disk. */
  containerDiskInGb: optional(wholeNumber({ min: 1, max: 65_536 })),
  /** Id of the platform's credentials for a private registry. */
  containerRegistryAuthId: optional(text("the id of registry credentials"))
}

const settings = {
  /** Its name on the platform. */
  name: optional(text("a name")),
  /** Arguments of the image's entry point, one string as for a shell. */
  dockerArgs: optional(text("arguments as one string")),
  /** Ports the container listens on, as `8888/http` or `22/tcp`. */
  ports: Schema.optionalWith(
    Schema.Array(textLike(/^[1-9][0-9]{0,4}\/(http|tcp)$/, "a port as 8888/http or 22/tcp")),
    { default: () => [] }
  ),
  startScript: optional(text("a script")),
  advancedStart: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  config: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Json }), { default: () => ({}) })
}

/**
 * What a template says that a resource has no field of its own for.
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
  ...ContainerFields,
  env: Schema.optionalWith(EnvSchema, { default: () => ({}) })
})

/**
 * @since 0.1.0
 * @category models
 */
export type PodTemplate = typeof PodTemplateSchema.Type

/**
 * What `PodTemplate.make` takes.
 *
 * @since 0.1.0
 * @category models
 */
export interface PodTemplateOptions {
  /** Its name on the platform. */
  readonly name?: string
  readonly imageName?: string
  /** Gigabytes of the container's own disk. */
  readonly containerDiskInGb?: number
  /** Id of the platform's credentials for a private registry. */
  readonly containerRegistryAuthId?: string
  /** Arguments of the image's entry point, one string as for a shell. A Live resource starts no worker of its own then. */
  readonly dockerArgs?: string
  readonly env?: Env
  /** `"8888/http,22/tcp"`, or a list. */
  readonly ports?: string | ReadonlyArray<string>
  readonly startScript?: string
  readonly advancedStart?: boolean
  /** JSON for the platform. */
  readonly config?: Readonly<Record<string, unknown>>
}

/**
 * A template for `template` of resources: what a resource says itself wins, environments are merged. One value may be
 * used by several resources; it is not a template on the platform, which is named by `templateId`.
 *
 * @example
 * import { Env, PodTemplate, ServerlessEndpoint } from "effect-flash"
 *
 * const template = PodTemplate.make({ containerDiskInGb: 100, env: { HF_TOKEN: Env.secret("huggingface") } })
 * const flux = ServerlessEndpoint.make("flux", { imageName: "me/flux:1", template })
 *
 * @since 0.1.0
 * @category constructors
 */
export const PodTemplate = {
  /** Throws `InvalidResource` where a field is wrong. */
  make: (options: PodTemplateOptions): PodTemplate =>
    construct(
      PodTemplateSchema,
      "PodTemplate",
      options.name ?? "",
      typeof options.ports === "string" ? { ...options, ports: listOf(options.ports) } : options,
      {
        volumeInGb: "serverless workers have no volume of their own: use a NetworkVolume",
        args: "did you mean dockerArgs?",
        disk: "did you mean containerDiskInGb?"
      }
    )
}

const listOf = (text: string) => text.split(",").map((port) => port.trim()).filter((port) => port !== "")
