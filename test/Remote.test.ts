import { Headers } from "@effect/platform"
import { Rpc, RpcGroup } from "@effect/rpc"
import { assert, describe, expect, it } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Layer, Option, Schema } from "effect"
import { CpuLiveServerless, Flash, implement, ProvisionFailed, remote } from "effect-flash"
import { DefinitionId, isProcedure } from "../src/Endpoint.ts"
import * as Endpoints from "../src/invoke/Endpoints.ts"

const cpu = CpuLiveServerless.make("remote")

class Refused extends Schema.TaggedError<Refused>()("Refused", {}) {}

const hello = remote("hello", {
  resource: cpu,
  payload: { name: Schema.String },
  success: Schema.String,
  error: Refused
}, ({ name }) => name === "" ? new Refused() : Effect.succeed(`Hello ${name}`))

const nothing = remote("nothing", { resource: cpu }, () => Effect.void)

const inline = Effect.provide(Flash.layerInline)

/** A target whose workers cannot be had: only what runs in this process succeeds. */
const unreachable = Layer.scoped(
  Flash.Flash,
  Effect.map(
    Endpoints.make("live", ({ name }) => ({
      name,
      execute: () => new ProvisionFailed({ endpoint: name, reason: "unreachable" })
    })),
    ({ flash }) => flash
  )
)

describe("a remote function", () => {
  it("is an rpc, with the schemas it was declared with", () => {
    expect(Rpc.isRpc(hello)).toBe(true)
    expect(hello._tag).toBe("hello")
    expect(Schema.decodeUnknownSync(hello.payloadSchema)({ name: "Ada" })).toEqual({ name: "Ada" })
    expect(hello.successSchema).toBe(Schema.String)
    expect(hello.errorSchema).toBe(Refused)
    expect(hello.resource).toBe(cpu)
  })

  it("goes into a group with others", () => {
    const group = RpcGroup.make(hello, nothing)
    expect([...group.requests.keys()]).toEqual(["hello", "nothing"])
    expect(group.requests.get("hello")).toBe(hello)
  })

  it.effect("serves as an rpc anywhere: its group takes handlers", () =>
    Effect.gen(function*() {
      const group = RpcGroup.make(hello, nothing)
      const handler = yield* Effect.provide(
        group.accessHandler("hello"),
        group.toLayer({ hello: ({ name }) => Effect.succeed(`from the group: ${name}`), nothing: () => Effect.void })
      )

      expect(yield* handler({ name: "Ada" }, Headers.empty)).toBe("from the group: Ada")
    }))

  it("takes pipe, annotations and prefixes as an rpc does", () => {
    const Priority = Context.GenericTag<"Priority", number>("test/Priority")
    expect(Context.getOption(hello.annotate(Priority, 3).annotations, Priority)).toEqual(Option.some(3))
    expect(hello.prefix("v1.")._tag).toBe("v1.hello")
  })

  it("is told from any other value", () => {
    expect(isProcedure(hello)).toBe(true)
    for (const other of [null, undefined, 1, "hello", {}, () => {}, Rpc.make("hello"), cpu]) {
      expect(isProcedure(other)).toBe(false)
    }
  })

  it("keeps what it says of itself", () => {
    const f = remote("f", {
      resource: cpu,
      dependencies: ["ms@2.1.3"],
      systemDependencies: ["ffmpeg"],
      module: "file:///f.ts"
    })
    expect(f[DefinitionId]).toMatchObject({
      resource: cpu,
      handler: undefined,
      layer: undefined,
      module: "file:///f.ts",
      dependencies: ["ms@2.1.3"],
      systemDependencies: ["ffmpeg"],
      local: false
    })
  })

  it.effect("is an Effect when it is called: nothing runs before", () =>
    Effect.gen(function*() {
      let runs = 0
      const f = remote("f", { resource: cpu }, () => Effect.sync(() => void runs++))
      const call = Flash.provide(f())
      expect(runs).toBe(0)
      yield* call
      yield* call
      expect(runs).toBe(2)
    }).pipe(inline))

  it.effect("takes a payload that is no struct", () =>
    Effect.gen(function*() {
      const double = remote(
        "double",
        { resource: cpu, payload: Schema.Number, success: Schema.Number },
        (n) => Effect.succeed(n * 2)
      )
      const first = remote("first", {
        resource: cpu,
        payload: Schema.Array(Schema.String),
        success: Schema.Option(Schema.String)
      }, (list) => Effect.succeed(Option.fromNullable(list[0])))
      expect(yield* Flash.provide(double(21))).toBe(42)
      expect(yield* Flash.provide(first(["a"]))).toEqual(Option.some("a"))
      expect(yield* Flash.provide(first([]))).toEqual(Option.none())
    }).pipe(inline))

  it.effect("that is called without an endpoint dies with what to do", () =>
    Effect.gen(function*() {
      // as a program that was not checked by the compiler
      const exit = yield* Effect.exit(hello({ name: "Ada" }) as Effect.Effect<string, unknown>)
      assert(Exit.isFailure(exit))
      expect(Cause.pretty(exit.cause)).toContain(`Endpoint "remote" was not provided`)
    }))

  it.effect("runs on the endpoint that is provided by name, before the target's", () =>
    Effect.gen(function*() {
      const stub = Layer.succeed(cpu.tag, { name: "remote", execute: () => Effect.succeed("from the stub") })
      expect(yield* Effect.provide(hello({ name: "Ada" }), stub)).toBe("from the stub")
      expect(yield* Effect.provide(hello({ name: "Ada" }), cpu.layer)).toBe("Hello Ada")
    }).pipe(inline))
})

describe("local: true", () => {
  const local = remote("local", {
    resource: cpu,
    local: true,
    payload: { at: Schema.Date },
    success: Schema.Date
  }, ({ at }) => Effect.succeed(at))

  it.effect("runs a function in this process under a target whose workers are elsewhere", () =>
    Effect.gen(function*() {
      expect(yield* Flash.provide(local({ at: new Date(1) }))).toEqual(new Date(1))
      const error = yield* Effect.flip(Flash.provide(hello({ name: "Ada" })))
      expect(error._tag).toBe("ProvisionFailed")
    }).pipe(Effect.provide(unreachable)))

  it.effect("lets it call the others over the target", () =>
    Effect.gen(function*() {
      const calls = remote(
        "calls",
        { resource: cpu, local: true, success: Schema.String },
        () => Effect.match(hello({ name: "Ada" }), { onFailure: ({ _tag }) => _tag, onSuccess: () => "succeeded" })
      )
      expect(yield* Flash.provide(calls())).toBe("ProvisionFailed")
    }).pipe(Effect.provide(unreachable)))
})

describe("a contract", () => {
  const contract = remote("contract", {
    resource: cpu,
    payload: { n: Schema.Number },
    success: Schema.Number,
    error: Refused
  })

  it.effect("without a handler says so when it is called", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Flash.provide(contract({ n: 1 })))
      expect(error._tag).toBe("FunctionNotFound")
    }).pipe(inline))

  it.effect("is completed by implement and stays what it was", () =>
    Effect.gen(function*() {
      const implemented = implement(contract, ({ n }) => n < 0 ? new Refused() : Effect.succeed(n + 1))
      expect(yield* Flash.provide(implemented({ n: 1 }))).toBe(2)
      expect(yield* Effect.flip(Flash.provide(implemented({ n: -1 })))).toBeInstanceOf(Refused)
      expect(Rpc.isRpc(implemented)).toBe(true)
      expect(implemented._tag).toBe("contract")
      expect(implemented.resource).toBe(cpu)
      expect(implemented.payloadSchema).toBe(contract.payloadSchema)
      expect((yield* Effect.flip(Flash.provide(contract({ n: 1 }))))._tag).toBe("FunctionNotFound")
    }).pipe(inline))

  it.effect("may be completed with services", () =>
    Effect.gen(function*() {
      class Offset extends Context.Tag("test/Offset")<Offset, number>() {}
      const implemented = implement(contract, ({ n }) => Effect.map(Offset, (offset) => n + offset), {
        layer: Layer.succeed(Offset, 40)
      })
      expect(yield* Flash.provide(implemented({ n: 2 }))).toBe(42)
    }).pipe(inline))

  it("keeps what it says of itself besides the handler", () => {
    const full = remote("full", { resource: cpu, dependencies: ["ms"], local: true, module: "file:///contract.ts" })
    const definition = implement(full, () => Effect.void, { module: "file:///handler.ts" })[DefinitionId]
    expect(definition).toMatchObject({ dependencies: ["ms"], local: true, module: "file:///handler.ts" })
    expect(full[DefinitionId].module).toBe("file:///contract.ts")
  })
})
