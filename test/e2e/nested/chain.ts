/** Functions of three endpoints that call each other; workers load this module. */
import { Effect, Schema, Stream } from "effect"
import { CpuLiveServerless, NestedTooDeep, remote, remoteClass } from "effect-flash"
import type { Endpoint, RemoteError } from "effect-flash"
import { balanced, here, Hop, Stuck, third } from "./third.ts"

export const firstCpu = CpuLiveServerless.make("e2e-nested-first", { workersMax: 1 })
export const secondCpu = CpuLiveServerless.make("e2e-nested-second", { workersMax: 1 })

export const second = remote("second", {
  resource: secondCpu,
  payload: { fail: Schema.Boolean },
  success: Schema.Array(Hop),
  error: Stuck
}, (payload) =>
  Effect.zipWith(here("second"), third(payload), (own, others) => [own, ...others]).pipe(
    Effect.catchIf((error) => !(error instanceof Stuck), Effect.die)
  ))

/** Of the first endpoint: runs where it is called. */
const beside = remote("beside", { resource: firstCpu, success: Hop }, () => here("beside"))

export const first = remote("first", {
  resource: firstCpu,
  payload: { fail: Schema.Boolean },
  success: Schema.Array(Hop),
  error: Stuck
}, (payload) =>
  Effect.gen(function*() {
    const own = yield* here("first")
    const near = yield* Effect.orDie(beside())
    const others = yield* Effect.catchIf(second(payload), (error) => !(error instanceof Stuck), Effect.die)
    return [own, near, ...others]
  }))

type Circle = Effect.Effect<void, NestedTooDeep, Endpoint<string>>

const orDie = (call: Effect.Effect<void, RemoteError, Endpoint<string>>): Circle =>
  Effect.catchIf(
    call,
    (error): error is Exclude<RemoteError, NestedTooDeep> => error._tag !== "NestedTooDeep",
    Effect.die
  )

/** Back and forth between two endpoints of one worker each: the third job of it would wait for the first. */
export const ping = remote("ping", { resource: firstCpu, error: NestedTooDeep }, (): Circle => orDie(pong()))
export const pong = remote("pong", { resource: secondCpu, error: NestedTooDeep }, (): Circle => orDie(ping()))

/** Calls itself, where it is. */
export const self = remote("self", { resource: firstCpu, error: NestedTooDeep }, (): Circle => orDie(self()))

export const Tally = remoteClass("Tally", {
  resource: secondCpu,
  methods: { next: { success: Schema.Int } }
}, () =>
  Effect.sync(() => {
    let n = 0
    return { next: () => Effect.sync(() => ++n) }
  }))

export const numbers = remote(
  "numbers",
  { resource: secondCpu, success: Schema.Int, stream: true },
  () => Stream.make(1, 2, 3)
)

/** A class, a stream and a job of another endpoint, from a handler. */
export const uses = remote(
  "uses",
  { resource: firstCpu, success: Schema.Array(Schema.Int) },
  () =>
    Effect.gen(function*() {
      const tally = yield* Tally()
      const counted = [yield* tally.next(), yield* tally.next()]
      const streamed = yield* Stream.runCollect(numbers())
      const job = yield* tally.next.submit()
      return [...counted, ...streamed, yield* job.await]
    }).pipe(Effect.orDie)
)

/** Calls a function of a load balancer. */
export const asks = remote("asks", {
  resource: firstCpu,
  payload: { fail: Schema.Boolean },
  success: Schema.Array(Hop),
  error: Stuck
}, (payload) =>
  Effect.zipWith(here("asks"), balanced(payload), (own, other) => [own, other]).pipe(
    Effect.catchIf((error) => !(error instanceof Stuck), Effect.die)
  ))
