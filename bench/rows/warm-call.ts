/**
 * A remote call to a warm worker process on the embedded platform: from the call to its decoded result, with a queue,
 * a database, a worker and its thread between.
 */
import { Effect } from "effect"
import { Flash } from "effect-flash"
import { greet } from "../fixtures/functions.ts"
import * as Local from "../fixtures/Local.ts"
import type { Row } from "../harness/Bench.ts"
import * as Loops from "../harness/Loops.ts"

const calls = 300

export const row: Row = Effect.gen(function*() {
  const call = Flash.provide(greet({ name: "Ada", count: 1 }))
  const local = yield* Local.start(call)
  const bare = yield* Local.startBare(local, 1)
  const floor = "bare HTTP hops"
  return [{
    name: "one call, p50",
    unit: "µs",
    rounds: 15,
    warmUp: 3,
    subjects: [
      { name: floor, role: "floor", round: Loops.latencyOf(calls, bare) },
      { name: "effect-flash", role: "ours", round: local.provide(Loops.latency(calls, call)) }
    ],
    budgets: [
      { bound: "at most", limit: 2, to: floor },
      { bound: "less than", limit: 1500 }
    ],
    notes: ["the floor is four exchanges over node:http: /run, a held take, the result, a held status; same bodies"]
  }]
})
