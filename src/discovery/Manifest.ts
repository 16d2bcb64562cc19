/**
 * `flash_manifest.json`: what a build holds, for those who deploy it, run it and call it.
 *
 * The keys are those of runpod-flash (version "1.0") and some more, so that each reads the other's. A reader takes what
 * it knows and passes over the rest; a build writes the same bytes for the same sources. No secret is in it: variables
 * stand there as they were declared, `Env.secret` and `Env.fromLocal` by their names.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ResourceConfig } from "../resources/ResourceConfig.ts"

/**
 * The manifest's name, at the root of an artifact.
 *
 * @since 0.1.0
 * @category constants
 */
export const fileName = "flash_manifest.json"

/**
 * What a build writes for the version and for its time, which is no time: the same sources give the same bytes.
 *
 * @since 0.1.0
 * @category constants
 */
export const header = { version: "1.0", generated_at: "1970-01-01T00:00:00.000000Z" } as const

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true, nullable: true })

const withDefault = <A, I>(schema: Schema.Schema<A, I>, value: NoInfer<A>) =>
  Schema.optionalWith(schema, { exact: true, nullable: true, default: () => value })

const flag = withDefault(Schema.Boolean, false)

const names = withDefault(Schema.Array(Schema.String), [])

/** A JSON Schema, draft 7, of the encoded value. */
const JsonSchema = Schema.Record({ key: Schema.String, value: Schema.Unknown })

/** What goes in and comes out; absent where a schema has no JSON Schema, or a manifest is not ours. */
const contract = {
  payload_schema: optional(JsonSchema),
  /** Of one value, where it streams. */
  success_schema: optional(JsonSchema),
  error_schema: optional(JsonSchema),
  /** The result is a stream of values. */
  is_stream: flag
}

/**
 * A method of a remote class.
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
 * A remote function or class.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ManifestFunction = Schema.Struct({
  name: Schema.String,
  /** Its module as a path of names: `src.workers.gpu`. */
  module: Schema.String,
  is_async: withDefault(Schema.Boolean, true),
  is_class: flag,
  is_load_balanced: flag,
  is_live_resource: flag,
  config_variable: Schema.optionalWith(Schema.NullOr(Schema.String), { exact: true, default: () => null }),
  /** `GET`, of a route of a load balancer. */
  http_method: optional(Schema.String),
  /** `/users/{id}`. */
  http_path: optional(Schema.String),
  ...contract,
  /** Of a class: what its constructor takes. */
  constructor_schema: optional(JsonSchema),
  methods: optional(Schema.Array(ManifestMethod)),
  /** Running it twice with the same payload does no harm. */
  is_idempotent: flag,
  /** npm packages and apt packages it names. What of them is in the archive, its resource says. */
  dependencies: names,
  system_dependencies: names
})

/**
 * @since 0.1.0
 * @category models
 */
export type ManifestFunction = typeof ManifestFunction.Type

/**
 * A resource, with the functions that run on it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ManifestResource = Schema.Struct({
  /** `LiveServerless`. */
  resource_type: Schema.String,
  /** Of the module of its first function, from the project's folder. */
  file_path: withDefault(Schema.String, ""),
  local_path_prefix: withDefault(Schema.String, ""),
  module_path: withDefault(Schema.String, ""),
  functions: withDefault(Schema.Array(ManifestFunction), []),
  is_load_balanced: flag,
  /** True of live load balancers alone, as in runpod-flash. */
  is_live_resource: flag,
  config_variable: Schema.optionalWith(Schema.NullOr(Schema.String), { exact: true, default: () => null }),
  /** Whether its code may call functions of other resources: only then a worker needs a key. */
  makes_remote_calls: withDefault(Schema.Boolean, true),
  imageName: optional(Schema.String),
  templateId: optional(Schema.String),
  gpuIds: optional(Schema.String),
  workersMin: optional(Schema.Int),
  workersMax: optional(Schema.Int),
  template: optional(Schema.Record({ key: Schema.String, value: Schema.Unknown })),
  /** The whole declaration, see `configOf`; absent from a manifest that is not ours. */
  config: optional(Schema.Unknown),
  /**
   * ES module in the archive that exports its functions, and may import others of the archive; absent from a manifest
   * that is not ours. As in a live bundle, what a worker provides is imported by `effect-flash:external/…`.
   */
  bundle: optional(Schema.String),
  /** Hexadecimal sha256 of its code: its bundle and what that is made of. */
  code_hash: optional(Schema.String),
  /** Resources whose functions its code may call, by name. */
  calls: names,
  /** npm packages that are not in the archive: a worker installs them before it takes jobs. */
  dependencies: names,
  /** apt packages that a worker installs before it takes jobs. */
  system_dependencies: names
})

/**
 * @since 0.1.0
 * @category models
 */
export type ManifestResource = typeof ManifestResource.Type

const record = <A, I>(value: Schema.Schema<A, I>) => Schema.Record({ key: Schema.String, value })

/**
 * A build's manifest as data. Unknown keys are passed over.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Manifest = Schema.Struct({
  /** `1.` and a number: another first number is another format. */
  version: withDefault(Schema.String.pipe(Schema.pattern(/^1(\.\d+)*$/)), "1.0"),
  generated_at: withDefault(Schema.String, ""),
  /** The app's name. */
  project_name: withDefault(Schema.String, ""),
  /** By name. */
  resources: record(ManifestResource),
  /** Names of resources by the names of functions. */
  function_registry: withDefault(record(Schema.String), {}),
  /** Names of functions by `METHOD /path`, for each load balancer. */
  routes: optional(record(record(Schema.String))),
  /** Base URLs of endpoints by the names of resources; a deployment puts them there. */
  resources_endpoints: optional(record(Schema.String)),
  /** Version of the effect-flash that made it. */
  flash_version: optional(Schema.String),
  /** Versions of the npm packages in the archive's `node_modules`, by their names. */
  packages: optional(record(Schema.String))
})

/**
 * @since 0.1.0
 * @category models
 */
export type Manifest = typeof Manifest.Type

/**
 * A text is no manifest, or one of a format to come.
 *
 * @since 0.1.0
 * @category errors
 */
export class ManifestUnreadable extends Schema.TaggedError<ManifestUnreadable>()("ManifestUnreadable", {
  reason: Schema.String
}) {
  override get message() {
    return `The manifest cannot be read: ${this.reason}. Build the project again with this version of effect-flash.`
  }
}

/**
 * Reads a manifest that was parsed from JSON already. Fails with `ManifestUnreadable`.
 *
 * @since 0.1.0
 * @category decoding
 */
export const fromJson = (json: unknown): Effect.Effect<Manifest, ManifestUnreadable> =>
  Effect.mapError(Schema.decodeUnknown(Manifest)(json), unreadable)

/**
 * Reads the text of a manifest. Fails with `ManifestUnreadable`.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (text: string): Effect.Effect<Manifest, ManifestUnreadable> =>
  Effect.mapError(Schema.decode(Schema.parseJson(Manifest))(text), unreadable)

/**
 * The declaration of a resource; `undefined` where the manifest has none, which is not ours then. Fails with
 * `ManifestUnreadable` where this version does not know what it says.
 *
 * @since 0.1.0
 * @category accessors
 */
export const configOf = (
  resource: ManifestResource
): Effect.Effect<ResourceConfig | undefined, ManifestUnreadable> =>
  resource.config === undefined
    ? Effect.succeed(undefined)
    : Effect.mapError(Schema.decodeUnknown(ResourceConfig)(resource.config), unreadable)

const unreadable = ({ message }: { readonly message: string }) => new ManifestUnreadable({ reason: message })

/**
 * The text of a manifest: JSON with its keys in order, so that the same manifest is the same text.
 *
 * @since 0.1.0
 * @category encoding
 */
export const stringify = (manifest: Manifest): string =>
  `${JSON.stringify(sorted(Schema.encodeSync(Manifest)(manifest)), null, 2)}\n`

/** By code units, which no locale has a say in. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => a < b ? -1 : 1).map(([key, item]) => [key, sorted(item)]))
}
