/** Fitness checks of one's own: a worker that fails one says so and takes no job. */
import { describe, expect, it, layer } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { Platform } from "effect-flash/local"
import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { rest } from "./endpoints.ts"
import { freePort } from "./lbWorker.ts"

const program = fileURLToPath(new URL("../../dist/worker/main.mjs", import.meta.url))
const module = new URL("./fitnessWorker.mjs", import.meta.url).href

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-fitness-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const eventually = <A, E, R>(check: Effect.Effect<A, E, R>, until: (a: A) => boolean) =>
  Effect.repeat(check, { until, schedule: Schedule.spaced("20 millis") }).pipe(
    Effect.zipRight(check),
    Effect.timeout("20 seconds")
  )

/** Who ran the check, in order. */
const checkedBy = (log: string) =>
  Effect.sync(() => existsSync(log) ? readFileSync(log, "utf8").trim().split("\n").map(Number) : [])

/** What a worker asks of a platform, and the code that it ends with. */
const verdict = (file: string, env: Record<string, string>) =>
  Effect.gen(function*() {
    const paths: Array<string> = []
    const server = yield* Effect.acquireRelease(
      Effect.async<ReturnType<typeof createServer>>((resume) => {
        const server = createServer(({ url = "" }, response) => {
          paths.push(url)
          response.end("{}")
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close().closeAllConnections())
    )
    // a server that listens on a port has an address of this kind
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const directory = yield* folder
    const code = yield* Effect.async<number | null>((resume) => {
      const worker = spawn(process.execPath, [program], {
        stdio: ["pipe", "ignore", "inherit"],
        env: {
          PATH: process.env["PATH"],
          RUNPOD_WEBHOOK_GET_JOB: `${url}/job-take/w1?x`,
          RUNPOD_WEBHOOK_POST_OUTPUT: `${url}/job-done/w1/$ID?x`,
          RUNPOD_WEBHOOK_PING: `${url}/ping/w1?x`,
          RUNPOD_AI_API_KEY: "key",
          FLASH_MODULE: module,
          FLASH_TEST_CHECKS: join(directory, "checks"),
          FLASH_TEST_FILE: file,
          ...env
        }
      })
      worker.once("exit", (code) => resume(Effect.succeed(code)))
      return Effect.sync(() => void worker.kill("SIGKILL"))
    }).pipe(Effect.timeout("20 seconds"))
    return { code, checks: (yield* checkedBy(join(directory, "checks"))).length, paths: paths.map(decodeURIComponent) }
  })

describe("a worker whose check fails", () => {
  it.scopedLive("reports it as unhealthy, takes no job and ends with 1", () =>
    Effect.gen(function*() {
      const { code, paths } = yield* verdict("/nowhere/weights", {})
      expect(code).toBe(1)
      expect(paths).toEqual([
        expect.stringContaining("/ping/w1?x&status=unhealthy&check=weights&reason=there is no /nowhere/weights")
      ])
    }))

  it.scopedLive("does so where the check ends its thread", () =>
    Effect.gen(function*() {
      const { code, paths } = yield* verdict("end the thread", {})
      expect(code).toBe(1)
      expect(paths).toEqual([expect.stringContaining("check=weights&reason=the worker thread ended with code 3")])
    }))

  it.scopedLive("of a load balancer ends so too", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      const env = { FLASH_ENDPOINT_TYPE: "lb", FLASH_HOST: "127.0.0.1", PORT: String(port) }
      expect(yield* verdict("/nowhere/weights", env)).toMatchObject({ code: 1, checks: 1 })
    }))
})

layer(Platform.layer(), { excludeTestServices: true })("on the platform", (it) => {
  it.scoped("jobs wait for a worker that is fit, which checks once", () =>
    Effect.gen(function*() {
      const directory = yield* folder
      const [log, file] = [join(directory, "checks"), join(directory, "weights")]
      const made = yield* rest("POST", "serverless", {
        name: "fitness",
        type: "QUEUE",
        image: "me/image",
        cpu: [{ id: "cpu3c", vcpuCount: 2 }],
        workers: { min: 0, max: 1, idleTimeout: 60 },
        scaling: { type: "QUEUE_DELAY", queueDelay: 1 },
        env: {
          FLASH_MODULE: module,
          FLASH_IS_LIVE_PROVISIONING: "false",
          FLASH_TEST_CHECKS: log,
          FLASH_TEST_FILE: file
        }
      })
      const { id } = made as { readonly id: string }
      const run = yield* rest("POST", `${id}/run`, {
        input: { protocol_version: 1, function_name: "predict", args: [] }
      })
      const job = run as { readonly id: string }
      const unfit = yield* eventually(checkedBy(log), (pids) => pids.length > 0)
      yield* eventually(checkedBy(log), (pids) => pids.length > 1)
      expect(yield* rest("GET", `${id}/status/${job.id}`)).toMatchObject({ status: "IN_QUEUE" })
      writeFileSync(file, "")
      const done = yield* eventually(
        rest("GET", `${id}/status/${job.id}`),
        (answer) => (answer as { readonly status: string }).status === "COMPLETED"
      )
      const { output } = done as { readonly output: { readonly result: number } }
      expect(unfit).not.toContain(output.result)
      expect((yield* checkedBy(log)).filter((pid) => pid === output.result)).toHaveLength(1)
    }))
})
