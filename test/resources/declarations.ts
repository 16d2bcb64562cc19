import { FastCheck } from "effect"
import * as F from "effect-flash"
import { cpuInstanceDetail } from "../../src/resources/CpuInstanceType.ts"
import type { ResourceType } from "../../src/resources/ResourceConfig.ts"

/** Constructors by their names, with types that a test may break. */
export const constructors: Readonly<
  Record<ResourceType, { readonly make: (name: string, options: never) => F.Resource<string> }>
> = {
  LiveServerless: F.LiveServerless,
  CpuLiveServerless: F.CpuLiveServerless,
  LiveLoadBalancer: F.LiveLoadBalancer,
  CpuLiveLoadBalancer: F.CpuLiveLoadBalancer,
  LoadBalancerSlsResource: F.LoadBalancerSlsResource,
  CpuLoadBalancerSlsResource: F.CpuLoadBalancerSlsResource,
  ServerlessEndpoint: F.ServerlessEndpoint,
  CpuServerlessEndpoint: F.CpuServerlessEndpoint
}

export const types = Object.keys(constructors) as ReadonlyArray<ResourceType>

/** Declares without the compiler's opinion. */
export const declare = (type: ResourceType, options: object = {}, name = "name"): F.ResourceConfig =>
  constructors[type].make(name, options as never).config

/** What a type needs at least. */
export const minimal = (type: ResourceType): object => type.includes("Live") ? {} : { imageName: "me/image:1" }

export const isGpu = (type: ResourceType): boolean => !type.startsWith("Cpu")
export const isLoadBalancer = (type: ResourceType): boolean => type.includes("LoadBalancer")

// ---------------------------------------------------------------------------------------------------------------------
// generated options: every field, in every form it may be written
// ---------------------------------------------------------------------------------------------------------------------

const fc = FastCheck
const whole = (min: number, max: number) => fc.integer({ min, max })
const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/)
const listOf = <A>(values: ReadonlyArray<A>) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 5 })

const env = fc.dictionary(
  fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,10}$/).filter((name) => name !== "PORT"),
  fc.oneof(fc.string().filter((s) => !s.includes("\0")), word.map(F.Env.secret), fc.constant(F.Env.fromLocal("HOME"))),
  { maxKeys: 8 }
)

const volumes = fc.tuple(listOf(F.DataCenter.all), fc.option(word), fc.boolean()).map(([centers, id, isTyped]) => [
  ...centers.map((dataCenterId, index) =>
    index % 2 === 0
      ? F.NetworkVolume.make(`volume-${index}`, {
        dataCenterId,
        size: 10 + index,
        ...(isTyped ? { type: "HIGH_PERFORMANCE" } : {})
      })
      : F.NetworkVolume.fromId(`id-${index}`, { dataCenterId })
  ),
  ...(id === null ? [] : [F.NetworkVolume.fromId(id)])
])

const template = (maxDisk: number) =>
  fc.record({
    name: word,
    imageName: word,
    containerDiskInGb: whole(1, maxDisk),
    containerRegistryAuthId: word,
    dockerArgs: word,
    env,
    ports: fc.constantFrom("80/http", "8888/http, 22/tcp", ["5000/http"]),
    startScript: word,
    advancedStart: fc.boolean(),
    config: fc.dictionary(word, fc.oneof(fc.integer(), fc.boolean(), fc.constant({ a: [null, "b"] })), { maxKeys: 2 })
  }, { requiredKeys: [] }).map(F.PodTemplate.make)

const workers = fc.tuple(whole(0, 1000), whole(0, 999)).map(([a, b]) => ({
  workersMin: Math.min(a, b),
  workersMax: Math.max(1, a, b)
}))

const volumeForms = fc.oneof(
  fc.constant({}),
  volumes.map((networkVolumes) => ({ networkVolumes })),
  volumes.map(([networkVolume]) => ({ networkVolume })),
  word.map((networkVolumeId) => ({ networkVolumeId })),
  listOf(F.DataCenter.all).map((datacenter) => ({ datacenter })),
  fc.constantFrom(...F.DataCenter.all).map((datacenter) => ({ datacenter }))
)

const scaling = (type: ResourceType) =>
  isLoadBalancer(type)
    ? fc.record({
      scalerType: fc.constant("REQUEST_COUNT"),
      scalerValue: whole(1, 1000),
      port: whole(1, 65_535),
      idleTimeout: whole(1, 3600)
    }, { requiredKeys: [] })
    : fc.oneof(
      fc.record({ scalerType: fc.constant("REQUEST_COUNT"), scalerValue: whole(1, 1000) }),
      fc.record({
        scalerType: fc.constant("QUEUE_DELAY"),
        scalerValue: fc.double({ min: 0.5, max: 1e6, noNaN: true }),
        idleTimeout: whole(1, 3600)
      }, { requiredKeys: [] })
    )

const cuda = fc.oneof(
  fc.constant({}),
  listOf(F.CudaVersion.all).map((cudaVersions) => ({ cudaVersions })),
  fc.constantFrom(...F.CudaVersion.all).map((minCudaVersion) => ({ minCudaVersion }))
)

const gpu = fc.tuple(
  fc.record({
    gpus: listOf<F.GpuGroup | F.GpuType>([...F.GpuGroup.all, ...F.GpuType.all, "any"]),
    gpuCount: whole(1, 8)
  }, { requiredKeys: [] }),
  cuda
).map(([a, b]) => ({ ...a, ...b }))

const cpu = fc.record({ instanceIds: listOf(F.CpuInstanceType.all) }, { requiredKeys: [] })

const roomFor = (hardware: { readonly instanceIds?: ReadonlyArray<F.CpuInstanceType> }) =>
  Math.min(...(hardware.instanceIds ?? ["cpu3g-2-8"]).map((id) => cpuInstanceDetail(id).maxDiskInGb))

/** Options that are legal for a type. */
export const options = (type: ResourceType): FastCheck.Arbitrary<object> => {
  const hardware: FastCheck.Arbitrary<readonly [options: object, disk: number]> = isGpu(type)
    ? gpu.map((options) => [options, 500])
    : cpu.map((options) => [options, roomFor(options)])
  return hardware.chain(([hardware, maxDisk]) =>
    fc.tuple(
      fc.record({
        workersPFBTarget: whole(0, 10),
        executionTimeoutMs: fc.oneof(fc.constant(0), whole(5000, 604_800_000)),
        flashboot: fc.constantFrom(true, false, ...Object.values(F.FlashBoot)),
        maxConcurrency: whole(1, 1000),
        env,
        containerDiskInGb: whole(1, maxDisk),
        containerRegistryAuthId: word
      }, { requiredKeys: [] }),
      fc.oneof(fc.constant({}), workers),
      volumeForms,
      scaling(type),
      fc.oneof(
        fc.constant({}),
        template(maxDisk).map((template) => ({ template })),
        word.map((templateId) => ({ templateId }))
      ),
      type.includes("Live")
        ? fc.oneof(fc.constant({}), fc.constant({ imageName: "me/image" }))
        : fc.constant(minimal(type))
    ).map((parts): object => Object.assign({}, hardware, ...parts))
  )
}
