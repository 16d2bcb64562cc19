/**
 * What REST v1 answers: its views of the records.
 *
 * @since 0.1.0
 */
import type { WorkerState } from "../../workers/Supervisor.ts"
import { instanceId } from "../catalog/CpuFlavors.ts"
import { dataCenters } from "../catalog/DataCenters.ts"
import * as Compute from "../Compute.ts"
import type { Endpoint, NetworkVolume, Template } from "../Records.ts"
import type { Deployment } from "../Rollout.ts"
import * as ShellWords from "../ShellWords.ts"

/**
 * The data centers that v1 knows; an endpoint that names none may be in any of them.
 *
 * @since 0.1.0
 * @category constants
 */
export const places: ReadonlyArray<string> = dataCenters.filter(({ listedInV1 }) => listedInV1).map(({ id }) => id)

const iso = (millis: number): string => new Date(millis).toISOString()

const compute = ({ compute }: Endpoint) => {
  if (compute.type === "CPU") return { computeType: "CPU", instanceIds: compute.instances.map(instanceId) }
  const { allowedCudaVersions, count, minCudaVersion } = compute
  return {
    computeType: "GPU",
    gpuTypeIds: Compute.typesOf(compute),
    gpuCount: count,
    allowedCudaVersions,
    ...(minCudaVersion === null ? {} : { minCudaVersion })
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Include {
  readonly template: boolean
  readonly workers: boolean
}

/**
 * @since 0.1.0
 * @category encoding
 */
export const endpoint = (
  deployment: Deployment,
  userId: string,
  include: Include,
  workers: ReadonlyArray<WorkerState>
) => {
  const { endpoint, template: container } = deployment
  const { networkVolumes: [networkVolumeId], scaling } = endpoint
  return {
    id: endpoint.id,
    name: endpoint.name,
    userId,
    templateId: endpoint.templateId,
    ...compute(endpoint),
    dataCenterIds: endpoint.dataCenterIds.length === 0 ? places : endpoint.dataCenterIds,
    env: { ...container.env, ...endpoint.env },
    executionTimeoutMs: endpoint.timeout,
    idleTimeout: endpoint.workers.idleTimeout,
    ...(networkVolumeId === undefined ? {} : { networkVolumeId }),
    networkVolumeIds: endpoint.networkVolumes,
    scalerType: scaling.type,
    scalerValue: Math.max(1, Math.round(scaling.type === "QUEUE_DELAY" ? scaling.queueDelay : scaling.requestCount)),
    version: endpoint.version,
    workersMin: endpoint.workers.min,
    workersMax: endpoint.workers.max,
    createdAt: iso(endpoint.createdAt),
    ...(include.template ? { template: template(container) } : {}),
    ...(include.workers ? { workers: workers.map((worker) => pod(deployment, worker)) } : {})
  }
}

/** A worker is a pod to v1. Its environment is shown without the keys that the platform puts there. */
const pod = ({ endpoint, template }: Deployment, worker: WorkerState) => ({
  id: worker.id,
  name: endpoint.name,
  endpointId: endpoint.id,
  aiApiId: endpoint.id,
  desiredStatus: "RUNNING",
  image: worker.image,
  env: { ...template.env, ...endpoint.env },
  containerDiskInGb: template.disk,
  ports: template.ports,
  slsVersion: worker.version,
  templateId: template.id,
  lastStartedAt: iso(worker.startedAt),
  volumeInGb: 0
})

/**
 * @since 0.1.0
 * @category encoding
 */
export const template = (template: Template) => ({
  id: template.id,
  name: template.name,
  category: template.category,
  containerDiskInGb: template.disk,
  ...(template.registry === null ? {} : { containerRegistryAuthId: template.registry }),
  dockerEntrypoint: template.entrypoint,
  dockerStartCmd: ShellWords.split(template.args),
  earned: 0,
  env: template.env,
  imageName: template.image,
  isPublic: template.public,
  isRunpod: false,
  isServerless: template.serverless,
  ports: template.ports,
  readme: template.readme,
  runtimeInMin: 0,
  volumeInGb: template.volume.size,
  volumeMountPath: template.volume.path
})

/**
 * @since 0.1.0
 * @category encoding
 */
export const volume = ({ dataCenterId, id, name, size }: NetworkVolume) => ({ id, name, size, dataCenterId })
