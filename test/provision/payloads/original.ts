/**
 * What runpod-flash 1.3.0 sends to `saveEndpoint` for the same declarations, as it was recorded from it: live, against
 * production, with no `.env` file. Hashes in names are `#`; the order of `gpuIds`, which changes there from run to run,
 * is ours.
 */
import type { Table } from "./declared.ts"

const minimal: Table = {
  every: {
    name: "live-w-fb",
    locations: "EU-RO-1",
    workersMin: 0,
    workersMax: 1,
    workersPFBTarget: 0,
    idleTimeout: 60,
    executionTimeoutMs: 0,
    scalerValue: 4,
    template: {
      containerRegistryAuthId: "",
      dockerArgs: "",
      env: {},
      ports: "",
      startScript: "",
      advancedStart: false,
      config: {}
    }
  },
  queue: { type: "QB", scalerType: "QUEUE_DELAY" },
  "load balancer": { type: "LB", scalerType: "REQUEST_COUNT" },
  gpu: {
    gpuIds: "ADA_24,ADA_32_PRO,ADA_48_PRO,ADA_80_PRO,AMPERE_16,AMPERE_24,AMPERE_48,AMPERE_80,HOPPER_141",
    gpuCount: 1,
    allowedCudaVersions: "",
    template: { containerDiskInGb: 64 }
  },
  cpu: { instanceIds: ["cpu3g-2-8"], template: { containerDiskInGb: 20 } },
  "own image": { template: { imageName: "me/image:1" } },
  LiveServerless: { template: { imageName: "runpod/flash:latest", name: "LiveServerless_#__PodTemplate_#" } },
  CpuLiveServerless: { template: { imageName: "runpod/flash-cpu:latest", name: "CpuLiveServerless_#__PodTemplate_#" } },
  LiveLoadBalancer: { template: { imageName: "runpod/flash-lb:latest", name: "LiveLoadBalancer_#__PodTemplate_#" } },
  CpuLiveLoadBalancer: {
    template: { imageName: "runpod/flash-lb-cpu:latest", name: "CpuLiveLoadBalancer_#__PodTemplate_#" }
  },
  LoadBalancerSlsResource: { template: { name: "LoadBalancerSlsResource_#__PodTemplate_#" } },
  CpuLoadBalancerSlsResource: { template: { name: "CpuLoadBalancerSlsResource_#__PodTemplate_#" } },
  ServerlessEndpoint: { template: { name: "ServerlessEndpoint_#__PodTemplate_#" } },
  CpuServerlessEndpoint: { template: { name: "CpuServerlessEndpoint_#__PodTemplate_#" } }
}

/** With the template that has the start script and the rest; `port` and `maxConcurrency` it does not have. */
const whole: Table = {
  ...minimal,
  every: {
    name: "live-w",
    locations: "EU-RO-1",
    networkVolumeId: "vol1",
    workersMin: 1,
    workersMax: 5,
    workersPFBTarget: 2,
    idleTimeout: 30,
    executionTimeoutMs: 600_000,
    scalerValue: 8,
    template: {
      containerRegistryAuthId: "reg1",
      dockerArgs: "--fast",
      // those of the endpoint in place of the template's
      env: { MODE: "fast", TOKEN: "{{ RUNPOD_SECRET_hf }}" },
      ports: "8888/http,22/tcp",
      startScript: "./start",
      advancedStart: true,
      config: { a: 1 }
    }
  },
  gpu: {
    gpuIds: "AMPERE_24,AMPERE_80,-NVIDIA GeForce RTX 3090,-NVIDIA RTX A5000",
    gpuCount: 2,
    allowedCudaVersions: "12.6,12.8",
    template: { containerDiskInGb: 100 }
  },
  cpu: { instanceIds: ["cpu5c-4-8", "cpu3g-2-8"], template: { containerDiskInGb: 15 } }
}

export const original = {
  minimal,
  byRequests: { ...minimal, queue: { type: "QB", scalerType: "REQUEST_COUNT", scalerValue: 2 } },
  /** Without what REST v2 has no words for. */
  full: {
    ...whole,
    every: {
      ...whole["every"],
      workersPFBTarget: 0,
      template: {
        ...whole["every"]?.["template"] as object,
        startScript: "",
        advancedStart: false,
        config: {}
      }
    }
  },
  whole
}
