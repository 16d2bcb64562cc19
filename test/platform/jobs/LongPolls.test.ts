import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Option, Scope, TestClock } from "effect"
import * as LongPolls from "../../../runtime/platform/jobs/LongPolls.ts"

/** A place where polls register, and what became of them. */
const place = <A>() => {
  const callbacks = new Set<(value: A) => void>()
  let withdrawn = 0
  return {
    give: (value: A) => {
      for (const callback of [...callbacks]) callback(value)
      callbacks.clear()
    },
    register: (callback: (value: A) => void) => {
      callbacks.add(callback)
      return () => {
        withdrawn++
        callbacks.delete(callback)
      }
    },
    registered: () => callbacks.size,
    withdrawn: () => withdrawn
  }
}

describe("LongPolls", () => {
  it.scoped("end with the value that comes, which takes no registration back", () =>
    Effect.gen(function*() {
      const polls = yield* LongPolls.make
      const { give, register, withdrawn } = place<string>()
      const poll = yield* Effect.fork(polls.hold(1000, register))
      yield* Effect.yieldNow()
      give("value")
      expect(yield* Fiber.join(poll)).toEqual(Option.some("value"))
      yield* TestClock.adjust("10 seconds")
      expect(withdrawn()).toBe(0)
    }))

  it.scoped("end at the moment a value comes, without the clock", () =>
    Effect.gen(function*() {
      const polls = yield* LongPolls.make
      const { register } = place<string>()
      expect(
        yield* polls.hold<string>(1000, (resume) => {
          resume("at once")
          return register(resume)
        })
      ).toEqual(Option.some("at once"))
    }))

  it.scoped("end without a value when their time is up, to a tenth of a second, and are taken back", () =>
    Effect.gen(function*() {
      const polls = yield* LongPolls.make
      const { register, registered, withdrawn } = place<string>()
      const poll = yield* Effect.fork(polls.hold(1000, register))
      yield* TestClock.adjust("999 millis")
      expect(Option.isNone(yield* Fiber.poll(poll))).toBe(true)
      yield* TestClock.adjust("101 millis")
      expect(yield* Fiber.join(poll)).toEqual(Option.none())
      expect(registered()).toBe(0)
      expect(withdrawn()).toBe(1)
    }))

  it.scoped("each have a time of their own", () =>
    Effect.gen(function*() {
      const polls = yield* LongPolls.make
      const ended: Array<number> = []
      yield* Effect.forEach([5000, 300, 2000], (millis) =>
        Effect.forkScoped(
          Effect.zipRight(polls.hold(millis, place().register), Effect.sync(() => ended.push(millis)))
        ))
      yield* TestClock.adjust("1 second")
      expect(ended).toEqual([300])
      yield* TestClock.adjust("1200 millis")
      expect(ended).toEqual([300, 2000])
      yield* TestClock.adjust("10 seconds")
      expect(ended).toEqual([300, 2000, 5000])
    }))

  it.scoped("are taken back when they are interrupted, once", () =>
    Effect.gen(function*() {
      const polls = yield* LongPolls.make
      const { register, registered, withdrawn } = place<string>()
      const poll = yield* Effect.fork(polls.hold(1000, register))
      yield* Effect.yieldNow()
      expect(registered()).toBe(1)
      yield* Fiber.interrupt(poll)
      expect(registered()).toBe(0)
      yield* TestClock.adjust("10 seconds")
      expect(withdrawn()).toBe(1)
    }))

  it.scoped("of which one ends leave the others", () =>
    Effect.gen(function*() {
      const polls = yield* LongPolls.make
      const one = place<string>()
      const other = place<string>()
      const first = yield* Effect.fork(polls.hold(1000, one.register))
      const second = yield* Effect.fork(polls.hold(1000, other.register))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(first)
      other.give("value")
      expect(yield* Fiber.join(second)).toEqual(Option.some("value"))
    }))

  it.effect("tick no more once their scope has ended", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const polls = yield* Scope.extend(LongPolls.make, scope)
      const poll = yield* Effect.fork(polls.hold(1000, place().register))
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust("10 seconds")
      expect(Option.isNone(yield* Fiber.poll(poll))).toBe(true)
      yield* Fiber.interrupt(poll)
    }))
})
