/** A clock that runs at another speed than the machine's. */
import { describe, expect, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Option, TestClock } from "effect"
import * as ClockSpeed from "../../runtime/platform/ClockSpeed.ts"

const make = (speed: number) => Effect.map(Effect.clock, (machine) => new ClockSpeed.ClockSpeed(machine, speed))

describe("a clock's speed", () => {
  it.effect("is how much of its time passes in the machine's", () =>
    Effect.gen(function*() {
      const clock = yield* make(60)
      const start = clock.unsafeCurrentTimeMillis()
      yield* TestClock.adjust("2 seconds")
      expect(clock.unsafeCurrentTimeMillis() - start).toBe(120_000)
      expect(clock.unsafeCurrentTimeNanos()).toBe(BigInt(start + 120_000) * 1_000_000n)
    }))

  it.effect("of one is the machine's own time", () =>
    Effect.gen(function*() {
      const clock = yield* make(1)
      yield* TestClock.adjust("1234 millis")
      expect(clock.unsafeCurrentTimeMillis()).toBe(yield* Clock.currentTimeMillis)
      expect(clock.unsafeCurrentTimeNanos()).toBe(yield* Clock.currentTimeNanos)
    }))

  it.effect("changes without a jump", () =>
    Effect.gen(function*() {
      const clock = yield* make(1)
      const start = clock.unsafeCurrentTimeMillis()
      yield* TestClock.adjust("1 second")
      clock.speed = 10
      expect(clock.unsafeCurrentTimeMillis() - start).toBe(1000)
      yield* TestClock.adjust("1 second")
      clock.speed = 0.5
      expect(clock.unsafeCurrentTimeMillis() - start).toBe(11_000)
      yield* TestClock.adjust("1 second")
      expect(clock.unsafeCurrentTimeMillis() - start).toBe(11_500)
      clock.speed = 1
      yield* TestClock.adjust("1 second")
      expect(clock.unsafeCurrentTimeMillis() - start).toBe(12_500)
    }))

  it.effect("says when a sleep ends, also of one that sleeps already", () =>
    Effect.gen(function*() {
      const clock = yield* make(1)
      const sleeping = yield* Effect.fork(Effect.withClock(Effect.sleep("1 hour"), clock))
      yield* TestClock.adjust("30 minutes")
      clock.speed = 60
      yield* Effect.yieldNow()
      yield* TestClock.adjust("29 seconds")
      expect(Option.isNone(yield* Fiber.poll(sleeping))).toBe(true)
      yield* TestClock.adjust("1 seconds")
      yield* Fiber.join(sleeping)
    }))

  it.effect("may make a sleep longer", () =>
    Effect.gen(function*() {
      const clock = yield* make(10)
      const sleeping = yield* Effect.fork(Effect.withClock(Effect.sleep("10 seconds"), clock))
      yield* Effect.yieldNow()
      clock.speed = 1
      yield* Effect.yieldNow()
      yield* TestClock.adjust("9 seconds")
      expect(Option.isNone(yield* Fiber.poll(sleeping))).toBe(true)
      yield* TestClock.adjust("1 seconds")
      yield* Fiber.join(sleeping)
    }))

  it.effect("has the machine's clock under it, which is another's own", () =>
    Effect.gen(function*() {
      const machine = yield* Effect.clock
      expect(ClockSpeed.machineOf(yield* make(5))).toBe(machine)
      expect(ClockSpeed.machineOf(machine)).toBe(machine)
    }))
})
