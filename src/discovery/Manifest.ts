/**
 * What a build holds: `flash_manifest.json` at the root of its archive, and on the platform beside it.
 *
 * The keys and the version are those of runpod-flash, so that its tools read ours and ours read its; what we add is in
 * keys of its own. Whatever a reader does not know it leaves aside.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Derived from "../resources/Derived.ts"
import * as GpuIds from "../resources/GpuIds.ts"
import { ResourceConfig } from "../resources/ResourceConfig.ts"

/**
 * Name of the file at the root of an archive.
 *
 * @since 0.1.0
 * @category constants
 */
export const fileName = "flash_manifest.json"

/**
 * The version that is written. Another one of the same major version is read.
 *
 * @since 0.1.0
 * @category constants
 */
export const version = "1.0"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true, nullable: true })

const withDefault = <A, I>(schema: Schema.Schema<A, I>, value: NoInfer<A>) =>
  Schema.optionalWith(schema, { default: () => value, nullable: true })

const flag = withDefault(Schema.Boolean, false)

const strings = withDefault(Schema.Record({ key: Schema.String, value: Schema.String }), {})

const list = <A, I>(item: Schema.Schema<A, I>) => withDefault(Schema.Array(item), [])

/** Below the root of the archive, without a way out of it. */
const RelativePath = Schema.String.pipe(
  Schema.filter((path) =>
    path !== "" && !path.startsWith("/") && !path.split("/").some((segment) => segment === ".." || segment === "") ||
    "expected a path below the archive's root"
  )
)

const Sha256 = Schema.String.pipe(Schema.pattern(/^[0-9a-f]{64}$/))

/** JSON Schemas of what is taken, given (one value, where it streams) and failed with, as they are encoded. */
const contract = {
  /** Its result is a stream of values. */
  streams: flag,
  payload_schema: optional(Schema.Unknown),
  success_schema: optional(Schema.Unknown),
  error_schema: optional(Schema.Unknown)
}

/**
 * One method of a class.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ManifestMethod = Schema.Struct({ name: Schema.String, ...contract })

/**
 * @since 0.1.0
 * @category models
 */
export type ManifestMethod = typeof ManifestMethod.Type

/**
 * One function, or class, of a resource.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ManifestFunction = Schema.Struct({
  name: Schema.String,
  /** The module that defines it, as `dir.file`. */
  module: withDefault(Schema.String, ""),
  is_async: withDefault(Schema.Boolean, true),
  is_class: flag,
  is_load_balanced: flag,
  is_live_resource: flag,
  config_variable: Schema.optionalWith(Schema.NullOr(Schema.String), { default: () => null }),
  /** Load balancers only. */
  http_method: optional(Schema.String),
  http_path: optional(Schema.String),
  ...contract,
  /** Classes only: what an instance is made of, and the methods, by their names in order. */
  constructor_schema: optional(Schema.Unknown),
  methods: optional(Schema.Array(ManifestMethod)),
  /** Running it twice with the same payload does no harm. */
  is_idempotent: flag
})

/**
 * @since 0.1.0
 * @category models
 */
export type ManifestFunction = typeof ManifestFunction.Type

/**
 * The code of a resource: ES modules of the archive, of which a worker loads one.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ManifestCode = Schema.Struct({
  /** Path of the module whose exports are the functions. Imports that the worker provides are marked in it. */
  module: RelativePath,
  /** The sha256 of each file that it is made of, by path. */
  files: Schema.Record({ key: RelativePath, value: Sha256 })
})

/**
 * One resource with its functions.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ManifestResource = Schema.Struct({
  /** Name of the resource's constructor. */
  resource_type: Schema.String,
  file_path: withDefault(Schema.String, ""),
  local_path_prefix: withDefault(Schema.String, ""),
  module_path: withDefault(Schema.String, ""),
  functions: list(ManifestFunction),
  is_load_balanced: flag,
  is_live_resource: flag,
  config_variable: Schema.optionalWith(Schema.NullOr(Schema.String), { default: () => null }),
  makes_remote_calls: withDefault(Schema.Boolean, true),
  imageName: optional(Schema.String),
  templateId: optional(Schema.String),
  /** Comma list of pools and `-<type>`; absent of CPUs. */
  gpuIds: optional(Schema.String),
  workersMin: optional(Schema.Int),
  workersMax: optional(Schema.Int),
  template: optional(Schema.Record({ key: Schema.String, value: Schema.Unknown })),
  /** Id of its endpoint, once there is one. */
  endpoint_id: optional(Schema.String),
  /** The whole configuration, encoded: see `configOf`. */
  config: optional(Schema.Unknown),
  code: optional(ManifestCode),
  /** Hexadecimal sha256 over its code: where it is another one, workers have to be replaced. */
  code_hash: optional(Sha256),
  /** Names of the resources whose functions its code may call. */
  calls: list(Schema.String),
  /** npm packages that the worker has to install: they are not in the archive. */
  dependencies: list(Schema.String),
  /** apt packages that the worker has to install. */
  system_dependencies: list(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type ManifestResource = typeof ManifestResource.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const Manifest = Schema.Struct({
  version: Schema.String.pipe(
    Schema.filter((text) =>
      /^1(\.|$)/.test(text) || `it is of version ${text}, and this version of effect-flash reads 1.x: update it`
    )
  ),
  /** ISO 8601; absent where the same sources are to give the same bytes. */
  generated_at: optional(Schema.String),
  project_name: withDefault(Schema.String, ""),
  resources: Schema.Record({ key: Schema.String, value: ManifestResource }),
  /** Name of the resource by the name of a function. */
  function_registry: strings,
  /** Name of the function by `METHOD /path`, by resource. */
  routes: optional(
    Schema.Record({ key: Schema.String, value: Schema.Record({ key: Schema.String, value: Schema.String }) })
  ),
  /** URL by resource, once it is deployed. */
  resources_endpoints: optional(Schema.Record({ key: Schema.String, value: Schema.String })),
  /** On the platform alone: the environment that the build was uploaded for, and its archive. */
  deployment: optional(
    Schema.Struct({
      environment_id: Schema.String,
      digest: Schema.String,
      sha256: Sha256,
      /** Whether it has ever served there: what has can be gone back to. */
      has_served: flag
    })
  ),
  /** The effect-flash that made it. */
  flash_version: optional(Schema.String),
  /** Versions of the npm packages in the archive, by the folders that they are in. */
  packages: optional(Schema.Record({ key: Schema.String, value: Schema.String }))
})

/**
 * @since 0.1.0
 * @category models
 */
export type Manifest = typeof Manifest.Type

const decodeValue = Schema.decodeUnknown(Manifest, { errors: "all" })

const decodeText = Schema.decodeUnknown(Schema.parseJson(Manifest), { errors: "all" })

/**
 * Reads a manifest, from its JSON text or its value.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (json: unknown): Effect.Effect<Manifest, ParseResult.ParseError> =>
  typeof json === "string" ? decodeText(json) : decodeValue(json)

/**
 * The value of a manifest, whose keys are sorted: the same manifest gives the same bytes.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encode = (manifest: Manifest): Effect.Effect<unknown, ParseResult.ParseError> =>
  Effect.map(Schema.encode(Manifest)(manifest), sorted)

/**
 * The text of a manifest's file.
 *
 * @since 0.1.0
 * @category encoding
 */
export const print = (manifest: Manifest): Effect.Effect<string, ParseResult.ParseError> =>
  Effect.map(encode(manifest), (value) => `${JSON.stringify(value, null, 2)}\n`)

const sorted = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map(([key, item]) => [key, sorted(item)])
  )
}

/**
 * What a configuration says of its resource, in the manifest's words: the configuration whole, and the original's keys.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ofConfig = (
  config: ResourceConfig
): Effect.Effect<
  Pick<
    ManifestResource,
    | "resource_type"
    | "is_load_balanced"
    | "is_live_resource"
    | "imageName"
    | "templateId"
    | "gpuIds"
    | "workersMin"
    | "workersMax"
    | "config"
  >,
  ParseResult.ParseError
> =>
  Effect.map(Schema.encode(ResourceConfig)(config), (encoded) => ({
    resource_type: config._tag,
    is_load_balanced: Derived.isLoadBalancer(config),
    // so says the original of live load balancers alone
    is_live_resource: Derived.isLoadBalancer(config) && Derived.isLive(config),
    ...(config.imageName === undefined ? {} : { imageName: config.imageName }),
    ...(config.templateId === undefined ? {} : { templateId: config.templateId }),
    ...(Derived.isGpu(config) ? { gpuIds: GpuIds.toGpuIds(config.gpus) } : {}),
    workersMin: config.workersMin,
    workersMax: config.workersMax,
    config: encoded
  }))

const decodeConfig = Schema.decodeUnknown(ResourceConfig, { errors: "all" })

/**
 * The configuration of a resource; fails of one that the Python package has written, which has none, and of one that a
 * newer version has written.
 *
 * @since 0.1.0
 * @category accessors
 */
export const configOf = (resource: ManifestResource): Effect.Effect<ResourceConfig, ParseResult.ParseError> =>
  decodeConfig(resource.config)
