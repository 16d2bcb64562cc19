/**
 * What the platform asks of an endpoint beyond the form of a request, whichever API it came by.
 *
 * @since 0.1.0
 */
import { cpuFlavor } from "./catalog/CpuFlavors.ts"
import { dataCenter } from "./catalog/DataCenters.ts"
import { gpuPools } from "./catalog/GpuTypes.ts"
import { typesOf } from "./Compute.ts"
import type { Compute, Endpoint, Template } from "./Records.ts"
import type { ResourceStore } from "./ResourceStore.ts"
import type { Deployment } from "./Rollout.ts"

/** More than anybody's quota. */
const maxWorkers = 1000

const maxVariables = 50

/** Milliseconds; 0 is without limit. */
const timeouts = { min: 5_000, max: 604_800_000 }

const maxDisk = 100_000

/**
 * The first thing that is wrong, in words that name the field; nothing where all is well.
 *
 * @since 0.1.0
 * @category guards
 */
export const objection = (store: ResourceStore, deployment: Deployment): string | undefined =>
  ofEndpoint(store, deployment.endpoint) ?? ofCompute(deployment.endpoint.compute) ?? ofTemplate(store, {
    ...deployment.template,
    env: { ...deployment.template.env, ...deployment.endpoint.env }
  })

const ofEndpoint = (store: ResourceStore, endpoint: Endpoint): string | undefined => {
  const { dataCenterIds, flashEnvironmentId, kind, name, networkVolumes, scaling, timeout, workers } = endpoint
  const place = dataCenterIds.find((id) => dataCenter(id) === undefined)
  const volume = networkVolumes.find((id) => store.networkVolumes.get(id) === undefined)
  if (name === "" || name.length > 191) return "name must have 1 to 191 characters"
  if (workers.min < 0 || workers.max < 0) return "workers.min and workers.max must not be negative"
  if (workers.max > maxWorkers) return `workers.max must be at most ${maxWorkers}`
  if (workers.min > workers.max) return `workers.min ${workers.min} is above workers.max ${workers.max}`
  if (workers.idleTimeout < 1 || workers.idleTimeout > 3600) return "the idle timeout must be 1 to 3600 seconds"
  if (kind === "LOAD_BALANCER" && scaling.type !== "REQUEST_COUNT") {
    return "a load-balancing endpoint scales on REQUEST_COUNT"
  }
  const value = scaling.type === "QUEUE_DELAY" ? scaling.queueDelay : scaling.requestCount
  if (value <= 0 || value > 1_000_000) return "the scaler's value must be 1 to 1000000"
  if (timeout !== 0 && (timeout < timeouts.min || timeout > timeouts.max)) {
    return `timeout must be 0 or ${timeouts.min} to ${timeouts.max} milliseconds`
  }
  if (place !== undefined) return `there is no data center ${place}`
  if (volume !== undefined) return `network volume ${volume} not found`
  return flashEnvironmentId === null || store.flashEnvironments.get(flashEnvironmentId) !== undefined
    ? undefined
    : `flash environment ${flashEnvironmentId} not found`
}

const ofCompute = (compute: Compute): string | undefined => {
  if (compute.type === "CPU") {
    if (compute.instances.length === 0) return "no CPU configuration is given"
    for (const { id, vcpuCount } of compute.instances) {
      const flavor = cpuFlavor(id)
      if (flavor === undefined) return `there is no CPU flavor ${id}`
      if (vcpuCount < 1 || vcpuCount > flavor.vcpu.max || !Number.isInteger(Math.log2(vcpuCount))) {
        return `vcpuCount of ${id} must be a power of two, at most ${flavor.vcpu.max}`
      }
    }
    return undefined
  }
  const { allowedCudaVersions, count, excludedTypes, minCudaVersion, pools } = compute
  if (pools.length === 0) return "no GPU pool is given"
  if (count < 1 || count > 100) return "the GPU count must be 1 to 100"
  if (allowedCudaVersions.length > 0 && minCudaVersion !== null) {
    return "allowedCudaVersions and minCudaVersion exclude each other"
  }
  // a pool that this table does not know may have any type
  if (pools.some((pool) => !gpuPools.has(pool))) return undefined
  const types = typesOf({ pools, excludedTypes: [] })
  const stranger = excludedTypes.find((type) => !types.includes(type))
  if (stranger !== undefined) return `GPU type ${stranger} is in none of the pools ${pools.join(", ")}`
  return typesOf(compute).length === 0 ? "every GPU type of the pools is excluded" : undefined
}

/**
 * The same for a template.
 *
 * @since 0.1.0
 * @category guards
 */
export const ofTemplate = (store: ResourceStore, template: Template): string | undefined => {
  const { disk, env, name, ports, registry, volume } = template
  const port = ports.find((port) => !/^\d{1,5}\/(http|tcp|udp)$/.test(port))
  const variable = Object.entries(env).find(([key, value]) => !/^[^=\0]+$/.test(key) || value.includes("\0"))
  if (name === "") return "name of the template must not be empty"
  if (disk < 1 || disk > maxDisk) return `the container's disk must be 1 to ${maxDisk} GB`
  if (volume.size < 0 || volume.size > maxDisk) return `the volume must be at most ${maxDisk} GB`
  if (template.serverless && volume.size > 0) return "a serverless template has no volume"
  if (port !== undefined) return `port ${port} must be written as 8888/http`
  if (Object.keys(env).length > maxVariables) return `there are more than ${maxVariables} environment variables`
  if (variable !== undefined) return `${JSON.stringify(variable[0])} is no environment variable`
  if (registry !== null && store.registries.get(registry) === undefined) {
    return `container registry credential ${registry} not found`
  }
  return undefined
}
