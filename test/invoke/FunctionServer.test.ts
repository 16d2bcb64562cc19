import { assert, describe, expect, it } from "@effect/vitest"
import { Cause, Chunk, Context, Deferred, Effect, Exit, Fiber, Layer, Option, Schema, Scope } from "effect"
import { CpuLiveServerless, Flash, remote } from "effect-flash"
import type { Procedure } from "../../src/Endpoint.ts"
import * as FunctionServer from "../../src/invoke/FunctionServer.ts"
import * as Codec from "../../src/protocol/Codec.ts"
import * as FunctionRequest from "../../src/protocol/FunctionRequest.ts"
import type { FunctionRequestEncoded } from "../../src/protocol/FunctionRequest.ts"

const cpu = CpuLiveServerless.make("function-server")

class Refused extends Schema.TaggedError<Refused>()("Refused", { by: Schema.String, at: Schema.Date }) {}

/** Runs a program on the inline target. */
const inline = Effect.provide(Flash.layerInline)

/** A server of its own and a way to ask it as the wire does. */
const server = (options: Partial<FunctionServer.Options> = {}) =>
  Effect.gen(function*() {
    const codec = Codec.make()
    const server = yield* FunctionServer.make({ codec, stacks: true, ...options })
    return (procedure: Procedure, request: Partial<FunctionRequestEncoded> = {}) =>
      Effect.flatMap(
        FunctionRequest.decode({ protocol_version: 1, function_name: procedure._tag, ...request }),
        (request) => server.execute(procedure, request)
      )
  }).pipe(Effect.provide(Flash.layerInline))

// a remote function is a procedure; its own type says more than the erased one
const erased = (f: object): Procedure => f as Procedure

describe("a handler", () => {
  it.effect("gets the decoded payload and gives the decoded result", () =>
    Effect.gen(function*() {
      const f = remote("f", {
        resource: cpu,
        payload: { at: Schema.Date, tags: Schema.ReadonlySet(Schema.String) },
        success: Schema.Struct({ at: Schema.Date, size: Schema.NumberFromString })
      }, ({ at, tags }) => Effect.succeed({ at: new Date(at.getTime() + 1), size: tags.size }))
      expect(yield* Flash.provide(f({ at: new Date(1), tags: new Set(["a", "b"]) }))).toEqual({
        at: new Date(2),
        size: 2
      })
    }).pipe(inline))

  it.effect("fails with its own error, as an instance of its class", () =>
    Effect.gen(function*() {
      const f = remote(
        "f",
        { resource: cpu, payload: { by: Schema.String }, error: Refused },
        ({ by }) => new Refused({ by, at: new Date(5) })
      )
      const error = yield* Effect.flip(Flash.provide(f({ by: "Ada" })))
      assert.instanceOf(error, Refused)
      expect(error.by).toBe("Ada")
      expect(error.at).toEqual(new Date(5))
    }).pipe(inline))

  it.effect("that dies gives a defect with name, message and stack", () =>
    Effect.gen(function*() {
      const f = remote("f", { resource: cpu }, () => Effect.die(new RangeError("out of range")))
      const [defect] = yield* defectsOf(Flash.provide(f()))
      assert.instanceOf(defect, Error)
      expect(defect.name).toBe("RangeError")
      expect(defect.message).toBe("out of range")
      expect(defect.stack).toContain("FunctionServer.test.ts")
    }).pipe(inline))

  it.effect("that throws before it returns an Effect gives a defect too", () =>
    Effect.gen(function*() {
      const f = remote("f", { resource: cpu, success: Schema.Number }, (): Effect.Effect<number> => {
        throw new TypeError("thrown")
      })
      const [defect] = yield* defectsOf(Flash.provide(f()))
      assert.instanceOf(defect, Error)
      expect(defect.message).toBe("thrown")
      // and harms no call after it
      expect((yield* defectsOf(Flash.provide(f()))).length).toBe(1)
    }).pipe(inline))

  it.effect("keeps both halves of what went wrong at the same time", () =>
    Effect.gen(function*() {
      const f = remote(
        "f",
        { resource: cpu, error: Refused },
        () =>
          Effect.failCause(Cause.parallel(
            Cause.fail(new Refused({ by: "Ada", at: new Date(0) })),
            Cause.sequential(Cause.die("first"), Cause.die("second"))
          ))
      )
      const exit = yield* Effect.exit(Flash.provide(f()))
      assert(Exit.isFailure(exit))
      expect(Chunk.toReadonlyArray(Cause.failures(exit.cause))).toHaveLength(1)
      expect(Chunk.toReadonlyArray(Cause.defects(exit.cause))).toEqual(["first", "second"])
    }).pipe(inline))

  it.effect("that interrupts itself is a failure of the call, not an interruption of the caller", () =>
    Effect.gen(function*() {
      const f = remote("f", { resource: cpu }, () => Effect.interrupt)
      const error = yield* Effect.flip(Flash.provide(f()))
      assert(error._tag === "JobFailed")
      expect(error.error).toContain("interrupted")
    }).pipe(inline))

  it.effect("whose result does not fit its schema is refused, with the schema's words", () =>
    Effect.gen(function*() {
      const f = remote(
        "f",
        { resource: cpu, success: Schema.Struct({ age: Schema.Int.pipe(Schema.positive()) }) },
        () => Effect.succeed({ age: -1 })
      )
      const error = yield* Effect.flip(Flash.provide(f()))
      assert(error._tag === "RequestRefused")
      expect(error.message).toContain("does not fit its schema")
      expect(error.message).toContain(`["age"]`)
    }).pipe(inline))

  it.effect("may call other functions, of its own resource and of others", () =>
    Effect.gen(function*() {
      const other = CpuLiveServerless.make("function-server-other")
      const add = remote("add", { resource: cpu, payload: { a: Schema.Number }, success: Schema.Number }, ({ a }) =>
        Effect.succeed(a + 1))
      const far = remote("far", { resource: other, payload: { a: Schema.Number }, success: Schema.Number }, ({ a }) =>
        Effect.succeed(a * 10))
      const both = remote(
        "both",
        { resource: cpu, payload: { a: Schema.Number }, success: Schema.Number },
        ({ a }) =>
          Effect.orDie(Effect.flatMap(add({ a }), (a) =>
            far({ a })))
      )
      expect(yield* Flash.provide(both({ a: 1 }))).toBe(20)
    }).pipe(inline))

  it.effect("runs in a span below the caller's", () =>
    Effect.gen(function*() {
      const traceId = Effect.map(Effect.currentParentSpan, ({ traceId }) => traceId).pipe(Effect.orDie)
      const f = remote("f", { resource: cpu, success: Schema.String }, () => traceId)
      const [caller, handler] = yield* Effect.withSpan(Effect.all([traceId, Flash.provide(f())]), "caller")
      expect(handler).toBe(caller)
    }).pipe(inline))

  it.effect("runs beside itself: each of many calls has its own result", () =>
    Effect.gen(function*() {
      const f = remote(
        "f",
        { resource: cpu, payload: { n: Schema.Int }, success: Schema.Int },
        ({ n }) => Effect.as(Effect.yieldNow(), n)
      )
      const inputs = Array.from({ length: 200 }, (_, n) => n)
      const results = yield* Effect.forEach(inputs, (n) => Flash.provide(f({ n })), { concurrency: "unbounded" })
      expect(results).toEqual(inputs)
    }).pipe(inline))
})

describe("interrupting a call", () => {
  it.effect("interrupts the handler and comes back only after its finalizers", () =>
    Effect.gen(function*() {
      const started = yield* Deferred.make<void>()
      const finalizing = yield* Deferred.make<void>()
      const mayEnd = yield* Deferred.make<void>()
      const events: Array<string> = []
      const f = remote("f", { resource: cpu }, () =>
        Deferred.succeed(started, undefined).pipe(
          Effect.zipRight(Effect.never),
          Effect.onInterrupt(() =>
            Deferred.succeed(finalizing, undefined).pipe(
              Effect.zipRight(Deferred.await(mayEnd)),
              Effect.zipRight(Effect.sync(() => events.push("finalized")))
            )
          )
        ))
      const call = yield* Effect.fork(Flash.provide(f()))
      yield* Deferred.await(started)
      const interrupting = yield* Effect.fork(
        Effect.zipRight(Fiber.interrupt(call), Effect.sync(() => events.push("interrupted")))
      )
      yield* Deferred.await(finalizing)
      expect(Option.isNone(yield* Fiber.poll(interrupting))).toBe(true)
      yield* Deferred.succeed(mayEnd, undefined)
      yield* Fiber.join(interrupting)
      expect(events).toEqual(["finalized", "interrupted"])
    }).pipe(inline))

  it.effect("interrupts that call alone", () =>
    Effect.gen(function*() {
      const started = yield* Deferred.make<void>()
      const gate = yield* Deferred.make<void>()
      const f = remote("f", { resource: cpu, payload: { wait: Schema.Boolean }, success: Schema.String }, ({ wait }) =>
        wait
          ? Effect.as(Deferred.await(gate), "done")
          : Effect.zipRight(Deferred.succeed(started, undefined), Effect.never))
      const other = yield* Effect.fork(Flash.provide(f({ wait: true })))
      const call = yield* Effect.fork(Flash.provide(f({ wait: false })))
      yield* Deferred.await(started)
      yield* Fiber.interrupt(call)
      yield* Deferred.succeed(gate, undefined)
      expect(yield* Fiber.join(other)).toBe("done")
    }).pipe(inline))
})

describe("the services of a handler", () => {
  class Counter extends Context.Tag("test/Counter")<Counter, { readonly id: number }>() {}

  /** A layer that notes what becomes of it. */
  const counted = (built: Effect.Effect<void, string> = Effect.void) => {
    const seen = { built: 0, released: 0 }
    const layer = Layer.scoped(
      Counter,
      Effect.acquireRelease(
        Effect.zipRight(built, Effect.sync(() => ({ id: ++seen.built }))),
        () => Effect.sync(() => seen.released++)
      )
    )
    return { layer, seen }
  }

  const idOf = (name: string, layer: Layer.Layer<Counter, unknown>) =>
    remote(name, { resource: cpu, success: Schema.Int, layer }, () => Effect.map(Counter, ({ id }) => id))

  it.effect("are built once for many calls at a time, by the first of them, and released with the target", () =>
    Effect.gen(function*() {
      const gate = yield* Deferred.make<void>()
      const { layer, seen } = counted(Deferred.await(gate))
      const f = idOf("f", layer)
      expect(seen.built).toBe(0)
      yield* Effect.gen(function*() {
        const calls = yield* Effect.fork(Effect.all(Array.from({ length: 50 }, () => Flash.provide(f())), {
          concurrency: "unbounded"
        }))
        yield* Effect.yieldNow()
        yield* Deferred.succeed(gate, undefined)
        expect(new Set(yield* Fiber.join(calls))).toEqual(new Set([1]))
        expect(yield* Flash.provide(f())).toBe(1)
        expect(seen).toEqual({ built: 1, released: 0 })
      }).pipe(inline)
      expect(seen).toEqual({ built: 1, released: 1 })
    }))

  it.effect("are shared by functions that name the same layer", () =>
    Effect.gen(function*() {
      const { layer, seen } = counted()
      expect(yield* Flash.provide(Effect.all([idOf("f", layer)(), idOf("g", layer)()]))).toEqual([1, 1])
      expect(seen.built).toBe(1)
    }).pipe(inline))

  it.scoped("are released with the last function that holds them, and built again for its next call", () =>
    Effect.gen(function*() {
      const server = yield* FunctionServer.make({ codec: Codec.make(), stacks: true })
      const { layer, seen } = counted()
      const [f, g] = [erased(idOf("f", layer)), erased(idOf("g", layer))]
      const run = (procedure: Procedure) =>
        Effect.flatMap(
          FunctionRequest.decode({ protocol_version: 1, function_name: procedure._tag }),
          (request) => Effect.map(server.execute(procedure, request), ({ result }) => result)
        )
      expect([yield* run(f), yield* run(g)]).toEqual([1, 1])
      yield* server.release(f)
      expect([yield* run(g), seen]).toEqual([1, { built: 1, released: 0 }])
      yield* server.release(g)
      yield* server.release(g)
      expect(seen).toEqual({ built: 1, released: 1 })
      expect([yield* run(f), seen]).toEqual([2, { built: 2, released: 1 }])
    }).pipe(inline))

  it.effect("that cannot be built refuse the call, and are tried again for the next", () =>
    Effect.gen(function*() {
      let isReady = false
      const { layer } = counted(Effect.suspend(() => isReady ? Effect.void : Effect.fail("the disk is not mounted")))
      const f = idOf("f", layer)
      for (let i = 0; i < 2; i++) {
        const error = yield* Effect.flip(Flash.provide(f()))
        assert(error._tag === "RequestRefused")
        expect(error.message).toContain("the disk is not mounted")
      }
      isReady = true
      expect(yield* Flash.provide(f())).toBe(1)
    }).pipe(inline))

  it.effect("of which a part failed are released as far as they were built", () =>
    Effect.gen(function*() {
      let isReady = false
      const { layer, seen } = counted()
      const failing = Layer.effectDiscard(Effect.suspend(() => isReady ? Effect.void : Effect.fail("not ready")))
      const f = idOf("f", Layer.provideMerge(failing, layer))
      yield* Effect.flip(Flash.provide(f()))
      expect(seen).toEqual({ built: 1, released: 1 })
      isReady = true
      expect(yield* Flash.provide(f())).toBe(2)
      expect(seen).toEqual({ built: 2, released: 1 })
    }).pipe(inline))

  it.effect("are built no further once the target has ended", () =>
    Effect.gen(function*() {
      const building = yield* Deferred.make<void>()
      const interrupted = yield* Deferred.make<void>()
      const layer = Layer.effect(
        Counter,
        Deferred.succeed(building, undefined).pipe(
          Effect.zipRight(Effect.never),
          Effect.onInterrupt(() => Deferred.succeed(interrupted, undefined))
        )
      )
      const scope = yield* Scope.make()
      const context = yield* Scope.extend(Layer.build(Flash.layerInline), scope)
      const call = yield* Effect.fork(Effect.provide(Flash.provide(idOf("f", layer)()), context))
      yield* Deferred.await(building)
      yield* Scope.close(scope, Exit.void)
      expect(yield* Deferred.isDone(interrupted)).toBe(true)
      expect(Exit.isFailure(yield* Fiber.await(call))).toBe(true)
    }))

  it.effect("are built for all who wait, also where the caller who came first goes away", () =>
    Effect.gen(function*() {
      const building = yield* Deferred.make<void>()
      const gate = yield* Deferred.make<void>()
      const { layer, seen } = counted(Effect.zipRight(Deferred.succeed(building, undefined), Deferred.await(gate)))
      const f = idOf("f", layer)
      const first = yield* Effect.fork(Flash.provide(f()))
      yield* Deferred.await(building)
      const second = yield* Effect.fork(Flash.provide(f()))
      yield* Effect.yieldNow()
      const interrupting = yield* Effect.fork(Fiber.interrupt(first))
      yield* Effect.yieldNow()
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(interrupting)
      expect(yield* Fiber.join(second)).toBe(1)
      expect(yield* Flash.provide(f())).toBe(1)
      expect(seen.built).toBe(1)
    }).pipe(inline))
})

describe("a request", () => {
  const f = erased(remote(
    "f",
    { resource: cpu, payload: { age: Schema.Int, name: Schema.String }, success: Schema.Number },
    ({ age }) => Effect.succeed(age / 0)
  ))

  it.scoped("whose payload does not fit is rejected, with every field that is wrong", () =>
    Effect.gen(function*() {
      const ask = yield* server()
      const { error, success } = yield* ask(f, { args: [{ age: "old" }] })
      expect(success).toBe(false)
      assert(error?._tag === "reject")
      expect(error.reason).toBe("payload")
      expect(error.message).toContain(`["age"]`)
      expect(error.message).toContain(`["name"]`)
    }))

  it.scoped("without a payload, or with one that is not of its format, is rejected", () =>
    Effect.gen(function*() {
      const ask = yield* server()
      for (const request of [{}, { args: [17], serialization_format: "msgpack" as const }]) {
        expect((yield* ask(f, request)).error).toMatchObject({ _tag: "reject", reason: "payload" })
      }
    }))

  it.scoped("of a newer protocol is rejected, with the version that is understood", () =>
    Effect.gen(function*() {
      const ask = yield* server()
      const protocol_version = FunctionRequest.protocolVersion + 1
      expect((yield* ask(f, { protocol_version, args: [{ age: 1, name: "Ada" }] })).error).toMatchObject({
        _tag: "reject",
        reason: "protocol",
        supported: FunctionRequest.protocolVersion
      })
    }))

  it.scoped("for a contract without a handler is rejected", () =>
    Effect.gen(function*() {
      const ask = yield* server()
      const { error } = yield* ask(erased(remote("contract", { resource: cpu })))
      expect(error).toMatchObject({ _tag: "reject", reason: "function_missing" })
    }))

  it.scoped("is answered in its own format", () =>
    Effect.gen(function*() {
      const ask = yield* server()
      const g = erased(remote("g", { resource: cpu, payload: Schema.Number, success: Schema.Number }, Effect.succeed))
      expect(yield* ask(g, { args: [1] })).toEqual({
        protocol_version: 1,
        success: true,
        serialization_format: "json",
        result: 1
      })
      const packed = Codec.make().encode("msgpack", 1)
      expect(yield* ask(g, { args: [packed], serialization_format: "msgpack" })).toEqual({
        protocol_version: 1,
        success: true,
        serialization_format: "msgpack",
        result: packed
      })
    }))

  it.scoped("whose result JSON cannot carry is refused, with the place", () =>
    Effect.gen(function*() {
      const ask = yield* server()
      const { error } = yield* ask(f, { args: [{ age: 1, name: "Ada" }] })
      assert(error?._tag === "reject")
      expect(error.reason).toBe("refused")
      expect(error.message).toContain("$ is Infinity, which JSON cannot carry")
    }))

  it.scoped("without a result leaves the field out of JSON", () =>
    Effect.gen(function*() {
      const ask = yield* server()
      const g = erased(remote("g", { resource: cpu }, () => Effect.void))
      expect(yield* ask(g)).toEqual({ protocol_version: 1, success: true, serialization_format: "json" })
    }))

  it.scoped("says how it failed, in words for people", () =>
    Effect.gen(function*() {
      const ask = yield* server()
      const failing = (effect: Effect.Effect<never, Refused | string>) =>
        ask(erased(remote("g", { resource: cpu, error: Schema.Union(Refused, Schema.String) }, () => effect)))
      const shown = (effect: Effect.Effect<never, Refused | string>) =>
        Effect.map(failing(effect), ({ error, success }) => ({ success, tag: error?._tag, message: error?.message }))
      expect(yield* shown(Effect.fail("plain text"))).toEqual({ success: false, tag: "fail", message: "plain text" })
      expect(yield* shown(Effect.die(new Error("boom")))).toEqual({ success: false, tag: "die", message: "boom" })
      expect(yield* shown(Effect.interrupt)).toMatchObject({ success: false, tag: "interrupt" })
      const { message, tag } = yield* shown(new Refused({ by: "Ada", at: new Date(0) }))
      expect(tag).toBe("fail")
      expect(message).toContain("Refused")
      expect(message).toContain("Ada")
    }))

  it.scoped("gets no stack of a defect where stacks are not to be told", () =>
    Effect.gen(function*() {
      const g = erased(remote("g", { resource: cpu }, () => Effect.die(new TypeError("boom"))))
      const told = JSON.stringify(yield* (yield* server({ stacks: true }))(g))
      const untold = JSON.stringify(yield* (yield* server({ stacks: false }))(g))
      expect(told).toContain("FunctionServer.test.ts")
      expect(untold).not.toContain("FunctionServer.test.ts")
      expect(untold).toContain("TypeError")
      expect(untold).toContain("boom")
    }))

  it.scoped("to a server whose scope has ended does not run", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const ask = yield* Scope.extend(server(), scope)
      let ran = false
      const g = erased(remote("g", { resource: cpu }, () => Effect.sync(() => ran = true)))
      yield* Scope.close(scope, Exit.void)
      yield* Effect.exit(Effect.timeout(ask(g), 0))
      expect(ran).toBe(false)
    }))
})

const defectsOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.exit(effect), (exit) => {
    assert(Exit.isFailure(exit))
    return Chunk.toReadonlyArray(Cause.defects(exit.cause))
  })
