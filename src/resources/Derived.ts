/**
 * What the platform's APIs are told of a resource, where it is not a field of the configuration as it is.
 *
 * @since 0.1.0
 */
import { type CpuFlavor, cpuInstanceDetail } from "./CpuInstanceType.ts"
import * as GpuIds from "./GpuIds.ts"
import type { ResourceConfig } from "./ResourceConfig.ts"
import type { ServerlessType } from "./ServerlessType.ts"

/**
 * A configuration of GPUs.
 *
 * @since 0.1.0
 * @category models
 */
export type GpuConfig = Extract<ResourceConfig, { readonly gpus: unknown }>

/**
 * A configuration of CPUs.
 *
 * @since 0.1.0
 * @category models
 */
export type CpuConfig = Extract<ResourceConfig, { readonly instanceIds: unknown }>

/**
 * A configuration of a load balancer.
 *
 * @since 0.1.0
 * @category models
 */
export type LoadBalancerConfig = Extract<ResourceConfig, { readonly port: unknown }>

/**
 * @since 0.1.0
 * @category guards
 */
export const isGpu = (config: ResourceConfig): config is GpuConfig => "gpus" in config

/**
 * @since 0.1.0
 * @category guards
 */
export const isCpu = (config: ResourceConfig): config is CpuConfig => "instanceIds" in config

/**
 * @since 0.1.0
 * @category guards
 */
export const isLoadBalancer = (config: ResourceConfig): config is LoadBalancerConfig => "port" in config

/**
 * Whether this library's worker runs on it, and not an image's own.
 *
 * @since 0.1.0
 * @category guards
 */
export const isLive = ({ _tag }: ResourceConfig): boolean => _tag.includes("Live")

/**
 * How requests get to workers, as REST v2 calls it. An endpoint keeps it for good.
 *
 * @since 0.1.0
 * @category accessors
 */
export const kind = (config: ResourceConfig): "QUEUE" | "LOAD_BALANCER" =>
  isLoadBalancer(config) ? "LOAD_BALANCER" : "QUEUE"

/**
 * The same in GraphQL's words.
 *
 * @since 0.1.0
 * @category accessors
 */
export const serverlessType = (config: ResourceConfig): ServerlessType => isLoadBalancer(config) ? "LB" : "QB"

/**
 * What workers run on. An endpoint keeps it for good.
 *
 * @since 0.1.0
 * @category accessors
 */
export const hardware = (config: ResourceConfig): "GPU" | "CPU" => isGpu(config) ? "GPU" : "CPU"

/**
 * The id of an endpoint that was made elsewhere. Where there is one, nothing else of the configuration means anything:
 * the other fields hold defaults.
 *
 * @since 0.1.0
 * @category accessors
 */
export const existingId = (config: ResourceConfig): string | undefined => "id" in config ? config.id : undefined

/**
 * `scaling` of REST v2.
 *
 * @since 0.1.0
 * @category accessors
 */
export const scaling = ({ scalerType, scalerValue }: ResourceConfig):
  | { readonly type: "QUEUE_DELAY"; readonly queueDelay: number }
  | { readonly type: "REQUEST_COUNT"; readonly requestCount: number } =>
  scalerType === "QUEUE_DELAY"
    ? { type: scalerType, queueDelay: scalerValue }
    : { type: scalerType, requestCount: scalerValue }

/**
 * `workers` of REST v2. It refuses an idle timeout for a queue that scales on requests.
 *
 * @since 0.1.0
 * @category accessors
 */
export const workers = (config: ResourceConfig): {
  readonly min: number
  readonly max: number
  readonly idleTimeout?: number
} => {
  const { idleTimeout, scalerType, workersMax, workersMin } = config
  const hasIdleTimeout = isLoadBalancer(config) || scalerType === "QUEUE_DELAY"
  return { min: workersMin, max: workersMax, ...(hasIdleTimeout ? { idleTimeout } : {}) }
}

/**
 * `gpu.pools` and `gpu.excludedTypes` of REST v2.
 *
 * @since 0.1.0
 * @category accessors
 */
export const gpuSelection = ({ gpus }: GpuConfig): GpuIds.GpuSelection => GpuIds.toSelection(gpus)

/**
 * `gpuIds` of GraphQL.
 *
 * @since 0.1.0
 * @category accessors
 */
export const gpuIds = ({ gpus }: GpuConfig): string => GpuIds.toGpuIds(gpus)

/**
 * `cpu` of REST v2. The platform's document wants two vCPUs at least there; an instance type of one is given as it was
 * declared, see `beyondRest`.
 *
 * @since 0.1.0
 * @category accessors
 */
export const cpuFlavors = ({ instanceIds }: CpuConfig): ReadonlyArray<{
  readonly id: CpuFlavor
  readonly vcpuCount: number
}> =>
  instanceIds.map((instance) => {
    const { flavor, vcpu } = cpuInstanceDetail(instance)
    return { id: flavor, vcpuCount: vcpu }
  })

/**
 * `locations` of GraphQL: the data centers joined by commas; empty is anywhere.
 *
 * @since 0.1.0
 * @category accessors
 */
export const locations = ({ dataCenters }: ResourceConfig): string => dataCenters.join(",")

/**
 * `ports` of the container, as `80/http`: the template's, and those of a load balancer's server and of its health check.
 *
 * @since 0.1.0
 * @category accessors
 */
export const ports = (config: ResourceConfig): ReadonlyArray<string> => {
  const health = config.env["PORT_HEALTH"]
  const own = isLoadBalancer(config) ? [config.port, ...(typeof health === "string" ? [health] : [])] : []
  return [...new Set([...own.map((port) => `${port}/http`), ...(config.template?.ports ?? [])])]
}

/**
 * Variables that the platform itself reads from the environment of a load balancer's workers, without those that the
 * resource sets.
 *
 * @since 0.1.0
 * @category accessors
 */
export const platformEnv = (config: ResourceConfig): Readonly<Record<string, string>> => {
  if (!isLoadBalancer(config)) return {}
  const port = String(config.port)
  return "PORT_HEALTH" in config.env ? { PORT: port } : { PORT: port, PORT_HEALTH: port }
}

/**
 * A setting that an API cannot carry, and why.
 *
 * @since 0.1.0
 * @category models
 */
export interface Beyond {
  readonly field: string
  readonly reason: string
}

/**
 * Settings of this configuration that REST v2 has no place for. Who provisions by it alone must refuse them, or they
 * would be lost.
 *
 * @since 0.1.0
 * @category accessors
 */
export const beyondRest = (config: ResourceConfig): ReadonlyArray<Beyond> => {
  const { template, workersPFBTarget } = config
  const has = (field: string, isSet: boolean, reason = "REST v2 has no such setting"): ReadonlyArray<Beyond> =>
    isSet ? [{ field, reason }] : []
  return [
    ...has("workersPFBTarget", workersPFBTarget > 0),
    ...has("template.startScript", template?.startScript !== undefined),
    ...has("template.advancedStart", template?.advancedStart === true),
    ...has("template.config", template !== undefined && Object.keys(template.config).length > 0),
    ...has(
      "instanceIds",
      isCpu(config) && cpuFlavors(config).some(({ vcpuCount }) => vcpuCount < 2),
      "REST v2 takes two vCPUs at least"
    )
  ]
}
