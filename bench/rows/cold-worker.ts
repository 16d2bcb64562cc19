/** A worker's cold start: from the spawn of its process to its first result. */
import { Effect, Either } from "effect"
import type { Scope } from "effect"
import { Flash } from "effect-flash"
import { get } from "node:http"
import { join } from "node:path"
import { hub } from "../bare/Hub.ts"
import type { Hub } from "../bare/Hub.ts"
import { greet, serial } from "../fixtures/functions.ts"
import * as Local from "../fixtures/Local.ts"
import * as Python from "../fixtures/Python.ts"
import type { Row, Subject } from "../harness/Bench.ts"
import { dist, program } from "../harness/Paths.ts"
import * as Processes from "../harness/Processes.ts"

export const row: Row = Effect.gen(function*() {
  // a job with its code, as a live call sends it
  const local = yield* Effect.scoped(Local.start(Flash.provide(greet({ name: "Ada", count: 1 }))))
  const python = yield* Effect.either(Python.install)
  const worker = join(dist, "worker/main.mjs")
  const peer: Subject = {
    name: "runpod-python worker",
    role: "peer",
    round: firstResult(local, ({ workerEnvironment }) => Python.start(workerEnvironment, local.result))
  }
  const floor = "bare process, one HTTP request"
  return [{
    name: "spawn to first result",
    unit: "ms",
    rounds: 11,
    warmUp: 1,
    subjects: [
      { name: floor, role: "floor", round: answerHttp },
      {
        name: "effect-flash worker",
        role: "ours",
        round: firstResult(local, ({ workerEnvironment }) =>
          Processes.start(process.execPath, [worker], {
            env: Processes.environment({
              ...workerEnvironment,
              FLASH_TARGET: "worker",
              FLASH_RESOURCE_NAME: serial.name,
              FLASH_IS_LIVE_PROVISIONING: "true"
            })
          }))
      },
      {
        name: "bare worker on the same hub",
        role: "peer",
        round: firstResult(
          local,
          ({ workerEnvironment }) =>
            Processes.startModule(program("bare/worker"), { ...workerEnvironment, RESULT: local.result })
        )
      },
      ...(Either.isRight(python) ? [peer] : [])
    ],
    budgets: [{ bound: "at most", limit: 3, to: floor }],
    notes: [
      "the function's module imports `effect` as a whole, as most do; the worker loads what the function imports",
      ...Either.match(python, { onLeft: (error) => [Python.skipped(error)], onRight: () => [] })
    ]
  }]
})

/** A job waits on a hub of its own for the worker that is started. */
const firstResult = (
  { job }: Local.Local,
  start: (hub: Hub) => Effect.Effect<unknown, unknown, Scope.Scope>
): Effect.Effect<number, unknown> =>
  Effect.scoped(Effect.gen(function*() {
    const platform = yield* hub
    const began = performance.now()
    yield* start(platform)
    const result = yield* platform.runJob(job)
    const millis = performance.now() - began
    // a defect or a refusal is quick, and no result
    return result.startsWith(`{"output":`) && !result.includes(`"success":false`)
      ? millis
      : yield* Effect.dieMessage(`the worker answered ${result.slice(0, 1000)}`)
  }))

const answerHttp = Effect.scoped(Effect.gen(function*() {
  const began = performance.now()
  const child = yield* Processes.start(process.execPath, [program("programs/answerHttp")], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  yield* Effect.async<void, Error>((resume) => {
    child.stdout?.once("data", (port) => {
      get(`http://127.0.0.1:${Number(port)}`, { agent: false }, (response) => {
        response.resume().once("end", () => resume(Effect.void))
      }).once("error", (error) => resume(Effect.fail(error)))
    })
  })
  return performance.now() - began
}))
