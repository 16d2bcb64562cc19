/**
 * What becomes of each field of a declaration.
 *
 * The table is total and the compiler checks it: a field that is added to a resource and not entered here does not
 * compile, so that no setting is lost between a program and the API.
 *
 * @since 0.1.0
 */
import * as Redacted from "effect/Redacted"
import * as Derived from "../resources/Derived.ts"
import type { ConfigField, fields } from "../resources/fields.ts"
import { structs } from "../resources/ResourceConfig.ts"
import type { ResourceConfig } from "../resources/ResourceConfig.ts"
import type { EndpointSettings, GpuSettings, TemplateOnlySettings, VolumeSettings } from "./EndpointSettings.ts"

/**
 * A field that the platform is told of as a setting.
 *
 * @since 0.1.0
 * @category models
 */
export type Field = { [F in ConfigField]: (typeof fields)[F] extends "remote" ? F : never }[ConfigField]

type Value<F extends Field, Config = ResourceConfig> = Config extends unknown
  ? F extends keyof Config ? Config[F] : never
  : never

/**
 * What a declaration only refers to, found out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Resolved {
  /** Of the endpoint on the platform. */
  readonly endpointName: string
  /** The image and what makes it a worker; both absent where a template on the platform decides. */
  readonly worker: {
    readonly image?: string | undefined
    readonly args?: string | undefined
    /** What the image wants of its host, where the declaration says nothing of CUDA. */
    readonly minCudaVersion?: string | undefined
  }
  /** What our worker is told of itself. */
  readonly workerEnv: Readonly<Record<string, string>>
  /** Values of the environment by their names there: literals, references to platform secrets, and local ones. */
  readonly env: Readonly<Record<string, Redacted.Redacted>>
  readonly networkVolumes: ReadonlyArray<VolumeSettings>
}

/**
 * The settings a field decides, or its part of them.
 *
 * @since 0.1.0
 * @category models
 */
export type Part =
  & Partial<Omit<EndpointSettings, "gpu" | "template">>
  & { readonly gpu?: Partial<GpuSettings>; readonly template?: TemplateOnlySettings }

type Setting = keyof EndpointSettings

interface Entry<F extends Field> {
  /** The settings the field has a say in, whatever its value. */
  readonly decides: ReadonlyArray<Setting>
  readonly part: (value: Value<F> | undefined, resolved: Resolved, config: ResourceConfig) => Part
}

type Table = { readonly [F in Field]: Entry<F> }

/** Leaves out what is `undefined`. */
const given = <Key extends string, A>(key: Key, value: A | undefined): { readonly [K in Key]?: A } =>
  // a computed key makes an index signature of what is a single property
  (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: A }

const plain = (values: Readonly<Record<string, string>>): EndpointSettings["env"] =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Redacted.make(value)]))

/** A field that is a setting of the same or another name. */
const same = <S extends Setting>(setting: S): { readonly decides: ReadonlyArray<S>; readonly part: SamePart<S> } => ({
  decides: [setting],
  part: (value) => given(setting, value)
})

type SamePart<S extends Setting> = (
  value: EndpointSettings[S] | undefined
) => { readonly [K in S]?: EndpointSettings[S] }

const table: Table = {
  workersMin: same("workersMin"),
  workersMax: same("workersMax"),
  workersPFBTarget: same("workersPFBTarget"),
  idleTimeout: same("idleTimeout"),
  executionTimeoutMs: same("executionTimeoutMs"),
  scalerType: same("scalerType"),
  scalerValue: same("scalerValue"),
  flashboot: same("flashboot"),
  containerDiskInGb: same("disk"),
  containerRegistryAuthId: same("registry"),
  // what it says of CUDA versions is a setting of the GPUs
  templateId: { ...same("templateId"), decides: ["templateId", "gpu"] },
  maxConcurrency: {
    decides: ["env"],
    // an image of one's own hears of it where it is not what such images do anyway
    part: (jobs, _, config) => {
      const usual = Derived.usualConcurrency(config)
      const told = jobs ?? usual
      return told !== usual || Derived.isLive(config) ? { env: plain({ FLASH_MAX_CONCURRENCY: String(told) }) } : {}
    }
  },
  env: { decides: ["env"], part: (_, { env }) => ({ env }) },
  dataCenters: same("dataCenterIds"),
  networkVolumes: { decides: ["networkVolumes"], part: (_, { networkVolumes }) => ({ networkVolumes }) },
  imageName: {
    decides: ["image", "args", "env", "gpu"],
    part: (_, { worker, workerEnv }) => ({
      ...given("image", worker.image),
      ...given("args", worker.args),
      ...given("gpu", worker.minCudaVersion === undefined ? undefined : { minCudaVersion: worker.minCudaVersion }),
      env: plain(workerEnv)
    })
  },
  template: {
    decides: ["args", "ports", "template"],
    part: (template, _, config) => ({
      ...given("args", template?.dockerArgs),
      ports: Derived.ports(config),
      template: {
        ...given("name", template?.name),
        ...given("startScript", template?.startScript),
        ...given("advancedStart", template?.advancedStart),
        ...given("config", template?.config)
      }
    })
  },
  port: {
    decides: ["ports", "env"],
    part: (_, __, config) => ({ ports: Derived.ports(config), env: plain(Derived.platformEnv(config)) })
  },
  gpus: {
    decides: ["gpu"],
    part: (_, __, config) => Derived.isGpu(config) ? { gpu: Derived.gpuSelection(config) } : {}
  },
  gpuCount: { decides: ["gpu"], part: (count) => ({ gpu: given("count", count) }) },
  cudaVersions: {
    decides: ["gpu"],
    // a template may name some: none would take those away
    part: (versions = [], _, { templateId }) => ({
      gpu: given("allowedCudaVersions", templateId === undefined || versions.length > 0 ? versions : undefined)
    })
  },
  minCudaVersion: {
    decides: ["gpu"],
    part: (minCudaVersion) => ({ gpu: given("minCudaVersion", minCudaVersion) })
  },
  instanceIds: {
    decides: ["cpu"],
    part: (_, __, config) =>
      Derived.isCpu(config)
        ? {
          cpu: Derived.cpuFlavors(config).map((flavor, index) => ({
            ...flavor,
            instanceId: config.instanceIds[index] ?? ""
          }))
        }
        : {}
  }
}

/**
 * The fields a type of resource has.
 *
 * @since 0.1.0
 * @category accessors
 */
export const of = (tag: ResourceConfig["_tag"]): ReadonlyArray<Field> =>
  // the table's keys are the fields: its type says so
  (Object.keys(table) as ReadonlyArray<Field>).filter((field) => field in structs[tag].fields)

/**
 * What one field decides.
 *
 * @since 0.1.0
 * @category conversions
 */
export const part = (field: Field, config: ResourceConfig, resolved: Resolved): Part => {
  // a config that has no such field has no value for it, and the table's entries take that
  const value = (config as { readonly [F in Field]?: unknown })[field]
  return (table[field].part as (value: unknown, resolved: Resolved, config: ResourceConfig) => Part)(
    value,
    resolved,
    config
  )
}

/**
 * The settings that may be others after a change of these fields.
 *
 * @since 0.1.0
 * @category accessors
 */
export const decided = (fields: ReadonlyArray<Field>): ReadonlyArray<Setting> => [
  ...new Set(fields.flatMap((field) => table[field].decides))
]

const merge = (a: Part, b: Part): Part => ({
  ...a,
  ...b,
  ...given("env", a.env === undefined ? b.env : { ...a.env, ...b.env }),
  ...given("ports", a.ports === undefined ? b.ports : [...new Set([...a.ports, ...b.ports ?? []])]),
  ...given("gpu", a.gpu === undefined ? b.gpu : { ...a.gpu, ...b.gpu }),
  ...given("template", a.template === undefined ? b.template : { ...a.template, ...b.template })
})

/**
 * All settings of an endpoint.
 *
 * @since 0.1.0
 * @category conversions
 */
export const settings = (config: ResourceConfig, resolved: Resolved): EndpointSettings => {
  const parts = of(config._tag).map((field) => part(field, config, resolved))
  return {
    kind: Derived.kind(config),
    name: resolved.endpointName,
    // a decoded declaration has a value for each setting that is always there
    ...parts.reduce(merge) as Omit<EndpointSettings, "kind" | "name">
  }
}
