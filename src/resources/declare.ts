/**
 * From what a constructor is given to the resource's configuration.
 *
 * @since 0.1.0
 */
import * as Arr from "effect/Array"
import * as Order from "effect/Order"
import * as Schema from "effect/Schema"
import { maxDiskInGb } from "./CpuInstanceType.ts"
import { cudaOrder } from "./CudaVersion.ts"
import { type DataCenter, DataCenterSchema } from "./DataCenter.ts"
import { EnvSchema } from "./Env.ts"
import { GpuGroup } from "./GpuGroup.ts"
import * as GpuIds from "./GpuIds.ts"
import { GpuType } from "./GpuType.ts"
import { givenOf } from "./internal/construct.ts"
import { listOf } from "./internal/listOf.ts"
import { oneOf } from "./internal/oneOf.ts"
import { read } from "./internal/read.ts"
import { check, type Issue } from "./internal/rules.ts"
import { text } from "./internal/text.ts"
import { fieldsOf, unknownField } from "./internal/unknownField.ts"
import { InvalidResource } from "./InvalidResource.ts"
import { type NetworkVolume, NetworkVolumeSchema } from "./NetworkVolume.ts"
import { PodTemplateSchema } from "./PodTemplate.ts"
import { type ResourceConfig, type ResourceType, structs } from "./ResourceConfig.ts"

type Fields = Readonly<Record<string, unknown>>

/** Disk of a GPU worker in gigabytes. */
const gpuDisk = 64

/** Fields that are written otherwise than they are kept, or that others depend on. */
const Written = Schema.Struct({
  gpus: Schema.optional(
    Schema.NonEmptyArray(oneOf("a GPU pool or type", ["any", ...GpuGroup.all, ...GpuType.all], GpuType))
  ),
  env: Schema.optional(EnvSchema),
  datacenter: Schema.optional(listOf(DataCenterSchema, "data centers")),
  networkVolume: Schema.optional(NetworkVolumeSchema),
  networkVolumes: Schema.optional(listOf(NetworkVolumeSchema, "volumes")),
  networkVolumeId: Schema.optional(text("the id of a volume")),
  template: Schema.optional(PodTemplateSchema)
})

type Written = typeof Written.Type

/**
 * Checks a declaration and brings it into normal form, with every default filled in. What is given is not changed.
 * Throws `InvalidResource` with all that is wrong.
 *
 * @since 0.1.0
 * @category constructors
 */
export const declare = (type: ResourceType, name: string, options: object): ResourceConfig => {
  const given = omit(givenOf(options), ["_tag", "name"])
  const known = fieldsOf(type)
  const [unknown, fields] = [omit(given, known), pick(given, known)]
  const written = read(Written, spelledOut(pick(fields, Object.keys(Written.fields))))
  const kept = read(structs[type], {
    ...desugar(written.value ?? {}),
    ...spelledOut(omit(fields, Object.keys(Written.fields))),
    _tag: type,
    name
  }, { name: "placeholder" })
  const config = kept.value === undefined ? undefined : finish(kept.value)
  const issues = [
    ...Object.keys(unknown).map((field) => ({ path: field, message: unknownField(type, field) })),
    ...pointless(type, fields),
    ...written.issues,
    ...kept.issues,
    ...(config === undefined ? [] : check(config, [...kept.wrong, ...written.wrong.flatMap(keptAs)]))
  ]
  if (config === undefined || issues.length > 0) {
    throw new InvalidResource({ type, resource: name, issues: asWritten(issues, fields) })
  }
  return config
}

const pick = (fields: Fields, names: ReadonlyArray<string>): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([field]) => names.includes(field)))

const omit = (fields: Fields, names: ReadonlyArray<string>): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([field]) => !names.includes(field)))

/** The short forms of a field. */
const spelledOut = (fields: Fields): Fields => {
  const { datacenter, flashboot } = fields
  return {
    ...fields,
    ...(typeof datacenter === "string" ? { datacenter: [datacenter] } : {}),
    ...(typeof flashboot === "boolean" ? { flashboot: flashboot ? "FLASHBOOT" : "OFF" } : {})
  }
}

/** The fields of a configuration that a field of a declaration is kept in. */
const keptAs = (field: string): ReadonlyArray<string> => {
  switch (field) {
    case "datacenter":
      return ["dataCenters"]
    case "networkVolume":
    case "networkVolumeId":
      return ["networkVolumes"]
    case "template":
      return ["template", "imageName", "containerDiskInGb", "env"]
  }
  return [field]
}

/** A template is taken apart: what a resource has a field for goes there. */
const desugar = ({ datacenter, env, gpus, networkVolume, networkVolumeId, networkVolumes, template }: Written) => {
  const volumes = volumesOf([
    ...(networkVolumes ?? []),
    ...(networkVolume === undefined ? [] : [networkVolume]),
    ...(networkVolumeId === undefined ? [] : [{ _tag: "ExistingNetworkVolume" as const, id: networkVolumeId }])
  ])
  const { _tag: _, containerDiskInGb, containerRegistryAuthId, env: templateEnv, imageName, ...settings } = template ??
    { _tag: "none" }
  return givenOf({
    imageName,
    containerDiskInGb,
    containerRegistryAuthId,
    template: template === undefined ? undefined : settings,
    gpus: gpus === undefined ? undefined : GpuIds.normalise(gpus),
    env: byName({ ...templateEnv, ...env }),
    networkVolumes: volumes,
    dataCenters: sorted(datacenter ?? placesOf(volumes))
  })
}

const sorted = <A extends string>(values: ReadonlyArray<A>): ReadonlyArray<A> => [...new Set(values)].toSorted()

const byName = <A>(record: Readonly<Record<string, A>>): Readonly<Record<string, A>> =>
  Object.fromEntries(sorted(Object.keys(record)).map((name) => [name, record[name] as A]))

const volumesOf = (volumes: ReadonlyArray<NetworkVolume>): ReadonlyArray<NetworkVolume> => {
  const key = (volume: NetworkVolume) =>
    JSON.stringify([volume.dataCenterId ?? "", volume._tag === "NetworkVolume" ? volume.name : volume.id])
  return Arr.sortWith(Arr.dedupeWith(volumes, Schema.equivalence(NetworkVolumeSchema)), key, Order.string)
}

/** A worker is where its volume is, as far as all of them say where they are. */
const placesOf = (volumes: ReadonlyArray<NetworkVolume>): ReadonlyArray<DataCenter> => {
  const places = volumes.flatMap(({ dataCenterId }) => dataCenterId ?? [])
  return places.length === volumes.length ? places : []
}

/** Lists without repetitions, and a disk. */
const finish = (config: ResourceConfig): ResourceConfig => {
  const { containerDiskInGb, templateId } = config
  const isOpen = containerDiskInGb === undefined && templateId === undefined
  if ("instanceIds" in config) {
    const instanceIds = Arr.dedupe(config.instanceIds)
    return { ...config, instanceIds, ...(isOpen ? { containerDiskInGb: maxDiskInGb(instanceIds) } : {}) }
  }
  const cudaVersions = Arr.sort(Arr.dedupe(config.cudaVersions), cudaOrder)
  return { ...config, cudaVersions, ...(isOpen ? { containerDiskInGb: gpuDisk } : {}) }
}

/** Settings that would have no effect beside others. */
const pointless = (type: ResourceType, fields: Fields): ReadonlyArray<Issue> => {
  const { id, idleTimeout, scalerType } = fields
  if (id !== undefined) {
    return Object.keys(omit(fields, ["id"])).map((field) => ({
      path: field,
      message: "does not go with id: that endpoint is there already and is called as it is"
    }))
  }
  return idleTimeout !== undefined && scalerType === "REQUEST_COUNT" && !type.includes("LoadBalancer")
    ? [{ path: "idleTimeout", message: "the platform has none for a queue that scales on REQUEST_COUNT" }]
    : []
}

/** Names the fields as the declaration does; one issue for each. */
const asWritten = (issues: ReadonlyArray<Issue>, fields: Fields): ReadonlyArray<Issue> => {
  const volumes = ["networkVolumes", "networkVolume", "networkVolumeId"].find((field) => fields[field] !== undefined)
  const written = (path: string): string => {
    if (path === "dataCenters" || (path === "datacenter.0" && typeof fields["datacenter"] === "string")) {
      return "datacenter"
    }
    if (path === "networkVolumes") return volumes ?? path
    const isTemplates = path === "containerDiskInGb" && fields[path] === undefined
    return isTemplates ? `template.${path}` : path
  }
  return Arr.dedupeWith(
    issues.map(({ message, path }) => ({ path: written(path), message })),
    (a, b) => a.path === b.path
  )
}
