import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Option, TestClock } from "effect"
import * as HealthLimit from "../../runtime/worker/http/HealthLimit.ts"

describe("the time to become healthy", () => {
  it.scoped("ends after eight minutes", () =>
    Effect.gen(function*() {
      const { over } = yield* HealthLimit.make
      const fiber = yield* Effect.fork(Effect.flip(over))
      yield* TestClock.adjust("479 seconds")
      expect(Option.isNone(yield* Fiber.poll(fiber))).toBe(true)
      yield* TestClock.adjust("1 second")
      expect((yield* Fiber.join(fiber)).message).toContain("within 8 minutes")
    }))

  it.scoped("does not end a worker that was healthy in time", () =>
    Effect.gen(function*() {
      const { over, reached } = yield* HealthLimit.make
      const fiber = yield* Effect.fork(over)
      yield* TestClock.adjust("479 seconds")
      reached()
      yield* TestClock.adjust("1 hour")
      expect(Option.isNone(yield* Fiber.poll(fiber))).toBe(true)
    }))
})
