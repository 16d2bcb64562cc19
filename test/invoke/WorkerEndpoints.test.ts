import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { CpuLiveServerless, Flash, remote } from "effect-flash"

const own = CpuLiveServerless.make("own")
const other = CpuLiveServerless.make("other")

const add = remote(
  "add",
  { resource: own, payload: { n: Schema.Number }, success: Schema.Number },
  ({ n }) => Effect.succeed(n + 1)
)
const far = remote("far", { resource: other, success: Schema.Number }, () => Effect.succeed(1))
const local = remote("local", { resource: other, local: true, success: Schema.Number }, () => Effect.succeed(2))

const onWorker = Effect.provide(Flash.layerWorker({ endpoint: "own" }))

describe("inside a worker", () => {
  it.effect("functions of its own endpoint run where they are called, also one from the other", () =>
    Effect.gen(function*() {
      const twice = remote(
        "twice",
        { resource: own, success: Schema.Number },
        () => Effect.orDie(Effect.flatMap(add({ n: 1 }), (n) => add({ n })))
      )
      expect(yield* Flash.provide(twice())).toBe(3)
      expect((yield* Flash.Flash).target).toBe("worker")
    }).pipe(onWorker))

  it.effect("functions of another endpoint are an error that says what to do", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Flash.provide(far()))
      assert(error._tag === "ProvisionFailed")
      expect(error.endpoint).toBe("other")
      expect(error.message).toContain(`a worker of "own"`)
      expect(error.message).toContain("on one resource")
    }).pipe(onWorker))

  it.effect("functions that are marked local run, whatever their endpoint", () =>
    Effect.gen(function*() {
      expect(yield* Flash.provide(local())).toBe(2)
    }).pipe(onWorker))

  it.effect("an endpoint is opened once", () =>
    Effect.gen(function*() {
      const flash = yield* Flash.Flash
      expect(flash.endpoint(own)).toBe(flash.endpoint(own))
      expect(flash.endpoint(own)).not.toBe(flash.endpoint(other))
      expect(flash.endpoint(own).name).toBe("own")
    }).pipe(onWorker))
})
