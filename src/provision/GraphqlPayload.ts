/**
 * An endpoint's settings in the words of GraphQL's `saveEndpoint` and `saveTemplate`.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import type { EndpointInput, SaveTemplateInput } from "../runpod/graphql/Endpoints.ts"
import type { EndpointSettings, GpuSettings } from "./EndpointSettings.ts"
import type { Unsupported } from "./RestPayload.ts"

/**
 * What GraphQL knows of an endpoint besides its settings.
 *
 * @since 0.1.0
 * @category models
 */
export interface Binding {
  /** Of an endpoint that is there. */
  readonly id?: string
  /** Of the template that goes with it. */
  readonly templateId?: string
  /** The environment of a flash app whose build its workers run. */
  readonly flashEnvironmentId?: string
}

/** As the platform writes a selection: pools, then what is taken out of them. */
const gpuIds = ({ excludedTypes, pools }: GpuSettings): string =>
  [...pools, ...excludedTypes.map((type) => `-${type}`)].join(",")

/**
 * What of these settings GraphQL cannot say.
 *
 * @since 0.1.0
 * @category accessors
 */
export const unsupported = (settings: EndpointSettings): ReadonlyArray<Unsupported> => {
  const { args, disk, env, image, ports, registry, scalerValue, templateId } = settings
  const beside = { image, args, disk, registry, env: Object.keys(env)[0], ports: ports[0] }
  return [
    ...(Number.isInteger(scalerValue) ? [] : [{ setting: "scalerValue", reason: "it takes whole numbers" }]),
    ...Object.entries(templateId === undefined ? {} : beside).flatMap(([setting, value]) =>
      value === undefined ? [] : [{ setting, reason: "it takes the container of templateId as it is" }]
    )
  ]
}

/**
 * The input of `saveEndpoint`: the whole endpoint, since what is left out goes back to its default.
 *
 * @since 0.1.0
 * @category conversions
 */
export const endpoint = (
  settings: EndpointSettings,
  binding: Binding = {}
): Either.Either<EndpointInput, ReadonlyArray<Unsupported>> => {
  const problems = unsupported(settings)
  if (problems.length > 0) return Either.left(problems)
  const templateId = settings.templateId ?? binding.templateId
  const { cpu, dataCenterIds, gpu, networkVolumes: [volume, ...others] } = settings
  return Either.right({
    ...(binding.id === undefined ? {} : { id: binding.id }),
    ...(binding.flashEnvironmentId === undefined ? {} : { flashEnvironmentId: binding.flashEnvironmentId }),
    ...(templateId === undefined ? { template: template(settings) } : { templateId }),
    name: settings.name,
    type: settings.kind === "QUEUE" ? "QB" : "LB",
    ...(gpu === undefined ? {} : {
      gpuIds: gpuIds(gpu),
      gpuCount: gpu.count,
      allowedCudaVersions: (gpu.allowedCudaVersions ?? []).join(","),
      ...(gpu.minCudaVersion === undefined ? {} : { minCudaVersion: gpu.minCudaVersion })
    }),
    ...(cpu === undefined ? {} : { instanceIds: cpu.map(({ instanceId }) => instanceId) }),
    ...(dataCenterIds.length === 0 ? {} : { locations: dataCenterIds.join(",") }),
    ...(volume === undefined
      ? {}
      : others.length === 0
      ? { networkVolumeId: volume.id }
      : {
        networkVolumeIds: settings.networkVolumes.map(({ dataCenterId, id }) => ({
          networkVolumeId: id,
          ...(dataCenterId === undefined ? {} : { dataCenterId })
        }))
      }),
    workersMin: settings.workersMin,
    workersMax: settings.workersMax,
    workersPFBTarget: settings.workersPFBTarget,
    idleTimeout: settings.idleTimeout,
    scalerType: settings.scalerType,
    scalerValue: settings.scalerValue,
    executionTimeoutMs: settings.executionTimeoutMs,
    flashBootType: settings.flashboot
  })
}

/**
 * The input of `saveTemplate`: the container of an endpoint. Templates have names of their own, one in an account.
 *
 * @since 0.1.0
 * @category conversions
 */
export const template = (settings: EndpointSettings, id?: string): SaveTemplateInput => {
  const { args = "", disk, env, image, ports, registry, template } = settings
  return {
    ...(id === undefined ? {} : { id }),
    name: template.name === undefined ? `${settings.name}__PodTemplate` : `${template.name}__${settings.name}`,
    ...(image === undefined ? {} : { imageName: image }),
    dockerArgs: args,
    ...(disk === undefined ? {} : { containerDiskInGb: disk }),
    containerRegistryAuthId: registry ?? "",
    volumeInGb: 0,
    ports: ports.join(","),
    env: Object.entries(env).map(([key, value]) => ({ key, value })),
    advancedStart: template.advancedStart ?? false,
    startScript: template.startScript ?? "",
    config: template.config ?? {}
  }
}
