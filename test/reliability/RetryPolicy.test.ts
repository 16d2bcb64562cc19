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
    const delays = Schedule.delays(schedule)
    const found: Array<number> = []
    let state: unknown = delays.initial
    while (found.length < n) {
      const [next, delay] = yield* delays.step(0, undefined, state)
      state = next
      found.push(Duration.toMillis(delay))
    }
    return found
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

  it.effect("leaves as much to chance as it is told, and never waits longer than its longest delay", () =>
    Effect.gen(function*() {
      const kinds = FastCheck.record({
        backoff: FastCheck.constantFrom(RetryPolicy.exponential, RetryPolicy.linear, RetryPolicy.logarithmic),
        base: FastCheck.integer({ min: 1, max: 1000 }),
        jitter: FastCheck.double({ min: 0, max: 1, noNaN: true }),
        seed: FastCheck.integer()
      })
      const spread: Array<number> = []
      for (const { backoff, base, jitter, seed } of FastCheck.sample(kinds, cases(200))) {
        const options = { base, max: 2000 }
        const plain = yield* delaysOf(backoff({ ...options, jitter: 0 }), 8)
        const jittered = yield* Effect.withRandom(
          delaysOf(backoff({ ...options, jitter }), 8),
          Random.make(seed)
        )
        jittered.forEach((delay, index) => {
          const expected = plain[index] ?? 0
          // delays are whole milliseconds
          expect(delay).toBeGreaterThanOrEqual(Math.floor(expected * (1 - jitter)))
          expect(delay).toBeLessThanOrEqual(Math.min(2000, Math.ceil(expected * (1 + jitter))))
          if (jitter > 0.1 && expected > 100 && expected < 1000) spread.push((delay / expected - 1) / jitter)
        })
      }
      // all of it is used, in both directions
      expect(Math.min(...spread)).toBeLessThan(-0.5)
      expect(Math.max(...spread)).toBeGreaterThan(0.5)
    }))
})

const settings = { ...ReliabilityConfig.defaults.retry, jitter: 0 }
const refused = new TransportFailed({ request: "POST /run", code: "ECONNREFUSED" })
const limited = (retryAfterMs?: number) =>
  new RateLimited({ endpoint: "hello", ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })

/** Runs a request that fails so often as there are errors, and tells when it was made and how it ended. */
const request = (
  errors: ReadonlyArray<RemoteError>,
  options: Partial<Parameters<typeof RetryPolicy.retry<string, RemoteError, never>>[1]> = {}
) =>
  Effect.gen(function*() {
    const start = yield* Clock.currentTimeMillis
    const times: Array<number> = []
    const notes: Array<string> = []
    const once = Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const error = errors[times.push(now - start) - 1]
      return error === undefined ? Effect.succeed("done") : Effect.fail(error)
    })
    const fiber = yield* Effect.fork(Effect.exit(RetryPolicy.retry(once, {
      config: settings,
      while: RetryPolicy.wasNotAccepted,
      metrics: {
        attempt: (attempt, error) => notes.push(`attempt ${attempt} after ${error}`),
        success: (attempts) => notes.push(`success after ${attempts}`),
        exhausted: (attempts) => notes.push(`exhausted after ${attempts}`)
      },
      ...options
    })))
    yield* TestClock.adjust("10 minutes")
    return { times, notes, exit: yield* Fiber.join(fiber) }
  })

describe("retry", () => {
  it.effect("makes a good request once, and notes nothing", () =>
    Effect.gen(function*() {
      expect(yield* request([])).toEqual({ times: [0], notes: [], exit: Exit.succeed("done") })
    }))

  it.effect("makes three tries, half a second and a second apart, and fails with the last error itself", () =>
    Effect.gen(function*() {
      const last = limited(3)
      const { exit, notes, times } = yield* request([refused, limited(2), last, refused])
      expect(times).toEqual([0, 500, 1500])
      expect(exit).toEqual(Exit.fail(last))
      expect(notes).toEqual(["attempt 1 after TransportFailed", "attempt 2 after RateLimited", "exhausted after 3"])
    }))

  it.effect("ends with the first success", () =>
    Effect.gen(function*() {
      const { exit, notes, times } = yield* request([refused])
      expect(times).toEqual([0, 500])
      expect(exit).toEqual(Exit.succeed("done"))
      expect(notes).toEqual(["attempt 1 after TransportFailed", "success after 2"])
    }))

  it.effect("ends with the first error that is of another kind", () =>
    Effect.gen(function*() {
      const lost = new TransportFailed({ request: "POST /run", code: "ECONNRESET" })
      const { exit, notes, times } = yield* request([refused, lost, refused])
      expect(times).toEqual([0, 500])
      expect(exit).toEqual(Exit.fail(lost))
      expect(notes).toEqual(["attempt 1 after TransportFailed"])
    }))

  it.effect("makes as many tries as it is told, with delays as long as it is told", () =>
    Effect.gen(function*() {
      const config = { ...settings, maxAttempts: 8, baseDelay: Duration.millis(300), maxDelay: Duration.seconds(2) }
      const { times } = yield* request(Array.from({ length: 20 }, () => refused), { config })
      expect(times).toEqual([0, 300, 900, 2100, 4100, 6100, 8100, 10_100])
      expect((yield* request([refused], { config: { ...settings, maxAttempts: 1 } })).times).toEqual([0])
      expect((yield* request([refused], { config: { ...settings, enabled: false } })).times).toEqual([0])
    }))

  it.effect("waits as long as the platform asks, and not at all where that is more than a minute", () =>
    Effect.gen(function*() {
      expect((yield* request([limited(7000), limited(100)])).times).toEqual([0, 7000, 8000])
      const long = yield* request([limited(60_001)])
      expect(long.times).toEqual([0])
      expect(long.exit).toEqual(Exit.fail(limited(60_001)))
    }))

  it.effect("can be run again, and begins anew", () =>
    Effect.gen(function*() {
      let runs = 0
      const twice = RetryPolicy.retry(
        Effect.suspend(() => runs++ % 3 === 2 ? Effect.succeed(runs) : Effect.fail(refused)),
        {
          config: settings,
          while: RetryPolicy.wasNotAccepted,
          metrics: Metrics.disabled.retry("")
        }
      )
      const fiber = yield* Effect.fork(Effect.all([twice, twice]))
      yield* TestClock.adjust("1 minute")
      expect(yield* Fiber.join(fiber)).toEqual([3, 6])
    }))

  it.effect("ends when it is interrupted while it waits", () =>
    Effect.gen(function*() {
      let runs = 0
      const fiber = yield* Effect.fork(RetryPolicy.retry(Effect.suspend(() => (runs++, Effect.fail(refused))), {
        config: settings,
        while: RetryPolicy.wasNotAccepted,
        metrics: Metrics.disabled.retry("")
      }))
      yield* TestClock.adjust("100 millis")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 minute")
      expect(runs).toBe(1)
    }))
})

describe("a request that failed", () => {
  const at = { endpoint: "hello", jobId: "job-1" }
  const transport = (code: string, jobId?: string) =>
    new TransportFailed({ request: "POST /run", code, ...(jobId === undefined ? {} : { jobId }) })
  const status = (status: number, jobId?: string) =>
    new UnexpectedStatus({ request: "POST /run", status, body: "", ...(jobId === undefined ? {} : { jobId }) })

  it("was certainly not accepted where there was no connection, or where the platform said so", () => {
    for (const error of [refused, transport("ENOTFOUND"), transport("UND_ERR_CONNECT_TIMEOUT"), limited()]) {
      expect(RetryPolicy.wasNotAccepted(error)).toBe(true)
      // that is repeated where it is sent, for every function, and not once more around it
      expect(RetryPolicy.mayBeRepeated(error)).toBe(false)
    }
  })

  it("may be repeated for an idempotent function where it may have been accepted, or its worker is lost", () => {
    const errors = [transport("ECONNRESET"), status(500), status(503), new WorkerLost({ ...at, retries: 1, error: "" })]
    for (const error of errors) {
      expect(RetryPolicy.wasNotAccepted(error)).toBe(false)
      expect(RetryPolicy.mayBeRepeated(error)).toBe(true)
    }
  })

  it("is not repeated where its job may still be running, where it ran its time out, or where it is wrong", () => {
    for (
      const error of [
        transport("ECONNREFUSED", "job-1"),
        transport("ECONNRESET", "job-1"),
        status(500, "job-1"),
        new RateLimited({ endpoint: "hello", jobId: "job-1" }),
        status(400),
        new JobTimedOut(at),
        new JobFailed({ ...at, error: "" })
      ]
    ) {
      expect(RetryPolicy.wasNotAccepted(error)).toBe(false)
      expect(RetryPolicy.mayBeRepeated(error)).toBe(false)
    }
  })
})
