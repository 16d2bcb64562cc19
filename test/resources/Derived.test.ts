import { describe, expect, it } from "@effect/vitest"
import { FastCheck } from "effect"
import { Env, LiveServerless, PodTemplate } from "effect-flash"
import * as Derived from "../../src/resources/Derived.ts"
import { cases } from "../laws.ts"
import { declare, minimal, options, types } from "./declarations.ts"

describe("kind and hardware", () => {
  it.each(
    [
      ["LiveServerless", "QUEUE", "QB", "GPU", true],
      ["CpuLiveServerless", "QUEUE", "QB", "CPU", true],
      ["LiveLoadBalancer", "LOAD_BALANCER", "LB", "GPU", true],
      ["CpuLiveLoadBalancer", "LOAD_BALANCER", "LB", "CPU", true],
      ["LoadBalancerSlsResource", "LOAD_BALANCER", "LB", "GPU", false],
      ["CpuLoadBalancerSlsResource", "LOAD_BALANCER", "LB", "CPU", false],
      ["ServerlessEndpoint", "QUEUE", "QB", "GPU", false],
      ["CpuServerlessEndpoint", "QUEUE", "QB", "CPU", false]
    ] as const
  )("of %s are %s (%s) and %s", (type, kind, short, hardware, isLive) => {
    const config = declare(type, minimal(type))
    expect([
      Derived.kind(config),
      Derived.serverlessType(config),
      Derived.hardware(config),
      Derived.isLive(config)
    ]).toEqual([kind, short, hardware, isLive])
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

describe("scaling and workers", () => {
  it("of a queue by delay", () => {
    const config = declare("LiveServerless", { scalerValue: 0.5, workersMax: 3, idleTimeout: 5 })
    expect(Derived.scaling(config)).toEqual({ type: "QUEUE_DELAY", queueDelay: 0.5 })
    expect(Derived.workers(config)).toEqual({ min: 0, max: 3, idleTimeout: 5 })
  })

  it("of a queue by requests, which has no idle timeout on the platform", () => {
    const config = declare("LiveServerless", { scalerType: "REQUEST_COUNT", scalerValue: 2 })
    expect(Derived.scaling(config)).toEqual({ type: "REQUEST_COUNT", requestCount: 2 })
    expect(Derived.workers(config)).toEqual({ min: 0, max: 1 })
  })

  it("of a load balancer", () => {
    const config = declare("CpuLiveLoadBalancer", { workersMin: 1 })
    expect(Derived.scaling(config)).toEqual({ type: "REQUEST_COUNT", requestCount: 4 })
    expect(Derived.workers(config)).toEqual({ min: 1, max: 1, idleTimeout: 60 })
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
    expect(Derived.gpuIds(config)).toBe("AMPERE_48,HOPPER_141,-NVIDIA RTX A6000")
  })

  it("of CPUs is flavors with their vCPUs", () => {
    const config = declare("CpuLiveServerless", { instanceIds: ["cpu3g-2-8", "cpu5c-8-16"] })
    if (!Derived.isCpu(config)) return expect.fail("it is of CPUs")
    expect(Derived.cpuFlavors(config)).toEqual([{ id: "cpu3g", vcpuCount: 2 }, { id: "cpu5c", vcpuCount: 8 }])
  })
})

describe("locations", () => {
  it("are data centers, or nothing for anywhere", () => {
    expect(Derived.locations(declare("LiveServerless"))).toBe("")
    expect(Derived.locations(declare("LiveServerless", { datacenter: ["US-KS-2", "EU-RO-1"] }))).toBe("EU-RO-1,US-KS-2")
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

describe("beyondRest", () => {
  it("is nothing for what REST v2 can say", () => {
    for (const type of types) expect(Derived.beyondRest(declare(type, minimal(type)))).toEqual([])
    const template = PodTemplate.make({ dockerArgs: "x", ports: "80/http", env: { A: Env.secret("a") } })
    expect(Derived.beyondRest(declare("LiveServerless", { template }))).toEqual([])
  })

  it("names each setting that would be lost", () => {
    const template = PodTemplate.make({ startScript: "x", advancedStart: true, config: { a: 1 } })
    const config = declare("CpuLiveServerless", {
      template,
      workersPFBTarget: 1,
      instanceIds: ["cpu3c-2-4", "cpu3c-1-2"]
    })
    expect(Derived.beyondRest(config).map(({ field }) => field)).toEqual([
      "workersPFBTarget",
      "template.startScript",
      "template.advancedStart",
      "template.config",
      "instanceIds"
    ])
  })
})

describe("every derivation", () => {
  it("is the same for the same configuration", () => {
    const derive = (config: ReturnType<typeof declare>) => [
      Derived.scaling(config),
      Derived.workers(config),
      Derived.ports(config),
      Derived.platformEnv(config),
      Derived.locations(config),
      Derived.isGpu(config) ? Derived.gpuIds(config) : undefined,
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
