/**
 * What FlashBoot spares on the embedded platform: a call of an endpoint whose worker has idled, where that is parked and
 * where it has ended, against a call of a worker that is up.
 */
import { Effect, Layer, Schedule } from "effect"
import { Flash } from "effect-flash"
import { layerFlashOn, Platform } from "effect-flash/local"
import { readFileSync } from "node:fs"
import { whoEnds, whoParks } from "../fixtures/functions.ts"
import type { Row } from "../harness/Bench.ts"

/** As Linux tells it: `T` of a process that is suspended, nothing of one that has ended. */
const stateOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").slice(0, 1)
  } catch {
    return ""
  }
}

const reaches = (pid: number, state: string) =>
  Effect.repeat(Effect.sync(() => stateOf(pid)), {
    until: (now) => now === state,
    schedule: Schedule.spaced("5 millis")
  }).pipe(Effect.timeout("20 seconds"))

const millis = <A, E, R>(call: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const began = performance.now()
    yield* call
    return performance.now() - began
  })

export const row: Row = Effect.gen(function*() {
  const context = yield* Layer.build(Layer.provideMerge(layerFlashOn, Platform.layer()))
  const parks = Flash.provide(whoParks())
  const ends = Flash.provide(whoEnds())
  const after = (call: typeof parks, state: string) =>
    Effect.provide(Effect.flatMap(call, (pid) => Effect.zipRight(reaches(pid, state), millis(call))), context)
  return process.platform !== "linux" ? [] : [{
    name: "a call after an idle second",
    unit: "ms",
    rounds: 7,
    warmUp: 1,
    subjects: [
      {
        name: "worker that is up",
        role: "floor",
        round: Effect.provide(Effect.zipRight(parks, millis(parks)), context)
      },
      { name: "parked worker", role: "ours", round: after(parks, "T") },
      { name: "no worker", role: "peer", round: after(ends, "") }
    ],
    budgets: [{ bound: "at most", limit: 0.2, to: "no worker" }],
    notes: ["the process of a parked worker is suspended: it takes no processor time"]
  }]
})
