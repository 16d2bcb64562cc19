/** What is sent to make the endpoint of each declaration: to REST v2, and where that has no words for it to GraphQL. */
import { startCommand } from "../../../src/resources/startCommand.ts"
import { version } from "../../../src/Version.ts"
import type { Table } from "./declared.ts"

const stockCpu = "node:22-bookworm-slim"
const stockGpu = "nvidia/cuda:12.8.1-base-ubuntu24.04"

const liveEnv = { FLASH_RESOURCE_NAME: "w", FLASH_IS_LIVE_PROVISIONING: "true" }

const everyPool = [
  "ADA_24",
  "ADA_32_PRO",
  "ADA_48_PRO",
  "ADA_80_PRO",
  "AMPERE_16",
  "AMPERE_24",
  "AMPERE_48",
  "AMPERE_80",
  "BLACKWELL_180",
  "BLACKWELL_96",
  "HOPPER_141"
]

const restMinimal: Table = {
  every: {
    name: "live-w",
    workers: { min: 0, max: 1, idleTimeout: 60 },
    timeout: 0,
    flashboot: "FLASHBOOT",
    dataCenterIds: [],
    networkVolumes: [],
    env: {},
    ports: []
  },
  queue: { type: "QUEUE", scaling: { type: "QUEUE_DELAY", queueDelay: 4 } },
  "load balancer": {
    type: "LOAD_BALANCER",
    scaling: { type: "REQUEST_COUNT", requestCount: 4 },
    ports: ["80/http"],
    env: { PORT: "80", PORT_HEALTH: "80" }
  },
  gpu: { disk: 64, gpu: { pools: everyPool, excludedTypes: [], count: 1, allowedCudaVersions: [] } },
  cpu: { disk: 20, cpu: [{ id: "cpu3g", vcpuCount: 2 }] },
  live: { args: startCommand(version), env: { ...liveEnv, FLASH_MAX_CONCURRENCY: "1" } },
  "live, gpu": { image: stockGpu, gpu: { minCudaVersion: "12.8" } },
  "live, cpu": { image: stockCpu },
  "live, load balancer": { env: { FLASH_ENDPOINT_TYPE: "lb", FLASH_MAX_CONCURRENCY: "100" } },
  "own image": { image: "me/image:1" }
}

const restFull: Table = {
  every: {
    name: "live-w",
    workers: { min: 1, max: 5, idleTimeout: 30 },
    timeout: 600_000,
    flashboot: "OFF",
    dataCenterIds: ["EU-RO-1"],
    networkVolumes: ["vol1"],
    args: "--fast",
    env: { MODE: "fast", TOKEN: "{{ RUNPOD_SECRET_hf }}", FLASH_MAX_CONCURRENCY: "4" },
    ports: ["8888/http", "22/tcp"],
    registry: "reg1"
  },
  queue: { type: "QUEUE", scaling: { type: "QUEUE_DELAY", queueDelay: 8 } },
  "load balancer": {
    type: "LOAD_BALANCER",
    scaling: { type: "REQUEST_COUNT", requestCount: 8 },
    ports: ["8000/http", "8888/http", "22/tcp"],
    env: { PORT: "8000", PORT_HEALTH: "8000" }
  },
  gpu: {
    disk: 100,
    gpu: {
      pools: ["AMPERE_24", "AMPERE_80"],
      excludedTypes: ["NVIDIA GeForce RTX 3090", "NVIDIA RTX A5000"],
      count: 2,
      allowedCudaVersions: ["12.6", "12.8"]
    }
  },
  cpu: { disk: 15, cpu: [{ id: "cpu5c", vcpuCount: 4 }, { id: "cpu3g", vcpuCount: 2 }] },
  live: { env: liveEnv },
  "live, gpu": { image: stockGpu },
  "live, cpu": { image: stockCpu },
  "live, load balancer": { env: { FLASH_ENDPOINT_TYPE: "lb" } },
  "own image": { image: "me/image:1" }
}

export const rest = {
  minimal: restMinimal,
  byRequests: {
    ...restMinimal,
    // without an idle time-out
    every: { ...restMinimal["every"], workers: { min: 0, max: 1 } },
    queue: { type: "QUEUE", scaling: { type: "REQUEST_COUNT", requestCount: 2 } }
  },
  full: restFull
}

/** The environment of a template is a list of `{ key, value }` there, and a record here. */
const graphqlMinimal: Table = {
  every: {
    name: "live-w",
    workersMin: 0,
    workersMax: 1,
    workersPFBTarget: 0,
    idleTimeout: 60,
    executionTimeoutMs: 0,
    scalerValue: 4,
    flashBootType: "FLASHBOOT",
    template: {
      name: "live-w__PodTemplate",
      dockerArgs: "",
      containerRegistryAuthId: "",
      volumeInGb: 0,
      ports: "",
      env: {},
      advancedStart: false,
      startScript: "",
      config: {}
    }
  },
  queue: { type: "QB", scalerType: "QUEUE_DELAY" },
  "load balancer": {
    type: "LB",
    scalerType: "REQUEST_COUNT",
    template: { ports: "80/http", env: { PORT: "80", PORT_HEALTH: "80" } }
  },
  gpu: {
    gpuIds: everyPool.join(","),
    gpuCount: 1,
    allowedCudaVersions: "",
    template: { containerDiskInGb: 64 }
  },
  cpu: { instanceIds: ["cpu3g-2-8"], template: { containerDiskInGb: 20 } },
  live: { template: { dockerArgs: startCommand(version), env: { ...liveEnv, FLASH_MAX_CONCURRENCY: "1" } } },
  "live, gpu": { minCudaVersion: "12.8", template: { imageName: stockGpu } },
  "live, cpu": { template: { imageName: stockCpu } },
  "live, load balancer": { template: { env: { FLASH_ENDPOINT_TYPE: "lb", FLASH_MAX_CONCURRENCY: "100" } } },
  "own image": { template: { imageName: "me/image:1" } }
}

const graphqlWhole: Table = {
  every: {
    name: "live-w",
    workersMin: 1,
    workersMax: 5,
    workersPFBTarget: 2,
    idleTimeout: 30,
    executionTimeoutMs: 600_000,
    scalerValue: 8,
    flashBootType: "OFF",
    locations: "EU-RO-1",
    networkVolumeId: "vol1",
    template: {
      name: "mine__live-w",
      dockerArgs: "--fast",
      containerRegistryAuthId: "reg1",
      volumeInGb: 0,
      ports: "8888/http,22/tcp",
      env: { MODE: "fast", TOKEN: "{{ RUNPOD_SECRET_hf }}", FLASH_MAX_CONCURRENCY: "4" },
      advancedStart: true,
      startScript: "./start",
      config: { a: 1 }
    }
  },
  queue: { type: "QB", scalerType: "QUEUE_DELAY" },
  "load balancer": {
    type: "LB",
    scalerType: "REQUEST_COUNT",
    template: { ports: "8000/http,8888/http,22/tcp", env: { PORT: "8000", PORT_HEALTH: "8000" } }
  },
  gpu: {
    gpuIds: "AMPERE_24,AMPERE_80,-NVIDIA GeForce RTX 3090,-NVIDIA RTX A5000",
    gpuCount: 2,
    allowedCudaVersions: "12.6,12.8",
    template: { containerDiskInGb: 100 }
  },
  cpu: { instanceIds: ["cpu5c-4-8", "cpu3g-2-8"], template: { containerDiskInGb: 15 } },
  live: { template: { env: liveEnv } },
  "live, gpu": { template: { imageName: stockGpu } },
  "live, cpu": { template: { imageName: stockCpu } },
  "live, load balancer": { template: { env: { FLASH_ENDPOINT_TYPE: "lb" } } },
  "own image": { template: { imageName: "me/image:1" } }
}

export const graphql = {
  minimal: graphqlMinimal,
  byRequests: {
    ...graphqlMinimal,
    queue: { type: "QB", scalerType: "REQUEST_COUNT", scalerValue: 2 }
  },
  whole: graphqlWhole
}
