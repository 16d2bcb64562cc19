import { RpcGroup } from "@effect/rpc"
import { assert, describe, expect, it } from "@effect/vitest"
import { Cause, Chunk, Context, Deferred, Effect, Exit, Fiber, Layer, Schema, Stream, TestClock } from "effect"
import { CpuLiveServerless, Flash, implement, remoteClass, ServerlessEndpoint } from "effect-flash"
import * as PlainWire from "../src/invoke/PlainWire.ts"
import { MethodCall } from "../src/protocol/MethodCall.ts"

const cpu = CpuLiveServerless.make("classes")

/** On the inline target, whose end is the end of its instances. */
const inline = Effect.provide(Flash.layerInline)

class Unlucky extends Schema.TaggedError<Unlucky>()("Unlucky", { start: Schema.Int }) {}
class TooFar extends Schema.TaggedError<TooFar>()("TooFar", { at: Schema.Int }) {}

/** A class that counts, and what became of its instances. */
const counters = (options: { readonly maxInstances?: number } = {}) => {
  const made: Array<number> = []
  const released: Array<number> = []
  const gate: { wait: Effect.Effect<void> } = { wait: Effect.void }
  const Counter = remoteClass("Counter", {
    resource: cpu,
    constructor: { start: Schema.Int },
    error: Unlucky,
    maxInstances: options.maxInstances ?? 32,
    idleTimeout: "1 minute",
    methods: {
      add: { payload: { n: Schema.Int }, success: Schema.Int, error: TooFar },
      count: { success: Schema.Int, stream: true },
      wait: { payload: { millis: Schema.Int }, success: Schema.Int }
    }
  }, ({ start }) =>
    Effect.gen(function*() {
      yield* gate.wait
      made.push(start)
      if (start === 13) return yield* new Unlucky({ start })
      if (start === 666) return yield* Effect.die(new RangeError("the beast"))
      let value = start
      yield* Effect.addFinalizer(() => Effect.sync(() => void released.push(value)))
      return {
        add: ({ n }) => value + n > 1000 ? Effect.fail(new TooFar({ at: value })) : Effect.sync(() => value += n),
        count: () => Stream.suspend(() => Stream.range(1, value)),
        wait: ({ millis }) => Effect.as(Effect.sleep(millis), value)
      }
    }))
  return { Counter, made, released, gate }
}

describe("an instance", () => {
  it.effect("is made by the first call and keeps its state for those that follow", () =>
    Effect.gen(function*() {
      const { Counter, made } = counters()
      const counter = yield* Counter({ start: 10 })
      expect(made).toEqual([])
      expect(yield* Flash.provide(counter.add({ n: 1 }))).toBe(11)
      expect(yield* Flash.provide(counter.add({ n: 1 }))).toBe(12)
      expect(made).toEqual([10])
    }).pipe(inline))

  it.effect("is shared by all who give the same arguments, and is one's own by its id", () =>
    Effect.gen(function*() {
      const { Counter, made } = counters()
      const add = (options?: { readonly id: string }, start = 0) =>
        Effect.flatMap(Counter({ start }, options), (counter) => Flash.provide(counter.add({ n: 1 })))
      expect([yield* add(), yield* add(), yield* add({ id: "a" }), yield* add({ id: "b" }), yield* add({ id: "a" })])
        .toEqual([1, 2, 1, 1, 2])
      expect(yield* add(undefined, 5)).toBe(6)
      expect(made).toEqual([0, 0, 0, 5])
      const [one, two] = [yield* Counter({ start: 0 }), yield* Counter({ start: 0 })]
      expect(one.instanceId).toBe(two.instanceId)
      expect(one.instanceId).toMatch(/^Counter_[0-9a-f]{16}$/)
    }).pipe(inline))

  it.effect("is not another's for whom its id stands with other arguments", () =>
    Effect.gen(function*() {
      const { Counter } = counters()
      yield* Flash.provide(Effect.flatMap(Counter({ start: 1 }, { id: "a" }), ({ add }) => add({ n: 1 })))
      const error = yield* Effect.flip(
        Flash.provide(Effect.flatMap(Counter({ start: 2 }, { id: "a" }), ({ add }) => add({ n: 1 })))
      )
      assert(error._tag === "RequestRefused")
      expect(error.message).toContain(`instance "a" of "Counter" was made with other constructor arguments`)
    }).pipe(inline))

  it.effect("is made once for many calls at the same time", () =>
    Effect.gen(function*() {
      const { Counter, gate, made } = counters()
      const open = yield* Deferred.make<void>()
      gate.wait = Deferred.await(open)
      const counter = yield* Counter({ start: 0 })
      const calls = yield* Effect.fork(
        Effect.forEach([1, 1, 1], (n) => Flash.provide(counter.add({ n })), { concurrency: "unbounded" })
      )
      yield* Effect.yieldNow()
      yield* Deferred.succeed(open, undefined)
      expect((yield* Fiber.join(calls)).toSorted()).toEqual([1, 2, 3])
      expect(made).toEqual([0])
    }).pipe(inline))

  it.effect("whose making nobody waits for any more is not made", () =>
    Effect.gen(function*() {
      const { Counter, gate, made } = counters()
      let interrupted = 0
      const started = yield* Deferred.make<void>()
      gate.wait = Effect.zipRight(Deferred.succeed(started, undefined), Effect.never).pipe(
        Effect.onInterrupt(() => Effect.sync(() => interrupted++))
      )
      const counter = yield* Counter({ start: 0 })
      const call = yield* Effect.fork(Flash.provide(counter.add({ n: 1 })))
      yield* Deferred.await(started)
      yield* Fiber.interrupt(call)
      expect(interrupted).toBe(1)
      gate.wait = Effect.void
      expect(yield* Flash.provide(counter.add({ n: 1 }))).toBe(1)
      expect(made).toEqual([0])
    }).pipe(inline))

  it.effect("that cannot be made is a typed failure or a defect of the call, and the next call tries again", () =>
    Effect.gen(function*() {
      const { Counter, made } = counters()
      const unlucky = yield* Counter({ start: 13 })
      for (const _ of [1, 2]) {
        const error = yield* Effect.flip(Flash.provide(unlucky.add({ n: 1 })))
        assert.instanceOf(error, Unlucky)
        expect(error.start).toBe(13)
      }
      const inStream = yield* Effect.flip(Stream.runDrain(unlucky.count()).pipe(Flash.provide))
      assert.instanceOf(inStream, Unlucky)
      expect(made).toEqual([13, 13, 13])
      const exit = yield* Effect.exit(
        Flash.provide(Effect.flatMap(Counter({ start: 666 }), ({ add }) => add({ n: 1 })))
      )
      assert(Exit.isFailure(exit))
      const [defect] = Chunk.toReadonlyArray(Cause.defects(exit.cause))
      assert.instanceOf(defect, Error)
      expect(defect.message).toBe("the beast")
    }).pipe(inline))

  it.effect("has methods that fail as they say, stream, and run as jobs", () =>
    Effect.gen(function*() {
      const { Counter } = counters()
      const counter = yield* Counter({ start: 3 })
      const error = yield* Effect.flip(Flash.provide(counter.add({ n: 2000 })))
      assert.instanceOf(error, TooFar)
      expect(error.at).toBe(3)
      expect(Chunk.toReadonlyArray(yield* Flash.provide(Stream.runCollect(counter.count())))).toEqual([1, 2, 3])
      const job = yield* Flash.provide(counter.add.submit({ n: 1 }))
      expect(yield* job.await).toBe(4)
      const found = yield* Flash.provide(counter.add.attach(job.id))
      expect(yield* found.await).toBe(4)
    }).pipe(inline))

  it.effect("is named only by arguments that fit their schema", () =>
    Effect.gen(function*() {
      const { Counter } = counters()
      const error = yield* Effect.flip(Counter({ start: 1.5 }))
      expect(error._tag).toBe("InvalidPayload")
      expect(error.message).toContain("Counter.constructor")
      const counter = yield* Counter({ start: 1 })
      expect((yield* Effect.flip(Flash.provide(counter.add({ n: 0.5 }))))._tag).toBe("InvalidPayload")
    }).pipe(inline))
})

describe("an instance is released", () => {
  it.effect("when it was not called for its idle timeout", () =>
    Effect.gen(function*() {
      const { Counter, made, released } = counters()
      const counter = yield* Counter({ start: 0 })
      yield* Flash.provide(counter.add({ n: 1 }))
      yield* TestClock.adjust("59 seconds")
      yield* Flash.provide(counter.add({ n: 1 }))
      yield* TestClock.adjust("59 seconds")
      expect(released).toEqual([])
      yield* TestClock.adjust("1 second")
      expect(released).toEqual([2])
      expect(yield* Flash.provide(counter.add({ n: 1 }))).toBe(1)
      expect(made).toEqual([0, 0])
    }).pipe(inline))

  it.effect("not while a call of it runs, however long that is", () =>
    Effect.gen(function*() {
      const { Counter, released } = counters()
      const counter = yield* Counter({ start: 7 })
      const call = yield* Effect.fork(Flash.provide(counter.wait({ millis: 300_000 })))
      yield* TestClock.adjust("5 minutes")
      expect(yield* Fiber.join(call)).toBe(7)
      expect(released).toEqual([])
      yield* TestClock.adjust("1 minute")
      expect(released).toEqual([7])
    }).pipe(inline))

  it.effect("before another is made where there are too many, the one first that was not called for longest", () =>
    Effect.gen(function*() {
      const { Counter, made, released } = counters({ maxInstances: 2 })
      const add = (start: number) =>
        Effect.flatMap(Counter({ start }), (counter) => Flash.provide(counter.add({ n: 0 })))
      yield* Effect.forEach([1, 2, 1, 3], add)
      expect(released).toEqual([2])
      yield* add(1)
      expect(made).toEqual([1, 2, 3])
    }).pipe(inline))

  it.effect("as soon as nobody uses it where there are too many in use", () =>
    Effect.gen(function*() {
      const { Counter, released } = counters({ maxInstances: 1 })
      const wait = (start: number, millis: number) =>
        Effect.flatMap(Counter({ start }), (counter) => Flash.provide(counter.wait({ millis })))
      const calls = yield* Effect.fork(Effect.all([wait(1, 1000), wait(2, 2000)], { concurrency: 2 }))
      yield* TestClock.adjust("1 second")
      expect(released).toEqual([1])
      yield* TestClock.adjust("1 second")
      expect(yield* Fiber.join(calls)).toEqual([1, 2])
      expect(released).toEqual([1])
    }).pipe(inline))

  it.effect("at the end, with all others", () =>
    Effect.gen(function*() {
      const { Counter, released } = counters()
      yield* Effect.forEach([1, 2], (start) =>
        Effect.flatMap(Counter({ start }), ({ add }) => Flash.provide(add({ n: 0 })))).pipe(inline)
      expect(released.toSorted()).toEqual([1, 2])
    }))

  it.effect("before the services of its class", () =>
    Effect.gen(function*() {
      const order: Array<string> = []
      class Device extends Context.Tag("Device")<Device, { readonly name: string }>() {}
      const device = Layer.scoped(
        Device,
        Effect.acquireRelease(Effect.succeed({ name: "cuda:0" }), () => Effect.sync(() => void order.push("device")))
      )
      const Model = remoteClass(
        "Model",
        {
          resource: cpu,
          methods: { where: { success: Schema.String }, again: { success: Schema.String } },
          layer: device
        },
        () =>
          Effect.gen(function*() {
            const { name } = yield* Device
            yield* Effect.addFinalizer(() => Effect.sync(() => void order.push("model")))
            return { where: () => Effect.succeed(name), again: () => Effect.map(Device, ({ name }) => name) }
          })
      )
      const model = yield* Model()
      expect(yield* Flash.provide(Effect.zip(model.where(), model.again())).pipe(inline)).toEqual(["cuda:0", "cuda:0"])
      expect(order).toEqual(["model", "device"])
    }))
})

describe("a class", () => {
  it.effect("has procedures named after class and method", () =>
    Effect.sync(() => {
      const { Counter } = counters()
      const group = RpcGroup.make(Counter.methods.add, Counter.methods.count)
      expect([...group.requests.keys()]).toEqual(["Counter.add", "Counter.count"])
    }))

  it.effect("is a contract without its code", () =>
    Effect.gen(function*() {
      const contract = remoteClass("Later", {
        resource: cpu,
        constructor: { start: Schema.Int },
        methods: { next: { payload: { by: Schema.Int }, success: Schema.Int } }
      })
      const missing = yield* contract({ start: 1 })
      expect((yield* Effect.flip(Flash.provide(missing.next({ by: 1 }))))._tag).toBe("FunctionNotFound")
      const Later = implement(contract, ({ start }) => Effect.succeed({ next: ({ by }) => Effect.succeed(start + by) }))
      const later = yield* Later({ start: 1 })
      expect(yield* Flash.provide(later.next({ by: 2 }))).toBe(3)
    }).pipe(inline))

  it.effect("has a stand-in", () =>
    Effect.gen(function*() {
      const { Counter } = counters()
      const counter = yield* Counter({ start: 1 })
      expect(yield* counter.add({ n: 1 })).toBe(42)
    }).pipe(Effect.provide(cpu.layerMock({ "Counter.add": () => Effect.succeed(42) }))))

  it.effect("runs on Flash workers only", () =>
    Effect.gen(function*() {
      const foreign = ServerlessEndpoint.make("foreign", { imageName: "somebody/worker" })
      const There = remoteClass("There", { resource: foreign, methods: { ping: {} } })
      const { ping } = There.methods
      const error = yield* Effect.flip(
        PlainWire.make(ping).request(new MethodCall({ id: "a", args: undefined }, undefined), undefined)
      )
      expect(error.message).toContain("on Flash workers")
    }))
})
