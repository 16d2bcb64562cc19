import { describe, expect, it } from "@effect/vitest"
import { Either, Redacted } from "effect"
import * as Compute from "../../runtime/platform/control/Compute.ts"
import * as Control from "../../runtime/platform/control/Control.ts"
import * as Endpoints from "../../runtime/platform/Endpoints.ts"
import { draft, made, template } from "./control/drafts.ts"

const setUp = () => {
  const control = Control.memory()
  const endpoints = Endpoints.make(Redacted.make("account"), control)
  return { control, endpoints, endpoint: made(control, endpoints) }
}

describe("endpoints", () => {
  it("are one object each, for as long as they do not change", () => {
    const { control, endpoint, endpoints } = setUp()
    expect(endpoints.get(endpoint.id)).toBe(endpoint)
    expect(made(control, endpoints).id).not.toBe(endpoint.id)
    expect(endpoints.get(endpoint.id)).toBe(endpoint)
    expect(endpoints.get("unknown")).toBeUndefined()
    expect(endpoint.id).toMatch(/^[a-z0-9]{14}$/)
  })

  it("tell who a header speaks for, with and without the scheme", () => {
    const { control, endpoint, endpoints } = setUp()
    const worker = Redacted.value(endpoint.workerKey)
    const stranger = Redacted.value(made(control, endpoints).workerKey)
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

  it("follow the control plane: another version where workers have to be replaced, and gone with it", () => {
    const { control, endpoint: first, endpoints } = setUp()
    expect(first).toMatchObject({ version: 1, config: { name: "hello", workersMax: 3, maxConcurrency: 1 } })
    const change = (more: { readonly max?: number; readonly pool?: string; readonly jobs?: string }) => {
      const { endpoint, template } = Either.getOrThrow(control.endpoints.find(first.id))
      const { jobs, max = endpoint.workers.max, pool = "ADA_24" } = more
      Either.getOrThrow(control.endpoints.save({
        endpoint: {
          ...endpoint,
          workers: { ...endpoint.workers, max },
          compute: Compute.gpu({ pools: [pool], excludedTypes: [] })
        },
        template: jobs === undefined ? template : { ...template, env: { FLASH_MAX_CONCURRENCY: jobs } }
      }))
      return endpoints.get(first.id)
    }
    expect(change({ max: 2 })).toMatchObject({ id: first.id, version: 1, config: { workersMax: 2 } })
    expect(change({ jobs: "4" })).toMatchObject({ version: 2, config: { maxConcurrency: 4 } })
    expect(change({ pool: "AMPERE_80" })).toMatchObject({ version: 3, config: { hardware: "NVIDIA A100 80GB PCIe" } })
    Either.getOrThrow(control.endpoints.remove(first.id))
    expect(endpoints.get(first.id)).toBeUndefined()
  })

  it("keep one job at a time for a worker whose environment says nonsense", () => {
    const { control, endpoints } = setUp()
    for (const FLASH_MAX_CONCURRENCY of ["0", "-1", "many", "1.5"]) {
      const made = control.endpoints.create(draft({ env: { FLASH_MAX_CONCURRENCY } }), template())
      expect(endpoints.get(Either.getOrThrow(made).endpoint.id)?.config.maxConcurrency).toBe(1)
    }
  })

  it("give keys that print as nothing", () => {
    const { endpoint } = setUp()
    expect(String(endpoint.workerKey)).toBe("<redacted>")
    expect(JSON.stringify(endpoint)).not.toContain("rpa_")
  })
})
