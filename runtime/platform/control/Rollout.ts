/**
 * Which changes of an endpoint need new workers, and what a release says about them.
 *
 * @since 0.1.0
 */
import { instanceId } from "./catalog/CpuFlavors.ts"
import { toGpuIds } from "./Compute.ts"
import type { Endpoint, Release, Template } from "./Records.ts"

/**
 * An endpoint and what its containers are started with.
 *
 * @since 0.1.0
 * @category models
 */
export interface Deployment {
  readonly endpoint: Endpoint
  readonly template: Template
}

/** What a running worker was made of, by GraphQL's names. Everything else is changed in place. */
const made = ({ endpoint, template }: Deployment): Readonly<Record<string, unknown>> => ({
  ...(endpoint.compute.type === "GPU"
    ? {
      gpuIds: toGpuIds(endpoint.compute),
      gpuCount: endpoint.compute.count,
      allowedCudaVersions: endpoint.compute.allowedCudaVersions.join(","),
      minCudaVersion: endpoint.compute.minCudaVersion
    }
    : { instanceIds: endpoint.compute.instances.map(instanceId) }),
  locations: endpoint.dataCenterIds.join(","),
  networkVolumeIds: endpoint.networkVolumes,
  flashBootType: endpoint.flashboot,
  modelReferences: endpoint.modelReferences,
  env: endpoint.env,
  "template.imageName": template.image,
  "template.dockerArgs": template.args,
  "template.dockerEntrypoint": template.entrypoint,
  "template.containerDiskInGb": template.disk,
  "template.env": template.env,
  "template.ports": template.ports.join(","),
  "template.containerRegistryAuthId": template.registry,
  "template.startScript": template.startScript
})

/**
 * What is to be rolled out, field by field; nothing where the workers may stay.
 *
 * @since 0.1.0
 * @category comparing
 */
export const diff = (before: Deployment, after: Deployment): Release["diff"] => {
  const [old, next] = [made(before), made(after)]
  return [...new Set([...Object.keys(old), ...Object.keys(next)])].flatMap((field) =>
    canonical(old[field]) === canonical(next[field])
      ? []
      : [{ field, old: old[field] ?? null, new: next[field] ?? null }]
  )
}

/** JSON in which the order of an object's keys is of no account. */
const canonical = (value: unknown): string =>
  JSON.stringify(
    value ?? null,
    (_, inner: unknown) =>
      typeof inner === "object" && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0))
        : inner
  )
