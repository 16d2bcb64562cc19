import { describe, expect, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, FastCheck, Fiber, Random, Schedule, TestClock } from "effect"
import {
  JobFailed,
  JobTimedOut,
  RateLimited,
  RetryPolicy,
  TransportFailed,
  UnexpectedStatus,
  WorkerLost
} from "effect-flash"
import type { RemoteError } from "effect-flash"
import * as Metrics from "../../src/observability/Metrics.ts"
import * as ReliabilityConfig from "../../src/reliability/ReliabilityConfig.ts"
import { cases } from "../laws.ts"

/** The first delays of a schedule, in milliseconds. */
const delaysOf = (schedule: Schedule.Schedule<unknown>, n: number) =>
  Effect.gen(function*() {
    const driver = yield* Schedule.driver(Schedule.delays(schedule))
    const delays: Array<number> = []
    for (let index = 0; index < n; index++) {
      const next = yield* Effect.fork(driver.next(undefined))
      yield* TestClock.adjust("1 day")
      delays.push(Duration.toMillis(yield* Effect.orDie(Fiber.join(next))))
    }
    return delays
  })

const exact = { base: "100 millis", max: "1 second", jitter: 0 } as const

describe("backoff", () => {
  it.effect("doubles, up to its longest delay", () =>
    Effect.gen(function*() {
      expect(yield* delaysOf(RetryPolicy.exponential(exact), 6)).toEqual([100, 200, 400, 800, 1000, 1000])
    }))

  it.effect("grows by its base", () =>
    Effect.gen(function*() {
      expect(yield* delaysOf(RetryPolicy.linear(exact), 12)).toEqual([
        ...[100, 200, 300, 400, 500, 600, 700, 800, 900, 1000],
        1000,
        1000
      ])
    }))

  it.effect("grows by the logarithm", () =>
    Effect.gen(function*() {
      const delays = yield* delaysOf(RetryPolicy.logarithmic(exact), 4)
      expect(delays.map(Math.round)).toEqual([100, 158, 200, 232])
    }))

  it.effect("leaves as much to chance as it is told, never more than its longest delay, and uses all of it", () =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(
          FastCheck.constantFrom("exponential", "linear", "logarithmic"),
          FastCheck.integer({ min: 1, max: 1000 }),
          FastCheck.double({ min: 0, max: 1, noNaN: true }),
          FastCheck.integer(),
          async (name, base, jitter, seed) => {
            const options = { base, max: 2000 }
            const [plain, jittered] = await Effect.runPromise(
              Effect.zip(
                delaysOf(RetryPolicy[name]({ ...options, jitter: 0 }), 8),
                delaysOf(RetryPolicy[name]({ ...options, jitter }), 8).pipe(Effect.withRandom(Random.make(seed)))
              ).pipe(Effect.provide(TestClock.defaultTestClock), Effect.provide(testLive))
            )
            jittered.forEach((delay, index) => {
              const expected = plain[index] ?? 0
              expect(delay).toBeGreaterThanOrEqual(expected * (1 - jitter) - 1e-6)
              expect(delay).toBeLessThanOrEqual(Math.min(2000, expected * (1 + jitter)) + 1e-6)
            })
          }
        ),
        cases(50)
      )
    ))
})
