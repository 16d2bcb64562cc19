import { assert, describe, expect, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Stream, TestClock } from "effect"
import {
  CircuitBreaker,
  CircuitOpen,
  InvalidPayload,
  JobFailed,
  JobTimedOut,
  ProvisionFailed,
  RateLimited,
  TransportFailed,
  Unauthorized,
  UnexpectedStatus,
  WorkerLost
} from "effect-flash"
import * as ReliabilityConfig from "../../src/reliability/ReliabilityConfig.ts"

const config = { ...ReliabilityConfig.defaults.circuitBreaker, timeout: Duration.seconds(60) }

const breaker = () => {
  const changes: Array<string> = []
  const made = CircuitBreaker.make({
    endpoint: "hello",
    config,
    onChange: (previous, next) => changes.push(`${previous} → ${next}`)
  })
  const end = (outcome: CircuitBreaker.Outcome, error = "boom") =>
    Effect.exit(made.protect(outcome === "success" ? Effect.void : Effect.fail({ message: error }), () => outcome))
  return { ...made, end, seen: changes, fail: end("failure"), succeed: end("success") }
}

const times = <A, E, R>(n: number, effect: Effect.Effect<A, E, R>) =>
  Effect.replicateEffect(effect, n, { discard: true })

describe("a circuit breaker", () => {
  it.effect("lets everything through while it is closed, and changes nothing of it", () =>
    Effect.gen(function*() {
      const { protect } = breaker()
      expect(yield* protect(Effect.succeed(7), () => "failure")).toBe(7)
      expect(yield* Effect.flip(protect(Effect.fail("no"), () => "ignored"))).toBe("no")
      expect(yield* Effect.exit(protect(Effect.die("bug"), () => "failure"))).toEqual(Exit.die("bug"))
    }))

  it.effect("opens at the threshold; its error names the endpoint, when it lets calls through, and why", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_000)
      const { end, fail, protect, state } = breaker()
      yield* times(4, fail)
      expect(yield* state).toEqual({ _tag: "Closed", failures: 4, outcomes: 4 })
      yield* end("failure", "the worker is gone")
      expect(yield* state).toEqual({ _tag: "Open", until: 61_000 })
      let runs = 0
      const error = yield* Effect.flip(protect(Effect.sync(() => runs++), () => "failure"))
      expect(runs).toBe(0)
      assert.instanceOf(error, CircuitOpen)
      expect(error).toMatchObject({ endpoint: "hello", retryAt: 61_000, reason: "the worker is gone" })
      expect(error.message).toContain(`"hello"`)
      expect(error.message).toContain("1970-01-01T00:01:01.000Z")
      expect(error.message).toContain("the worker is gone")
    }))

  it.effect("is half-open as soon as its time has come, without a call", () =>
    Effect.gen(function*() {
      const { fail, seen, state } = breaker()
      yield* times(5, fail)
      yield* TestClock.adjust("59999 millis")
      expect((yield* state)._tag).toBe("Open")
      yield* TestClock.adjust("1 millis")
      expect(yield* state).toMatchObject({ _tag: "HalfOpen", permits: 2, successes: 0 })
      expect(seen).toEqual(["closed → open", "open → half_open"])
    }))

  it.effect("lets as many probes through as it wants successes, however many come at once", () =>
    Effect.gen(function*() {
      const { fail, protect, state, stats } = breaker()
      yield* times(5, fail)
      yield* TestClock.adjust("1 minute")
      const gate = yield* Deferred.make<void>()
      const calls = yield* Effect.forEach(
        Array.from({ length: 10 }),
        () => Effect.fork(protect(Deferred.await(gate), () => "failure"))
      )
      yield* TestClock.adjust("1 second")
      const early = yield* Effect.forEach(calls, Fiber.poll)
      expect(early.filter(({ _tag }) => _tag === "None")).toHaveLength(2)
      yield* Deferred.succeed(gate, undefined)
      const exits = yield* Effect.forEach(calls, Fiber.await)
      expect(exits.filter(Exit.isSuccess)).toHaveLength(2)
      expect((yield* state)._tag).toBe("Closed")
      expect(yield* stats).toMatchObject({ totalRequests: 7, totalFailures: 5, totalRejected: 8 })
    }))

  it.effect("opens again by one probe that fails, for the whole time", () =>
    Effect.gen(function*() {
      const { fail, state, succeed } = breaker()
      yield* times(5, fail)
      yield* TestClock.adjust("90 seconds")
      yield* succeed
      yield* fail
      expect(yield* state).toEqual({ _tag: "Open", until: 150_000 })
    }))

  it.effect("gives the place of an interrupted probe to another one, and counts it for nothing", () =>
    Effect.gen(function*() {
      const { fail, protect, state } = breaker()
      yield* times(5, fail)
      yield* TestClock.adjust("1 minute")
      for (let n = 0; n < 5; n++) {
        const probe = yield* Effect.fork(protect(Effect.never, () => "failure"))
        yield* TestClock.adjust("1 millis")
        expect(yield* state).toMatchObject({ _tag: "HalfOpen", permits: 1 })
        yield* Fiber.interrupt(probe)
        expect(yield* state).toMatchObject({ _tag: "HalfOpen", permits: 2, successes: 0 })
      }
    }))

  it.effect("does not wait for ever for a probe that hangs", () =>
    Effect.gen(function*() {
      const { fail, protect, state } = breaker()
      yield* times(5, fail)
      yield* TestClock.adjust("1 minute")
      yield* times(2, Effect.fork(protect(Effect.never, () => "failure")))
      yield* TestClock.adjust("1 second")
      expect(yield* state).toMatchObject({ permits: 0, until: 120_000 })
      expect(yield* Effect.flip(protect(Effect.void, () => "failure"))).toMatchObject({ retryAt: 120_000 })
      yield* TestClock.adjust("59 seconds")
      expect(yield* state).toMatchObject({ permits: 2 })
    }))

  it.effect("counts neither interruptions nor what says nothing, nor the end of a call from before", () =>
    Effect.gen(function*() {
      const { end, fail, protect, state } = breaker()
      const gate = yield* Deferred.make<void>()
      const old = yield* Effect.fork(
        protect(Effect.zipRight(Deferred.await(gate), Effect.fail("late")), () => "failure")
      )
      const gone = yield* Effect.fork(protect(Effect.never, () => "failure"))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(gone)
      yield* times(20, end("ignored"))
      expect(yield* state).toEqual({ _tag: "Closed", failures: 0, outcomes: 0 })
      yield* times(5, fail)
      yield* TestClock.adjust("1 minute")
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.await(old)
      expect((yield* state)._tag).toBe("HalfOpen")
    }))

  it.effect("shows the state and each change of it to whoever listens, and the end of its time by itself", () =>
    Effect.gen(function*() {
      const { changes, fail, reset, succeed } = breaker()
      yield* times(2, fail)
      const listening = yield* Effect.fork(Stream.runCollect(Stream.take(changes, 5)))
      yield* TestClock.adjust("1 second")
      yield* times(3, fail)
      yield* TestClock.adjust("2 minutes")
      yield* times(2, succeed)
      yield* times(5, fail)
      yield* reset
      expect(Array.from(yield* Fiber.join(listening), ({ _tag }) => _tag)).toEqual([
        "Closed",
        "Open",
        "HalfOpen",
        "Closed",
        "Open"
      ])
    }))

  it.effect("can be reset", () =>
    Effect.gen(function*() {
      const { fail, protect, reset, state } = breaker()
      yield* times(5, fail)
      yield* reset
      expect(yield* state).toEqual({ _tag: "Closed", failures: 0, outcomes: 0 })
      expect(yield* protect(Effect.succeed(1), () => "failure")).toBe(1)
    }))
})

describe("an error of a call", () => {
  const at = { endpoint: "hello", jobId: "job-1" }
  const status = (status: number) => new UnexpectedStatus({ request: "POST /run", status, body: "" })

  it("is a failure of the endpoint where the platform or a worker is to blame", () => {
    for (
      const error of [
        new TransportFailed({ request: "POST /run", code: "ECONNRESET" }),
        new WorkerLost({ ...at, retries: 1, error: "" }),
        new JobTimedOut(at),
        new ProvisionFailed({ endpoint: "hello", reason: "no capacity" }),
        status(500),
        status(503)
      ]
    ) expect(CircuitBreaker.outcomeOf(error)).toBe("failure")
  })

  it("says nothing of it where the caller is, or where waiting is not the answer", () => {
    for (
      const error of [
        new InvalidPayload({ function: "f", issue: "" }),
        new Unauthorized({ endpoint: "hello", keyOrigin: "env", detail: "" }),
        new RateLimited({ endpoint: "hello" }),
        new JobFailed({ ...at, error: "ValueError" }),
        status(400)
      ]
    ) expect(CircuitBreaker.outcomeOf(error)).toBe("ignored")
  })
})
