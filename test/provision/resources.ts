/** Resources as people declare them, generated; and for each field another value of it. */
import { FastCheck } from "effect"
import {
  CpuLiveLoadBalancer,
  CpuLiveServerless,
  CpuLoadBalancerSlsResource,
  CpuServerlessEndpoint,
  LiveLoadBalancer,
  LiveServerless,
  LoadBalancerSlsResource,
  ServerlessEndpoint
} from "effect-flash"
import type { Resource } from "effect-flash"

type Options = Readonly<Record<string, unknown>>

/** The constructors take what they take; these tests give them data. */
const constructors = {
  LiveServerless,
  CpuLiveServerless,
  LiveLoadBalancer,
  CpuLiveLoadBalancer,
  LoadBalancerSlsResource,
  CpuLoadBalancerSlsResource,
  ServerlessEndpoint,
  CpuServerlessEndpoint
} as unknown as Readonly<Record<string, { readonly make: (name: string, options: Options) => Resource<string> }>>

export const types: ReadonlyArray<string> = Object.keys(constructors)

export const make = (type: string, name: string, options: Options): Resource<string> =>
  constructors[type]!.make(name, options)

export const isCpu = (type: string): boolean => type.startsWith("Cpu")
export const isLoadBalancer = (type: string): boolean => type.includes("LoadBalancer")
export const isLive = (type: string): boolean => type.includes("Live")

/** What a type needs to be legal at all. */
export const minimal = (type: string): Options => ({
  workersMax: 4,
  ...(isLive(type) ? {} : { imageName: "user/image:1" })
})

/** A field as it is written, the field of the plan it shows in, and two values. */
export interface Variation {
  readonly option: string
  readonly field: string
  readonly values: readonly [unknown, unknown]
}

const common: ReadonlyArray<Variation> = [
  { option: "workersMin", field: "workersMin", values: [1, 2] },
  { option: "workersMax", field: "workersMax", values: [5, 6] },
  { option: "workersPFBTarget", field: "workersPFBTarget", values: [0, 1] },
  { option: "idleTimeout", field: "idleTimeout", values: [5, 3600] },
  { option: "executionTimeoutMs", field: "executionTimeoutMs", values: [5000, 0] },
  { option: "scalerValue", field: "scalerValue", values: [1, 9] },
  { option: "flashboot", field: "flashboot", values: [false, "PRIORITY_FLASHBOOT"] },
  { option: "env", field: "env.A", values: [{ A: "1" }, { A: "2" }] },
  {
    option: "env",
    field: "env.B",
    values: [{ B: { _tag: "Secret", name: "one" } }, { B: { _tag: "Secret", name: "two" } }]
  },
  { option: "datacenter", field: "dataCenters", values: ["EU-RO-1", ["EU-RO-1", "US-TX-3"]] },
  { option: "imageName", field: "imageName", values: ["user/image:2", "user/image:3"] },
  { option: "maxConcurrency", field: "maxConcurrency", values: [2, 8] },
  { option: "containerDiskInGb", field: "containerDiskInGb", values: [5, 8] },
  { option: "containerRegistryAuthId", field: "containerRegistryAuthId", values: ["registry1", "registry2"] }
]

const gpu: ReadonlyArray<Variation> = [
  { option: "gpus", field: "gpus", values: [["ADA_24"], ["AMPERE_80", "NVIDIA L4"]] },
  { option: "gpuCount", field: "gpuCount", values: [2, 4] },
  { option: "minCudaVersion", field: "minCudaVersion", values: ["12.4", "12.8"] }
]

const cpu: ReadonlyArray<Variation> = [
  { option: "instanceIds", field: "instanceIds", values: [["cpu3c-2-4"], ["cpu5c-4-8", "cpu3g-2-8"]] }
]

const queue: ReadonlyArray<Variation> = [
  { option: "scalerType", field: "scalerType", values: ["QUEUE_DELAY", "REQUEST_COUNT"] }
]

const loadBalancer: ReadonlyArray<Variation> = [{ option: "port", field: "port", values: [8000, 8080] }]

export const variations = (type: string): ReadonlyArray<Variation> => [
  ...common,
  ...(isCpu(type) ? cpu : gpu),
  ...(isLoadBalancer(type) ? loadBalancer : queue)
]

/** Some of a type's fields, each with one of its values. */
export const options = (type: string): FastCheck.Arbitrary<Options> =>
  FastCheck.record(
    Object.fromEntries(
      variations(type).filter(({ field }) => field !== "env.B").map(({ option, values }) => [
        option,
        FastCheck.constantFrom(...values)
      ])
    ),
    { requiredKeys: [] }
  ).map((chosen): Options => legal({ ...minimal(type), ...chosen }))

/** Options with another value of one of them. */
export const varied = (
  { idleTimeout, scalerType, ...others }: Options,
  option: string,
  value: unknown
): Options => ({
  ...others,
  // these two know each other
  ...(option === "idleTimeout" || option === "scalerType" ? {} : legal({ idleTimeout, scalerType })),
  [option]: value
})

/** A queue that scales on the request count has no idle time-out. */
const legal = ({ idleTimeout, ...others }: Options): Options =>
  idleTimeout === undefined || others["scalerType"] === "REQUEST_COUNT" ? others : { idleTimeout, ...others }

export const declared: FastCheck.Arbitrary<{ readonly type: string; readonly options: Options }> = FastCheck
  .constantFrom(...types)
  .chain((type) => options(type).map((options) => ({ type, options })))
