/**
 * What a resource declares, as data: one schema, tagged by the resource's type, from the declaration to the platform.
 *
 * A decoded configuration is in normal form with every default filled in; an encoded one is plain JSON, as it stands in
 * a manifest. Neither holds the value of a secret.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { CpuInstanceTypeSchema } from "./CpuInstanceType.ts"
import { CudaVersionSchema } from "./CudaVersion.ts"
import { DataCenterSchema } from "./DataCenter.ts"
import { Env } from "./Env.ts"
import { FlashBootSchema } from "./FlashBoot.ts"
import { GpuGroup } from "./GpuGroup.ts"
import { GpuType } from "./GpuType.ts"
import { check } from "./internal/checks.ts"
import { oneOf } from "./internal/oneOf.ts"
import { NetworkVolumeSchema } from "./NetworkVolume.ts"
import { TemplateSettings } from "./PodTemplate.ts"
import { ServerlessScalerTypeSchema } from "./ServerlessScalerType.ts"

const wholeNumber = (options: { readonly min: number; readonly max: number }) =>
  Schema.Int.pipe(Schema.between(options.min, options.max))

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

/** Fields of every serverless resource, with their defaults. */
const serverless = {
  /** 1 to 64 letters, digits, `-`, `_` or `.`: the endpoint's name on the platform. */
  name: Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
    message: () => "a name of 1 to 64 letters, digits, '-', '_' or '.', starting with a letter or digit"
  })),
  /** Workers that are always there. Default 0. */
  workersMin: Schema.optionalWith(wholeNumber({ min: 0, max: 1000 }), { default: () => 0 }),
  /** Workers at most. Default 1. */
  workersMax: Schema.optionalWith(wholeNumber({ min: 1, max: 1000 }), { default: () => 1 }),
  /** Workers kept ready for priority FlashBoot. Default 0. */
  workersPFBTarget: Schema.optionalWith(wholeNumber({ min: 0, max: 1000 }), { default: () => 0 }),
  /** Seconds a worker waits for another job before it stops. Default 60. */
  idleTimeout: Schema.optionalWith(wholeNumber({ min: 1, max: 3600 }), { default: () => 60 }),
  /** Milliseconds a job may run, 5 000 to 604 800 000 (a week); 0, the default, is without limit. */
  executionTimeoutMs: Schema.optionalWith(wholeNumber({ min: 0, max: 604_800_000 }), { default: () => 0 }),
  /** Seconds of waiting (`QUEUE_DELAY`) or requests for each worker (`REQUEST_COUNT`). Default 4. */
  scalerValue: Schema.optionalWith(Schema.Number, { default: () => 4 }),
  /** Default `FLASHBOOT`. */
  flashboot: Schema.optionalWith(FlashBootSchema, { default: () => "FLASHBOOT" as const }),
  /** Jobs one worker runs at a time. Default 1. */
  maxConcurrency: Schema.optionalWith(wholeNumber({ min: 1, max: 1000 }), { default: () => 1 }),
  /** Environment of the workers, the template's included. */
  env: Schema.optionalWith(Env, { default: () => ({}) }),
  /** Where workers may be placed; empty, the default, is anywhere. */
  dataCenters: Schema.optionalWith(Schema.Array(DataCenterSchema), { default: () => [] }),
  networkVolumes: Schema.optionalWith(Schema.Array(NetworkVolumeSchema), { default: () => [] }),
  /** The image the user chose; absent: `workerImage` says which. */
  imageName: optional(Schema.NonEmptyString),
  /** Gigabytes. Absent only where a template on the platform (`templateId`) decides. */
  containerDiskInGb: optional(wholeNumber({ min: 1, max: 65_536 })),
  /** Id of the credentials for a private registry. */
  containerRegistryAuthId: optional(Schema.NonEmptyString),
  /** Id of a template on the platform; what is said here overrides it. */
  templateId: optional(Schema.NonEmptyString),
  /** What else the resource's template says. */
  template: optional(TemplateSettings)
}

/** Jobs wait for a worker. */
const queue = {
  /** Default `QUEUE_DELAY`. */
  scalerType: Schema.optionalWith(ServerlessScalerTypeSchema, { default: () => "QUEUE_DELAY" as const })
}

/** Requests go to a worker's HTTP server. */
const loadBalancer = {
  scalerType: Schema.optionalWith(oneOf("the scaler of a load balancer", ["REQUEST_COUNT"]), {
    default: () => "REQUEST_COUNT" as const
  }),
  /** Port of the worker's HTTP server. Default 80. */
  port: Schema.optionalWith(wholeNumber({ min: 1, max: 65_535 }), { default: () => 80 })
}

const gpu = {
  /** Pools and cards, sorted. Default: every pool. */
  gpus: Schema.optionalWith(Schema.NonEmptyArray(oneOf("a GPU", [...GpuGroup.all, ...GpuType.all], GpuType)), {
    default: () => GpuGroup.all
  }),
  /** GPUs of each worker. Default 1. */
  gpuCount: Schema.optionalWith(wholeNumber({ min: 1, max: 64 }), { default: () => 1 }),
  /** Exact versions; empty, the default, is any. */
  cudaVersions: Schema.optionalWith(Schema.Array(CudaVersionSchema), { default: () => [] }),
  /** The oldest version. */
  minCudaVersion: optional(CudaVersionSchema)
}

const cpu = {
  /** Acceptable instance types. Default: `cpu3g-2-8`. */
  instanceIds: Schema.optionalWith(Schema.NonEmptyArray(CpuInstanceTypeSchema), {
    default: () => ["cpu3g-2-8"] as const
  })
}

/** What may stand for an endpoint that is there already. */
const existing = {
  /** Id of an endpoint that was made elsewhere: it is called, never changed. */
  id: optional(Schema.NonEmptyString)
}

/** The fields of each resource, without the rules between them. */
export const structs = {
  LiveServerless: Schema.TaggedStruct("LiveServerless", { ...serverless, ...queue, ...gpu }),
  CpuLiveServerless: Schema.TaggedStruct("CpuLiveServerless", { ...serverless, ...queue, ...cpu }),
  LiveLoadBalancer: Schema.TaggedStruct("LiveLoadBalancer", { ...serverless, ...loadBalancer, ...gpu }),
  CpuLiveLoadBalancer: Schema.TaggedStruct("CpuLiveLoadBalancer", { ...serverless, ...loadBalancer, ...cpu }),
  LoadBalancerSlsResource: Schema.TaggedStruct("LoadBalancerSlsResource", {
    ...serverless,
    ...loadBalancer,
    ...gpu,
    ...existing
  }),
  CpuLoadBalancerSlsResource: Schema.TaggedStruct("CpuLoadBalancerSlsResource", {
    ...serverless,
    ...loadBalancer,
    ...cpu,
    ...existing
  }),
  ServerlessEndpoint: Schema.TaggedStruct("ServerlessEndpoint", { ...serverless, ...queue, ...gpu, ...existing }),
  CpuServerlessEndpoint: Schema.TaggedStruct("CpuServerlessEndpoint", { ...serverless, ...queue, ...cpu, ...existing })
}

/**
 * Any resource a program can declare, as data.
 *
 * @since 0.1.0
 * @category models
 */
export type ResourceConfig = (typeof structs)[keyof typeof structs]["Type"]

/**
 * @since 0.1.0
 * @category models
 */
export type ResourceType = ResourceConfig["_tag"]

const inOrder = <A extends ResourceConfig, I>(struct: Schema.Schema<A, I>) =>
  struct.pipe(Schema.filter((config) => check(config).map(({ message, path }) => ({ path: [path], message }))))

/**
 * A queue endpoint on GPUs whose code travels with the call.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LiveServerless = inOrder(structs.LiveServerless)

/**
 * A queue endpoint on CPUs whose code travels with the call.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CpuLiveServerless = inOrder(structs.CpuLiveServerless)

/**
 * A load-balanced endpoint on GPUs whose code travels with the call.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LiveLoadBalancer = inOrder(structs.LiveLoadBalancer)

/**
 * A load-balanced endpoint on CPUs whose code travels with the call.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CpuLiveLoadBalancer = inOrder(structs.CpuLiveLoadBalancer)

/**
 * A load-balanced endpoint on GPUs with an image of one's own, or one that is there already.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LoadBalancerSlsResource = inOrder(structs.LoadBalancerSlsResource)

/**
 * A load-balanced endpoint on CPUs with an image of one's own, or one that is there already.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CpuLoadBalancerSlsResource = inOrder(structs.CpuLoadBalancerSlsResource)

/**
 * A queue endpoint on GPUs with an image of one's own, or one that is there already.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ServerlessEndpoint = inOrder(structs.ServerlessEndpoint)

/**
 * A queue endpoint on CPUs with an image of one's own, or one that is there already.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CpuServerlessEndpoint = inOrder(structs.CpuServerlessEndpoint)

/**
 * Any resource a program can declare.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ResourceConfig = Schema.Union(
  LiveServerless,
  CpuLiveServerless,
  LiveLoadBalancer,
  CpuLiveLoadBalancer,
  LoadBalancerSlsResource,
  CpuLoadBalancerSlsResource,
  ServerlessEndpoint,
  CpuServerlessEndpoint
)
