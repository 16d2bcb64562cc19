import { assert, describe, expect, it } from "@effect/vitest"
import {
  Arbitrary,
  Cause,
  Context,
  DefaultServices,
  Deferred,
  Effect,
  Exit,
  FastCheck,
  Fiber,
  Logger,
  Runtime,
  Schema,
  Scope,
  Tracer
} from "effect"
import type { HashMap } from "effect"
import { CpuLiveServerless, Flash, JobFailed, remote } from "effect-flash"
import { isDeepStrictEqual } from "node:util"
import type { Procedure } from "../../src/Endpoint.ts"
import * as Envelope from "../../src/invoke/Envelope.ts"
import * as RpcEndpoint from "../../src/invoke/RpcEndpoint.ts"
import * as Codec from "../../src/protocol/Codec.ts"
import type { FunctionRequestEncoded } from "../../src/protocol/FunctionRequest.ts"
import type { FunctionResponse } from "../../src/protocol/FunctionResponse.ts"
import { cases } from "../laws.ts"

const cpu = CpuLiveServerless.make("rpc-endpoint")

const inline = Effect.provide(Flash.layerInline)

// a remote function is a procedure; its own type says more than the erased one
const erased = (f: object): Procedure => f as Procedure

/** Gives back what it was given, through both schemas. */
const echo = <A, I>(schema: Schema.Schema<A, I>) =>
  remote("echo", { resource: cpu, payload: { value: schema }, success: schema }, ({ value }) => Effect.succeed(value))

describe("a payload", () => {
  it.effect("gets the defaults of its fields", () =>
    Effect.gen(function*() {
      const f = remote("f", {
        resource: cpu,
        payload: {
          name: Schema.String,
          times: Schema.Number.pipe(Schema.propertySignature, Schema.withConstructorDefault(() => 3)),
          loud: Schema.Boolean.pipe(Schema.propertySignature, Schema.withConstructorDefault(() => false))
        },
        success: Schema.String
      }, ({ loud, name, times }) => Effect.succeed(`${name} ${times} ${loud}`))
      expect(yield* Flash.provide(f({ name: "Ada" }))).toBe("Ada 3 false")
      expect(yield* Flash.provide(f({ name: "Ada", loud: true }))).toBe("Ada 3 true")
      expect(yield* Flash.provide(f({ name: "Ada", times: 0 }))).toBe("Ada 0 false")
    }).pipe(inline))

  it.effect("of a class is made from its fields, or given as an instance", () =>
    Effect.gen(function*() {
      class Name extends Schema.Class<Name>("Name")({ first: Schema.String, last: Schema.String }) {
        get whole() {
          return `${this.first} ${this.last}`
        }
      }
      const f = remote("f", { resource: cpu, payload: Name, success: Schema.String }, (name) =>
        Effect.succeed(name.whole))
      expect(yield* Flash.provide(f({ first: "Ada", last: "Lovelace" }))).toBe("Ada Lovelace")
      expect(yield* Flash.provide(f(new Name({ first: "Ada", last: "Lovelace" })))).toBe("Ada Lovelace")
    }).pipe(inline))

  it.effect("that breaks a filter is InvalidPayload, which names every field", () =>
    Effect.gen(function*() {
      const f = remote("f", {
        resource: cpu,
        payload: { age: Schema.Int.pipe(Schema.positive()), name: Schema.NonEmptyString, ok: Schema.Boolean }
      }, () => Effect.void)
      const error = yield* Effect.flip(Flash.provide(f({ age: -1.5, name: "", ok: true })))
      assert(error._tag === "InvalidPayload")
      expect(error.function).toBe("f")
      expect(error.issue).toContain(`["age"]`)
      expect(error.issue).toContain(`["name"]`)
      expect(error.issue).not.toContain(`["ok"]`)
      expect(error.message).toContain(`"f"`)
    }).pipe(inline))

  it.effect("that breaks a filter on the whole is InvalidPayload", () =>
    Effect.gen(function*() {
      const f = remote("f", {
        resource: cpu,
        payload: Schema.Struct({ from: Schema.Number, to: Schema.Number }).pipe(
          Schema.filter(({ from, to }) => from <= to || "from is above to")
        )
      }, () => Effect.void)
      expect((yield* Effect.flip(Flash.provide(f({ from: 2, to: 1 })))).message).toContain("from is above to")
    }).pipe(inline))

  it.effect("of a wrong shape, as from unchecked code, is InvalidPayload and no defect", () =>
    Effect.gen(function*() {
      const f = remote("f", { resource: cpu, payload: { n: Schema.Number } }, () => Effect.void)
      class Model extends Schema.Class<Model>("Model")({ n: Schema.Number }) {}
      const g = remote("g", { resource: cpu, payload: Model }, () => Effect.void)
      for (const payload of [{}, { n: "1" }, null, undefined, "text", []] as ReadonlyArray<unknown>) {
        expect((yield* Effect.flip(Flash.provide(f(payload as { n: number }))))._tag).toBe("InvalidPayload")
        expect((yield* Effect.flip(Flash.provide(g(payload as { n: number }))))._tag).toBe("InvalidPayload")
      }
    }).pipe(inline))

  it.effect("that throws while it is encoded is InvalidPayload", () =>
    Effect.gen(function*() {
      const f = remote("f", { resource: cpu, payload: { value: Schema.Unknown } }, () => Effect.void)
      expect((yield* Effect.flip(Flash.provide(f({ value: () => 1 })))).message).toContain("function")
    }).pipe(inline))
})

describe("what travels", () => {
  it.effect("is nothing where a function takes and gives nothing", () =>
    Effect.gen(function*() {
      let payload: unknown = "not called"
      const f = remote("f", { resource: cpu }, (given) =>
        Effect.sync(() => {
          payload = given
        }))
      expect(yield* Flash.provide(f())).toBeUndefined()
      expect(payload).toBeUndefined()
    }).pipe(inline))

  it.effect("may have keys that mean something to an envelope", () =>
    Effect.gen(function*() {
      const value = {
        error: { _tag: "reject", reason: "payload", message: "" },
        result: null,
        success: false,
        _tag: "x"
      }
      expect(yield* Flash.provide(echo(Schema.Unknown)({ value }))).toEqual(value)
      const f = remote("f", {
        resource: cpu,
        success: Schema.Struct({ error: Schema.NullOr(Schema.String), _tag: Schema.Literal("Failure") })
      }, () => Effect.succeed({ error: "text", _tag: "Failure" as const }))
      expect(yield* Flash.provide(f())).toEqual({ error: "text", _tag: "Failure" })
    }).pipe(inline))

  it.effect("may be null, undefined, {}, [], 0 and the empty text", () =>
    Effect.gen(function*() {
      for (const value of [null, undefined, {}, [], 0, "", false]) {
        expect(yield* Flash.provide(echo(Schema.Unknown)({ value }))).toEqual(value)
      }
      const nothing = remote("f", { resource: cpu, success: Schema.Null }, () => Effect.succeed(null))
      expect(yield* Flash.provide(nothing())).toBeNull()
    }).pipe(inline))

  it.effect("keeps bigints, dates and bytes", () =>
    Effect.gen(function*() {
      const f = echo(Schema.Struct({
        big: Schema.BigIntFromSelf,
        at: Schema.DateFromSelf,
        bytes: Schema.Uint8ArrayFromSelf,
        text: Schema.Date
      }))
      const value = { big: -(2n ** 100n), at: new Date(1.5e12), bytes: new Uint8Array([0, 255]), text: new Date(7) }
      expect(isDeepStrictEqual(yield* Flash.provide(f({ value })), value)).toBe(true)
    }).pipe(inline))

  it.effect("keeps whatever its schema describes", () => {
    const schema = Schema.Struct({
      text: Schema.String,
      maybe: Schema.Option(Schema.Int),
      one: Schema.Either({ left: Schema.String, right: Schema.Date }),
      many: Schema.HashMap({ key: Schema.String, value: Schema.BigIntFromSelf }),
      set: Schema.ReadonlySet(Schema.Int),
      optional: Schema.optional(Schema.NullOr(Schema.Boolean))
    })
    const f = echo(schema)
    const same = Schema.equivalence(schema)
    return Effect.runtime<Flash.Flash>().pipe(
      Effect.flatMap((runtime) =>
        Effect.promise(() =>
          FastCheck.assert(
            FastCheck.asyncProperty(
              Arbitrary.make(schema),
              async (value) => same(await Runtime.runPromise(runtime, Flash.provide(f({ value }))), value)
            ),
            cases(50)
          )
        )
      ),
      inline
    )
  })
})

/** An endpoint over a carrier that is given, with what it was given to carry. */
const over = (
  send: (request: FunctionRequestEncoded) => Effect.Effect<Partial<Envelope.Reply>, JobFailed>,
  format: Codec.Format = "json"
) =>
  Effect.map(Effect.scope, (scope) => {
    const requests: Array<FunctionRequestEncoded> = []
    const interruptible = RpcEndpoint.interruptedBy(scope)
    const endpoint = RpcEndpoint.fromCallers("scripted", (procedure) => {
      const envelope = Envelope.make(procedure, { name: "scripted", codec: Codec.make(), format })
      return {
        call: (payload, span) =>
          interruptible(
            envelope.request(payload, span).pipe(
              Effect.flatMap((request) => {
                requests.push(request)
                return send(request)
              }),
              Effect.flatMap((reply) => envelope.outcome({ response: success, ...reply })),
              Effect.flatten
            )
          ),
        stream: () => Effect.dieMessage("nothing streams here")
      }
    }, scope)
    return { requests, call: (f: object, payload?: unknown) => endpoint.execute(erased(f), payload) }
  })

const success: FunctionResponse = { protocol_version: 1, success: true, serialization_format: "json" }

const answering = (response: Partial<FunctionResponse>) =>
  over(() => Effect.succeed({ response: { ...success, ...response }, jobId: "job-1", workerId: "worker-1" }))

const f = remote(
  "f",
  { resource: cpu, payload: { n: Schema.Number }, success: Schema.Struct({ n: Schema.Number }) },
  ({ n }) => Effect.succeed({ n })
)

describe("a request", () => {
  it.scoped("names the function and what it needs, and holds the encoded payload", () =>
    Effect.gen(function*() {
      const g = remote("g", {
        resource: cpu,
        payload: { at: Schema.Date },
        dependencies: ["ms@2.1.3"],
        systemDependencies: ["ffmpeg"]
      })
      const { call, requests } = yield* over(() => Effect.succeed({}))
      yield* call(g, { at: new Date(0) })
      yield* Effect.exit(call(f, { n: 1 }))
      expect(requests).toEqual([
        {
          protocol_version: 1,
          function_name: "g",
          execution_type: "function",
          serialization_format: "json",
          args: [{ at: "1970-01-01T00:00:00.000Z" }],
          kwargs: {},
          call_chain: ["g"],
          dependencies: ["ms@2.1.3"],
          system_dependencies: ["ffmpeg"]
        },
        {
          protocol_version: 1,
          function_name: "f",
          execution_type: "function",
          serialization_format: "json",
          args: [{ n: 1 }],
          kwargs: {},
          call_chain: ["f"]
        }
      ])
    }))

  it.scoped("holds no payload where the function takes none", () =>
    Effect.gen(function*() {
      const g = remote("g", { resource: cpu })
      for (const format of ["json", "msgpack"] as const) {
        const { call, requests } = yield* over(() => Effect.succeed({}), format)
        yield* call(g)
        expect(requests.map(({ args }) => Codec.make().decode(format, args?.[0]))).toEqual([undefined])
        expect(JSON.parse(JSON.stringify(requests))).toEqual(requests)
      }
    }))

  it.scoped("names its span, below the caller's, as W3C does", () =>
    Effect.gen(function*() {
      const { call, requests } = yield* over(() => Effect.succeed({}))
      const g = remote("g", { resource: cpu })
      const caller = yield* Effect.withSpan(
        Effect.zipRight(call(g), Effect.orDie(Effect.currentSpan)),
        "caller"
      )
      const [version, traceId, spanId, flags] = requests[0]?.trace?.traceparent.split("-") ?? []
      expect([version, traceId, flags]).toEqual(["00", caller.traceId, "01"])
      expect(spanId).toMatch(/^[0-9a-f]{16}$/)
      expect(spanId).not.toBe(caller.spanId)
    }))

  it.scoped("names no span where nobody looks at spans", () =>
    Effect.gen(function*() {
      const { call, requests } = yield* over(() => Effect.succeed({}))
      yield* call(remote("g", { resource: cpu }))
      expect(requests).toHaveLength(1)
      expect(requests[0]).not.toHaveProperty("trace")
    }))

  it.scoped("has a span where a tracer is given, though its caller has none", () =>
    Effect.gen(function*() {
      const { call, requests } = yield* over(() => Effect.succeed({}))
      const spans: Array<readonly [name: string, kind: string]> = []
      const native = Context.get(DefaultServices.liveServices, Tracer.Tracer)
      const tracer = Tracer.make({
        span(name, parent, context, links, startTime, kind, options) {
          spans.push([name, kind])
          return native.span(name, parent, context, links, startTime, kind, options)
        },
        context: (f) => f()
      })
      yield* Effect.withTracer(call(remote("g", { resource: cpu })), tracer)
      expect(spans).toEqual([["Flash.g", "client"]])
      expect(requests[0]).toHaveProperty("trace")
    }))

  it.scoped("is not sent where its payload does not fit", () =>
    Effect.gen(function*() {
      const { call, requests } = yield* over(() => Effect.succeed({}))
      yield* Effect.flip(call(f, { n: "one" }))
      expect(requests).toEqual([])
    }))

  it.scoped("is withdrawn when its caller is interrupted", () =>
    Effect.gen(function*() {
      const sent = yield* Deferred.make<void>()
      const withdrawn = yield* Deferred.make<void>()
      const { call } = yield* over(() =>
        Deferred.succeed(sent, undefined).pipe(
          Effect.zipRight(Effect.never),
          Effect.onInterrupt(() => Deferred.succeed(withdrawn, undefined))
        )
      )
      const fiber = yield* Effect.fork(call(f, { n: 1 }))
      yield* Deferred.await(sent)
      yield* Fiber.interrupt(fiber)
      expect(yield* Deferred.isDone(withdrawn)).toBe(true)
    }))
})

describe("a response", () => {
  const failing = (response: Partial<FunctionResponse>) =>
    Effect.flatMap(answering(response), ({ call }) => Effect.flip(call(f, { n: 1 })))

  it.scoped("gives the decoded result", () =>
    Effect.gen(function*() {
      const { call } = yield* answering({ result: { n: 2, more: true } })
      expect(yield* call(f, { n: 1 })).toEqual({ n: 2 })
    }))

  it.scoped("is read in the format it names, whatever the request was in", () =>
    Effect.gen(function*() {
      const result = Codec.make().encode("msgpack", { n: 3 })
      const { call } = yield* answering({ serialization_format: "msgpack", result })
      expect(yield* call(f, { n: 1 })).toEqual({ n: 3 })
    }))

  it.scoped("whose result does not fit, or is missing, or is no message, is InvalidResponse with the job", () =>
    Effect.gen(function*() {
      for (
        const response of [
          { result: { n: "two" } },
          {},
          { serialization_format: "msgpack", result: "!" },
          { serialization_format: "msgpack", result: 1 }
        ] as const
      ) {
        expect(yield* failing(response)).toMatchObject({ _tag: "InvalidResponse", function: "f", jobId: "job-1" })
      }
    }))

  it.scoped("of a failure that does not say how is InvalidResponse", () =>
    Effect.gen(function*() {
      expect(yield* failing({ success: false })).toMatchObject({ _tag: "InvalidResponse" })
      expect(yield* failing({ success: false, result: { n: 2 } })).toMatchObject({ _tag: "InvalidResponse" })
    }))

  it.scoped("of a failure is never taken for a success, though it has a result", () =>
    Effect.gen(function*() {
      const cause = { _tag: "Die", defect: { name: "Error", message: "boom" } }
      const { call } = yield* answering({
        success: true,
        result: { n: 2 },
        error: { _tag: "die", message: "boom", cause }
      })
      const exit = yield* Effect.exit(call(f, { n: 1 }))
      assert(Exit.isFailure(exit))
      expect(Cause.pretty(exit.cause)).toContain("boom")
    }))

  it.scoped("of a newer protocol is ProtocolMismatch, whatever else it holds", () =>
    Effect.gen(function*() {
      expect(yield* failing({ protocol_version: 2, result: { n: 1 } })).toMatchObject({
        _tag: "ProtocolMismatch",
        supported: 1,
        received: 2
      })
    }))

  it.scoped("of a worker that did not run the function says why, by reason", () =>
    Effect.gen(function*() {
      const rejected = (error: Omit<Extract<FunctionResponse["error"], { _tag: "reject" }>, "_tag">) =>
        failing({ success: false, error: { _tag: "reject", ...error } })
      expect(yield* rejected({ reason: "payload", message: "the issue" })).toMatchObject({
        _tag: "InvalidPayload",
        function: "f",
        issue: "the issue"
      })
      expect(yield* rejected({ reason: "protocol", message: "", supported: 0 })).toMatchObject({
        _tag: "ProtocolMismatch",
        supported: 0,
        received: 1
      })
      expect(yield* rejected({ reason: "function_missing", message: "", known: ["g"] })).toMatchObject({
        _tag: "FunctionNotFound",
        function: "f",
        module: import.meta.url,
        known: ["g"]
      })
      for (const reason of ["refused", "code_missing"] as const) {
        const error = yield* rejected({ reason, message: "the reason" })
        expect(error).toMatchObject({ _tag: "RequestRefused", function: "f" })
        expect(String(error)).toContain("the reason")
        expect(String(error)).toContain("scripted")
      }
    }))

  it.scoped("brings what was printed into the caller's log, by line, with function and worker", () =>
    Effect.gen(function*() {
      const logged: Array<unknown> = []
      const logger = Logger.make<unknown, void>(({ annotations, message }) => {
        logged.push([message, Object.fromEntries(annotations as HashMap.HashMap<string, unknown>)])
      })
      const { call } = yield* answering({ result: { n: 1 }, stdout: "first\n\n  third\n" })
      yield* Effect.provide(call(f, { n: 1 }), Logger.replace(Logger.defaultLogger, logger))
      const from = { remote: "f", worker: "worker-1" }
      expect(logged).toEqual([[["first"], from], [[""], from], [["  third"], from]])
    }))

  it.scoped("brings what was printed also where the function failed", () =>
    Effect.gen(function*() {
      const logged: Array<unknown> = []
      const logger = Logger.make<unknown, void>(({ message }) => {
        logged.push(message)
      })
      const { call } = yield* answering({
        success: false,
        stdout: "last words",
        error: { _tag: "reject", reason: "refused", message: "" }
      })
      yield* Effect.provide(Effect.exit(call(f, { n: 1 })), Logger.replace(Logger.defaultLogger, logger))
      expect(logged).toEqual([["last words"]])
    }))
})

describe("a carrier", () => {
  it.scoped("that fails fails the call with its own error", () =>
    Effect.gen(function*() {
      const error = new JobFailed({ endpoint: "scripted", jobId: "job-1", error: "no" })
      const { call } = yield* over(() => error)
      const seen = yield* Effect.flip(call(f, { n: 1 }))
      assert.instanceOf(seen, JobFailed)
      expect(seen.jobId).toBe("job-1")
    }))

  it.scoped("that fails one call harms no other", () =>
    Effect.gen(function*() {
      const { call } = yield* over(({ args }) =>
        JSON.stringify(args).includes("1")
          ? new JobFailed({ endpoint: "scripted", jobId: "job-1", error: "no" })
          : Effect.succeed({ response: { ...success, result: { n: 2 } } })
      )
      const both = yield* Effect.all([Effect.exit(call(f, { n: 1 })), Effect.exit(call(f, { n: 2 }))], {
        concurrency: 2
      })
      expect(both.map(({ _tag }) => _tag)).toEqual(["Failure", "Success"])
    }))

  it.effect("is not asked any more once the scope has ended", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const { call, requests } = yield* Scope.extend(over(() => Effect.never), scope)
      const fiber = yield* Effect.fork(call(f, { n: 1 }))
      yield* Effect.yieldNow()
      yield* Scope.close(scope, Exit.void)
      expect(Exit.isFailure(yield* Fiber.await(fiber))).toBe(true)
      expect(requests).toHaveLength(1)
    }))
})
