/**
 * From what a constructor is given to the resource's configuration.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { maxDiskInGb } from "./CpuInstanceType.ts"
import { DataCenterSchema } from "./DataCenter.ts"
import { Env } from "./Env.ts"
import { FlashBootSchema } from "./FlashBoot.ts"
import { GpuGroup } from "./GpuGroup.ts"
import * as GpuIds from "./GpuIds.ts"
import { GpuType } from "./GpuType.ts"
import { check, type Issue } from "./internal/checks.ts"
import { oneOf } from "./internal/oneOf.ts"
import { InvalidResource } from "./InvalidResource.ts"
import { NetworkVolumeSchema } from "./NetworkVolume.ts"
import { PodTemplateSchema } from "./PodTemplate.ts"
import { type ResourceConfig, type ResourceType, structs } from "./ResourceConfig.ts"

/** Fields that a person writes otherwise than they are kept. */
const Written = Schema.Struct({
  flashboot: Schema.optional(Schema.Union(Schema.Boolean, FlashBootSchema)),
  gpus: Schema.optional(Schema.NonEmptyArray(oneOf("a GPU", ["any", ...GpuGroup.all, ...GpuType.all], GpuType))),
  env: Schema.optional(Env),
  datacenter: Schema.optional(Schema.Union(DataCenterSchema, Schema.Array(DataCenterSchema))),
  networkVolume: Schema.optional(NetworkVolumeSchema),
  networkVolumes: Schema.optional(Schema.Array(NetworkVolumeSchema)),
  networkVolumeId: Schema.optional(Schema.NonEmptyString),
  template: Schema.optional(PodTemplateSchema)
})

type Written = typeof Written.Type

/** Throws `InvalidResource`. */
export const declare = (type: ResourceType, name: string, options: object): ResourceConfig => {
  const given = Object.fromEntries(
    Object.entries(options).filter(([field, value]) => value !== undefined && field !== "_tag" && field !== "name")
  )
  const written = decode(Written, pick(given, (field) => field in Written.fields))
  const plain = pick(given, (field) => !(field in Written.fields))
  const decoded = decode(structs[type] as Schema.Schema<ResourceConfig, unknown>, {
    ...plain,
    ...desugar(written.value, plain),
    _tag: type,
    name
  })
  const issues = [...written.issues, ...decoded.issues]
  if (issues.length > 0) throw new InvalidResource({ type, resource: name, issues })
  const config = withDisk(decoded.value)
  const broken = check(config)
  if (broken.length > 0) throw new InvalidResource({ type, resource: name, issues: broken })
  return config
}

const pick = (fields: Readonly<Record<string, unknown>>, wanted: (field: string) => boolean) =>
  Object.fromEntries(Object.entries(fields).filter(([field]) => wanted(field)))

interface Decoded<A> {
  readonly value: A
  readonly issues: ReadonlyArray<Issue>
}

const decode = <A, I>(schema: Schema.Schema<A, I>, input: unknown): Decoded<A> => {
  const result = Schema.decodeUnknownEither(schema, { errors: "all", onExcessProperty: "error" })(input)
  return Either.isRight(result)
    ? { value: result.right, issues: [] }
    : { value: {} as A, issues: issuesOf(result.left) }
}

/** An optional field reports twice, the second time that leaving it out would do. */
const issuesOf = (error: ParseResult.ParseError): ReadonlyArray<Issue> =>
  ParseResult.ArrayFormatter.formatErrorSync(error)
    .filter(({ message }) => !message.startsWith("Expected undefined"))
    .map(({ message, path }) => ({ path: path.map(String).join("."), message }))

const desugar = (written: Written, plain: Readonly<Record<string, unknown>>) => {
  const { datacenter, env, flashboot, gpus, networkVolume, networkVolumeId, networkVolumes, template } = written
  const volumes = [
    ...(networkVolume === undefined ? [] : [networkVolume]),
    ...(networkVolumes ?? []),
    ...(networkVolumeId === undefined ? [] : [{ _tag: "ExistingNetworkVolume" as const, id: networkVolumeId }])
  ]
  const pinned = volumes.flatMap(({ dataCenterId }) => dataCenterId === undefined ? [] : [dataCenterId])
  const centers = datacenter === undefined ? pinned : [datacenter].flat()
  const { _tag: _, containerDiskInGb, containerRegistryAuthId, env: templateEnv, imageName, ...settings } = template ??
    { _tag: "PodTemplate" }
  return {
    ...definedOf({ imageName, containerDiskInGb, containerRegistryAuthId }),
    ...plain,
    ...(flashboot === undefined ? {} : { flashboot: flashbootOf(flashboot) }),
    ...(gpus === undefined ? {} : { gpus: GpuIds.normalise(gpus) }),
    ...(template === undefined ? {} : { template: settings }),
    env: { ...templateEnv, ...env },
    dataCenters: [...new Set(centers)].toSorted(),
    networkVolumes: volumes
  }
}

const definedOf = (fields: Readonly<Record<string, unknown>>) => pick(fields, (field) => fields[field] !== undefined)

const flashbootOf = (flashboot: NonNullable<Written["flashboot"]>) =>
  flashboot === true ? "FLASHBOOT" : flashboot === false ? "OFF" : flashboot

const withDisk = (config: ResourceConfig): ResourceConfig =>
  config.containerDiskInGb !== undefined || config.templateId !== undefined
    ? config
    : { ...config, containerDiskInGb: "gpus" in config ? 64 : maxDiskInGb(config.instanceIds) }
