/** The end of a chain of calls. Not every function of it is exported where the chain begins. */
import { Effect, Schema } from "effect"
import { CpuLiveLoadBalancer, CpuLiveServerless, remote } from "effect-flash"

export const thirdCpu = CpuLiveServerless.make("e2e-nested-third", { workersMax: 1 })

export const Hop = Schema.Struct({ name: Schema.String, pid: Schema.Int, traceId: Schema.String })

/** Where a handler runs, and in which trace. */
export const here = (name: string) =>
  Effect.map(
    Effect.orDie(Effect.currentSpan),
    ({ traceId }): typeof Hop.Type => ({ name, pid: process.pid, traceId })
  )

export class Stuck extends Schema.TaggedError<Stuck>()("Stuck", { at: Schema.String }) {}

export const third = remote("third", {
  resource: thirdCpu,
  payload: { fail: Schema.Boolean },
  success: Schema.Array(Hop),
  error: Stuck
}, ({ fail }) => fail ? Effect.fail(new Stuck({ at: "third" })) : Effect.map(here("third"), (hop) => [hop]))

const balancer = CpuLiveLoadBalancer.make("e2e-nested-balancer", { workersMax: 1 })

/** Of a load balancer, called by a function of a queue. */
export const balanced = remote("balanced", {
  resource: balancer,
  method: "POST",
  path: "/balanced",
  payload: { fail: Schema.Boolean },
  success: Hop,
  error: Stuck
}, ({ fail }) => fail ? Effect.fail(new Stuck({ at: "balanced" })) : here("balanced"))
