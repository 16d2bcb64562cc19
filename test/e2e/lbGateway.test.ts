/** The load balancer of the embedded platform, from outside: hosts and paths, keys, workers, what is passed on. */
import { expect, layer } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { Platform } from "effect-flash/local"
import { existsSync, mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as LbPlatform from "./lbPlatform.ts"

const scratch = (name: string) => join(mkdtempSync(join(tmpdir(), "effect-flash-test-")), name)

const appears = (path: string) =>
  Effect.repeat(Effect.sync(() => existsSync(path)), { until: Boolean, schedule: Schedule.spaced("10 millis") }).pipe(
    Effect.timeout("10 seconds")
  )

layer(Platform.layer(), { excludeTestServices: true })("a load-balanced endpoint", (it) => {
  it.effect("is found by its host and by its path, from no worker on, for who has the key", () =>
    Effect.gen(function*() {
      const id = yield* LbPlatform.deploy("routing")
      const byPath = yield* LbPlatform.ask({ path: `/lb/${id}/users/7?tags=a` })
      expect(byPath).toMatchObject({ status: 200, text: `{"id":7,"name":"Ada a","since":"1970-01-01T00:00:00.007Z"}` })
      expect(byPath.headers["x-runpod-worker-id"]).toMatch(/^[a-z0-9]{14}$/)
      const byHost = yield* LbPlatform.ask({ path: "/users/7?tags=a", host: `${id}.localhost:80` })
      expect(byHost.text).toBe(byPath.text)
      expect(byHost.headers["x-runpod-worker-id"]).toBe(byPath.headers["x-runpod-worker-id"])
      expect(yield* LbPlatform.ask({ path: "/users/7", host: `${id}.localhost`, key: "" })).toMatchObject({
        status: 401,
        text: expect.stringContaining("no token provided")
      })
      expect(yield* LbPlatform.ask({ path: `/lb/${id}/users/7`, key: "wrong" })).toMatchObject({ status: 401 })
      expect(yield* LbPlatform.ask({ path: "/", host: "nobody.localhost" })).toMatchObject({ status: 404 })
      // the worker is asked only by the load balancer, and has no code of callers
      expect(yield* LbPlatform.ask({ path: `/lb/${id}/execute`, method: "POST", body: "{}" })).toMatchObject({
        status: 404
      })
      expect(yield* LbPlatform.ask({ path: `/lb/${id}/ping` })).toMatchObject({ status: 200 })
    }))

  it.effect("refuses what is too large, and is none for a queue", () =>
    Effect.gen(function*() {
      const id = yield* LbPlatform.deploy("limits")
      const headers = { "content-type": "application/json" }
      const large = new Uint8Array(30 * 1024 * 1024 + 1)
      expect(yield* LbPlatform.ask({ path: `/lb/${id}/users`, method: "POST", headers, body: large })).toMatchObject({
        status: 413
      })
      const queue = yield* LbPlatform.deploy("queue", {
        type: "QUEUE",
        scaling: { type: "QUEUE_DELAY", queueDelay: 4 }
      })
      expect(yield* LbPlatform.ask({ path: `/lb/${queue}/users` })).toMatchObject({
        status: 400,
        text: `{"error":"not allowed for QB API"}`
      })
    }))

  it.effect("gets more workers for more requests, and requests stay with the worker they name", () =>
    Effect.gen(function*() {
      const id = yield* LbPlatform.deploy("scaling", {
        workers: { min: 0, max: 2, idleTimeout: 60 },
        scaling: { type: "REQUEST_COUNT", requestCount: 1 }
      })
      const wait = (headers: Record<string, string> = {}) =>
        Effect.map(LbPlatform.ask({ path: `/lb/${id}/wait?ms=50`, headers }), ({ headers, status, text }) => ({
          status,
          text,
          worker: String(headers["x-runpod-worker-id"])
        }))
      const seen = new Set<string>()
      yield* Effect.repeat(
        Effect.map(Effect.all([wait(), wait()], { concurrency: 2 }), (answers) => {
          for (const { worker } of answers) seen.add(worker)
        }),
        { until: () => seen.size === 2, schedule: Schedule.spaced("20 millis") }
      ).pipe(Effect.timeout("15 seconds"))
      for (const worker of seen) {
        for (const value of [worker, `strict ${worker}`]) {
          expect(yield* wait({ "x-runpod-worker-id": value })).toMatchObject({ status: 200, worker })
        }
      }
      expect((yield* wait({ "x-runpod-worker-id": "nobody" })).status).toBe(200)
      expect(yield* wait({ "x-runpod-worker-id": "strict nobody" })).toMatchObject({
        status: 404,
        text: expect.stringContaining("affinity_worker_gone")
      })
    }))

  it.effect("passes a stream on as it comes, and the going of its client", () =>
    Effect.gen(function*() {
      const id = yield* LbPlatform.deploy("streams")
      const { text } = yield* LbPlatform.ask({ path: `/lb/${id}/count/3`, headers: { accept: "text/event-stream" } })
      expect(text.match(/^data: /gm)?.length).toBe(4)
      const [started, finalized] = [scratch("started"), scratch("finalized")]
      const fiber = yield* Effect.fork(LbPlatform.ask({
        path: `/lb/${id}/hang`,
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ started, finalized })
      }))
      yield* appears(started)
      fiber.unsafeInterruptAsFork(fiber.id())
      yield* appears(finalized)
    }))

  it.effect("answers 502 where a worker is lost, sends no request twice, and goes on with another worker", () =>
    Effect.gen(function*() {
      const id = yield* LbPlatform.deploy("crashes")
      const marker = scratch("marker")
      const crashed = yield* LbPlatform.ask({
        path: `/lb/${id}/crash`,
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ marker })
      })
      expect(crashed.status).toBe(502)
      expect(readFileSync(marker, "utf8")).toBe("x")
      expect(yield* LbPlatform.ask({ path: `/lb/${id}/users/me` })).toMatchObject({ status: 200 })
      expect(readFileSync(marker, "utf8")).toBe("x")
    }))
})
