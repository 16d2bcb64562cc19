/** What the jobs of a soak do: most are quick, and some do everything that a worker has to survive. */
import { Effect, Schema } from "effect"
import { CpuLiveServerless, remote } from "effect-flash"

export const fleet = CpuLiveServerless.make("soak", { workersMax: 3, maxConcurrency: 4, idleTimeout: 60 })

export class Declined extends Schema.TaggedError<Declined>()("Declined", { n: Schema.Int }) {}

export const work = remote("work", {
  resource: fleet,
  payload: {
    n: Schema.Int,
    kind: Schema.Literal("quick", "decline", "die", "exit", "wait", "block"),
    millis: Schema.Int
  },
  success: Schema.Int,
  error: Declined
}, ({ kind, millis, n }) =>
  Effect.gen(function*() {
    console.log(`job ${n}`)
    yield* Effect.sleep(millis)
    switch (kind) {
      case "quick":
        return 2 * n
      case "decline":
        return yield* new Declined({ n })
      case "die":
        return yield* Effect.dieMessage(`job ${n} dies`)
      case "exit":
        return process.exit(7)
      case "wait":
        return yield* Effect.never
      case "block":
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
        return n
    }
  }))
