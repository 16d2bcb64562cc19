/** The worker of a load-balanced endpoint by itself: what it does with its environment alone. */
import { describe, expect, it, layer } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Layer, Schedule } from "effect"
import { existsSync, mkdtempSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as LbWorker from "./lbWorker.ts"

class Worker extends Context.Tag("Worker")<Worker, Effect.Effect.Success<ReturnType<typeof LbWorker.start>>>() {}

const TestLayer = Layer.scoped(
  Worker,
  Effect.gen(function*() {
    const worker = yield* LbWorker.start({ FLASH_MODULE: yield* LbWorker.module })
    yield* LbWorker.pings(worker.url)
    return worker
  })
)

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: unknown
}

const ask = (path: string, init: RequestInit = {}) =>
  Effect.flatMap(Worker, ({ url }) =>
    Effect.promise(async (signal): Promise<Answer> => {
      const response = await fetch(`${url}${path}`, { signal, ...init })
      const text = await response.text()
      const isJson = text !== "" && response.headers.get("content-type") === "application/json"
      return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
    }))

const json = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body)
})

const scratch = (name: string) => join(mkdtempSync(join(tmpdir(), "effect-flash-test-")), name)

const appears = (path: string) =>
  Effect.repeat(Effect.sync(() => existsSync(path)), { until: Boolean, schedule: Schedule.spaced("10 millis") }).pipe(
    Effect.timeout("10 seconds")
  )

layer(TestLayer, { excludeTestServices: true })("a deployed worker", (it) => {
  it.effect("serves its functions at their routes", () =>
    Effect.gen(function*() {
      expect(yield* ask("/users/7?tags=a&tags=b&loud=true")).toMatchObject({
        status: 200,
        json: { id: 7, name: "ADA a+b", since: "1970-01-01T00:00:00.007Z" }
      })
      expect(yield* ask("/users/me")).toMatchObject({ status: 200, json: "me" })
      expect(yield* ask("/users", json("POST", { name: "Ada", address: { city: "London" } }))).toMatchObject({
        status: 200,
        json: { id: 3, city: "London" }
      })
      expect(yield* ask("/users/7", { method: "DELETE" })).toMatchObject({ status: 204, text: "" })
      expect(yield* ask("/users/7", { method: "HEAD" })).toMatchObject({ status: 200, text: "" })
    }))

  it.effect("answers errors with the statuses of their schemas", () =>
    Effect.gen(function*() {
      expect(yield* ask("/users/0")).toMatchObject({ status: 404, json: { _tag: "NoUser", id: 0 } })
      expect(yield* ask("/users", json("POST", { name: "root" }))).toMatchObject({
        status: 409,
        json: { _tag: "Taken" }
      })
      const defect = yield* ask("/explode", json("POST", { how: "now" }))
      expect(defect).toMatchObject({ status: 500, json: { error: { _tag: "die", message: "boom: now" } } })
    }))

  it.effect("says what is wrong with a request", () =>
    Effect.gen(function*() {
      const wrong = yield* ask("/users/seven")
      expect(wrong.status).toBe(400)
      expect(wrong.text).toContain("seven")
      expect((yield* ask("/users", { ...json("POST", {}), body: "{" })).status).toBe(400)
      expect(yield* ask("/nowhere")).toMatchObject({ status: 404, json: { error: { reason: "function_missing" } } })
      const method = yield* ask("/users/7", { method: "PATCH" })
      expect(method.status).toBe(405)
      expect(method.headers.get("allow")?.split(", ").toSorted()).toEqual(["DELETE", "GET"])
      const large = yield* ask("/users", { ...json("POST", {}), body: new Uint8Array(30 * 1024 * 1024 + 1) })
      expect(large.status).toBe(413)
    }))

  it.effect("takes and gives bytes", () =>
    Effect.gen(function*() {
      const form = new FormData()
      form.append("image", new Blob([new Uint8Array([1, 2, 255])]), "cat.png")
      form.append("quality", "0.5")
      expect(yield* ask("/images/a%20b", { method: "PUT", body: form })).toMatchObject({
        json: { name: "a b", size: 3, sum: 258, quality: 0.5 }
      })
      const { headers, text } = yield* ask("/images/5")
      expect(headers.get("content-type")).toBe("application/octet-stream")
      expect(text).toBe("\u0000\u0001\u0002\u0003\u0004")
    }))

  it.effect("streams as lines or as events, whichever is asked for", () =>
    Effect.gen(function*() {
      const lines = yield* ask("/count/3")
      expect(lines.headers.get("content-type")).toBe("application/x-ndjson")
      expect(lines.text.trim().split("\n").map((line) => JSON.parse(line).n)).toEqual([1, 2, 3])
      const accept = { headers: { accept: "text/event-stream" } }
      const events = yield* ask("/count/2?failAt=2", accept)
      expect(events.headers.get("content-type")).toBe("text/event-stream")
      expect(events.text).toBe(
        `data: {"n":1,"at":"1970-01-01T00:00:00.001Z"}\n\nevent: failure\ndata: {"name":"2","_tag":"Taken"}\n\n`
      )
      expect((yield* ask("/count/1", accept)).text).toContain(`event: end\ndata: {"length":1}\n\n`)
      // what fails before its first value has a status still
      expect(yield* ask("/count/2?failAt=1")).toMatchObject({ status: 409, json: { _tag: "Taken", name: "1" } })
      // and what fails after it is broken off
      const broken = yield* Effect.exit(Effect.sandbox(ask("/count/2?failAt=2")))
      expect(broken._tag).toBe("Failure")
    }))

  it.effect("streams more than a connection holds", () =>
    Effect.gen(function*() {
      const { text } = yield* ask("/count/20000")
      expect(text.trim().split("\n").length).toBe(20_000)
    }))

  it.effect("describes itself", () =>
    Effect.gen(function*() {
      const { json } = yield* ask("/openapi.json")
      expect(json).toMatchObject({
        openapi: "3.1.0",
        info: { title: "api" },
        paths: {
          "/users/{id}": { get: { responses: { 200: {}, 404: {}, 409: {} } }, delete: { responses: { 204: {} } } },
          "/users": { post: { requestBody: { content: { "application/json": {} } } } },
          "/images/{name}": { put: { requestBody: { content: { "multipart/form-data": {} } } } }
        }
      })
    }))

  it.effect("runs no code that comes with a call", () =>
    Effect.gen(function*() {
      const envelope = { protocol_version: 1, function_name: "evil", function_code: "process.exit(1)", args: [] }
      expect((yield* ask("/execute", json("POST", envelope))).status).toBe(404)
    }))

  it.effect("interrupts the handler of a client that goes away", () =>
    Effect.gen(function*() {
      const started = scratch("started")
      const finalized = scratch("finalized")
      const call = Effect.fork(ask("/hang", json("POST", { started, finalized })))
      const fiber = yield* call
      yield* appears(started)
      fiber.unsafeInterruptAsFork(fiber.id())
      yield* appears(finalized)
    }))

  it.effect("says how it is while a handler blocks its thread", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.fork(ask("/wait?ms=1500&blocking=true"))
      yield* Effect.sleep("200 millis")
      expect((yield* ask("/ping")).status).toBe(200)
      expect(fiber.unsafePoll()).toBeNull()
      yield* fiber
    }))

  it.effect("runs requests side by side", () =>
    Effect.gen(function*() {
      const starts = Array.from({ length: 20 }, () => scratch("started"))
      const calls = yield* Effect.fork(Effect.forEach(
        starts,
        (started) => ask("/hang", json("POST", { started, finalized: `${started}-no-more` })),
        { concurrency: "unbounded" }
      ))
      // none of them ends by itself
      yield* Effect.forEach(starts, appears)
      yield* Fiber.interrupt(calls)
    }))
})

describe("a worker", () => {
  it.scopedLive("is initializing until its functions are there, and ends with its requests after SIGTERM", () =>
    Effect.gen(function*() {
      const worker = yield* LbWorker.start({ FLASH_MODULE: yield* LbWorker.module })
      expect(yield* LbWorker.pings(worker.url)).toEqual(expect.arrayContaining([204, 200]))
      const request = yield* Effect.fork(
        Effect.promise(() => fetch(`${worker.url}/wait?ms=400`).then((response) => response.json()))
      )
      yield* Effect.sleep("100 millis")
      worker.child.kill("SIGTERM")
      expect(yield* request).toMatchObject({ pid: worker.child.pid })
      expect(yield* worker.exited).toBe(0)
    }))

  it.scopedLive("is unhealthy where its functions do not load, and says why", () =>
    Effect.gen(function*() {
      const { url } = yield* LbWorker.start({ FLASH_MODULE: "file:///nowhere.mjs" })
      yield* LbWorker.pings(url)
      const response = yield* Effect.promise(() => fetch(`${url}/ping`))
      expect(response.status).toBe(500)
      expect(yield* Effect.promise(() => response.text())).toContain("nowhere.mjs")
    }))

  it.scopedLive("wants its gateway's token, serves health on a port of its own, and live code", () =>
    Effect.gen(function*() {
      const healthPort = yield* LbWorker.freePort
      const { url } = yield* LbWorker.start({
        FLASH_IS_LIVE_PROVISIONING: "true",
        FLASH_GATEWAY_TOKEN: "secret",
        PORT_HEALTH: String(healthPort)
      })
      const health = `http://127.0.0.1:${healthPort}`
      yield* LbWorker.pings(health)
      const input = { protocol_version: 1, function_name: "f", function_code: "export const one = 1", args: [] }
      const execute = (headers: Record<string, string>) =>
        Effect.promise(async () => {
          const response = await fetch(`${url}/execute`, { ...json("POST", { input }), headers })
          return { status: response.status, body: await response.json() }
        })
      expect((yield* execute({})).status).toBe(401)
      expect(yield* execute({ "x-flash-gateway-token": "secret" })).toMatchObject({
        status: 200,
        // it ran, and exports no such function
        body: { success: false, error: { reason: "function_missing", known: [] } }
      })
      expect(yield* Effect.promise(() => fetch(`${health}/f`).then(({ status }) => status))).toBe(404)
    }))
})

describe("a worker whose build is still on its way", () => {
  it.scopedLive("says so when it is asked, and does not refuse the connection", () =>
    Effect.gen(function*() {
      const asked = yield* Deferred.make<void>()
      const server = yield* Effect.acquireRelease(
        Effect.async<ReturnType<typeof createServer>>((resume) => {
          // the archive never comes
          const server = createServer(() => void Deferred.unsafeDone(asked, Effect.void))
          server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close().closeAllConnections())
      )
      // a server that listens on a port has an address of this kind
      const { port } = server.address() as AddressInfo
      const worker = yield* LbWorker.start({
        RUNPOD_ENDPOINT_ID: "e1",
        FLASH_BUILD_ARTIFACT_PATH: `http://127.0.0.1:${port}/archive.tar.gz`
      })
      yield* Effect.timeout(Deferred.await(asked), "10 seconds")
      const { status } = yield* Effect.promise(() => fetch(`${worker.url}/ping`))
      expect(status).toBe(204)
    }))
})
