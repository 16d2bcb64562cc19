/** What is said of workers. */
import { describe, expect, it } from "@effect/vitest"
import * as Fleet from "../../../runtime/platform/workers/Fleet.ts"
import { worker } from "./Fleet.fixtures.ts"

describe("a worker", () => {
  it("is what it does", () => {
    expect(Fleet.statusOf(worker(), false, 0)).toBe("IDLE")
    expect(Fleet.statusOf(worker(), true, 0)).toBe("RUNNING")
    expect(Fleet.statusOf(worker({ isReady: false }), false, 0)).toBe("INITIALIZING")
    expect(Fleet.statusOf(worker({ isReady: false, hardware: undefined }), false, 10 ** 9)).toBe("THROTTLED")
    expect(Fleet.statusOf(worker({ isUnfit: true }), true, 0)).toBe("UNHEALTHY")
  })

  it("that pings no more is unhealthy, and well again with its next ping", () => {
    expect(Fleet.statusOf(worker(), true, 20_000)).toBe("RUNNING")
    expect(Fleet.statusOf(worker(), true, 20_001)).toBe("UNHEALTHY")
    expect(Fleet.statusOf(worker({ heardAt: 20_001 }), true, 20_002)).toBe("RUNNING")
    // of a load balancer it is asked
    expect(Fleet.statusOf(worker({}, { kind: "LOAD_BALANCER" }), false, 10 ** 9)).toBe("IDLE")
  })

  it("that is not up after seven minutes is unhealthy, or after what its environment says", () => {
    const minutes = (count: number) => count * 60_000
    expect(Fleet.statusOf(worker({ isReady: false }), false, minutes(7))).toBe("INITIALIZING")
    expect(Fleet.statusOf(worker({ isReady: false }), false, minutes(7) + 1)).toBe("UNHEALTHY")
    const patient = worker({ isReady: false }, { env: { RUNPOD_INIT_TIMEOUT: "900" }, kind: "LOAD_BALANCER" })
    expect(Fleet.statusOf(patient, false, minutes(15))).toBe("INITIALIZING")
    expect(Fleet.statusOf(patient, false, minutes(15) + 1)).toBe("UNHEALTHY")
  })
})

describe("the counts of /health", () => {
  it("are six numbers, of which ready are those that idle", () => {
    expect(Fleet.count([])).toEqual({ idle: 0, initializing: 0, ready: 0, running: 0, throttled: 0, unhealthy: 0 })
    expect(Fleet.count(["IDLE", "IDLE", "RUNNING", "INITIALIZING", "THROTTLED", "UNHEALTHY"])).toEqual({
      idle: 2,
      initializing: 1,
      ready: 2,
      running: 1,
      throttled: 1,
      unhealthy: 1
    })
  })
})
