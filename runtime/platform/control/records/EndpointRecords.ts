/**
 * Endpoints as the control plane keeps them: what their containers start with, what they run on, how they have changed.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { container, Env, Texts, Time } from "./Fields.ts"

/**
 * What a container is started with. Every endpoint has one; those that only one endpoint uses are `boundTo` it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Template = Schema.Struct({
  ...container,
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
