/**
 * What the control plane keeps: one model, of which REST v2, REST v1 and GraphQL are views.
 *
 * The schemas say how a record stands in the database, as JSON.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const Env = Schema.Record({ key: Schema.String, value: Schema.String })

const Texts = Schema.Array(Schema.String)

/** Milliseconds since the epoch. */
const Time = Schema.Number

/**
 * What a container is started with. Every endpoint has one; those that only one endpoint uses are `boundTo` it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Template = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  image: Schema.String,
  /** Shell words. */
  args: Schema.String,
  entrypoint: Texts,
  /** GB. */
  disk: Schema.Number,
  env: Env,
  /** As `8888/http`. */
  ports: Texts,
  registry: Schema.NullOr(Schema.String),
  /** GB; 0 is none. */
  volume: Schema.Struct({ size: Schema.Number, path: Schema.String }),
  serverless: Schema.Boolean,
  public: Schema.Boolean,
  category: Schema.Literal("CPU", "NVIDIA", "AMD"),
  readme: Schema.String,
  startSsh: Schema.Boolean,
  startJupyter: Schema.Boolean,
  advancedStart: Schema.Boolean,
  startScript: Schema.String,
  allowedCudaVersions: Texts,
  /** Id of the endpoint it was made for and goes with. */
  boundTo: Schema.NullOr(Schema.String),
  createdAt: Time
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
export const GpuCompute = Schema.Struct({
  type: Schema.Literal("GPU"),
  pools: Texts,
  /** GPU types of the pools that are not wanted. */
  excludedTypes: Texts,
  count: Schema.Number,
  allowedCudaVersions: Texts,
  minCudaVersion: Schema.NullOr(Schema.String)
})

/**
 * @since 0.1.0
 * @category schemas
 */
export const CpuCompute = Schema.Struct({
  type: Schema.Literal("CPU"),
  instances: Schema.Array(Schema.Struct({ id: Schema.String, vcpuCount: Schema.Number }))
})

/**
 * @since 0.1.0
 * @category models
 */
export type Compute = typeof GpuCompute.Type | typeof CpuCompute.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const Scaling = Schema.Union(
  /** A worker more where a request waits longer than so many seconds. */
  Schema.Struct({ type: Schema.Literal("QUEUE_DELAY"), queueDelay: Schema.Number }),
  /** A worker for so many requests. */
  Schema.Struct({ type: Schema.Literal("REQUEST_COUNT"), requestCount: Schema.Number })
)

/**
 * @since 0.1.0
 * @category models
 */
export type Scaling = typeof Scaling.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const Endpoint = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  kind: Schema.Literal("QUEUE", "LOAD_BALANCER"),
  /** `idleTimeout` in seconds. */
  workers: Schema.Struct({ min: Schema.Number, max: Schema.Number, idleTimeout: Schema.Number }),
  scaling: Scaling,
  /** Milliseconds a request may run; 0 is without limit. */
  timeout: Schema.Number,
  flashboot: Schema.Literal("OFF", "FLASHBOOT", "PRIORITY_FLASHBOOT"),
  compute: Schema.Union(GpuCompute, CpuCompute),
  /** Variables beside those of the template, and before them. */
  env: Env,
  templateId: Schema.String,
  dataCenterIds: Texts,
  /** Ids. */
  networkVolumes: Texts,
  modelReferences: Texts,
  flashEnvironmentId: Schema.NullOr(Schema.String),
  /** Counts the changes that need new workers. */
  version: Schema.Number,
  /** What its workers authorize themselves with. */
  aiKey: Schema.Redacted(Schema.String),
  createdAt: Time
})

/**
 * @since 0.1.0
 * @category models
 */
export type Endpoint = typeof Endpoint.Type

/**
 * A change of an endpoint that its workers are replaced for.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Release = Schema.Struct({
  id: Schema.String,
  endpointId: Schema.String,
  version: Schema.Number,
  createdAt: Time,
  diff: Schema.Array(Schema.Struct({ field: Schema.String, old: Schema.Unknown, new: Schema.Unknown }))
})

/**
 * @since 0.1.0
 * @category models
 */
export type Release = typeof Release.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const NetworkVolume = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  /** GB. */
  size: Schema.Number,
  dataCenterId: Schema.String,
  type: Schema.Literal("STANDARD", "HIGH_PERFORMANCE"),
  flashEnvironmentId: Schema.NullOr(Schema.String),
  createdAt: Time
})

/**
 * @since 0.1.0
 * @category models
 */
export type NetworkVolume = typeof NetworkVolume.Type

/**
 * A pod. The platform has no machine that it could run on: it stays what was asked for.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Pod = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  image: Schema.String,
  /** Shell words. */
  args: Schema.String,
  entrypoint: Texts,
  /** GB. */
  disk: Schema.Number,
  env: Env,
  /** As `8888/http`. */
  ports: Texts,
  registry: Schema.NullOr(Schema.String),
  /** GB; 0 is none. */
  volume: Schema.Struct({ size: Schema.Number, path: Schema.String }),
  networkVolume: Schema.NullOr(Schema.Struct({ id: Schema.String, path: Schema.String })),
  compute: Schema.Union(
    Schema.Struct({ type: Schema.Literal("GPU"), id: Schema.String, count: Schema.Number }),
    Schema.Struct({ type: Schema.Literal("CPU"), id: Schema.String, vcpuCount: Schema.Number })
  ),
  cloud: Schema.Literal("SECURE", "COMMUNITY"),
  dataCenterIds: Texts,
  interruptible: Schema.Boolean,
  locked: Schema.Boolean,
  globalNetworking: Schema.Boolean,
  /** Whether it is to run. */
  isWanted: Schema.Boolean,
  /** When that was said last. */
  changedAt: Time,
  createdAt: Time
})

/**
 * @since 0.1.0
 * @category models
 */
export type Pod = typeof Pod.Type

/**
 * A registry's credentials. The platform pulls no image, so it keeps no password.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Registry = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  username: Schema.String,
  createdAt: Time
})

/**
 * @since 0.1.0
 * @category models
 */
export type Registry = typeof Registry.Type

/**
 * A value for `{{ RUNPOD_SECRET_<name> }}` in an environment.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Secret = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  value: Schema.Redacted(Schema.String),
  description: Schema.String,
  createdAt: Time
})

/**
 * @since 0.1.0
 * @category models
 */
export type Secret = typeof Secret.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const FlashApp = Schema.Struct({ id: Schema.String, name: Schema.String, createdAt: Time })

/**
 * @since 0.1.0
 * @category models
 */
export type FlashApp = typeof FlashApp.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const FlashEnvironment = Schema.Struct({
  id: Schema.String,
  appId: Schema.String,
  name: Schema.String,
  /** As `PENDING`, `DEPLOYING` or `HEALTHY`. */
  state: Schema.String,
  activeBuildId: Schema.NullOr(Schema.String),
  createdAt: Time
})

/**
 * @since 0.1.0
 * @category models
 */
export type FlashEnvironment = typeof FlashEnvironment.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const FlashBuild = Schema.Struct({
  id: Schema.String,
  appId: Schema.String,
  objectKey: Schema.String,
  manifest: Schema.Unknown,
  createdAt: Time
})

/**
 * @since 0.1.0
 * @category models
 */
export type FlashBuild = typeof FlashBuild.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const Account = Schema.Struct({
  id: Schema.String,
  sshKeys: Texts,
  /** Signs the addresses of artifacts. */
  signingKey: Schema.Redacted(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Account = typeof Account.Type

/**
 * Every kind of record, by the name it has in the database.
 *
 * @since 0.1.0
 * @category schemas
 */
export const kinds = {
  accounts: Account,
  endpoints: Endpoint,
  releases: Release,
  templates: Template,
  networkVolumes: NetworkVolume,
  pods: Pod,
  registries: Registry,
  secrets: Secret,
  flashApps: FlashApp,
  flashEnvironments: FlashEnvironment,
  flashBuilds: FlashBuild
} as const

/**
 * @since 0.1.0
 * @category models
 */
export type Kinds = { readonly [K in keyof typeof kinds]: (typeof kinds)[K]["Type"] }
