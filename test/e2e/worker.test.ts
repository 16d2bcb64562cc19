/** The worker program against a scripted platform: what it does with its environment alone, without our platform. */
import { describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, FiberId, Schedule } from "effect"
import { spawn } from "node:child_process"
import { createServer } from "node:http"
import type { IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import { fileURLToPath } from "node:url"

const program = fileURLToPath(new URL("../../dist/worker/main.mjs", import.meta.url))
const module = new URL("./plainWorker.mjs", import.meta.url).href

interface Call {
  readonly path: string
  readonly body: string
}

const read = async (message: IncomingMessage): Promise<string> => {
  let text = ""
  for await (const chunk of message) text += chunk
  return text
}

/** Gives a worker these inputs, one after the other, and notes what it sends. */
const scripted = (inputs: ReadonlyArray<unknown>, pingInterval = 4000) =>
  Effect.gen(function*() {
    const calls: Array<Call> = []
    const results = inputs.map(() => Deferred.unsafeMake<Record<string, unknown>>(FiberId.none))
    let next = 0
    const server = yield* Effect.acquireRelease(
      Effect.async<ReturnType<typeof createServer>>((resume) => {
        const server = createServer(async (request, response) => {
          const path = request.url ?? ""
          const body = await read(request)
          calls.push({ path, body })
          if (path.startsWith("/job-take/") && next < inputs.length) {
            response.writeHead(200, { "content-type": "application/json" })
            const id = String(next)
            response.end(JSON.stringify({ id, input: inputs[next++] }))
          } else if (path.startsWith("/job-take/") || path.startsWith("/job-stop/")) {
            // held until the server closes
          } else {
            response.end("{}")
            const done = /^\/job-done\/w1\/(\d+)\?/.exec(path)
            if (done) Deferred.unsafeDone(results[Number(done[1])]!, Effect.succeed(JSON.parse(body)))
          }
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    )
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const worker = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(process.execPath, [program], {
          stdio: ["pipe", "ignore", "inherit"],
          env: {
            PATH: process.env["PATH"],
            RUNPOD_WEBHOOK_GET_JOB: `${url}/job-take/$RUNPOD_POD_ID?gpu=CPU`,
            RUNPOD_WEBHOOK_POST_OUTPUT: `${url}/job-done/$RUNPOD_POD_ID/$ID?gpu=CPU`,
            RUNPOD_WEBHOOK_PING: `${url}/ping/$RUNPOD_POD_ID?gpu=CPU`,
            RUNPOD_PING_INTERVAL: String(pingInterval),
            RUNPOD_AI_API_KEY: "key",
            RUNPOD_POD_ID: "w1",
            FLASH_TARGET: "worker",
            FLASH_MODULE: module
          }
        })
      ),
      (worker) =>
        Effect.async<void>((resume) => {
          if (worker.exitCode !== null || worker.signalCode !== null) return resume(Effect.void)
          worker.once("exit", () => resume(Effect.void))
          worker.kill("SIGKILL")
        })
    )
    return { calls, results, worker }
  })

// Side by side: each has its own platform and its own worker, and waits for it.
describe.concurrent("the worker program", () => {
  it.scopedLive("answers plain JSON in plain JSON", () =>
    Effect.gen(function*() {
      const { calls, results } = yield* scripted([{ name: "Ada" }, { name: "" }, { nome: "typo" }])
      expect(yield* Deferred.await(results[0]!)).toEqual({ output: { greeting: "Hello Ada" } })
      const failure = yield* Deferred.await(results[1]!)
      expect(JSON.parse(String(failure["error"]))).toMatchObject({ error_type: "fail", error_message: "EmptyName" })
      const rejected = yield* Deferred.await(results[2]!)
      expect(String(rejected["error"])).toContain("name")
      expect(calls.find(({ path }) => path.startsWith("/job-take/"))?.path)
        .toBe("/job-take/w1?gpu=CPU&job_in_progress=0")
    }))

  it.scopedLive("refuses code where it is not a live worker", () =>
    Effect.gen(function*() {
      const { results } = yield* scripted([{
        protocol_version: 1,
        function_name: "evil",
        function_code: "process.exit(1)",
        args: []
      }])
      expect(JSON.stringify(yield* Deferred.await(results[0]!))).toContain("runs its own code only")
    }))

  it.scopedLive(
    "goes on pinging, with the job's id, while a handler blocks its thread",
    () =>
      Effect.gen(function*() {
        const { calls, results } = yield* scripted([{ name: "block:6000" }], 500)
        expect(yield* Deferred.await(results[0]!)).toEqual({ output: { greeting: "unblocked" } })
        const pings = calls.filter(({ path }) => path.startsWith("/ping/w1") && path.includes("job_id=0"))
        expect(pings.length).toBeGreaterThanOrEqual(8)
      }),
    20_000
  )

  it.scopedLive("finishes its job after SIGTERM and then ends", () =>
    Effect.gen(function*() {
      const { calls, results, worker } = yield* scripted([{ name: "block:1000" }], 50)
      const holdsJob = () => calls.some(({ path }) => path.includes("job_id=0"))
      yield* Effect.repeat(Effect.void, { until: holdsJob, schedule: Schedule.spaced("10 millis") })
      worker.kill("SIGTERM")
      expect(yield* Deferred.await(results[0]!)).toEqual({ output: { greeting: "unblocked" } })
      const code = yield* Effect.async<number | null>((resume) => {
        if (worker.exitCode !== null) return resume(Effect.succeed(worker.exitCode))
        worker.once("exit", (code) => resume(Effect.succeed(code)))
      })
      expect(code).toBe(0)
    }))
})
