import { describe, expect, it } from "@effect/vitest"
import { FastCheck } from "effect"
import { LiveServerless, PodTemplate } from "effect-flash"
import * as Derived from "../../src/resources/Derived.ts"
import { cases } from "../laws.ts"
import { declare, minimal, options, types } from "./declarations.ts"

describe("kind and hardware", () => {
  it.each(
    [
      ["LiveServerless", "QUEUE", "GPU", true],
      ["CpuLiveServerless", "QUEUE", "CPU", true],
      ["LiveLoadBalancer", "LOAD_BALANCER", "GPU", true],
      ["CpuLiveLoadBalancer", "LOAD_BALANCER", "CPU", true],
      ["LoadBalancerSlsResource", "LOAD_BALANCER", "GPU", false],
      ["CpuLoadBalancerSlsResource", "LOAD_BALANCER", "CPU", false],
      ["ServerlessEndpoint", "QUEUE", "GPU", false],
      ["CpuServerlessEndpoint", "QUEUE", "CPU", false]
    ] as const
  )("of %s are %s and %s", (type, kind, hardware, isLive) => {
    const config = declare(type, minimal(type))
    expect([
      Derived.kind(config),
      Derived.hardware(config),
      Derived.isLive(config)
    ]).toEqual([kind, hardware, isLive])
    expect([Derived.isGpu(config), Derived.isCpu(config)]).toEqual([hardware === "GPU", hardware === "CPU"])
  })
})

describe("the id of an endpoint", () => {
  it("is there where one was given", () => {
    expect(Derived.existingId(declare("ServerlessEndpoint", { id: "abc" }))).toBe("abc")
    expect(Derived.existingId(declare("ServerlessEndpoint", { imageName: "x" }))).toBeUndefined()
    expect(Derived.existingId(declare("LiveServerless"))).toBeUndefined()
  })
})

describe("scaling", () => {
  it("is by delay or by requests", () => {
    expect(Derived.scaling(declare("LiveServerless", { scalerValue: 0.5 }))).toEqual({
      type: "QUEUE_DELAY",
      queueDelay: 0.5
    })
    const byRequests = declare("LiveServerless", { scalerType: "REQUEST_COUNT", scalerValue: 2 })
    expect(Derived.scaling(byRequests)).toEqual({ type: "REQUEST_COUNT", requestCount: 2 })
    expect(Derived.scaling(declare("CpuLiveLoadBalancer"))).toEqual({ type: "REQUEST_COUNT", requestCount: 4 })
  })
})

describe("hardware", () => {
  it("of GPUs is pools without some cards", () => {
    const { config } = LiveServerless.make("name", { gpus: ["HOPPER_141", "NVIDIA A40"] })
    if (!Derived.isGpu(config)) return expect.fail("it is of GPUs")
    expect(Derived.gpuSelection(config)).toEqual({
      pools: ["AMPERE_48", "HOPPER_141"],
      excludedTypes: ["NVIDIA RTX A6000"]
    })
  })

  it("of CPUs is flavors with their vCPUs", () => {
    const config = declare("CpuLiveServerless", { instanceIds: ["cpu3g-2-8", "cpu5c-8-16"] })
    if (!Derived.isCpu(config)) return expect.fail("it is of CPUs")
    expect(Derived.cpuFlavors(config)).toEqual([{ id: "cpu3g", vcpuCount: 2 }, { id: "cpu5c", vcpuCount: 8 }])
  })
})

describe("ports", () => {
  const template = PodTemplate.make({ ports: ["22/tcp", "80/http"] })

  it("of a load balancer are open and told to the platform", () => {
    const config = declare("LiveLoadBalancer", { port: 8000, template })
    expect(Derived.ports(config)).toEqual(["8000/http", "22/tcp", "80/http"])
    expect(Derived.platformEnv(config)).toEqual({ PORT: "8000", PORT_HEALTH: "8000" })
    expect(Derived.ports(declare("CpuLiveLoadBalancer", { template }))).toEqual(["80/http", "22/tcp"])
  })

  it("has that of the health check, where it is another", () => {
    const config = declare("LiveLoadBalancer", { env: { PORT_HEALTH: "9000" } })
    expect(Derived.ports(config)).toEqual(["80/http", "9000/http"])
    expect(Derived.platformEnv(config)).toEqual({ PORT: "80" })
  })

  it("of a queue are the template's", () => {
    expect(Derived.ports(declare("LiveServerless"))).toEqual([])
    expect(Derived.ports(declare("LiveServerless", { template, env: { PORT_HEALTH: "1" } }))).toEqual([
      "22/tcp",
      "80/http"
    ])
    expect(Derived.platformEnv(declare("LiveServerless"))).toEqual({})
  })
})

describe("every derivation", () => {
  it("is the same for the same configuration", () => {
    const derive = (config: ReturnType<typeof declare>) => [
      Derived.scaling(config),
      Derived.ports(config),
      Derived.platformEnv(config),
      Derived.isGpu(config) ? Derived.gpuSelection(config) : undefined,
      Derived.isCpu(config) ? Derived.cpuFlavors(config) : undefined
    ]
    for (const type of types) {
      FastCheck.assert(
        FastCheck.property(options(type), (options) => {
          expect(derive(declare(type, options))).toEqual(derive(declare(type, structuredClone(options))))
        }),
        cases(20)
      )
    }
  })
})
