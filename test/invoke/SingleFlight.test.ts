import { describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Option, Scope } from "effect"
import * as SingleFlight from "../../src/invoke/SingleFlight.ts"

/** Work that runs until it is let go, and counts how often it began. */
const gated = Effect.map(
  Effect.all({ gate: Deferred.make<number, string>(), begun: Deferred.make<void>() }),
  ({ begun, gate }) => {
    const seen = { begun: 0, interrupted: 0 }
    const work = Effect.suspend(() => {
      seen.begun++
      return Effect.zipRight(Deferred.succeed(begun, undefined), Deferred.await(gate))
    }).pipe(Effect.onInterrupt(() => Effect.sync(() => seen.interrupted++)))
    return { begun: Deferred.await(begun), gate, seen, work }
  }
)

describe("SingleFlight", () => {
  it.effect("does not begin before somebody asks, and begins once", () =>
    Effect.gen(function*() {
      const { gate, seen, work } = yield* gated
      const shared = SingleFlight.make(work)
      yield* Effect.yieldNow()
      expect(seen.begun).toBe(0)
      const asking = yield* Effect.fork(
        Effect.all(Array.from({ length: 50 }, () => shared), { concurrency: "unbounded" })
      )
      yield* Effect.yieldNow()
      yield* Deferred.succeed(gate, 7)
      expect(new Set(yield* Fiber.join(asking))).toEqual(new Set([7]))
      expect(yield* shared).toBe(7)
      expect(seen.begun).toBe(1)
    }))

  it.effect("fails all who ask alike", () =>
    Effect.gen(function*() {
      const { gate, seen, work } = yield* gated
      const shared = SingleFlight.make(work)
      yield* Deferred.fail(gate, "no")
      expect(yield* Effect.flip(shared)).toBe("no")
      expect(yield* Effect.flip(shared)).toBe("no")
      expect(seen.begun).toBe(1)
    }))

  it.effect("lets anybody go at once, and goes on for the others", () =>
    Effect.gen(function*() {
      const { begun, gate, seen, work } = yield* gated
      const shared = SingleFlight.make(work)
      const first = yield* Effect.fork(shared)
      yield* begun
      const second = yield* Effect.fork(shared)
      const third = yield* Effect.fork(shared)
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(first)
      yield* Fiber.interrupt(second)
      yield* Deferred.succeed(gate, 7)
      expect(yield* Fiber.join(third)).toBe(7)
      expect(seen).toEqual({ begun: 1, interrupted: 0 })
    }))

  it.effect("keeps the outcome where all have gone", () =>
    Effect.gen(function*() {
      const { begun, gate, seen, work } = yield* gated
      const shared = SingleFlight.make(work)
      const only = yield* Effect.fork(shared)
      yield* begun
      yield* Fiber.interrupt(only)
      yield* Deferred.succeed(gate, 7)
      expect(yield* shared).toBe(7)
      expect(seen.begun).toBe(1)
    }))

  it.effect("ends with its scope, also for those who wait", () =>
    Effect.gen(function*() {
      const { begun, seen, work } = yield* gated
      const scope = yield* Scope.make()
      const shared = SingleFlight.make(work, scope)
      const asking = yield* Effect.fork(Effect.exit(shared))
      yield* begun
      yield* Scope.close(scope, Exit.void)
      expect(seen.interrupted).toBe(1)
      expect(Exit.isInterrupted(yield* Fiber.join(asking))).toBe(true)
      expect(Option.isSome(yield* Fiber.poll(asking))).toBe(true)
    }))
})
