import { assert, describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, FiberId } from "effect"
import { createServer } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { HttpTransport } from "../../src/runpod/HttpTransport.ts"
import * as UndiciTransport from "../../src/runpod/UndiciTransport.ts"

/** A server on loopback; succeeds with its origin. */
const serve = (handle: (request: IncomingMessage, response: ServerResponse) => void) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.async<ReturnType<typeof createServer>>((resume) => {
        const server = createServer(handle)
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    ),
    (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  )

const get = (origin: string, path = "/") => ({ method: "GET" as const, origin, path, headers: {} })

describe("UndiciTransport", () => {
  it.scopedLive("sends method, path, headers and body, and reads status, headers and body", () =>
    Effect.gen(function*() {
      const origin = yield* serve((request, response) => {
        let body = ""
        request.on("data", (chunk) => body += chunk).on("end", () => {
          response.writeHead(429, { "retry-after": "7" })
          response.end(`${request.method} ${request.url} ${request.headers.authorization} ${body}`)
        })
      })
      const { request } = yield* HttpTransport
      const { body, headers, status } = yield* request({
        method: "POST",
        origin,
        path: "/v2/ep1/run?a=b",
        headers: { authorization: "Bearer key" },
        body: `{"é":1}`
      })
      expect(status).toBe(429)
      expect(headers["retry-after"]).toBe("7")
      expect(body).toBe(`POST /v2/ep1/run?a=b Bearer key {"é":1}`)
    }).pipe(Effect.provide(UndiciTransport.layer)))

  it.scopedLive("puts a body together that comes in parts, in the middle of a letter too", () =>
    Effect.gen(function*() {
      const bytes = Buffer.from("é".repeat(200_000))
      const origin = yield* serve((_, response) => {
        response.write(bytes.subarray(0, 100_001))
        setImmediate(() => response.end(bytes.subarray(100_001)))
      })
      const { request } = yield* HttpTransport
      expect((yield* request(get(origin))).body).toBe(bytes.toString())
    }).pipe(Effect.provide(UndiciTransport.layer)))

  it.scopedLive("fails with the system's code where nobody listens, and where the connection breaks", () =>
    Effect.gen(function*() {
      const { request } = yield* HttpTransport
      const gone = yield* Effect.scoped(serve(() => {}))
      const refused = yield* Effect.flip(request(get(gone, "/v2/ep1/status/1")))
      expect(refused).toMatchObject({ code: "ECONNREFUSED", request: `GET ${gone}/v2/ep1/status/1` })
      const origin = yield* serve((_, response) => {
        response.write("half")
        response.socket?.resetAndDestroy()
      })
      const broken = yield* Effect.flip(request(get(origin)))
      expect(["ECONNRESET", "UND_ERR_SOCKET"]).toContain(broken.code)
    }).pipe(Effect.provide(UndiciTransport.layer)))

  it.scopedLive("goes away from the server when it is interrupted, also from a long poll", () =>
    Effect.gen(function*() {
      for (const longPoll of [false, true]) {
        const came = Deferred.unsafeMake<void>(FiberId.none)
        const left = Deferred.unsafeMake<void>(FiberId.none)
        const origin = yield* serve((_, response) => {
          response.once("close", () => Deferred.unsafeDone(left, Exit.void))
          Deferred.unsafeDone(came, Exit.void)
        })
        const { request } = yield* HttpTransport
        const fiber = yield* Effect.fork(request({ ...get(origin), longPoll }))
        yield* Deferred.await(came)
        yield* Fiber.interrupt(fiber)
        yield* Deferred.await(left)
      }
    }).pipe(Effect.provide(UndiciTransport.layer)))

  it.scopedLive("lets a call through while more long polls are held than it has connections for calls", () =>
    Effect.gen(function*() {
      const polls = 130
      let held = 0
      const allHeld = Deferred.unsafeMake<void>(FiberId.none)
      const origin = yield* serve((request, response) => {
        if (request.url === "/call") return response.end("called")
        if (++held === polls) Deferred.unsafeDone(allHeld, Exit.void)
      })
      const { request } = yield* HttpTransport
      const fiber = yield* Effect.fork(
        Effect.all(Array.from({ length: polls }, () => request({ ...get(origin, "/poll"), longPoll: true })), {
          concurrency: "unbounded"
        })
      )
      yield* Deferred.await(allHeld)
      expect((yield* request(get(origin, "/call"))).body).toBe("called")
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.provide(UndiciTransport.layer)))

  it.scopedLive("ends what is under way with its scope", () =>
    Effect.gen(function*() {
      const came = Deferred.unsafeMake<void>(FiberId.none)
      const origin = yield* serve(() => Deferred.unsafeDone(came, Exit.void))
      const fiber = yield* Effect.gen(function*() {
        const { request } = yield* HttpTransport
        const fiber = yield* Effect.forkDaemon(request({ ...get(origin), longPoll: true }))
        yield* Deferred.await(came)
        return fiber
      }).pipe(Effect.provide(UndiciTransport.layer))
      const exit = yield* Fiber.await(fiber)
      assert(Exit.isFailure(exit))
    }))
})
