import { describe, expect, it } from "@effect/vitest"
import { Redacted } from "effect"
import { CpuLiveServerless } from "effect-flash"
import * as Endpoints from "../../runtime/platform/Endpoints.ts"

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

  it("give keys that print as nothing", () => {
    const endpoint = Endpoints.make(Redacted.make("account")).ensure(config)
    expect(String(endpoint.workerKey)).toBe("<redacted>")
    expect(JSON.stringify(endpoint)).not.toContain("rpa_")
  })
})
