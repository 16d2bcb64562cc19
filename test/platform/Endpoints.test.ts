import { describe, expect, it } from "@effect/vitest"
import { Either, Redacted } from "effect"
import { CpuLiveServerless, LiveServerless } from "effect-flash"
import * as Control from "../../runtime/platform/control/Control.ts"
import * as Endpoints from "../../runtime/platform/Endpoints.ts"
import { draft, template } from "./control/drafts.ts"

const { config } = CpuLiveServerless.make("hello")
const other = CpuLiveServerless.make("other").config

describe("endpoints", () => {
  it("are one for each name", () => {
    const endpoints = Endpoints.make(Redacted.make("account"))
    const endpoint = endpoints.ensure(config)
    expect(endpoints.ensure(CpuLiveServerless.make("hello").config)).toBe(endpoint)
    expect(endpoints.get(endpoint.id)).toBe(endpoint)
    expect(endpoints.ensure(other).id).not.toBe(endpoint.id)
    expect(endpoints.get("unknown")).toBeUndefined()
    expect(endpoint.id).toMatch(/^[a-z0-9]{14}$/)
  })

  it("tell who a header speaks for, with and without the scheme", () => {
    const endpoints = Endpoints.make(Redacted.make("account"))
    const endpoint = endpoints.ensure(config)
    const worker = Redacted.value(endpoint.workerKey)
    const stranger = Redacted.value(endpoints.ensure(other).workerKey)
    for (
      const [header, at, who] of [
        ["Bearer account", endpoint, "account"],
        ["account", endpoint, "account"],
        ["Bearer account", undefined, "account"],
        [`Bearer ${worker}`, endpoint, "worker"],
        [worker, endpoint, "worker"],
        [worker, undefined, "stranger"],
        [stranger, endpoint, "stranger"],
        ["Bearer wrong", endpoint, "stranger"],
        ["Bearer ", endpoint, "stranger"],
        ["bearer account", endpoint, "account"],
        ["", endpoint, "nobody"],
        [undefined, endpoint, "nobody"]
      ] as const
    ) {
      expect([header, endpoints.authorize(at, header)]).toEqual([header, who])
    }
  })

  it("are made to be like what is declared, and stay the same where they are", () => {
    const control = Control.memory()
    const endpoints = Endpoints.make(Redacted.make("account"), control)
    const first = endpoints.ensure(CpuLiveServerless.make("hello", { maxConcurrency: 4, workersMax: 2 }).config)
    expect(first).toMatchObject({
      version: 1,
      config: { name: "hello", workersMax: 2, maxConcurrency: 4, hardware: "CPU", env: { FLASH_MAX_CONCURRENCY: "4" } }
    })
    const second = endpoints.ensure(CpuLiveServerless.make("hello", { maxConcurrency: 4, workersMax: 3 }).config)
    expect(second).toMatchObject({ id: first.id, version: 1, config: { workersMax: 3 } })
    expect(endpoints.get(first.id)).toBe(second)
    expect(endpoints.ensure(LiveServerless.make("hello", { gpus: ["ADA_24"] }).config)).toMatchObject({
      id: first.id,
      version: 2,
      config: { hardware: "NVIDIA GeForce RTX 4090", maxConcurrency: 1 }
    })
    expect(control.endpoints.list()).toHaveLength(1)
    Either.getOrThrow(control.endpoints.remove(first.id))
    expect(endpoints.get(first.id)).toBeUndefined()
    expect(endpoints.ensure(config).id).not.toBe(first.id)
  })

  it("keep one job at a time for a worker whose environment says nonsense", () => {
    const control = Control.memory()
    const endpoints = Endpoints.make(Redacted.make("account"), control)
    for (const FLASH_MAX_CONCURRENCY of ["0", "-1", "many", "1.5"]) {
      const made = control.endpoints.create(draft({ env: { FLASH_MAX_CONCURRENCY } }), template())
      expect(endpoints.get(Either.getOrThrow(made).endpoint.id)?.config.maxConcurrency).toBe(1)
    }
  })

  it("give keys that print as nothing", () => {
    const endpoint = Endpoints.make(Redacted.make("account")).ensure(config)
    expect(String(endpoint.workerKey)).toBe("<redacted>")
    expect(JSON.stringify(endpoint)).not.toContain("rpa_")
  })
})
