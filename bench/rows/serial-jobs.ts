/** Jobs a second through one worker that runs one job at a time, with always some waiting. */
import { Effect, Either } from "effect"
import { Flash } from "effect-flash"
import { hub } from "../bare/Hub.ts"
import { greet } from "../fixtures/functions.ts"
import * as Local from "../fixtures/Local.ts"
import * as Python from "../fixtures/Python.ts"
import type { Row, Subject } from "../harness/Bench.ts"
import * as Loops from "../harness/Loops.ts"

const load = { calls: 500, inFlight: 8 }

/** Enough for a rate; the worker idles a second after each. */
const pythonJobs = 3

const pythonName = "runpod-python worker"

export const row: Row = Effect.gen(function*() {
  const call = Flash.provide(greet({ name: "Ada", count: 1 }))
  const local = yield* Local.start(call)
  const bare = yield* Local.startBare(local, 1)
  const python = yield* Effect.either(Effect.flatMap(Python.install, () => pythonSubject(local)))
  const floor = "bare HTTP hops"
  return [{
    name: "jobs a second, one worker",
    unit: "jobs/s",
    rounds: 9,
    warmUp: 1,
    subjects: [
      { name: floor, role: "floor", round: Loops.throughputOf(load, bare) },
      { name: "effect-flash", role: "ours", round: local.provide(Loops.throughput(load, call)) },
      ...Either.match(python, { onLeft: () => [], onRight: (subject) => [subject] })
    ],
    budgets: [
      { bound: "at least", limit: 300 },
      { bound: "at least", limit: 100, to: pythonName }
    ],
    notes: [
      Either.match(python, {
        onLeft: Python.skipped,
        onRight: () =>
          `${pythonName} runs on the bare hub, which favours it: the embedded platform has no endpoints for workers ` +
          "that it did not start itself"
      }),
      `${load.inFlight} calls under way at any time; each subject's handler does nothing`
    ]
  }]
})

/** Its rate is taken between its first and its last result: what comes before a first is not its work. */
const pythonSubject = (local: Local.Local) =>
  Effect.gen(function*() {
    const { origin, prefix, workerEnvironment } = yield* hub
    yield* Python.start(workerEnvironment, local.result)
    const { call } = yield* Local.caller(origin, prefix, local.job)
    const subject: Subject = {
      name: pythonName,
      role: "peer",
      round: Effect.tryPromise(async () => {
        const ends: Array<number> = []
        await Promise.all(Array.from({ length: pythonJobs }, async () => {
          await call()
          ends.push(performance.now())
        }))
        return (pythonJobs - 1) / ((Math.max(...ends) - Math.min(...ends)) / 1000)
      })
    }
    return subject
  })
