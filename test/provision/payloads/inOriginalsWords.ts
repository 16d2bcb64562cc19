/** Payloads in the words of the original's, which are those of `saveEndpoint`, to be compared field by field. */
import { assert } from "@effect/vitest"

type Json = Readonly<Record<string, unknown>>

/** GB of memory for each vCPU. */
const memory: Readonly<Record<string, number>> = { cpu3c: 2, cpu3g: 4, cpu5c: 2 }

interface RestBody {
  readonly name: string
  readonly type: "QUEUE" | "LOAD_BALANCER"
  readonly workers: { readonly min: number; readonly max: number; readonly idleTimeout?: number }
  readonly scaling: { readonly type: string; readonly queueDelay?: number; readonly requestCount?: number }
  readonly timeout: number
  readonly flashboot: string
  readonly dataCenterIds: ReadonlyArray<string>
  readonly networkVolumes: ReadonlyArray<string>
  readonly image: string
  readonly args?: string
  readonly disk: number
  readonly env: Json
  readonly ports: ReadonlyArray<string>
  readonly registry?: string
  readonly gpu?: {
    readonly pools: ReadonlyArray<string>
    readonly excludedTypes: ReadonlyArray<string>
    readonly count: number
    readonly allowedCudaVersions: ReadonlyArray<string>
    readonly minCudaVersion?: string
  }
  readonly cpu?: ReadonlyArray<{ readonly id: string; readonly vcpuCount: number }>
}

const present = (fields: Json): Json =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/** A field that is left over fails. */
export const rest = (body: RestBody): Json => {
  const { cpu, dataCenterIds, flashboot, gpu, name, networkVolumes, scaling, timeout, type, workers, ...container } =
    body
  const { args, disk, env, image, ports, registry, ...others } = container
  assert.deepStrictEqual(others, {})
  return present({
    name,
    type: type === "QUEUE" ? "QB" : "LB",
    workersMin: workers.min,
    workersMax: workers.max,
    idleTimeout: workers.idleTimeout,
    scalerType: scaling.type,
    scalerValue: scaling.queueDelay ?? scaling.requestCount,
    executionTimeoutMs: timeout,
    flashBootType: flashboot,
    locations: dataCenterIds.join(",") || undefined,
    networkVolumeId: networkVolumes.join(",") || undefined,
    instanceIds: cpu?.map(({ id, vcpuCount }) => `${id}-${vcpuCount}-${vcpuCount * (memory[id] ?? NaN)}`),
    gpuIds: gpu && [...gpu.pools, ...gpu.excludedTypes.map((type) => `-${type}`)].join(","),
    gpuCount: gpu?.count,
    allowedCudaVersions: gpu?.allowedCudaVersions.join(","),
    minCudaVersion: gpu?.minCudaVersion,
    template: present({
      imageName: image,
      dockerArgs: args,
      containerDiskInGb: disk,
      env,
      ports: ports.join(","),
      containerRegistryAuthId: registry
    })
  })
}

/** The list of variables as a record: their order means nothing. */
export const graphql = (input: Json): Json => {
  const template = input["template"] as {
    readonly env: ReadonlyArray<{ readonly key: string; readonly value: string }>
  }
  const env = Object.fromEntries(template.env.map(({ key, value }) => [key, value]))
  assert.strictEqual(Object.keys(env).length, template.env.length, "a variable is there twice")
  return { ...input, template: { ...template, env } }
}

/** Each value with its path, as `template.env.PORT`. */
export const flat = (payload: Json, prefix = ""): ReadonlyMap<string, unknown> =>
  new Map(
    Object.entries(payload).flatMap(([name, value]) =>
      name === "template" || name === "env"
        ? [...flat(value as Json, `${prefix}${name}.`)]
        : [[`${prefix}${name}`, value] as const]
    )
  )
