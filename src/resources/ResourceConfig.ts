/**
 * What a resource declares, as data: one schema, tagged by the resource's type, from the declaration to the platform.
 *
 * A decoded configuration is in normal form with every default filled in; an encoded one is plain JSON, as it stands in
 * a manifest. Neither holds the value of a secret.
 *
 * @since 0.1.0
 */
import type * as Equivalence from "effect/Equivalence"
import * as Schema from "effect/Schema"
import { CpuInstanceTypeSchema } from "./CpuInstanceType.ts"
import { CudaVersionSchema } from "./CudaVersion.ts"
import { DataCenterSchema } from "./DataCenter.ts"
import { EnvSchema } from "./Env.ts"
import { FlashBootSchema } from "./FlashBoot.ts"
import { GpuGroup } from "./GpuGroup.ts"
import { GpuType } from "./GpuType.ts"
import { listOf } from "./internal/listOf.ts"
import { wholeNumber } from "./internal/number.ts"
import { oneOf } from "./internal/oneOf.ts"
import { check } from "./internal/rules.ts"
import { shown } from "./internal/shown.ts"
import { text, textLike } from "./internal/text.ts"
import { NetworkVolumeSchema } from "./NetworkVolume.ts"
import { ContainerFields, TemplateSettings } from "./PodTemplate.ts"
import { ServerlessScalerTypeSchema } from "./ServerlessScalerType.ts"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

const withDefault = <A, I>(schema: Schema.Schema<A, I>, value: NoInfer<A>) =>
  Schema.optionalWith(schema, { default: () => value })

/** Fields of every serverless resource, with their defaults. */
const serverless = {
  /** 1 to 64 letters, digits, `-`, `_` or `.`: the endpoint's name on the platform. */
  name: textLike(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    "a name of 1 to 64 letters, digits, '-', '_' or '.', starting with a letter or digit"
  ),
  /** Workers that are always there. Default 0. */
  workersMin: withDefault(wholeNumber({ min: 0, max: 1000 }), 0),
  /** Workers at most. Default 1. */
  workersMax: withDefault(wholeNumber({ min: 1, max: 1000 }), 1),
  /** Workers kept ready for priority FlashBoot. Default 0. */
  workersPFBTarget: withDefault(wholeNumber({ min: 0, max: 1000 }), 0),
  /** Seconds a worker waits for another job before it stops. Default 60. */
  idleTimeout: withDefault(wholeNumber({ min: 1, max: 3600 }), 60),
  /** Milliseconds a job may run, 5 000 to 604 800 000 (a week); 0, the default, is without limit. */
  executionTimeoutMs: withDefault(
    Schema.Union(Schema.Literal(0), Schema.Int.pipe(Schema.between(5000, 604_800_000))).annotations({
      message: ({ actual }) => ({
        message: `expected 0 (no limit) or a whole number of milliseconds from 5000 to 604800000, not ${shown(actual)}`,
        override: true
      })
    }),
    0
  ),
  /** Default `FLASHBOOT`. */
  flashboot: withDefault(FlashBootSchema, "FLASHBOOT"),
  /** Jobs one worker runs at a time. Default 1. */
  maxConcurrency: withDefault(wholeNumber({ min: 1, max: 1000 }), 1),
  /** Environment of the workers, the template's included. */
  env: withDefault(EnvSchema, {}),
  /** Where workers may be placed, sorted; empty, the default, is anywhere. */
  dataCenters: withDefault(listOf(DataCenterSchema, "data centers"), []),
  /** At most one in each data center. */
  networkVolumes: withDefault(listOf(NetworkVolumeSchema, "volumes"), []),
  // absent: the user chose none, see `workerImage`; a disk is absent only where a template on the platform decides
  ...ContainerFields,
  /** Id of a template on the platform; what is said here wins over it. */
  templateId: optional(text("the id of a template")),
  /** What else the resource's own template says. */
  template: optional(TemplateSettings)
}

/** Jobs wait for a worker. */
const queue = {
  /** Default `QUEUE_DELAY`. */
  scalerType: withDefault(ServerlessScalerTypeSchema, "QUEUE_DELAY"),
  /** Seconds a job may wait (`QUEUE_DELAY`), or jobs for each worker (`REQUEST_COUNT`). Default 4. */
  scalerValue: withDefault(
    Schema.JsonNumber.pipe(Schema.greaterThanOrEqualTo(0.5)).annotations({
      arbitrary: () => (fc) => fc.integer({ min: 1, max: 1000 }),
      message: ({ actual }) => ({ message: `expected a number from 0.5, not ${shown(actual)}`, override: true })
    }),
    4
  )
}

/** Requests go to a worker's HTTP server. */
const loadBalancer = {
  scalerType: withDefault(
    oneOf("a scaler of load balancers, whose only one is REQUEST_COUNT", ["REQUEST_COUNT"]),
    "REQUEST_COUNT"
  ),
  /** Requests at a time for each worker. Default 4. */
  scalerValue: withDefault(wholeNumber({ min: 1, max: 1_000_000 }), 4),
  /** Requests one worker runs at a time; others wait in it. Default 100. */
  maxConcurrency: withDefault(wholeNumber({ min: 1, max: 1000 }), 100),
  /** Port of the worker's HTTP server. Default 80. */
  port: withDefault(wholeNumber({ min: 1, max: 65_535 }), 80)
}

const gpu = {
  /** Pools and cards, the fewest that say it, sorted. Default: every pool. */
  gpus: withDefault(
    Schema.NonEmptyArray(oneOf("a GPU pool or type", [...GpuGroup.all, ...GpuType.all], GpuType)),
    GpuGroup.all
  ),
  /** GPUs of each worker. Default 1. */
  gpuCount: withDefault(wholeNumber({ min: 1, max: 64 }), 1),
  /** Exact versions; empty, the default, is any. */
  cudaVersions: withDefault(listOf(CudaVersionSchema, "CUDA versions"), []),
  /** The oldest version. */
  minCudaVersion: optional(CudaVersionSchema)
}

const cpu = {
  /** Acceptable instance types. Default: `cpu3g-2-8`. */
  instanceIds: withDefault(Schema.NonEmptyArray(CpuInstanceTypeSchema), ["cpu3g-2-8"])
}

/** What may stand for an endpoint that is there already. */
const existing = {
  /** Id of an endpoint that was made elsewhere: it is called, never changed. */
  id: optional(textLike(/^[A-Za-z0-9_-]+$/, "the id of an endpoint"))
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

const withRules = <A extends ResourceConfig, I>(struct: Schema.Schema<A, I>) =>
  struct.pipe(Schema.filter((config) => check(config).map(({ message, path }) => ({ path: [path], message }))))

/**
 * A queue endpoint on GPUs whose code travels with the call.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LiveServerless = withRules(structs.LiveServerless)

/**
 * A queue endpoint on CPUs whose code travels with the call.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CpuLiveServerless = withRules(structs.CpuLiveServerless)

/**
 * A load-balanced endpoint on GPUs whose code travels with the call.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LiveLoadBalancer = withRules(structs.LiveLoadBalancer)

/**
 * A load-balanced endpoint on CPUs whose code travels with the call.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CpuLiveLoadBalancer = withRules(structs.CpuLiveLoadBalancer)

/**
 * A load-balanced endpoint on GPUs with an image of one's own, or one that is there already.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LoadBalancerSlsResource = withRules(structs.LoadBalancerSlsResource)

/**
 * A load-balanced endpoint on CPUs with an image of one's own, or one that is there already.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CpuLoadBalancerSlsResource = withRules(structs.CpuLoadBalancerSlsResource)

/**
 * A queue endpoint on GPUs with an image of one's own, or one that is there already.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ServerlessEndpoint = withRules(structs.ServerlessEndpoint)

/**
 * A queue endpoint on CPUs with an image of one's own, or one that is there already.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CpuServerlessEndpoint = withRules(structs.CpuServerlessEndpoint)

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

/**
 * Whether two configurations say the same.
 *
 * @since 0.1.0
 * @category instances
 */
export const equivalence: Equivalence.Equivalence<ResourceConfig> = (a, b) =>
  a === b || Schema.equivalence(ResourceConfig)(a, b)
