/**
 * What REST v2 answers: its views of the records.
 *
 * @since 0.1.0
 */
import type { WorkerState } from "../../workers/Supervisor.ts"
import * as Compute from "../Compute.ts"
import type { Endpoint, NetworkVolume, Pod, Registry, Release, Template } from "../Records.ts"
import type { Deployment } from "../Rollout.ts"
import * as Urls from "../Urls.ts"

const iso = (millis: number): string => new Date(millis).toISOString()

const requestUrls = (base: string, { id, kind }: Endpoint) => {
  if (kind === "LOAD_BALANCER") {
    const host = Urls.loadBalancer(base, id)
    return { base: host, health: `${host}/ping` }
  }
  const url = Urls.queue(base, id)
  return {
    run: `${url}/run`,
    runSync: `${url}/runsync`,
    status: `${url}/status/{job_id}`,
    stream: `${url}/stream/{job_id}`,
    cancel: `${url}/cancel/{job_id}`,
    retry: `${url}/retry/{job_id}`,
    purgeQueue: `${url}/purge-queue`,
    health: `${url}/health`
  }
}

const compute = ({ compute }: Endpoint) => {
  if (compute.type === "CPU") return { cpu: Compute.withMemory(compute.instances) }
  const { allowedCudaVersions, count, excludedTypes, minCudaVersion, pools } = compute
  return {
    gpu: {
      pools,
      ...(excludedTypes.length === 0 ? {} : { excludedTypes }),
      count,
      allowedCudaVersions,
      minCudaVersion
    }
  }
}

const container = ({ args, disk, env, image, ports, registry }: Template) => ({
  image,
  args,
  disk,
  env,
  ports,
  registry
})

/**
 * Such an endpoint has no idle timeout: its workers go with its requests.
 *
 * @since 0.1.0
 * @category guards
 */
export const withoutIdleTimeout = ({ kind, scaling }: Pick<Endpoint, "kind" | "scaling">): boolean =>
  kind === "QUEUE" && scaling.type === "REQUEST_COUNT"

/**
 * @since 0.1.0
 * @category encoding
 */
export const endpoint = (base: string, { endpoint, template }: Deployment) => ({
  id: endpoint.id,
  name: endpoint.name,
  type: endpoint.kind,
  requestUrls: requestUrls(base, endpoint),
  ...container({ ...template, env: { ...template.env, ...endpoint.env } }),
  ...compute(endpoint),
  workers: {
    min: endpoint.workers.min,
    max: endpoint.workers.max,
    ...(withoutIdleTimeout(endpoint) ? {} : { idleTimeout: endpoint.workers.idleTimeout })
  },
  scaling: endpoint.scaling,
  dataCenterIds: endpoint.dataCenterIds,
  networkVolumes: endpoint.networkVolumes,
  timeout: endpoint.timeout,
  flashboot: endpoint.flashboot,
  createdAt: iso(endpoint.createdAt)
})

/**
 * @since 0.1.0
 * @category encoding
 */
export const template = (record: Template) => ({
  id: record.id,
  name: record.name,
  ...container(record),
  mounts: record.volume.size === 0 ? {} : { persistent: record.volume },
  serverless: record.serverless,
  public: record.public,
  category: record.category,
  startSsh: record.startSsh,
  startJupyter: record.startJupyter,
  allowedCudaVersions: record.allowedCudaVersions
})

/**
 * One that is wanted is on its way to a machine, as long as there is none.
 *
 * @since 0.1.0
 * @category encoding
 */
export const pod = (record: Pod) => {
  const { compute, networkVolume, volume } = record
  return {
    id: record.id,
    name: record.name,
    status: record.isWanted ? "PROVISIONING" : "EXITED",
    actions: record.isWanted ? [...(record.locked ? [] : ["stop"]), "terminate"] : ["start", "terminate"],
    image: record.image,
    args: record.args,
    disk: record.disk,
    env: record.env,
    ports: record.ports,
    registry: record.registry,
    mounts: {
      ...(volume.size === 0 ? {} : { persistent: volume }),
      ...(networkVolume === null ? {} : { network: [{ volumeId: networkVolume.id, path: networkVolume.path }] })
    },
    ...(compute.type === "GPU"
      ? { gpu: { id: compute.id, count: compute.count } }
      : { cpu: Compute.withMemory([compute]).map(({ id, memory, vcpuCount }) => ({ id, vcpuCount, memory }))[0] }),
    cloud: record.cloud,
    dataCenterId: null,
    cudaVersion: null,
    ssh: { proxy: null, direct: null },
    template: null,
    cost: 0,
    locked: record.locked,
    globalNetworking: { enabled: record.globalNetworking },
    runtime: null,
    createdAt: iso(record.createdAt),
    startedAt: null
  }
}

/**
 * @since 0.1.0
 * @category encoding
 */
export const volume = ({ dataCenterId, id, name, size, type }: NetworkVolume) => ({
  id,
  name,
  size,
  dataCenter: dataCenterId,
  type
})

/**
 * @since 0.1.0
 * @category encoding
 */
export const registry = ({ id, name }: Registry) => ({ id, name })

/**
 * @since 0.1.0
 * @category encoding
 */
export const workers = (endpoint: Endpoint, workers: ReadonlyArray<WorkerState>, now: number) => {
  const count = (status: WorkerState["status"]) => workers.filter((worker) => worker.status === status).length
  return {
    workers: workers.map(({ hardware, id, image, startedAt, status, version }) => ({
      id,
      status,
      isStale: version !== endpoint.version,
      version,
      gpuCount: Compute.gpuCountOf(endpoint.compute),
      image,
      // one that waits for hardware is nowhere yet
      uptimeSeconds: hardware === undefined ? null : Math.max(0, Math.floor((now - startedAt) / 1000)),
      gpuTypeId: hardware === undefined || hardware === "CPU" ? null : hardware,
      dataCenterId: hardware === undefined ? null : endpoint.dataCenterIds[0] ?? null,
      startedAt: hardware === undefined ? null : iso(startedAt)
    })),
    summary: {
      running: count("RUNNING"),
      idle: count("IDLE"),
      initializing: count("INITIALIZING"),
      throttled: count("THROTTLED"),
      unhealthy: count("UNHEALTHY"),
      total: workers.length
    },
    endpointVersion: endpoint.version
  }
}

/**
 * @since 0.1.0
 * @category encoding
 */
export const releases = (
  endpoint: Endpoint,
  releases: ReadonlyArray<Release>,
  workers: ReadonlyArray<WorkerState>,
  userId: string
) => {
  const of = (version: number) => workers.filter((worker) => worker.version === version).length
  const latest = of(endpoint.version)
  return {
    endpointVersion: endpoint.version,
    rollout: {
      inProgress: latest < workers.length,
      workersOnLatest: latest,
      workersTotal: workers.length,
      percentOnLatest: workers.length === 0 ? 0 : Math.floor(latest / workers.length * 100)
    },
    releases: releases.map(({ createdAt, diff, id, version }) => ({
      id,
      version,
      source: "MANUAL",
      buildId: null,
      createdByUserId: userId,
      workerCount: of(version),
      createdAt: iso(createdAt),
      diff
    }))
  }
}
