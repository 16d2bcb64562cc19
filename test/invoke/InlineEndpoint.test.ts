import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Schema, TestClock } from "effect"
import { CpuLiveServerless, Flash, remote } from "effect-flash"

const cpu = CpuLiveServerless.make("inline-endpoint")

const inline = Effect.provide(Flash.layerInline)

describe("the options of a call", () => {
  const finalized: Array<string> = []
  const sleep = remote("sleep", { resource: cpu, payload: { millis: Schema.Number }, success: Schema.String }, (
    { millis }
  ) =>
    Effect.as(Effect.sleep(millis), "slept").pipe(
      Effect.onInterrupt(() => Effect.sync(() => void finalized.push("sleep")))
    ))

  it.effect("limit how long it runs, and its finalizers have run then", () =>
    Effect.gen(function*() {
      const call = yield* Effect.fork(
        Flash.provide(sleep({ millis: 60_000 }, { policy: { executionTimeout: "5 seconds" } }))
      )
      yield* TestClock.adjust("5 seconds")
      const error = yield* Effect.flip(Fiber.join(call))
      assert(error._tag === "JobTimedOut")
      expect(error).toMatchObject({ endpoint: "inline-endpoint" })
      expect(error.message).toContain("5000 ms")
      expect(finalized).toEqual(["sleep"])
    }).pipe(inline))

  it.effect("that mean nothing in one process change nothing", () =>
    Effect.gen(function*() {
      const options = {
        mode: "runsync",
        policy: { executionTimeout: "1 hour", ttl: "1 day", lowPriority: true }
      } as const
      expect(yield* Flash.provide(sleep({ millis: 0 }, options))).toBe("slept")
    }).pipe(inline))

  it.effect("that cannot be kept are refused, and so are wrong ones", () =>
    Effect.gen(function*() {
      expect(yield* Effect.flip(Flash.provide(sleep({ millis: 0 }, { webhook: "https://example.test" }))))
        .toMatchObject({ _tag: "NotSupported", operation: "webhook", endpoint: "inline-endpoint" })
      expect(yield* Effect.flip(Flash.provide(sleep({ millis: 0 }, { webhook: "example.test" }))))
        .toMatchObject({ _tag: "InvalidOptions", function: "sleep" })
    }).pipe(inline))
})
