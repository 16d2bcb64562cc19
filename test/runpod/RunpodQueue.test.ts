import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as RunpodQueue from "../../src/runpod/RunpodQueue.ts"
import { make, problem, reply } from "./scriptedApi.ts"
import type { Asked, Reply } from "./scriptedApi.ts"

const api = (script: (asked: Asked) => Reply) => {
  const platform = make(script)
  return Effect.map(
    Effect.provide(RunpodQueue.RunpodQueue, Layer.provide(RunpodQueue.layer, platform.layer)),
    (queue) => ({ ...platform, queue })
  )
}

const health = {
  jobs: { completed: 31, failed: 1, inProgress: 0, inQueue: 0, retried: 1 },
  workers: { idle: 1, initializing: 0, ready: 1, running: 1, throttled: 0, unhealthy: 0 }
}

describe("RunpodQueue", () => {
  it.effect("tells an endpoint's health", () =>
    Effect.gen(function*() {
      const { asked, queue } = yield* api(() => reply(200, health))
      expect(yield* queue.health("ep1")).toEqual(health)
      expect(asked).toMatchObject([{ method: "GET", url: "https://jobs.runpod.test/v2/ep1/health" }])
    }))

  it.effect("counts nothing where the platform leaves a count out", () =>
    Effect.gen(function*() {
      const { queue } = yield* api(() => reply(200, { workers: { running: 1, unhealthy: null } }))
      expect(yield* queue.health("ep1")).toEqual({
        jobs: { completed: 0, failed: 0, inProgress: 0, inQueue: 0, retried: 0 },
        workers: { idle: 0, initializing: 0, ready: 0, running: 1, throttled: 0, unhealthy: 0 }
      })
    }))

  it.effect("does not take another answer for an endpoint without workers", () =>
    Effect.gen(function*() {
      const { queue } = yield* api(() => reply(200, { status: "ok" }))
      expect((yield* Effect.flip(queue.health("ep1")))._tag).toBe("UnexpectedResponse")
    }))

  it.effect("tells which workers are ready", () =>
    Effect.gen(function*() {
      const { lines, queue } = yield* api(() => reply(200, { workers: health.workers, readyWorkers: ["w1", "w2"] }))
      expect(yield* queue.metrics("ep1")).toEqual({ workers: health.workers, readyWorkers: ["w1", "w2"] })
      expect(lines()).toEqual(["GET /v2/ep1/metrics"])
    }))

  it.effect("lists the jobs that the endpoint remembers", () =>
    Effect.gen(function*() {
      const requests = [
        { id: "j1", status: "COMPLETED", createdAt: 1_790_000_000_000 },
        { id: "j2", status: "FAILED", createdAt: "2026-11-24T20:00:00Z", error: { code: 5 } }
      ]
      const { lines, queue } = yield* api(() => reply(200, { requests }))
      expect(yield* queue.requests("ep1")).toEqual(requests)
      expect(lines()).toEqual(["GET /v2/ep1/requests"])
    }))

  it.effect("purges the queue", () =>
    Effect.gen(function*() {
      const { asked, queue } = yield* api(() => reply(200, { removed: 2, status: "completed" }))
      expect(yield* queue.purgeQueue("ep1")).toEqual({ removed: 2, status: "completed" })
      expect(asked).toMatchObject([{ method: "POST", path: "/v2/ep1/purge-queue", body: undefined }])
    }))

  it.effect("says which endpoint there is not", () =>
    Effect.gen(function*() {
      const { queue } = yield* api(() => problem(404, "endpoint not found"))
      expect(yield* Effect.flip(queue.health("ep1"))).toMatchObject({ _tag: "NotFound", kind: "endpoint", id: "ep1" })
    }))

  it.effect("does not ask for an endpoint without an id", () =>
    Effect.gen(function*() {
      const { lines, queue } = yield* api(() => reply(200, health))
      expect((yield* Effect.flip(queue.health("")))._tag).toBe("ValidationFailed")
      expect(lines()).toEqual([])
    }))
})
