/** A function of each kind of resource that does what its payload says; workers load this module. */
import { Effect, Schema } from "effect"
import { CpuLiveLoadBalancer, CpuLiveServerless, remote, remoteClass } from "effect-flash"
import { appendFileSync, writeFileSync } from "node:fs"
import type { RemoteError } from "../../src/RemoteError.ts"
import type { Kind, Outcome } from "./matrixTable.ts"

export const queue = CpuLiveServerless.make("matrix-queue", { workersMax: 1, maxConcurrency: 16 })
export const balancer = CpuLiveLoadBalancer.make("matrix-balancer", { workersMax: 1, scalerValue: 100 })

const outcomes = [
  "success",
  "typed failure",
  "defect",
  "interruption",
  "timeout",
  "lost worker"
] as const satisfies ReadonlyArray<Outcome>

export class Refused extends Schema.TaggedError<Refused>()("Refused", { at: Schema.Date, count: Schema.BigInt }) {}

export const at = new Date(86_400_000)
export const count = 2n ** 70n

export const startedAt = (mark: string) => `${mark}.started`
export const finalizedAt = (mark: string) => `${mark}.finalized`

const contract = {
  payload: { outcome: Schema.Literal(...outcomes), mark: Schema.String },
  success: Schema.Struct({ pid: Schema.Int, at: Schema.Date, count: Schema.BigInt }),
  error: Refused
}

interface Payload {
  readonly outcome: Outcome
  /** Files that begin so say what the handler did: a line for each start, and that it was interrupted. */
  readonly mark: string
}

const act = ({ mark, outcome }: Payload): Effect.Effect<typeof contract.success.Type, Refused> =>
  Effect.suspend(() => {
    appendFileSync(startedAt(mark), `${process.pid}\n`)
    switch (outcome) {
      case "success":
        return Effect.succeed({ pid: process.pid, at, count })
      case "typed failure":
        return Effect.fail(new Refused({ at, count }))
      case "defect":
        throw new TypeError(`boom at ${mark}`)
      case "lost worker":
        process.kill(process.pid, "SIGKILL")
        return Effect.never
      default:
        return Effect.never
    }
  }).pipe(Effect.onInterrupt(() => Effect.sync(() => writeFileSync(finalizedAt(mark), ""))))

export const queued = remote("queued", { ...contract, resource: queue }, act)

export const balanced = remote("balanced", { ...contract, resource: balancer, method: "POST", path: "/act" }, act)

export const Actor = remoteClass("Actor", {
  resource: queue,
  constructor: { name: Schema.String },
  methods: { act: contract }
}, () => Effect.succeed({ act }))

type Requirements = Effect.Effect.Context<ReturnType<typeof queued> | ReturnType<typeof balanced>>

/** One call of each kind. */
export const calls: Record<
  Kind,
  (payload: Payload) => Effect.Effect<typeof contract.success.Type, Refused | RemoteError, Requirements>
> = {
  queue: queued,
  balancer: balanced,
  method: (payload: Payload) => Effect.flatMap(Actor({ name: "Ada" }), (actor) => actor.act(payload))
}
