/** runpod-python's worker with each kind of handler, and its client. */
import { Effect } from "effect"
import { Redacted } from "effect"
import { Platform } from "effect-flash/local"
import { once } from "node:events"
import { join } from "node:path"
import * as Processes from "../../bench/harness/Processes.ts"
import type { Checks } from "./Checks.ts"
import { equal, includes } from "./Checks.ts"
import * as Endpoint from "./Endpoint.ts"
import * as Python from "./Python.ts"

/** Ids of workers are the platform's own, so that no two endpoints have the same. */
const idOf = (endpointId: string, workerId: string): string => `${workerId}-${endpointId}`

const worker = (endpointId: string, workerId: string, more: Readonly<Record<string, string>> = {}) =>
  Effect.flatMap(
    Endpoint.variables(endpointId, idOf(endpointId, workerId)),
    (env) => Python.worker({ ...env, ...more })
  )

/** A program of the client, with the lines of JSON that it printed. */
const client = (program: string, endpointId: string) =>
  Effect.flatMap(Platform.Platform, ({ apiKey, url }) =>
    Effect.map(
      Processes.run(Python.python, [join(Python.programs, program), endpointId], {
        env: Processes.environment({
          RUNPOD_API_KEY: Redacted.value(apiKey),
          RUNPOD_ENDPOINT_BASE_URL: `${url}/v2`
        })
      }),
      (output) => output.trim().split("\n").map((line): unknown => JSON.parse(line))
    ))

const values = (lines: ReadonlyArray<unknown>) =>
  Object.fromEntries((lines as ReadonlyArray<{ name: string; value: unknown }>).map(({ name, value }) => [name, value]))

const pidless = ({ output }: Endpoint.Json) => (output as Endpoint.Json)["value"]

export const runpodPython = ({ check }: Checks) =>
  Effect.gen(function*() {
    const id = yield* Endpoint.make("python")
    yield* worker(id, "w1")
    const job = (input: unknown) => Effect.flatMap(Endpoint.run(id, input), (job) => Endpoint.end(id, job))

    yield* check(
      "its worker returns",
      Effect.flatMap(job({ do: "return", value: [1, null, "é"] }), (job) =>
        Effect.zipRight(equal(job["status"], "COMPLETED"), equal(pidless(job), [1, null, "é"])))
    )
    yield* check(
      "its worker fails: the error is the job's",
      Effect.flatMap(job({ do: "fail" }), (job) =>
        Effect.zipRight(equal(job["status"], "FAILED"), includes(JSON.stringify(job["error"]), "it is broken")))
    )
    yield* check(
      "its worker returns an error",
      Effect.flatMap(job({ do: "error" }), (job) =>
        Effect.zipRight(equal(job["status"], "FAILED"), includes(JSON.stringify(job), "it was refused")))
    )
    yield* check(
      "its worker tells progress",
      Effect.gen(function*() {
        const job = yield* Endpoint.run(id, { do: "progress" })
        yield* Endpoint.until(id, job, ({ output, status }) =>
          status === "IN_PROGRESS" && JSON.stringify(output ?? "").includes("step"))
        yield* equal((yield* Endpoint.end(id, job))["status"], "COMPLETED")
      })
    )
    yield* check(
      "its client runs, waits, fails, cancels, and asks for health and purging",
      Effect.flatMap(client("client.py", id), (lines) => {
        const said = values(lines)
        return Effect.all([
          equal((said["run_sync"] as Endpoint.Json)["value"], 1),
          equal((said["output"] as Endpoint.Json)["value"], { null: null, text: "é" }),
          equal(said["status"], "COMPLETED"),
          equal(said["failed"], "FAILED"),
          equal(said["cancel"], "CANCELLED"),
          equal(said["health"], ["jobs", "workers"]),
          equal(said["purge"], "completed")
        ])
      })
    )
    yield* check(
      "its worker asks to be refreshed: it gets no more jobs",
      Effect.gen(function*() {
        const id = yield* Endpoint.make("python-refresh")
        yield* worker(id, "w1")
        const job = yield* Endpoint.run(id, { do: "refresh" })
        yield* equal((yield* Endpoint.end(id, job))["status"], "COMPLETED")
        const next = yield* Endpoint.run(id, { do: "return", value: 2 })
        yield* worker(id, "w2")
        yield* equal((yield* Endpoint.end(id, next))["workerId"], idOf(id, "w2"))
      })
    )
    yield* check(
      "its worker refreshes itself: it ends after one job",
      Effect.gen(function*() {
        const id = yield* Endpoint.make("python-refresh-always")
        const first = yield* worker(id, "w1", { MODE: "refresh" })
        const exit = Effect.promise(() =>
          once(first, "exit")
        )
        const job = yield* Endpoint.run(id, { do: "return" })
        yield* equal((yield* Endpoint.end(id, job))["status"], "COMPLETED")
        yield* Effect.timeout(exit, "2 minutes")
      })
    )
    yield* check(
      "its worker is killed: the job is run again elsewhere",
      Effect.gen(function*() {
        const id = yield* Endpoint.make("python-crash")
        const first = yield* worker(id, "w1")
        const exit = Effect.promise(() =>
          once(first, "exit")
        )
        const job = yield* Endpoint.run(id, { do: "crash" })
        yield* Effect.timeout(exit, "3 minutes")
        // nobody pings for it, so it is lost, and failed where it is lost again
        yield* worker(id, "w2")
        const ended = yield* Endpoint.end(id, job)
        yield* equal(ended["status"], "FAILED")
      })
    )
    yield* check(
      "its generator streams, to its client as well",
      Effect.gen(function*() {
        const id = yield* Endpoint.make("python-stream")
        yield* worker(id, "w1", { MODE: "stream" })
        // its client gives up on a stream that waits for a worker to start
        yield* Endpoint.end(id, yield* Endpoint.run(id, { count: 1 }))
        const [chunks, output] = yield* client("stream.py", id)
        const expected = [0, 1, 2, 3, 4].map((index) => ({ index }))
        yield* equal(
          (chunks as ReadonlyArray<Endpoint.Json>).map((chunk) =>
            chunk["output"] ?? chunk
          ),
          expected
        )
        yield* equal(output, expected)
        const broken = yield* Endpoint.run(id, { count: 2, fail: true })
        const ended = yield* Endpoint.end(id, broken)
        yield* equal(ended["status"], "FAILED")
      })
    )
  })
