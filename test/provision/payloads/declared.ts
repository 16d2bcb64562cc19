/** A minimal and a full declaration of each type of resource, and how a table says something of several types at once. */
import { Env, NetworkVolume, PodTemplate } from "effect-flash"
import type { ResourceType } from "../../../src/resources/ResourceConfig.ts"

/** What a type is: each of these names a line of a table. */
const lines = (type: ResourceType): ReadonlyArray<string> => {
  const hardware = type.startsWith("Cpu") ? "cpu" : "gpu"
  const routing = type.includes("LoadBalancer") ? "load balancer" : "queue"
  const code = type.includes("Live") ? "live" : "own image"
  return ["every", routing, hardware, code, `${code}, ${hardware}`, `${code}, ${routing}`, type]
}

type Json = Readonly<Record<string, unknown>>

/** By what a type is; a later line of `lines` wins over an earlier one. */
export type Table = Readonly<Record<string, Json>>

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype

const merge = (a: Json, b: Json): Json => ({
  ...a,
  ...Object.fromEntries(
    Object.entries(b).map(([key, value]) => {
      const before = a[key]
      return [key, isObject(before) && isObject(value) && !("_tag" in value) ? merge(before, value) : value]
    })
  )
})

/** What a table says of a type. */
export const look = (table: Table, type: ResourceType): Json =>
  lines(type).map((line) => table[line] ?? {}).reduce(merge)

export const minimal: Table = {
  every: {},
  "own image": { imageName: "me/image:1" }
}

/** A queue that scales on requests, which has no idle time-out. */
export const byRequests: Table = {
  ...minimal,
  queue: { scalerType: "REQUEST_COUNT", scalerValue: 2 }
}

const template = {
  name: "mine",
  dockerArgs: "--fast",
  ports: "8888/http,22/tcp",
  env: { MODE: "of the template" }
}

/** Everything that REST v2 has a word for. */
export const full: Table = {
  every: {
    workersMin: 1,
    workersMax: 5,
    idleTimeout: 30,
    executionTimeoutMs: 600_000,
    scalerValue: 8,
    flashboot: false,
    maxConcurrency: 4,
    env: { MODE: "fast", TOKEN: Env.secret("hf") },
    datacenter: "EU-RO-1",
    networkVolume: NetworkVolume.fromId("vol1", { dataCenterId: "EU-RO-1" }),
    containerRegistryAuthId: "reg1",
    template: PodTemplate.make(template)
  },
  queue: { scalerType: "QUEUE_DELAY" },
  "load balancer": { scalerType: "REQUEST_COUNT", port: 8000 },
  gpu: { containerDiskInGb: 100, gpus: ["NVIDIA L4", "AMPERE_80"], gpuCount: 2, cudaVersions: ["12.6", "12.8"] },
  cpu: { containerDiskInGb: 15, instanceIds: ["cpu5c-4-8", "cpu3g-2-8"] },
  "own image": { imageName: "me/image:1" }
}

/** Everything. */
export const whole: Table = {
  ...full,
  every: {
    ...full["every"],
    workersPFBTarget: 2,
    template: PodTemplate.make({ ...template, startScript: "./start", advancedStart: true, config: { a: 1 } })
  }
}
