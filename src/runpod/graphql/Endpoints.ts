/**
 * Endpoints, templates and hardware over GraphQL. REST v2 has all of it but `flashEnvironmentId`, which binds an endpoint
 * to a flash app's environment and its build.
 *
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { absentable, open, optional } from "../rest/Fields.ts"

const strings = absentable(Schema.Array(Schema.NullOr(Schema.String)))

const EnvVarInput: Schema.Schema<
  { readonly key: string; readonly value: string | Redacted.Redacted },
  { readonly key: string; readonly value: string }
> = Schema.Struct({ key: Schema.String, value: Schema.Union(Schema.String, Schema.Redacted(Schema.String)) })

/**
 * `SaveTemplateInput`; with an `id` it updates.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SaveTemplateInput = Schema.Struct({
  id: optional(Schema.String),
  name: optional(Schema.String),
  imageName: optional(Schema.String),
  dockerArgs: optional(Schema.String),
  containerDiskInGb: optional(Schema.Int),
  containerRegistryAuthId: optional(Schema.String),
  /** GB; 0 for a serverless template. */
  volumeInGb: optional(Schema.Int),
  volumeMountPath: optional(Schema.String),
  /** As `80/http,22/tcp`. */
  ports: optional(Schema.String),
  env: optional(Schema.Array(EnvVarInput)),
  isServerless: optional(Schema.Boolean),
  isPublic: optional(Schema.Boolean),
  category: optional(Schema.String),
  readme: optional(Schema.String),
  advancedStart: optional(Schema.Boolean),
  startScript: optional(Schema.String),
  startSsh: optional(Schema.Boolean),
  startJupyter: optional(Schema.Boolean),
  config: optional(Schema.Unknown)
})

/**
 * @since 0.1.0
 * @category models
 */
export type SaveTemplateInput = typeof SaveTemplateInput.Type

/**
 * `EndpointInput`. With an `id` it updates, and replaces the whole endpoint: what is left out goes back to its default.
 *
 * @since 0.1.0
 * @category schemas
 */
export const EndpointInput = Schema.Struct({
  id: optional(Schema.String),
  name: Schema.NonEmptyString,
  /** Queue or load-balanced. */
  type: optional(Schema.Literal("QB", "LB")),
  flashEnvironmentId: optional(Schema.String),
  templateId: optional(Schema.String),
  template: optional(SaveTemplateInput),
  /** Pool ids, comma-separated, the preferred first; `-` before a GPU type id takes it out. */
  gpuIds: optional(Schema.String),
  gpuCount: optional(Schema.Int),
  /** CPU instances, as `cpu3c-2-4`. */
  instanceIds: optional(Schema.Array(Schema.String)),
  /** Data center ids, comma-separated. */
  locations: optional(Schema.String),
  /** Seconds. */
  idleTimeout: optional(Schema.Int.pipe(Schema.between(1, 3600))),
  scalerType: optional(Schema.Literal("QUEUE_DELAY", "REQUEST_COUNT")),
  scalerValue: optional(Schema.Int.pipe(Schema.positive())),
  workersMin: optional(Schema.NonNegativeInt),
  workersMax: optional(Schema.NonNegativeInt),
  workersStandby: optional(Schema.NonNegativeInt),
  workersPFBTarget: optional(Schema.NonNegativeInt),
  /** Milliseconds; 0 is without limit. */
  executionTimeoutMs: optional(Schema.NonNegativeInt),
  /** Comma-separated. */
  allowedCudaVersions: optional(Schema.String),
  minCudaVersion: optional(Schema.String),
  flashBootType: optional(Schema.Literal("OFF", "FLASHBOOT", "PRIORITY_FLASHBOOT")),
  networkVolumeId: optional(Schema.String),
  networkVolumeIds: optional(Schema.Array(Schema.Struct({
    networkVolumeId: Schema.String,
    dataCenterId: optional(Schema.String)
  })))
})

/**
 * @since 0.1.0
 * @category models
 */
export type EndpointInput = typeof EndpointInput.Type

/**
 * An endpoint as `saveEndpoint` answers it. Its own key is not asked for.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SavedEndpoint = Schema.Struct({
  id: Schema.String,
  name: absentable(Schema.String),
  type: absentable(open("QB", "LB")),
  flashEnvironmentId: absentable(Schema.String),
  templateId: absentable(Schema.String),
  userId: absentable(Schema.String),
  version: absentable(Schema.Int),
  activeBuildid: absentable(Schema.String),
  idePodId: absentable(Schema.String),
  gpuIds: absentable(Schema.String),
  gpuCount: absentable(Schema.Int),
  instanceIds: strings,
  locations: absentable(Schema.String),
  idleTimeout: absentable(Schema.Int),
  scalerType: absentable(open("QUEUE_DELAY", "REQUEST_COUNT")),
  scalerValue: absentable(Schema.Number),
  workersMin: absentable(Schema.Int),
  workersMax: absentable(Schema.Int),
  workersStandby: absentable(Schema.Int),
  workersPFBTarget: absentable(Schema.Int),
  executionTimeoutMs: absentable(Schema.Int),
  allowedCudaVersions: absentable(Schema.String),
  minCudaVersion: absentable(Schema.String),
  flashBootType: absentable(open("OFF", "FLASHBOOT", "PRIORITY_FLASHBOOT")),
  networkVolumeId: absentable(Schema.String),
  networkVolumeIds: absentable(Schema.Array(Schema.Struct({
    networkVolumeId: absentable(Schema.String),
    dataCenterId: absentable(Schema.String)
  })))
})

/**
 * @since 0.1.0
 * @category models
 */
export type SavedEndpoint = typeof SavedEndpoint.Type

/**
 * A template as `saveTemplate` answers it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SavedTemplate = Schema.Struct({
  id: Schema.String,
  name: absentable(Schema.String),
  imageName: absentable(Schema.String),
  dockerArgs: absentable(Schema.String),
  containerDiskInGb: absentable(Schema.Int),
  readme: absentable(Schema.String),
  env: absentable(Schema.Array(Schema.Struct({
    key: absentable(Schema.String),
    value: absentable(Schema.Redacted(Schema.String))
  })))
})

/**
 * @since 0.1.0
 * @category models
 */
export type SavedTemplate = typeof SavedTemplate.Type

/**
 * Which models of GPU `getGpuTypes` tells.
 *
 * @since 0.1.0
 * @category models
 */
export interface GpuTypeFilter {
  readonly id?: string
  readonly ids?: ReadonlyArray<string>
}

/**
 * A model of GPU, as GraphQL tells it. Prices are US dollars per hour.
 *
 * @since 0.1.0
 * @category schemas
 */
export const GpuType = Schema.Struct({
  id: Schema.String,
  displayName: absentable(Schema.String),
  manufacturer: absentable(Schema.String),
  memoryInGb: absentable(Schema.Number),
  cudaCores: absentable(Schema.Number),
  secureCloud: absentable(Schema.Boolean),
  communityCloud: absentable(Schema.Boolean),
  securePrice: absentable(Schema.Number),
  communityPrice: absentable(Schema.Number),
  communitySpotPrice: absentable(Schema.Number),
  secureSpotPrice: absentable(Schema.Number),
  maxGpuCount: absentable(Schema.Number),
  maxGpuCountCommunityCloud: absentable(Schema.Number),
  maxGpuCountSecureCloud: absentable(Schema.Number),
  minPodGpuCount: absentable(Schema.Number),
  nodeGroupGpuSizes: absentable(Schema.Array(Schema.NullOr(Schema.Number))),
  throughput: absentable(Schema.Number)
})

/**
 * @since 0.1.0
 * @category models
 */
export type GpuType = typeof GpuType.Type

/**
 * A model of CPU, as GraphQL tells it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CpuType = Schema.Struct({
  id: Schema.String,
  displayName: absentable(Schema.String),
  manufacturer: absentable(Schema.String),
  cores: absentable(Schema.Number),
  threadsPerCore: absentable(Schema.Number),
  groupId: absentable(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type CpuType = typeof CpuType.Type
