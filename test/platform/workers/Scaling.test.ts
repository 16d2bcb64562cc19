/** The rules by which endpoints get workers. */
import { describe, expect, it } from "@effect/vitest"
import { FastCheck } from "effect"
import type { Settings } from "../../../runtime/platform/Endpoints.ts"
import * as Scaling from "../../../runtime/platform/workers/Scaling.ts"
import { cases } from "../../laws.ts"

const settings = (more: Partial<Settings> = {}): Settings => ({
  name: "scaled",
  kind: "QUEUE",
  workersMin: 0,
  workersMax: 10,
  idleTimeout: 5,
  executionTimeoutMs: 0,
  maxConcurrency: 1,
  scaling: { type: "QUEUE_DELAY", queueDelay: 4 },
  flashboot: "OFF",
  hardware: "CPU",
  choices: [],
  dataCenterIds: [],
  networkVolumes: [],
  image: "i",
  env: {},
  ...more
})

const load = (more: Partial<Scaling.Load> = {}): Scaling.Load => ({
  demand: 0,
  waited: 0,
  workers: 0,
  starting: 0,
  ...more
})

describe("REQUEST_COUNT", () => {
  const config = settings({ scaling: { type: "REQUEST_COUNT", requestCount: 3 }, maxConcurrency: 50 })

  it("is a worker for each so many requests, at once, whatever a worker takes at a time", () => {
    for (const mode of ["prompt", "faithful"] as const) {
      const workers = [0, 1, 3, 4, 6, 7].map((demand) => Scaling.desired(config, load({ demand }), mode))
      expect(workers).toEqual([0, 1, 1, 2, 2, 3])
    }
  })
})

describe("QUEUE_DELAY", () => {
  const desired = (more: Partial<Scaling.Load>, mode: Scaling.Mode = "faithful") =>
    Scaling.desired(settings({ maxConcurrency: 2 }), load(more), mode)

  it("is the first worker at once", () => {
    expect(desired({ demand: 9 })).toBe(1)
  })

  it("is one worker more where a job has waited for longer than the delay, and not before", () => {
    expect(desired({ demand: 9, workers: 2, waited: 4000 })).toBe(2)
    expect(desired({ demand: 9, workers: 2, waited: 4001 })).toBe(3)
  })

  it("is no further worker while one is on its way", () => {
    expect(desired({ demand: 9, workers: 2, starting: 1, waited: 60_000 })).toBe(2)
  })

  it("may be a fraction of a second", () => {
    const config = settings({ scaling: { type: "QUEUE_DELAY", queueDelay: 0.5 } })
    expect(Scaling.desired(config, load({ demand: 2, workers: 1, waited: 500 }), "faithful")).toBe(1)
    expect(Scaling.desired(config, load({ demand: 2, workers: 1, waited: 501 }), "faithful")).toBe(2)
  })

  it("is workers for everything that waits, where the platform is prompt", () => {
    expect([0, 1, 2, 3, 9].map((demand) => desired({ demand, workers: 1 }, "prompt"))).toEqual([0, 1, 1, 2, 5])
  })
})

describe("every rule", () => {
  it("keeps to workersMin and workersMax, and wants nobody more where nobody waits", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.record({
          demand: FastCheck.nat(1000),
          waited: FastCheck.nat(100_000),
          workers: FastCheck.nat(10),
          starting: FastCheck.nat(3)
        }),
        FastCheck.tuple(FastCheck.nat(10), FastCheck.nat(10)),
        FastCheck.constantFrom<Settings["scaling"]>(
          { type: "QUEUE_DELAY", queueDelay: 4 },
          { type: "REQUEST_COUNT", requestCount: 2 }
        ),
        FastCheck.constantFrom<Scaling.Mode>("prompt", "faithful"),
        (load, bounds, scaling, mode) => {
          const [workersMin = 0, workersMax = 0] = bounds.toSorted((a, b) => a - b)
          const config = settings({ workersMin, workersMax, scaling })
          const workers = Scaling.desired(config, load, mode)
          expect(workers).toBeGreaterThanOrEqual(workersMin)
          expect(workers).toBeLessThanOrEqual(workersMax)
          expect(Scaling.desired(config, { ...load, demand: 0 }, mode)).toBe(workersMin)
        }
      ),
      cases(300)
    )
  })
})
