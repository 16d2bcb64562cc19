/** Jobs a second with 64 calls under way, through one worker that runs 64 at a time. */
import { Effect } from "effect"
import { Flash } from "effect-flash"
import { greetWide, wide } from "../fixtures/functions.ts"
import * as Local from "../fixtures/Local.ts"
import type { Row } from "../harness/Bench.ts"
import * as Loops from "../harness/Loops.ts"

const load = { calls: 2000, inFlight: 64 }

export const row: Row = Effect.gen(function*() {
  const call = Flash.provide(greetWide({ name: "Ada", count: 1 }))
  const local = yield* Local.start(call)
  const bare = yield* Local.startBare(local, wide.config.maxConcurrency)
  return [{
    name: "jobs a second, 64 in flight",
    unit: "jobs/s",
    rounds: 9,
    warmUp: 2,
    subjects: [
      { name: "bare HTTP hops", role: "floor", round: Loops.throughputOf(load, bare) },
      { name: "effect-flash", role: "ours", round: local.provide(Loops.throughput(load, call)) }
    ],
    budgets: [{ bound: "at least", limit: 1500 }]
  }]
})
