/**
 * Jobs that wait on the embedded platform: `rate <count>` prints how many a second four workers then do, from the first
 * to the last, and `memory <count>` how many KiB of this process each takes that waits.
 */
import { Effect, Redacted, Schedule } from "effect"
import { Platform } from "effect-flash/local"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

const [what = "rate", text = "10000"] = process.argv.slice(2)

const count = Number(text)

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

const workers = 4

const endpoint = {
  name: "queued",
  type: "QUEUE",
  image: "queued",
  cpu: [{ id: "cpu3c", vcpuCount: 2 }],
  scaling: { type: "QUEUE_DELAY", queueDelay: 4 },
  workers: { min: 0, max: 0 },
  env: {
    FLASH_MODULE: new URL("./queuedFunction.mjs", import.meta.url).href,
    FLASH_IS_LIVE_PROVISIONING: "false",
    FLASH_MAX_CONCURRENCY: "16",
    FLASH_MAX_THREADS: "1"
  }
}

const main = Effect.gen(function*() {
  const { apiKey, handle } = yield* Platform.Platform
  const ask = (method: string, path: string, body?: unknown) =>
    Effect.map(
      handle({
        method,
        path: path.split("/").slice(1),
        query: new URLSearchParams(),
        headers: { authorization: `Bearer ${Redacted.value(apiKey)}` },
        body: body === undefined ? "" : JSON.stringify(body)
      }),
      (reply): Readonly<Record<string, unknown>> => JSON.parse(reply.body ?? "{}")
    )
  const id = String((yield* ask("POST", "/v2/serverless", endpoint))["id"])
  collect()
  const before = process.memoryUsage().rss
  yield* Effect.forEach(
    Array.from({ length: count }, (_, n) => n),
    (n) => ask("POST", `/v2/${id}/run`, { input: { n } }),
    { concurrency: 100, discard: true }
  )
  if (what === "memory") {
    collect()
    return (process.memoryUsage().rss - before) / count / 1024
  }
  const completed = Effect.map(
    ask("GET", `/v2/${id}/health`),
    ({ jobs }) => (jobs as { readonly completed: number }).completed
  )
  const reach = (target: number) =>
    Effect.repeat(completed, { until: (done) => done >= target, schedule: Schedule.spaced("5 millis") }).pipe(
      Effect.zipRight(completed)
    )
  yield* ask("PATCH", `/v2/serverless/${id}`, { workers: { min: workers, max: workers } })
  // workers that are still starting are no part of it
  const first = yield* reach(count / 10)
  const start = performance.now()
  yield* reach(count)
  return (count - first) / ((performance.now() - start) / 1000)
})

const folder = mkdtempSync(join(tmpdir(), "effect-flash-bench-"))
Effect.runPromise(Effect.provide(main, Platform.layer({ database: join(folder, "platform.db") }))).then((value) => {
  rmSync(folder, { recursive: true, force: true })
  process.stdout.write(`${value}\n`)
})
