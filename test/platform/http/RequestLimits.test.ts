/** Requests that an endpoint takes, by what they ask for. */
import { describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Redacted, TestClock } from "effect"
import { Platform } from "effect-flash/local"
import * as RequestLimits from "../../../runtime/platform/http/RequestLimits.ts"
import * as Api from "../control/api.ts"

const ok = Effect.succeed({ status: 200 })

const guard = Effect.map(Effect.clock, (clock) => RequestLimits.make("faithful", () => clock.unsafeCurrentTimeMillis()))

const statuses = (guard: RequestLimits.Guard, endpoint: string, verb: string, times: number) =>
  Effect.map(
    Effect.forEach(Array.from({ length: times }), () => guard(endpoint, verb, ok)),
    (replies) => replies.map(({ status }) => status)
  )

describe("an endpoint", () => {
  it.effect("answers 429 beyond so many requests in ten seconds, for each kind and endpoint by itself", () =>
    Effect.gen(function*() {
      const limited = yield* guard
      expect(yield* statuses(limited, "a", "purge-queue", 3)).toEqual([200, 200, 429])
      expect(yield* statuses(limited, "b", "purge-queue", 1)).toEqual([200])
      expect(yield* statuses(limited, "a", "cancel", 1)).toEqual([200])
      expect(yield* statuses(limited, "a", "health", 2000)).not.toContain(429)
      yield* TestClock.adjust("4 seconds")
      expect(yield* limited("a", "purge-queue", ok)).toMatchObject({ status: 429, headers: { "retry-after": "6" } })
      yield* TestClock.adjust("6 seconds")
      expect(yield* statuses(limited, "a", "purge-queue", 1)).toEqual([200])
    }))

  it.effect("answers 429 beyond so many that are under way, until one of them ends or is given up", () =>
    Effect.gen(function*() {
      const limited = yield* guard
      const open = yield* Deferred.make<void>()
      const held = limited("a", "requests", Effect.as(Deferred.await(open), { status: 200 }))
      const [first] = yield* Effect.all([Effect.fork(held), Effect.fork(held)])
      yield* Effect.yieldNow()
      expect(yield* statuses(limited, "a", "requests", 1)).toEqual([429])
      yield* Fiber.interrupt(first)
      expect(yield* statuses(limited, "a", "requests", 1)).toEqual([200])
    }))
})

describe("a platform", () => {
  const purges = Effect.gen(function*() {
    const { handle } = yield* Platform.Platform
    const ask = (path: string, body?: unknown) => handle(Api.request("POST", path, { body }))
    const { body } = yield* ask("/v2/serverless", Api.body({ workers: { min: 0, max: 0 } }))
    const { id } = JSON.parse(body ?? "")
    return yield* Effect.map(
      Effect.replicateEffect(ask(`/v2/${id}/purge-queue`), 3),
      (replies) => replies.map(({ status }) => status)
    )
  })

  it.scopedLive("limits requests where it is asked to", () =>
    Effect.gen(function*() {
      const apiKey = Redacted.make(Api.key)
      expect(yield* Effect.provide(purges, Platform.layer({ apiKey }))).toEqual([200, 200, 200])
      expect(yield* Effect.provide(purges, Platform.layer({ apiKey, requestLimits: "faithful" }))).toEqual([
        200,
        200,
        429
      ])
    }))
})
