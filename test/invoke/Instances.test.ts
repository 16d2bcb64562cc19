import { describe, expect, it } from "@effect/vitest"
import { Effect, Schema, Scope } from "effect"
import type { ClassDefinition } from "../../src/Endpoint.ts"
import * as Instances from "../../src/invoke/Instances.ts"

const definition = (): ClassDefinition => ({
  name: "Model",
  constructorSchema: Schema.Void,
  make: undefined,
  maxInstances: 2,
  idleTimeout: 60_000
})

/** A registry, and how to use an instance of it for a moment. */
const registry = Effect.gen(function*() {
  const instances = yield* Instances.make
  const log: Array<string> = []
  const use = (of: ClassDefinition, id: string, replace = false) =>
    Effect.scoped(instances.use({
      definition: of,
      id,
      args: undefined,
      replace,
      make: Effect.acquireRelease(
        Effect.sync((): Instances.Methods => {
          log.push(`made ${id}`)
          return {}
        }),
        () => Effect.sync(() => void log.push(`released ${id}`))
      )
    }))
  return { instances, log, use }
})

describe("instances", () => {
  it.scoped("of two versions of a class are two", () =>
    Effect.gen(function*() {
      const { log, use } = yield* registry
      const [before, after] = [definition(), definition()]
      const first = yield* use(before, "a")
      const second = yield* use(after, "a")
      expect(first.methods).not.toBe(second.methods)
      expect((yield* use(before, "a")).calls).toBe(2)
      expect(log).toEqual(["made a", "made a"])
    }))

  it.scoped("are replaced where a call says so, after those before them are released", () =>
    Effect.gen(function*() {
      const { log, use } = yield* registry
      const model = definition()
      yield* use(model, "a")
      expect((yield* use(model, "a", true)).calls).toBe(1)
      expect(log).toEqual(["made a", "released a", "made a"])
    }))

  it.scoped("that are replaced while they are used are released by their last user", () =>
    Effect.gen(function*() {
      const { instances, log, use } = yield* registry
      const model = definition()
      const scope = yield* Scope.make()
      yield* instances.use({
        definition: model,
        id: "a",
        args: undefined,
        replace: false,
        make: Effect.as(Effect.addFinalizer(() => Effect.sync(() => void log.push("released old"))), {})
      }).pipe(Scope.extend(scope))
      yield* use(model, "a", true)
      expect(log).toEqual(["made a"])
      yield* Scope.close(scope, yield* Effect.exit(Effect.void))
      expect(log).toEqual(["made a", "released old"])
      expect((yield* use(model, "a")).calls).toBe(2)
    }))

  it.scoped("of a class are released at once", () =>
    Effect.gen(function*() {
      const { instances, log, use } = yield* registry
      const [model, other] = [definition(), definition()]
      yield* use(model, "a")
      yield* use(model, "b")
      yield* use(other, "c")
      yield* instances.release(model)
      expect(log.slice(3).toSorted()).toEqual(["released a", "released b"])
    }))

  it.scoped("whose release goes wrong are gone, and harm nobody", () =>
    Effect.gen(function*() {
      const { instances, log, use } = yield* registry
      const model = definition()
      yield* Effect.scoped(instances.use({
        definition: model,
        id: "a",
        args: undefined,
        replace: false,
        make: Effect.as(Effect.addFinalizer(() => Effect.dieMessage("stuck")), {})
      }))
      yield* use(model, "a", true)
      expect(log).toEqual(["made a"])
    }))
})
