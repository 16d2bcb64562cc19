/** What compiles and what does not. `npm run check` is the test; vitest only runs the assertions on types. */
// Effect's own diagnostics would report what is wrong here on purpose.
// @effect-diagnostics floatingEffect:off missingEffectError:off missingEffectContext:off missingLayerContext:off
import { Rpc, RpcGroup } from "@effect/rpc"
import { describe, expectTypeOf, it } from "@effect/vitest"
import type { ConfigError } from "effect"
import { Context, Effect, Layer, Schema, Stream } from "effect"
import {
  CircuitBreakers,
  CpuLiveServerless,
  Flash,
  implement,
  LiveServerless,
  Remote,
  remote,
  RemoteJob
} from "effect-flash"
import type { Endpoint, RemoteError, Resource, TargetUnavailable } from "effect-flash"

const cpu = CpuLiveServerless.make("cpu")
const gpu = LiveServerless.make("gpu", { gpus: ["ADA_24"] })

class Empty extends Schema.TaggedError<Empty>()("Empty", {}) {}
class Greeter extends Context.Tag("Greeter")<Greeter, { readonly greet: (name: string) => string }>() {}
class Other extends Context.Tag("Other")<Other, number>() {}
const GreeterLive = Layer.succeed(Greeter, { greet: (name) => `Hello ${name}` })

const hello = remote("hello", {
  resource: cpu,
  payload: { name: Schema.String, times: Schema.optionalWith(Schema.Int, { default: () => 1 }) },
  success: Schema.Struct({ greeting: Schema.String, at: Schema.Date }),
  error: Empty
}, ({ name, times }) => {
  expectTypeOf(name).toEqualTypeOf<string>()
  expectTypeOf(times).toEqualTypeOf<number>()
  return name === "" ? Effect.fail(new Empty()) : Effect.succeed({ greeting: name, at: new Date(0) })
})

const ping = remote("ping", { resource: gpu }, () => Effect.void)
const sum = remote("sum", { resource: gpu, payload: Schema.Array(Schema.Number), success: Schema.Number }, (values) => {
  expectTypeOf(values).toEqualTypeOf<ReadonlyArray<number>>()
  return Effect.succeed(values.length)
})

describe("a call", () => {
  it("has the result, the errors and the endpoint in its type", () => {
    expectTypeOf(hello({ name: "Ada" })).toEqualTypeOf<
      Effect.Effect<{ readonly greeting: string; readonly at: Date }, Empty | RemoteError, Endpoint<"cpu">>
    >()
    expectTypeOf(ping()).toEqualTypeOf<Effect.Effect<void, RemoteError, Endpoint<"gpu">>>()
    expectTypeOf(sum([1])).toEqualTypeOf<Effect.Effect<number, RemoteError, Endpoint<"gpu">>>()
  })

  it("of two endpoints requires both", () => {
    const program = Effect.zip(hello({ name: "Ada" }), ping())
    expectTypeOf<Effect.Effect.Context<typeof program>>().toEqualTypeOf<Endpoint<"cpu"> | Endpoint<"gpu">>()
  })

  it("may leave out what its payload's schema fills in, and no more", () => {
    expectTypeOf(hello).parameter(0).toExtend<{ readonly name: string }>()
    hello({ name: "Ada", times: 2 })
    const withDefault = remote("withDefault", {
      resource: cpu,
      payload: { n: Schema.Number.pipe(Schema.propertySignature, Schema.withConstructorDefault(() => 1)) }
    })
    withDefault({})
    withDefault({ n: 2 })
    // @ts-expect-error a default does not change the type
    withDefault({ n: "2" })
  })

  it("takes the fields of a class, or an instance", () => {
    class Name extends Schema.Class<Name>("Name")({ first: Schema.String }) {
      get loud() {
        return this.first.toUpperCase()
      }
    }
    const f = remote("f", { resource: cpu, payload: Name, success: Schema.String }, (name) => {
      expectTypeOf(name).toEqualTypeOf<Name>()
      return Effect.succeed(name.loud)
    })
    f({ first: "Ada" })
    f(new Name({ first: "Ada" }))
    // @ts-expect-error a field is missing
    f({})
  })

  it("takes its payload only", () => {
    // @ts-expect-error a field of another type
    hello({ name: 1 })
    // @ts-expect-error a field is missing
    hello({})
    // @ts-expect-error a field too many
    hello({ name: "Ada", nome: "Ada" })
    // @ts-expect-error there is no payload
    ping({ name: "Ada" })
    // @ts-expect-error a struct where an array is wanted
    sum({ 0: 1 })
  })

  it("can be caught by its errors' tags, and by no others", () => {
    hello({ name: "" }).pipe(
      Effect.catchTag("Empty", () => Effect.void),
      Effect.catchTag("WorkerLost", () => Effect.void)
    )
    // @ts-expect-error no such error
    hello({ name: "" }).pipe(Effect.catchTag("Emty", () => Effect.void))
  })
})

describe("a remote function", () => {
  it("is an rpc of its schemas", () => {
    expectTypeOf(hello).toExtend<Rpc.Any>()
    expectTypeOf<Rpc.Tag<typeof hello>>().toEqualTypeOf<"hello">()
    expectTypeOf<Rpc.Error<typeof hello>>().toEqualTypeOf<Empty>()
    expectTypeOf<Rpc.Payload<typeof hello>>().toEqualTypeOf<{ readonly name: string; readonly times: number }>()
  })

  it("goes into a group with others, of which each keeps its types", () => {
    const group = RpcGroup.make(hello, ping, sum)
    expectTypeOf<RpcGroup.Rpcs<typeof group>>().toEqualTypeOf<typeof hello | typeof ping | typeof sum>()
    group.of({
      hello: ({ name }) => Effect.succeed({ greeting: name, at: new Date(0) }),
      ping: () => Effect.void,
      sum: (values) => Effect.succeed(values.length)
    })
    // @ts-expect-error a handler is missing
    group.of({ hello: () => Effect.fail(new Empty()), ping: () => Effect.void })
  })

  it("has a handler that returns what its schemas say", () => {
    // @ts-expect-error another result
    remote("f", { resource: cpu, success: Schema.Number }, () => Effect.succeed("text"))
    // @ts-expect-error an error that is not declared
    remote("f", { resource: cpu }, () => Effect.fail(new Empty()))
  })

  it("needs a layer for its handler's own services", () => {
    const greet = Effect.map(Greeter, (greeter) => greeter.greet("Ada"))
    // @ts-expect-error Greeter comes from nowhere
    remote("greet", { resource: cpu, success: Schema.String }, () => greet)
    const withLayer = remote("greet", { resource: cpu, success: Schema.String, layer: GreeterLive }, () => greet)
    expectTypeOf(withLayer()).toEqualTypeOf<Effect.Effect<string, RemoteError, Endpoint<"cpu">>>()
    remote("greet", {
      resource: cpu,
      success: Schema.String,
      layer: Layer.sync(Greeter, () => ({ greet: (name) => name }))
    }, () => greet)
    // @ts-expect-error the layer gives another service
    remote("greet", { resource: cpu, success: Schema.String, layer: Layer.succeed(Other, 1) }, () => greet)
    // @ts-expect-error a layer with open requirements
    remote("greet", { resource: cpu, layer: Layer.effect(Context.GenericTag<1>("one"), Greeter) }, () => Effect.void)
  })

  it("may call other endpoints in its handler", () => {
    remote("nested", { resource: gpu, success: Schema.Number }, () => Effect.orDie(sum([1, 2])))
  })

  it("may be a contract that is implemented elsewhere", () => {
    const contract = remote("later", { resource: cpu, payload: { a: Schema.Number }, success: Schema.String })
    const implemented = implement(contract, ({ a }) => Effect.succeed(String(a)))
    expectTypeOf(implemented).toEqualTypeOf(contract)
    // @ts-expect-error another result
    implement(contract, ({ a }) => Effect.succeed(a))
    // @ts-expect-error Greeter comes from nowhere
    implement(contract, () => Effect.map(Greeter, () => ""))
    implement(contract, () => Effect.map(Greeter, () => ""), { layer: GreeterLive })
  })
})

describe("the options of a call", () => {
  it("are those that the platform has", () => {
    hello({ name: "Ada" }, {
      mode: "runsync",
      policy: { executionTimeout: "5 minutes", ttl: 60_000, lowPriority: true }
    })
    hello({ name: "Ada" }, { webhook: new URL("https://example.test") })
    ping(undefined, { policy: {} })
    expectTypeOf(hello({ name: "Ada" }, { mode: "run" })).toEqualTypeOf(hello({ name: "Ada" }))
    // @ts-expect-error no such option
    hello({ name: "Ada" }, { webhok: "https://example.test" })
    // @ts-expect-error no such mode
    hello({ name: "Ada" }, { mode: "sync" })
    // @ts-expect-error no such setting
    hello({ name: "Ada" }, { policy: { timeout: 5000 } })
    // @ts-expect-error not a duration
    hello({ name: "Ada" }, { policy: { ttl: "soon" } })
  })
})

describe("a function that streams", () => {
  const tokens = remote("tokens", {
    resource: gpu,
    payload: { prompt: Schema.String },
    success: Schema.Struct({ text: Schema.String, at: Schema.Date }),
    error: Empty,
    stream: true
  }, ({ prompt }) => {
    expectTypeOf(prompt).toEqualTypeOf<string>()
    return prompt === "" ? Stream.fail(new Empty()) : Stream.succeed({ text: prompt, at: new Date(0) })
  })
  type Token = { readonly text: string; readonly at: Date }

  it("is a Stream when it is called", () => {
    expectTypeOf(tokens({ prompt: "Ada" })).toEqualTypeOf<Stream.Stream<Token, Empty | RemoteError, Endpoint<"gpu">>>()
    const numbers = remote("numbers", { resource: cpu, success: Schema.Int, stream: true }, () => Stream.make(1, 2))
    expectTypeOf(numbers()).toEqualTypeOf<Stream.Stream<number, RemoteError, Endpoint<"cpu">>>()
    // @ts-expect-error a stream is not waited for as a whole
    numbers(undefined, { mode: "runsync" })
    numbers(undefined, { policy: { ttl: "1 hour" } })
  })

  it("may have the schema of a stream instead, and is the same", () => {
    const same = remote("tokens", {
      resource: gpu,
      payload: { prompt: Schema.String },
      success: Remote.Stream({ success: Schema.Struct({ text: Schema.String, at: Schema.Date }), failure: Empty })
    }, ({ prompt }) => Stream.succeed({ text: prompt, at: new Date(0) }))
    expectTypeOf(same({ prompt: "" })).toEqualTypeOf(tokens({ prompt: "" }))
    expectTypeOf(same.submit).returns.toEqualTypeOf<ReturnType<typeof tokens.submit>>()
  })

  it("has a handler that returns what its schemas say", () => {
    // an effect is a stream of one value
    remote("f", { resource: cpu, success: Schema.Int, stream: true }, () => Effect.succeed(1))
    // @ts-expect-error another value
    remote("f", { resource: cpu, success: Schema.Int, stream: true }, () => Stream.succeed("text"))
    // @ts-expect-error an error that is not declared
    remote("f", { resource: cpu, success: Schema.Int, stream: true }, () => Stream.fail(new Empty()))
    // @ts-expect-error a stream where none is said
    remote("f", { resource: cpu, success: Schema.Int }, () => Stream.succeed(1))
    // @ts-expect-error Greeter comes from nowhere
    remote("f", { resource: cpu, success: Schema.String, stream: true }, () => Stream.map(Greeter, () => ""))
    remote(
      "f",
      { resource: cpu, success: Schema.String, stream: true, layer: GreeterLive },
      () => Stream.map(Greeter, ({ greet }) => greet("Ada"))
    )
  })

  it("is an rpc with a stream, and may be a contract", () => {
    expectTypeOf(tokens).toExtend<Rpc.Any>()
    expectTypeOf<Rpc.SuccessChunk<typeof tokens>>().toEqualTypeOf<Token>()
    const contract = remote("later", { resource: cpu, success: Schema.Int, stream: true })
    expectTypeOf(implement(contract, () => Stream.make(1))).toEqualTypeOf(contract)
    // @ts-expect-error another value
    implement(contract, () => Stream.make("text"))
  })

  it("has a stand-in that streams", () => {
    gpu.layerMock<typeof tokens | typeof sum>({
      tokens: ({ prompt }) => Stream.succeed({ text: prompt, at: new Date(0) }),
      sum: (values) => Effect.succeed(values.length)
    })
    // @ts-expect-error another value
    gpu.layerMock<typeof tokens>({ tokens: ({ prompt }) => Stream.succeed(prompt) })
    // @ts-expect-error an error that the function has not
    gpu.layerMock<typeof tokens>({ tokens: () => Stream.fail("text") })
  })

  it("has jobs whose end is nothing and whose stream has its values", () => {
    expectTypeOf(tokens.submit({ prompt: "Ada" })).toEqualTypeOf<
      Effect.Effect<RemoteJob.RemoteJob<void, Empty, Token>, RemoteError, Endpoint<"gpu">>
    >()
  })
})

describe("a job", () => {
  it("has the result and the errors of its function", () => {
    expectTypeOf(hello.submit({ name: "Ada" })).toEqualTypeOf<
      Effect.Effect<
        RemoteJob.RemoteJob<{ readonly greeting: string; readonly at: Date }, Empty>,
        RemoteError,
        Endpoint<"cpu">
      >
    >()
    expectTypeOf(hello.attach("id")).toEqualTypeOf<ReturnType<typeof hello.submit>>()
    // @ts-expect-error a field of another type
    hello.submit({ name: 1 })
    // @ts-expect-error a submission does not wait
    hello.submit({ name: "Ada" }, { mode: "runsync" })
    // @ts-expect-error an id
    hello.attach(1)
  })

  it("is awaited, read and asked with the errors of each", () => {
    type Job = RemoteJob.RemoteJob<number, Empty>
    expectTypeOf<Job["await"]>().toEqualTypeOf<Effect.Effect<number, Empty | RemoteError>>()
    expectTypeOf<Job["stream"]>().toEqualTypeOf<Stream.Stream<number, Empty | RemoteError>>()
    expectTypeOf<Job["progress"]>().toEqualTypeOf<Stream.Stream<unknown, RemoteError>>()
    expectTypeOf<Job["cancel"]>().toEqualTypeOf<Effect.Effect<void, RemoteError>>()
    expectTypeOf(Remote.progress).returns.toEqualTypeOf<Effect.Effect<void>>()
  })

  it("has a status that is matched to its end", () => {
    const name = RemoteJob.JobStatus.$match({
      InQueue: ({ delayTime }) => String(delayTime),
      InProgress: ({ progress }) => String(progress),
      Completed: ({ executionTime }) => String(executionTime),
      Failed: ({ error }) => error,
      Cancelled: ({ retries }) => String(retries),
      TimedOut: ({ error }) => error,
      Unknown: ({ raw }) => raw
    })
    expectTypeOf(name).parameter(0).toEqualTypeOf<RemoteJob.JobStatus>()
    // @ts-expect-error states are missing
    RemoteJob.JobStatus.$match({ InQueue: () => "", Completed: () => "" })
  })
})

describe("a resource", () => {
  it("is known by its name", () => {
    expectTypeOf(cpu).toEqualTypeOf<Resource<"cpu", "QUEUE">>()
    expectTypeOf(cpu.layer).toEqualTypeOf<Layer.Layer<Endpoint<"cpu">, never, Flash.Flash>>()
  })

  it("takes the settings of its kind", () => {
    type CpuOptions = NonNullable<Parameters<typeof CpuLiveServerless.make>[1]>
    type GpuOptions = NonNullable<Parameters<typeof LiveServerless.make>[1]>
    expectTypeOf({ instanceIds: ["cpu3c-1-2"], workersMax: 3, idleTimeout: 5 } as const).toExtend<CpuOptions>()
    expectTypeOf<"gpus">().not.toExtend<keyof CpuOptions>()
    expectTypeOf<"instanceIds">().not.toExtend<keyof GpuOptions>()
    // @ts-expect-error no such instance type
    expectTypeOf({ instanceIds: ["cpu9z-1-2"] } as const).toExtend<CpuOptions>()
  })

  it("takes no setting that is not there, nor one of another type", () => {
    const wrong = () => [
      // @ts-expect-error no such setting
      CpuLiveServerless.make("cpu", { workersMaximum: 3 }),
      // @ts-expect-error a number
      CpuLiveServerless.make("cpu", { workersMax: "3" }),
      // @ts-expect-error at least one
      CpuLiveServerless.make("cpu", { instanceIds: [] }),
      // @ts-expect-error a setting of the other kind
      CpuLiveServerless.make("cpu", { gpus: ["ADA_24"] }),
      // @ts-expect-error no such pool
      LiveServerless.make("gpu", { gpus: ["ADA_25"] })
    ]
    expectTypeOf(wrong).toBeFunction()
  })

  it("has mocks that are typed by the functions they name", () => {
    const mock = cpu.layerMock<typeof hello>({
      hello: ({ name }) => Effect.succeed({ greeting: name, at: new Date(0) })
    })
    expectTypeOf(mock).toEqualTypeOf<Layer.Layer<Endpoint<"cpu">>>()
    // @ts-expect-error another result
    cpu.layerMock<typeof hello>({ hello: () => Effect.succeed(1) })
    // @ts-expect-error no such function
    cpu.layerMock<typeof hello>({ goodbye: () => Effect.void })
    // @ts-expect-error an error that the function has not
    cpu.layerMock<typeof hello>({ hello: () => Effect.fail("text") })
    // @ts-expect-error a handler that requires what nobody gives
    cpu.layerMock<typeof hello>({ hello: () => Effect.as(Greeter, { greeting: "", at: new Date(0) }) })
    expectTypeOf(Effect.provide(hello({ name: "Ada" }), mock)).toEqualTypeOf<
      Effect.Effect<{ readonly greeting: string; readonly at: Date }, Empty | RemoteError>
    >()
  })
})

describe("a program", () => {
  const program = Effect.zip(hello({ name: "Ada" }), Greeter)

  it("given its endpoints keeps its other requirements and asks for a target", () => {
    expectTypeOf<Effect.Effect.Context<ReturnType<typeof provided>>>().toEqualTypeOf<Greeter | Flash.Flash>()
    const provided = () => Flash.provide(program)
    expectTypeOf(Flash.layerInline).toEqualTypeOf<Layer.Layer<Flash.Flash>>()
    expectTypeOf(Flash.layerLocal).toEqualTypeOf<
      Layer.Layer<Flash.Flash, ConfigError.ConfigError | TargetUnavailable>
    >()
    expectTypeOf(Flash.layer).toEqualTypeOf<
      Layer.Layer<Flash.Flash | CircuitBreakers.CircuitBreakers, ConfigError.ConfigError | TargetUnavailable>
    >()
    Flash.runMain(Effect.map(CircuitBreakers.CircuitBreakers, (breakers) => breakers.get("cpu")))
  })

  it("with other requirements is not a main program", () => {
    // @ts-expect-error Greeter comes from nowhere
    Flash.runMain(program)
    Flash.runMain(Effect.provide(program, GreeterLive))
  })
})
