/**
 * What the platform's APIs are told of a resource, where it is not a field of the configuration as it is.
 *
 * @since 0.1.0
 */
import { type CpuFlavor, cpuInstanceDetail } from "./CpuInstanceType.ts"
import * as GpuIds from "./GpuIds.ts"
import type { ResourceConfig } from "./ResourceConfig.ts"

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
 * How many jobs or requests a worker runs at a time that is told nothing of it.
 *
 * @since 0.1.0
 * @category accessors
 */
export const usualConcurrency = (config: ResourceConfig): number => isLoadBalancer(config) ? 100 : 1

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
export const scaling = ({ scalerType, scalerValue }: Pick<ResourceConfig, "scalerType" | "scalerValue">):
  | { readonly type: "QUEUE_DELAY"; readonly queueDelay: number }
  | { readonly type: "REQUEST_COUNT"; readonly requestCount: number } =>
  scalerType === "QUEUE_DELAY"
    ? { type: scalerType, queueDelay: scalerValue }
    : { type: scalerType, requestCount: scalerValue }

/**
 * `gpu.pools` and `gpu.excludedTypes` of REST v2.
 *
 * @since 0.1.0
 * @category accessors
 */
export const gpuSelection = ({ gpus }: GpuConfig): GpuIds.GpuSelection => GpuIds.toSelection(gpus)

/**
 * `cpu` of REST v2. The platform's document wants two vCPUs at least there; an instance type of one is given as it was
 * declared.
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
