import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Option } from "effect"

class Service extends Context.Tag("test/Service")<Service, string>() {
  static readonly layer = Layer.succeed(Service, "provided")
}

// Without the patch the second suite has the service of the first one.
describe("it.layer of @effect/vitest", () => {
  it.layer(Service.layer)("inside", (it) => {
    it.effect("provides the service", () =>
      Effect.gen(function*() {
        assert.strictEqual(yield* Service, "provided")
      }))
  })
})

describe("a suite after it.layer", () => {
  it.effect("does not have the service", () =>
    Effect.gen(function*() {
      assert.isTrue(Option.isNone(yield* Effect.serviceOption(Service)))
    }))
})
