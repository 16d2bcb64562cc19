import { assert, describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { CpuLiveServerless, LiveServerless, ProvisionFailed } from "effect-flash"
import * as Ensuring from "../../src/provision/Ensuring.ts"
import type { ResourceConfig } from "../../src/resources/ResourceConfig.ts"

const cpu = CpuLiveServerless.make("hello", { workersMax: 3, instanceIds: ["cpu3c-1-2"] })

/** A manager whose provisioning notes each attempt and does what it is told. */
const manager = (provision: (attempt: number, config: ResourceConfig) => Effect.Effect<void, ProvisionFailed>) => {
  const attempts: Array<ResourceConfig> = []
  const { ensure } = Ensuring.make(({ config }) =>
    Effect.suspend(() => {
      const attempt = attempts.push(config)
      return Effect.as(provision(attempt, config), { id: `ep-${attempt}`, name: config.name })
    })
  )
  return { attempts, ensure }
}

const broken = new ProvisionFailed({ endpoint: "hello", reason: "no capacity" })

describe("Ensuring", () => {
  it.effect("provisions once for fifty who ask at the same time, and for those who ask later", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      const { attempts, ensure } = manager(() => Deferred.await(gate))
      const asking = yield* Effect.fork(
        Effect.all(Array.from({ length: 50 }, () => ensure(cpu)), { concurrency: "unbounded" })
      )
      yield* Effect.yieldNow()
      yield* Deferred.succeed(gate, undefined)
      const endpoints = yield* Fiber.join(asking)
      expect(new Set(endpoints.map(({ id }) => id))).toEqual(new Set(["ep-1"]))
      expect(yield* ensure(cpu)).toEqual({ id: "ep-1", name: "hello" })
      expect(attempts).toEqual([cpu.config])
    }))

  it.effect("does nothing before it runs", () =>
    Effect.gen(function*() {
      const { attempts, ensure } = manager(() => Effect.void)
      const asking = ensure(cpu)
      yield* Effect.yieldNow()
      expect(attempts).toEqual([])
      yield* asking
      expect(attempts).toHaveLength(1)
    }))

  it.effect("provisions each resource by itself", () =>
    Effect.gen(function*() {
      const { attempts, ensure } = manager(() => Effect.void)
      const gpu = LiveServerless.make("other")
      const both = yield* Effect.all([ensure(cpu), ensure(gpu)], { concurrency: 2 })
      expect(both.map(({ name }) => name)).toEqual(["hello", "other"])
      expect(attempts).toHaveLength(2)
    }))

  it.effect("tells a failure to all who waited for it, and tries again for the next", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      const { attempts, ensure } = manager((attempt) =>
        attempt === 1 ? Effect.zipRight(Deferred.await(gate), broken) : Effect.void
      )
      const asking = yield* Effect.fork(
        Effect.all(Array.from({ length: 10 }, () => Effect.flip(ensure(cpu))), { concurrency: "unbounded" })
      )
      yield* Effect.yieldNow()
      yield* Deferred.succeed(gate, undefined)
      expect(new Set(yield* Fiber.join(asking))).toEqual(new Set([broken]))
      expect(attempts).toHaveLength(1)
      expect(yield* ensure(cpu)).toEqual({ id: "ep-2", name: "hello" })
    }))

  it.effect("tries again after a defect too", () =>
    Effect.gen(function*() {
      const { ensure } = manager((attempt) => attempt === 1 ? Effect.die("boom") : Effect.void)
      yield* Effect.exit(ensure(cpu))
      expect(yield* ensure(cpu)).toEqual({ id: "ep-2", name: "hello" })
    }))

  it.effect("goes on for the others where one who waits goes away, though it came first", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      const provisioning = yield* Deferred.make<void>()
      const { attempts, ensure } = manager(() =>
        Effect.zipRight(Deferred.succeed(provisioning, undefined), Deferred.await(gate))
      )
      const first = yield* Effect.fork(ensure(cpu))
      yield* Deferred.await(provisioning)
      const second = yield* Effect.fork(ensure(cpu))
      const third = yield* Effect.fork(ensure(cpu))
      yield* Effect.yieldNow()
      yield* Fiber.interruptFork(first)
      yield* Fiber.interruptFork(second)
      yield* Effect.yieldNow()
      yield* Deferred.succeed(gate, undefined)
      expect(yield* Fiber.join(third)).toEqual({ id: "ep-1", name: "hello" })
      expect(yield* ensure(cpu)).toEqual({ id: "ep-1", name: "hello" })
      expect(attempts).toHaveLength(1)
    }))

  it.effect("lets the one who waits go at once", () =>
    Effect.gen(function*() {
      const provisioning = yield* Deferred.make<void>()
      const { ensure } = manager(() => Effect.zipRight(Deferred.succeed(provisioning, undefined), Effect.never))
      const only = yield* Effect.fork(ensure(cpu))
      yield* Deferred.await(provisioning)
      yield* Fiber.interrupt(only)
    }))

  it.effect("refuses another resource of the same name", () =>
    Effect.gen(function*() {
      const { attempts, ensure } = manager(() => Effect.void)
      yield* ensure(cpu)
      for (
        const other of [
          CpuLiveServerless.make("hello", { workersMax: 4, instanceIds: ["cpu3c-1-2"] }),
          CpuLiveServerless.make("hello", { workersMax: 3, instanceIds: ["cpu3c-1-2", "cpu3c-2-4"] }),
          LiveServerless.make("hello", { workersMax: 3 })
        ]
      ) {
        const error = yield* Effect.flip(ensure(other))
        assert.instanceOf(error, ProvisionFailed)
        expect(error.endpoint).toBe("hello")
        expect(error.message).toContain("different settings")
      }
      expect(attempts).toHaveLength(1)
    }))

  it.effect("takes an equal declaration for the same resource", () =>
    Effect.gen(function*() {
      const { attempts, ensure } = manager(() => Effect.void)
      const first = yield* ensure(cpu)
      expect(yield* ensure(CpuLiveServerless.make("hello", { instanceIds: ["cpu3c-1-2"], workersMax: 3 }))).toBe(first)
      expect(attempts).toHaveLength(1)
    }))

  it.effect("takes another declaration where the first one failed", () =>
    Effect.gen(function*() {
      const { ensure } = manager((attempt) => attempt === 1 ? broken : Effect.void)
      yield* Effect.flip(ensure(cpu))
      expect(yield* ensure(CpuLiveServerless.make("hello"))).toEqual({ id: "ep-2", name: "hello" })
    }))
})
