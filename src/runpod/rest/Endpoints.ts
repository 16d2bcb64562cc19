/**
 * Serverless endpoints: `/v2/serverless`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { absentable, container, containerRequest, CudaVersion, open, optional, WholeNumber } from "./Fields.ts"

/**
 * How requests reach workers: through the platform's queue, or straight through its load balancer.
 *
 * @since 0.1.0
 * @category schemas
 */
export const EndpointType = Schema.Literal("QUEUE", "LOAD_BALANCER")

/**
 * @since 0.1.0
 * @category schemas
 */
export const FlashBoot = Schema.Literal("OFF", "FLASHBOOT", "PRIORITY_FLASHBOOT")

/**
 * Scale on the seconds that jobs wait. Queue endpoints only.
 *
 * @since 0.1.0
 * @category schemas
 */
export const QueueDelayScaling = Schema.Struct({
  type: Schema.Literal("QUEUE_DELAY"),
  queueDelay: Schema.Number.pipe(Schema.greaterThanOrEqualTo(0.5), Schema.finite())
})

/**
 * Scale on the requests in flight per worker.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RequestCountScaling = Schema.Struct({
  type: Schema.Literal("REQUEST_COUNT"),
  requestCount: Schema.Int.pipe(Schema.positive())
})

/**
 * @since 0.1.0
 * @category schemas
 */
export const EndpointScaling = Schema.Union(QueueDelayScaling, RequestCountScaling)

const cpuSelection = {
  /** Flavor, as `cpu3c`. */
  id: Schema.NonEmptyString,
  /** A power of two. */
  vcpuCount: Schema.Int.pipe(Schema.greaterThanOrEqualTo(2))
}

/**
 * @since 0.1.0
 * @category schemas
 */
export const CpuSelection = Schema.Struct(cpuSelection)

const gpuSelection = {
  /** GPU type ids taken out of the pools. */
  excludedTypes: optional(
    Schema.Array(Schema.String.pipe(Schema.pattern(/^\s*[^-\s]/, {
      message: () => "a GPU type id, without a leading -"
    }))).pipe(Schema.filter((types) => new Set(types).size === types.length || "each GPU type once"))
  ),
  /** GPUs per worker; the platform's default is 1. */
  count: optional(Schema.Int.pipe(Schema.positive())),
  allowedCudaVersions: optional(Schema.Array(CudaVersion))
}

const Pools = Schema.NonEmptyArray(Schema.String)

interface CudaConstraints {
  readonly allowedCudaVersions?: ReadonlyArray<string>
  readonly minCudaVersion?: string
}

const oneCudaConstraint = (gpu: CudaConstraints): undefined | Schema.FilterIssue =>
  (gpu.allowedCudaVersions?.length ?? 0) > 0 && (gpu.minCudaVersion ?? "") !== ""
    ? { path: ["minCudaVersion"], message: "give either minCudaVersion or allowedCudaVersions" }
    : undefined

/**
 * @since 0.1.0
 * @category schemas
 */
export const GpuSelection = Schema.Struct({
  /** Pool ids, as `AMPERE_48`; workers go to whichever has capacity. */
  pools: Pools,
  ...gpuSelection,
  minCudaVersion: optional(CudaVersion)
}).pipe(Schema.filter(oneCudaConstraint))

/**
 * What is left out stays as it is; `[]` and `""` take a CUDA constraint away.
 *
 * @since 0.1.0
 * @category schemas
 */
export const GpuUpdate = Schema.Struct({
  pools: optional(Pools),
  ...gpuSelection,
  minCudaVersion: optional(Schema.Union(Schema.Literal(""), CudaVersion))
}).pipe(Schema.filter((gpu) =>
  gpu.excludedTypes !== undefined && gpu.pools === undefined
    ? { path: ["excludedTypes"], message: "excludedTypes needs pools beside it" }
    : oneCudaConstraint(gpu)
))

const workersRequest = Schema.Struct({
  min: optional(WholeNumber),
  max: optional(WholeNumber),
  /** Seconds, 1 to 3600. Refused for a queue endpoint that scales on the request count. */
  idleTimeout: optional(Schema.Int.pipe(Schema.between(1, 3600)))
}).pipe(Schema.filter(({ max, min }) =>
  min !== undefined && max !== undefined && min > max
    ? { path: ["min"], message: `min ${min} is above max ${max}` }
    : undefined
))

const changeable = {
  ...containerRequest,
  workers: optional(workersRequest),
  /** Empty or left out: the scheduler chooses. */
  dataCenterIds: optional(Schema.Array(Schema.String)),
  /** Ids of network volumes. */
  networkVolumes: optional(Schema.Array(Schema.String)),
  /** Milliseconds that one request may run. Send it always: what a missing one means has changed. */
  timeout: optional(Schema.Int),
  /** Send it always: left out means `OFF`. */
  flashboot: optional(FlashBoot),
  /** Each combination once. */
  cpu: optional(
    Schema.NonEmptyArray(CpuSelection).pipe(
      Schema.filter((all) =>
        new Set(all.map(({ id, vcpuCount }) => `${id}/${vcpuCount}`)).size === all.length ||
        "each CPU configuration once"
      )
    )
  )
}

const fitsType = (request: {
  readonly type: typeof EndpointType.Type
  readonly scaling: typeof EndpointScaling.Type
  readonly workers?: { readonly idleTimeout?: number }
}): undefined | Schema.FilterIssue => {
  if (request.type === "LOAD_BALANCER") {
    return request.scaling.type === "REQUEST_COUNT"
      ? undefined
      : { path: ["scaling", "type"], message: "a load-balanced endpoint scales on REQUEST_COUNT" }
  }
  return request.scaling.type === "REQUEST_COUNT" && request.workers?.idleTimeout !== undefined
    ? { path: ["workers", "idleTimeout"], message: "no idleTimeout for a queue endpoint that scales on REQUEST_COUNT" }
    : undefined
}

const isComplete = (request: {
  readonly image?: string
  readonly templateId?: string
  readonly gpu?: unknown
  readonly cpu?: unknown
}): undefined | Schema.FilterIssue => {
  if (request.image === undefined && request.templateId === undefined) {
    return { path: ["image"], message: "an endpoint needs an image or a templateId" }
  }
  return (request.gpu === undefined) === (request.cpu === undefined)
    ? { path: ["gpu"], message: "an endpoint needs exactly one of gpu and cpu" }
    : undefined
}

/**
 * Body of `POST /v2/serverless`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateEndpointRequest = Schema.Struct({
  ...changeable,
  name: Schema.NonEmptyString,
  type: EndpointType,
  scaling: EndpointScaling,
  gpu: optional(GpuSelection),
  /** Resolved once, when the endpoint is created; the fields of the body win. */
  templateId: optional(Schema.NonEmptyString)
}).pipe(Schema.filter(fitsType), Schema.filter(isComplete))

/**
 * @since 0.1.0
 * @category models
 */
export type CreateEndpointRequest = typeof CreateEndpointRequest.Type

/**
 * Body of `PATCH /v2/serverless/{id}`: what is left out stays as it is. `env` replaces the whole environment. An endpoint
 * does not change its type, nor between GPU and CPU.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UpdateEndpointRequest = Schema.Struct({
  ...changeable,
  name: optional(Schema.NonEmptyString),
  scaling: optional(EndpointScaling),
  gpu: optional(GpuUpdate),
  templateId: optional(Schema.String)
}).pipe(
  Schema.filter(({ cpu, gpu }) =>
    cpu !== undefined && gpu !== undefined ? { path: ["gpu"], message: "give either gpu or cpu" } : undefined
  )
)

/**
 * @since 0.1.0
 * @category models
 */
export type UpdateEndpointRequest = typeof UpdateEndpointRequest.Type

/**
 * Where a queue endpoint's jobs are sent and asked for; `status`, `stream`, `cancel` and `retry` hold a `{job_id}`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const QueueRequestUrls = Schema.Struct({
  run: Schema.String,
  runSync: Schema.String,
  status: Schema.String,
  stream: Schema.String,
  cancel: Schema.String,
  retry: Schema.String,
  purgeQueue: Schema.String,
  health: Schema.String
})

/**
 * Where a load-balanced endpoint's worker answers.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LoadBalancerRequestUrls = Schema.Struct({ base: Schema.String, health: Schema.String })

/**
 * An endpoint, as the platform holds it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Endpoint = Schema.Struct({
  ...container,
  id: Schema.String,
  name: Schema.String,
  type: absentable(open("QUEUE", "LOAD_BALANCER")),
  requestUrls: absentable(Schema.Union(QueueRequestUrls, LoadBalancerRequestUrls)),
  gpu: absentable(Schema.Struct({
    pools: Schema.Array(Schema.String),
    excludedTypes: absentable(Schema.Array(Schema.String)),
    count: absentable(Schema.Int),
    allowedCudaVersions: absentable(Schema.Array(Schema.String)),
    minCudaVersion: absentable(Schema.String)
  })),
  cpu: absentable(Schema.Array(Schema.Struct({
    id: Schema.String,
    vcpuCount: Schema.Int,
    /** GB. */
    memory: absentable(Schema.Number)
  }))),
  workers: Schema.Struct({
    min: Schema.Int,
    max: Schema.Int,
    /** Seconds. */
    idleTimeout: absentable(Schema.Int)
  }),
  scaling: Schema.Union(
    QueueDelayScaling,
    RequestCountScaling,
    // a way to scale that this version does not know
    Schema.Struct({ type: Schema.String.pipe(Schema.pattern(/^(?!QUEUE_DELAY$|REQUEST_COUNT$)/)) })
  ),
  dataCenterIds: Schema.Array(Schema.String),
  networkVolumes: Schema.Array(Schema.String),
  /** Milliseconds that one request may run. */
  timeout: Schema.Int,
  flashboot: open("OFF", "FLASHBOOT", "PRIORITY_FLASHBOOT"),
  /** RFC 3339. */
  createdAt: Schema.String
})

/**
 * @since 0.1.0
 * @category models
 */
export type Endpoint = typeof Endpoint.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const ListEndpointsResponse = Schema.Struct({ endpoints: Schema.Array(Endpoint) })
