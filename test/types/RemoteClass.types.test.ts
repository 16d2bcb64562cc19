/** What compiles of stateful classes and what does not. `npm run check` is the test. */
// @effect-diagnostics floatingEffect:off missingEffectError:off missingEffectContext:off
import { Rpc, RpcGroup } from "@effect/rpc"
import { describe, expectTypeOf, it } from "@effect/vitest"
import { Context, Effect, Layer, Schema, Stream } from "effect"
import { CpuLiveServerless, implement, remote, remoteClass, RemoteJob } from "effect-flash"
import type { Endpoint, InvalidPayload, RemoteError } from "effect-flash"

const cpu = CpuLiveServerless.make("cpu")

class NoWeights extends Schema.TaggedError<NoWeights>()("NoWeights", {}) {}
class TooLong extends Schema.TaggedError<TooLong>()("TooLong", {}) {}
class Greeter extends Context.Tag("Greeter")<Greeter, { readonly greet: (name: string) => string }>() {}

const Model = remoteClass("Model", {
  resource: cpu,
  constructor: { weights: Schema.String, size: Schema.optionalWith(Schema.Int, { default: () => 1 }) },
  error: NoWeights,
  methods: {
    predict: {
      payload: { text: Schema.String, top: Schema.optionalWith(Schema.Int, { default: () => 1 }) },
      success: Schema.Struct({ label: Schema.String, at: Schema.Date }),
      error: TooLong
    },
    tokens: { payload: { text: Schema.String }, success: Schema.String, stream: true },
    reset: {}
  }
}, ({ size, weights }) =>
  Effect.gen(function*() {
    expectTypeOf(size).toEqualTypeOf<number>()
    if (weights === "") return yield* new NoWeights()
    yield* Effect.addFinalizer(() => Effect.void)
    return {
      predict: ({ text, top }) => {
        expectTypeOf(text).toEqualTypeOf<string>()
        expectTypeOf(top).toEqualTypeOf<number>()
        return text.length > 10 ? Effect.fail(new TooLong()) : Effect.succeed({ label: text, at: new Date(0) })
      },
      tokens: ({ text }) => Stream.make(text),
      reset: () => Effect.void
    }
  }))

type Value = Effect.Effect.Success<ReturnType<typeof Model>>

describe("a class", () => {
  it("names an instance, with the constructor's arguments in its type", () => {
    expectTypeOf<Effect.Effect.Error<ReturnType<typeof Model>>>().toEqualTypeOf<InvalidPayload>()
    expectTypeOf<Effect.Effect.Context<ReturnType<typeof Model>>>().toEqualTypeOf<never>()
    expectTypeOf(Model.className).toEqualTypeOf<"Model">()
    Model({ weights: "a" })
    Model({ weights: "a", size: 2 }, { id: "one" })
    // @ts-expect-error an argument of another type
    Model({ weights: 1 })
    // @ts-expect-error an argument is missing
    Model({})
    // @ts-expect-error no such option
    Model({ weights: "a" }, { name: "one" })
  })

  it("may have no constructor arguments, or those of a schema", () => {
    const Plain = remoteClass(
      "Plain",
      { resource: cpu, methods: { ping: {} } },
      () => Effect.succeed({ ping: () => Effect.void })
    )
    Plain()
    Plain(undefined, { id: "one" })
    // @ts-expect-error it takes none
    Plain({ weights: "a" })
    const Sized = remoteClass(
      "Sized",
      { resource: cpu, constructor: Schema.Int, methods: { size: { success: Schema.Int } } },
      (size) => Effect.succeed({ size: () => Effect.succeed(size) })
    )
    Sized(1)
    // @ts-expect-error a number
    Sized("1")
  })

  it("has methods with results, errors of method and constructor, and the endpoint in their types", () => {
    const calls = (model: Value) => ({
      predict: model.predict({ text: "a" }),
      tokens: model.tokens({ text: "a" }),
      reset: model.reset(),
      job: model.predict.submit({ text: "a" }),
      attached: model.tokens.attach("id")
    })
    type Calls = ReturnType<typeof calls>
    type Prediction = { readonly label: string; readonly at: Date }
    expectTypeOf<Calls["predict"]>().toEqualTypeOf<
      Effect.Effect<Prediction, TooLong | NoWeights | RemoteError, Endpoint<"cpu">>
    >()
    expectTypeOf<Calls["tokens"]>().toEqualTypeOf<Stream.Stream<string, NoWeights | RemoteError, Endpoint<"cpu">>>()
    expectTypeOf<Calls["reset"]>().toEqualTypeOf<Effect.Effect<void, NoWeights | RemoteError, Endpoint<"cpu">>>()
    expectTypeOf<Calls["job"]>().toEqualTypeOf<
      Effect.Effect<RemoteJob.RemoteJob<Prediction, TooLong | NoWeights>, RemoteError, Endpoint<"cpu">>
    >()
    expectTypeOf<Calls["attached"]>().toEqualTypeOf<
      Effect.Effect<RemoteJob.RemoteJob<void, NoWeights, string>, RemoteError, Endpoint<"cpu">>
    >()
    expectTypeOf<Value["instanceId"]>().toEqualTypeOf<string>()
    const wrong = (model: Value) => [
      // @ts-expect-error a field of another type
      model.predict({ text: 1 }),
      // @ts-expect-error no such method
      model.forget(),
      // @ts-expect-error a stream is not waited for as a whole
      model.tokens({ text: "a" }, { mode: "runsync" })
    ]
    expectTypeOf(wrong).toBeFunction()
  })

  it("has procedures that go into a group, named after class and method", () => {
    expectTypeOf(Model.methods.predict).toExtend<Rpc.Any>()
    expectTypeOf<Rpc.Tag<typeof Model.methods.predict>>().toEqualTypeOf<"Model.predict">()
    expectTypeOf<Rpc.Error<typeof Model.methods.predict>>().toEqualTypeOf<TooLong | NoWeights>()
    const ping = remote("ping", { resource: cpu }, () => Effect.void)
    const group = RpcGroup.make(Model.methods.predict, Model.methods.tokens, ping)
    group.of({
      "Model.predict": ({ text }) => Effect.succeed({ label: text, at: new Date(0) }),
      "Model.tokens": ({ text }) => Stream.make(text),
      ping: () => Effect.void
    })
    cpu.layerMock<typeof Model.methods.predict>({
      "Model.predict": ({ text }) => Effect.succeed({ label: text, at: new Date(0) })
    })
  })

  it("is made of what its schemas say", () => {
    const options = { resource: cpu, methods: { size: { success: Schema.Int } } }
    // @ts-expect-error another result
    remoteClass("A", options, () => Effect.succeed({ size: () => Effect.succeed("text") }))
    // @ts-expect-error an error that is not declared
    remoteClass("A", options, () => Effect.succeed({ size: () => Effect.fail(new TooLong()) }))
    // @ts-expect-error the constructor's error is not declared
    remoteClass("A", options, () => Effect.fail(new NoWeights()))
    // @ts-expect-error a method is missing
    remoteClass("A", options, () => Effect.succeed({}))
    // @ts-expect-error Greeter comes from nowhere
    remoteClass("A", options, () => Effect.map(Greeter, () => ({ size: () => Effect.succeed(1) })))
    remoteClass(
      "A",
      { ...options, layer: Layer.succeed(Greeter, { greet: (name) => name }) },
      () => Effect.map(Greeter, ({ greet }) => ({ size: () => Effect.succeed(greet("Ada").length) }))
    )
  })

  it("may be a contract that is implemented elsewhere", () => {
    const contract = remoteClass("Later", {
      resource: cpu,
      constructor: { start: Schema.Int },
      methods: { next: { payload: { by: Schema.Int }, success: Schema.Int } }
    })
    const Later = implement(
      contract,
      ({ start }) => Effect.succeed({ next: ({ by }) => Effect.succeed(start + by) })
    )
    expectTypeOf(Later).toEqualTypeOf(contract)
    expectTypeOf(Later).toExtend<{ readonly className: "Later" }>()
    // @ts-expect-error another result
    implement(contract, () => Effect.succeed({ next: () => Effect.succeed("text") }))
  })
})
