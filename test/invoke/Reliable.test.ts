import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, FiberRef, Layer, Metric, Schema, TestClock } from "effect"
import {
  Balance,
  CircuitBreakers,
  CircuitOpen,
  CpuLiveServerless,
  Flash,
  NoEndpointAvailable,
  ReliabilityConfig,
  remote,
  TransportFailed,
  WorkerLost
} from "effect-flash"
import type { RemoteError } from "effect-flash"
import * as Endpoint from "../../src/Endpoint.ts"
import * as Endpoints from "../../src/invoke/Endpoints.ts"
import { definitions } from "../../src/observability/Metrics.ts"

class Refused extends Schema.TaggedError<Refused>()("Refused", {}) {}

let names = 0
/** Metrics are kept for the whole process: a name of its own for each test. */
const unique = (name: string) => `${name}-${++names}`

const lost = new WorkerLost({ endpoint: "e", jobId: "job-1", retries: 1, error: "" })
const broken = new TransportFailed({ request: "POST /run", code: "ECONNRESET" })

type Behaviour = (call: number) => Effect.Effect<unknown, unknown>

/** A target whose endpoints do what they are told; tells how often each was called. */
const target = (behaviours: Readonly<Record<string, Behaviour>>) => {
  const calls: Array<string> = []
  const layer = Layer.scoped(
    Flash.Flash,
    Effect.map(
      Endpoints.make("live", ({ name }) => ({
        name,
        execute: () =>
          Effect.suspend(() => {
            calls.push(name)
            return behaviours[name]?.(calls.filter((one) => one === name).length) ?? Effect.succeed(name)
          })
      })),
      ({ flash }) => flash
    )
  )
  return { calls, layer }
}

const failing = (error: unknown): Behaviour => () => Effect.fail(error)

/** Calls of one function on an endpoint that behaves so. */
const calling = (
  behaviour: Behaviour,
  options: { readonly idempotent?: boolean; readonly error?: Schema.Schema.Any } = {}
) => {
  const name = unique("reliable")
  const cpu = CpuLiveServerless.make(name)
  const f = remote("f", { resource: cpu, success: Schema.Unknown, error: options.error ?? Refused, ...options })
  const { calls, layer } = target({ [name]: behaviour })
  const service = Effect.map(Endpoint.Flash, (flash) => flash.endpoint(cpu))
  return { name, calls, layer, call: Flash.provide(f()) as Effect.Effect<unknown, unknown, Flash.Flash>, service }
}

const times = <A, E, R>(n: number, effect: Effect.Effect<A, E, R>) => Effect.replicateEffect(Effect.exit(effect), n)

const labels =
  (endpoint: string, more: Readonly<Record<string, string>> = {}) =>
  <Type, In, Out>(metric: Metric.Metric<Type, In, Out>) =>
    Metric.value(
      Object.entries({ endpoint, ...more }).reduce((m, [key, value]) => Metric.tagged(m, key, value), metric)
    )

describe("a call", () => {
  it.effect("goes to its endpoint until that has failed too often, and then no more", () => {
    const { call, calls, layer, name, service } = calling(failing(lost))
    return Effect.gen(function*() {
      yield* times(5, call)
      expect(calls).toHaveLength(5)
      const error = yield* Effect.flip(call)
      assert.instanceOf(error, CircuitOpen)
      expect(error.endpoint).toBe(name)
      expect(error.reason).toBe(lost.message)
      expect(calls).toHaveLength(5)
      const { circuit } = yield* service
      assert(circuit !== undefined)
      expect((yield* circuit.state)._tag).toBe("Open")
      yield* TestClock.adjust("1 minute")
      expect((yield* circuit.state)._tag).toBe("HalfOpen")
      yield* times(1, call)
      expect(calls).toHaveLength(6)
    }).pipe(Effect.provide(layer))
  })

  it.effect("that fails by its function, or dies of it, is no failure of its endpoint", () => {
    const { call, calls, layer } = calling((n) =>
      n % 2 === 0 ? Effect.die(new TypeError("bug")) : Effect.fail(new Refused())
    )
    return Effect.gen(function*() {
      yield* times(40, call)
      expect(calls).toHaveLength(40)
    }).pipe(Effect.provide(layer))
  })

  it.effect("of a function that declares a platform's error as its own is no failure of its endpoint either", () => {
    const { call, calls, layer } = calling(failing(lost), { error: WorkerLost, idempotent: true })
    return Effect.gen(function*() {
      yield* times(20, call)
      expect(calls).toHaveLength(20)
    }).pipe(Effect.provide(layer))
  })

  it.effect("that is interrupted is none", () => {
    const { call, calls, layer } = calling(() => Effect.never)
    return Effect.gen(function*() {
      for (let n = 0; n < 10; n++) {
        const fiber = yield* Effect.fork(call)
        yield* TestClock.adjust("1 millis")
        yield* Fiber.interrupt(fiber)
      }
      expect(calls).toHaveLength(10)
    }).pipe(Effect.provide(layer))
  })

  it.effect("is made again where its function is idempotent, and only there", () => {
    const behaviour: Behaviour = (call) => call < 3 ? Effect.fail(call === 1 ? broken : lost) : Effect.succeed("done")
    const once = calling(behaviour)
    const again = calling(behaviour, { idempotent: true })
    return Effect.gen(function*() {
      expect(yield* Effect.provide(Effect.flip(once.call), once.layer)).toBe(broken)
      expect(once.calls).toHaveLength(1)
      const fiber = yield* Effect.fork(Effect.provide(again.call, again.layer))
      yield* TestClock.adjust("2 seconds")
      expect(yield* Fiber.join(fiber)).toBe("done")
      expect(again.calls).toHaveLength(3)
    })
  })

  it.effect("goes through nothing that is switched off", () => {
    const { call, calls, layer, service } = calling(failing(lost), { idempotent: true })
    const off = ReliabilityConfig.defaults
    const settings = Layer.succeed(ReliabilityConfig.ReliabilityConfig, {
      ...off,
      circuitBreaker: { ...off.circuitBreaker, enabled: false },
      retry: { ...off.retry, enabled: false },
      metrics: { enabled: false }
    })
    return Effect.gen(function*() {
      expect(yield* times(20, call)).toEqual(Array.from({ length: 20 }, () => Exit.fail(lost)))
      expect(calls).toHaveLength(20)
      expect((yield* service).circuit).toBeUndefined()
    }).pipe(Effect.provide(Layer.provide(layer, settings)))
  })

  it.effect("goes through the breakers that are given", () => {
    const { call, layer, name } = calling(failing(lost))
    return Effect.gen(function*() {
      yield* times(5, call)
      const breakers = yield* CircuitBreakers.CircuitBreakers
      expect(yield* breakers.get(name).stats).toMatchObject({
        state: { _tag: "Open" },
        totalRequests: 5,
        totalFailures: 5,
        lastFailure: lost.message
      })
      expect((yield* breakers.all).map(({ endpoint }) => endpoint)).toEqual([name])
      yield* breakers.get(name).reset
      expect(yield* Effect.flip(call)).toBe(lost)
    }).pipe(Effect.provide(Layer.provideMerge(layer, CircuitBreakers.layer)))
  })

  it.effect("keeps its context, its fiber refs and its own answer", () => {
    const ref = FiberRef.unsafeMake("outer")
    const { call, layer } = calling(() => Effect.zipRight(FiberRef.set(ref, "inner"), FiberRef.get(ref)))
    return Effect.gen(function*() {
      expect(yield* call).toBe("inner")
      expect(yield* FiberRef.get(ref)).toBe("inner")
    }).pipe(Effect.provide(layer))
  })
})

describe("the metrics of calls", () => {
  it.effect("count how they end, how long they took and how many there are", () => {
    const { call, layer, name } = calling((n) =>
      n === 1
        ? Effect.delay(Effect.succeed("a"), "30 millis")
        : n === 2
        ? Effect.fail(new Refused())
        : n === 3
        ? Effect.never
        : Effect.fail(lost)
    )
    const of = labels(name)
    return Effect.gen(function*() {
      const first = yield* Effect.fork(call)
      yield* TestClock.adjust("10 millis")
      expect((yield* of(definitions.inFlight)).value).toBe(1)
      yield* TestClock.adjust("20 millis")
      yield* Fiber.join(first)
      yield* times(1, call)
      const hanging = yield* Effect.fork(call)
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(hanging)
      yield* times(7, call)
      expect((yield* of(definitions.inFlight)).value).toBe(0)
      const count = (status: string) =>
        Effect.map(labels(name, { function_name: "f", status })(definitions.requests), ({ count }) => count)
      expect(yield* Effect.all(["success", "failure", "interrupted", "error", "rejected"].map(count))).toEqual([
        1,
        1,
        1,
        5,
        2
      ])
      const latency = yield* labels(name, { function_name: "f" })(definitions.latency)
      expect(latency).toMatchObject({ count: 8, max: 1000, sum: 1030 })
      const opened = labels(name, { previous_state: "closed", new_state: "open" })(definitions.stateChanges)
      expect((yield* opened).count).toBe(1)
    }).pipe(Effect.provide(layer))
  })
})

describe("a job", () => {
  /** Submissions to an endpoint that takes them, refuses them or loses what it took. */
  const submitting = (
    behaviours: { readonly submit?: Behaviour; readonly await?: Behaviour },
    options: { readonly idempotent?: boolean; readonly error?: Schema.Schema.Any } = {}
  ) => {
    const name = unique("jobs")
    const cpu = CpuLiveServerless.make(name)
    const f = remote("f", { resource: cpu, success: Schema.Unknown, error: options.error ?? Refused, ...options })
    const count = { submit: 0, attach: 0 }
    const job = Effect.sync(() => ({
      id: "job-1",
      endpoint: name,
      await: behaviours.await?.(1) ?? Effect.succeed("done")
    } as unknown as Endpoint.Job))
    const layer = Layer.scoped(
      Flash.Flash,
      Effect.map(
        Endpoints.make("live", () => ({
          name,
          execute: () => Effect.die("not called"),
          jobs: {
            submit: () =>
              Effect.suspend(() => {
                const given = behaviours.submit?.(++count.submit) as Effect.Effect<never, RemoteError> | undefined
                return given ?? job
              }),
            attach: () => Effect.suspend(() => (count.attach++, job))
          }
        })),
        ({ flash }) => flash
      )
    )
    const circuit = Effect.flatMap(Endpoint.Flash, (flash) => {
      const { circuit } = flash.endpoint(cpu)
      return circuit === undefined ? Effect.dieMessage("there is no circuit") : circuit.state
    })
    return { count, name, layer, circuit, submit: Flash.provide(f.submit()), attach: Flash.provide(f.attach("job-1")) }
  }

  const refused = (error: RemoteError) => ({ submit: () => Effect.fail(error) })

  it.effect("is not submitted where its endpoint has failed too often, and is found again all the same", () => {
    const { attach, circuit, count, layer, name, submit } = submitting(refused(broken))
    return Effect.gen(function*() {
      yield* times(5, submit)
      assert.instanceOf(yield* Effect.flip(submit), CircuitOpen)
      expect(count.submit).toBe(5)
      expect(yield* Effect.flatMap(attach, (job) => job.await)).toBe("done")
      // an answer about an old job does not close the circuit
      expect((yield* circuit)._tag).toBe("Open")
      const requests = (status: string) => labels(name, { function_name: "f", status })(definitions.requests)
      expect((yield* requests("error")).count).toBe(5)
      expect((yield* requests("rejected")).count).toBe(1)
      // the time of a submission is not that of a call
      expect((yield* labels(name, { function_name: "f" })(definitions.latency)).count).toBe(0)
    }).pipe(Effect.provide(layer))
  })

  it.effect("is submitted again where its function is idempotent, and only there", () => {
    const submit: Behaviour = (n) => n < 3 ? Effect.fail(broken) : undefined as never
    const once = submitting({ submit })
    const again = submitting({ submit }, { idempotent: true })
    return Effect.gen(function*() {
      expect(yield* Effect.flip(once.submit.pipe(Effect.provide(once.layer)))).toBe(broken)
      expect(once.count.submit).toBe(1)
      const fiber = yield* Effect.fork(again.submit.pipe(Effect.provide(again.layer)))
      yield* TestClock.adjust("1 minute")
      expect((yield* Fiber.join(fiber)).id).toBe("job-1")
      expect(again.count.submit).toBe(3)
    })
  })

  it.effect("that is not accepted fails by the platform, whatever errors its function declares", () => {
    const { circuit, layer, submit } = submitting(refused(broken), { error: TransportFailed })
    return Effect.gen(function*() {
      yield* times(5, submit)
      expect((yield* circuit)._tag).toBe("Open")
    }).pipe(Effect.provide(layer))
  })

  it.effect("that is lost says of its endpoint what a lost call does, to who waits for it", () => {
    const { circuit, layer, submit } = submitting({ await: () => Effect.fail(lost) })
    return Effect.gen(function*() {
      const job = yield* submit
      yield* times(4, job.await)
      expect(yield* circuit).toMatchObject({ _tag: "Closed", failures: 4, outcomes: 5 })
      expect(yield* Effect.flip(job.await)).toBe(lost)
      expect((yield* circuit)._tag).toBe("Open")
    }).pipe(Effect.provide(layer))
  })
})

describe("a balanced endpoint", () => {
  const three = (behaviours: ReadonlyArray<Behaviour | undefined>, options: Balance.Options) => {
    const resources = ["a", "b", "c"].map((name) => CpuLiveServerless.make(unique(name)))
    const [first, second, third] = resources
    assert(first !== undefined && second !== undefined && third !== undefined)
    const f = remote("f", { resource: first, success: Schema.Unknown })
    const { calls, layer } = target(
      Object.fromEntries(resources.flatMap(({ name }, index) => {
        const behaviour = behaviours[index]
        return behaviour === undefined ? [] : [[name, behaviour]]
      }))
    )
    return {
      names: resources.map(({ name }) => name),
      calls,
      call: f(),
      layer: Layer.provide(Balance.layer(first, [first, second, third], options), layer)
    }
  }

  it.effect("sends calls to each of its endpoints in turn", () => {
    const { call, calls, layer, names } = three([], { strategy: "round_robin" })
    return Effect.gen(function*() {
      yield* times(6, call)
      expect(calls).toEqual([...names, ...names])
    }).pipe(Effect.provide(layer))
  })

  it.effect("sends all to the first where it was not told to balance, and balances where the settings say so", () => {
    const { call, calls, layer, names } = three([], {})
    const settings = Layer.succeed(ReliabilityConfig.ReliabilityConfig, {
      ...ReliabilityConfig.defaults,
      loadBalancer: { enabled: true, strategy: "round_robin" as const }
    })
    return Effect.gen(function*() {
      yield* Effect.provide(times(3, call), layer)
      expect(calls).toEqual([names[0], names[0], names[0]])
      yield* Effect.provide(times(3, call), Layer.provide(layer, settings))
      expect(calls.slice(3)).toEqual(names)
    })
  })

  it.effect("leaves out an endpoint that keeps failing, and takes it back when it recovers", () => {
    let isIll = true
    const { call, calls, layer, names } = three(
      [undefined, () => isIll ? Effect.fail(lost) : Effect.succeed("well"), undefined],
      { strategy: "round_robin" }
    )
    return Effect.gen(function*() {
      const exits = yield* times(30, call)
      expect(exits.filter(Exit.isFailure)).toHaveLength(5)
      expect(calls.filter((name) => name === names[1])).toHaveLength(5)
      isIll = false
      yield* TestClock.adjust("1 minute")
      expect((yield* times(30, call)).every(Exit.isSuccess)).toBe(true)
      expect(calls.filter((name) => name === names[1]).length).toBeGreaterThanOrEqual(14)
    }).pipe(Effect.provide(layer))
  })

  it.effect("prefers those with fewer calls under way", () => {
    const { call, calls, layer, names } = three([() => Effect.never, undefined, undefined], {
      strategy: "least_connections"
    })
    return Effect.gen(function*() {
      const hanging = yield* Effect.fork(call)
      yield* TestClock.adjust("1 millis")
      yield* times(10, call)
      expect(calls.filter((name) => name === names[0])).toHaveLength(1)
      yield* Fiber.interrupt(hanging)
    }).pipe(Effect.provide(layer))
  })

  it.effect("says when the first is back where all circuits are open", () => {
    const { call, layer, names } = three([failing(lost), failing(lost), failing(lost)], { strategy: "random" })
    return Effect.gen(function*() {
      yield* times(40, call)
      const error = yield* Effect.flip(call)
      assert.instanceOf(error, NoEndpointAvailable)
      expect(error.endpoints).toEqual(names)
      expect(error.retryAt).toBe(60_000)
    }).pipe(Effect.provide(layer))
  })
})
