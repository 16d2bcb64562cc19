import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, TestClock } from "effect"
import * as Rollout from "../../src/provision/Rollout.ts"
import { ServerError } from "../../src/runpod/RunpodError.ts"

const endpoints = [
  { resource: "api", id: "e1", url: "http://e1" },
  { resource: "web", id: "e2", url: "http://e2" }
]

/** Workers that run the latest, look by look, by endpoint; the last of them stays. Of three. */
const platform = (latest: Readonly<Record<string, ReadonlyArray<number>>>) => {
  const looks: Record<string, number> = {}
  return {
    looks,
    getRollout: (id: string) =>
      Effect.suspend(() => {
        const look = looks[id] = (looks[id] ?? 0) + 1
        const numbers = latest[id]
        return numbers === undefined
          ? Effect.fail(new ServerError({ request: "GET", status: 500, detail: "down" }))
          : Effect.succeed({ onLatest: numbers[Math.min(look, numbers.length) - 1]!, total: 3 })
      })
  }
}

describe("a rollout", () => {
  it.effect("is waited for", () =>
    Effect.gen(function*() {
      const { getRollout, looks } = platform({ e1: [3], e2: [0, 2, 3] })
      const waiting = yield* Effect.fork(Rollout.wait({ getRollout }, endpoints))
      yield* TestClock.adjust("750 millis")
      expect(yield* Fiber.join(waiting)).toEqual([])
      expect(looks).toEqual({ e1: 1, e2: 3 })
    }))

  it.effect("that goes on after half a minute is told, and one that nobody can see is not", () =>
    Effect.gen(function*() {
      const { getRollout, looks } = platform({ e1: [1] })
      const waiting = yield* Effect.fork(Rollout.wait({ getRollout }, endpoints))
      yield* TestClock.adjust("29 seconds")
      expect(waiting.unsafePoll()).toBe(null)
      yield* TestClock.adjust("3 seconds")
      expect(yield* Fiber.join(waiting)).toEqual([{ resource: "api", old: 2, total: 3 }])
      expect(looks["e2"]).toBe(1)
    }))
})
