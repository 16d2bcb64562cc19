/**
 * What GraphQL answers: its views of the records. A field that is a function is asked for only where a document has it.
 *
 * @since 0.1.0
 */
import * as Redacted from "effect/Redacted"
import { instanceId } from "../catalog/CpuFlavors.ts"
import * as Compute from "../Compute.ts"
import type { Context } from "../Context.ts"
import type { Endpoint, FlashApp, FlashBuild, FlashEnvironment, NetworkVolume, Template } from "../Records.ts"
import type { Deployment } from "../Rollout.ts"
import { iso, toVariables } from "./values.ts"

/**
 * @since 0.1.0
 * @category encoding
 */
export const endpoint = (context: Context, { endpoint: record, template: container }: Deployment) => {
  const { control } = context
  const { scaling } = record
  return {
    id: record.id,
    name: record.name,
    aiKey: Redacted.value(record.aiKey),
    userId: control.account().id,
    version: record.version,
    type: record.kind === "QUEUE" ? "QB" : "LB",
    templateId: record.templateId,
    template: () => template(container),
    ...compute(record),
    locations: record.dataCenterIds.length === 0 ? null : record.dataCenterIds.join(","),
    idleTimeout: record.workers.idleTimeout,
    scalerType: scaling.type,
    scalerValue: Math.max(1, Math.round(scaling.type === "QUEUE_DELAY" ? scaling.queueDelay : scaling.requestCount)),
    workersMin: record.workers.min,
    workersMax: record.workers.max,
    workersStandby: 0,
    workersPFBTarget: 0,
    executionTimeoutMs: record.timeout,
    flashBootType: record.flashboot,
    networkVolumeId: record.networkVolumes[0] ?? null,
    networkVolumeIds: () =>
      volumesOf(context, record).map(({ dataCenterId, id }) => ({ networkVolumeId: id, dataCenterId })),
    networkVolume: () => volumesOf(context, record).map(volume)[0] ?? null,
    modelReferences: record.modelReferences,
    env: toVariables(record.env),
    createdAt: iso(record.createdAt),
    activeBuildid: control.flash.buildOf(record)?.id ?? null,
    flashEnvironmentId: record.flashEnvironmentId,
    pods: () => context.workers(record.id).map(({ id }) => ({ id, name: record.name, desiredStatus: "RUNNING" }))
  }
}

const volumesOf = ({ control }: Context, { networkVolumes }: Endpoint): ReadonlyArray<NetworkVolume> =>
  control.volumes.list().filter(({ id }) => networkVolumes.includes(id))

const compute = ({ compute }: Endpoint) =>
  compute.type === "CPU"
    ? {
      computeType: "CPU",
      instanceIds: compute.instances.map(instanceId),
      gpuIds: "",
      gpuCount: 0,
      allowedCudaVersions: ""
    }
    : {
      computeType: "GPU",
      gpuIds: Compute.toGpuIds(compute),
      gpuCount: compute.count,
      allowedCudaVersions: compute.allowedCudaVersions.join(","),
      minCudaVersion: compute.minCudaVersion
    }

/**
 * @since 0.1.0
 * @category encoding
 */
export const template = (record: Template) => ({
  id: record.id,
  name: record.name,
  imageName: record.image,
  dockerArgs: record.args,
  containerDiskInGb: record.disk,
  containerRegistryAuthId: record.registry ?? "",
  volumeInGb: record.volume.size,
  volumeMountPath: record.volume.path,
  ports: record.ports.join(","),
  portsConfig: record.ports.map((port) => ({ port, name: "" })),
  env: toVariables(record.env),
  isServerless: record.serverless,
  isPublic: record.public,
  isRunpod: false,
  category: record.category,
  readme: record.readme,
  advancedStart: record.advancedStart,
  startScript: record.startScript,
  startSsh: record.startSsh,
  startJupyter: record.startJupyter
})

/**
 * @since 0.1.0
 * @category encoding
 */
export const volume = ({ dataCenterId, flashEnvironmentId, id, name, size }: NetworkVolume) => ({
  id,
  name,
  size,
  dataCenterId,
  flashEnvironmentId
})

/**
 * @since 0.1.0
 * @category encoding
 */
export const flashApp = (context: Context, { id, name }: FlashApp) => ({
  id,
  name,
  flashEnvironments: () =>
    context.control.flash.environments(id).map((environment) => flashEnvironment(context, environment)),
  flashBuilds: () => context.control.flash.builds(id).map(flashBuild)
})

/**
 * @since 0.1.0
 * @category encoding
 */
export const flashEnvironment = (context: Context, environment: FlashEnvironment) => ({
  id: environment.id,
  name: environment.name,
  state: environment.state,
  activeBuildId: environment.activeBuildId,
  createdAt: iso(environment.createdAt),
  endpoints: () =>
    context.control.endpoints.list().filter(({ endpoint }) => endpoint.flashEnvironmentId === environment.id)
      .map((deployment) => endpoint(context, deployment)),
  networkVolumes: () =>
    context.control.volumes.list().filter(({ flashEnvironmentId }) => flashEnvironmentId === environment.id).map(
      volume
    ),
  activeArtifact: () => activeArtifact(context, environment)
})

const activeArtifact = ({ artifacts, control }: Context, { activeBuildId }: FlashEnvironment) => {
  const build = activeBuildId === null ? undefined : control.flash.build(activeBuildId)
  const signed = build && artifacts.download(build.objectKey)
  return signed && { objectKey: signed.objectKey, downloadUrl: signed.url, expiresAt: iso(signed.expiresAt) }
}

/**
 * @since 0.1.0
 * @category encoding
 */
export const flashBuild = ({ createdAt, id, manifest, objectKey }: FlashBuild) => ({
  id,
  objectKey,
  manifest,
  createdAt: iso(createdAt)
})
