import { assert, describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Exit, FiberId, Scope, Stream } from "effect"
import { request as sendRequest } from "node:http"
import type { IncomingMessage, RequestOptions } from "node:http"
import * as HttpServer from "../../../runtime/platform/http/HttpServer.ts"

const serve = (handle: HttpServer.Options["handle"], bodyLimit = 1000) =>
  HttpServer.serve({ host: "127.0.0.1", port: 0, bodyLimit, handle })

const gate = () => Deferred.unsafeMake<void>(FiberId.none)
const open = (gate: Deferred.Deferred<void>) => Deferred.unsafeDone(gate, Exit.void)

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

/** One request over a connection of its own. */
const send = (port: number, options: RequestOptions = {}, body?: string | Buffer) =>
  Effect.async<Answer, Error>((resume) => {
    const sent = sendRequest({ host: "127.0.0.1", port, agent: false, ...options }, (response) => {
      let body = ""
      response.setEncoding("utf8").on("data", (chunk) => body += chunk).on(
        "end",
        () => resume(Effect.succeed({ status: response.statusCode ?? 0, headers: response.headers, body }))
      )
    })
    sent.on("error", (error) => resume(Effect.fail(error)))
    sent.end(body)
    return Effect.sync(() => sent.destroy())
  })

describe("a request", () => {
  it.scopedLive("arrives with its method, its path in parts, its query, headers and body", () =>
    Effect.gen(function*() {
      const seen: Array<HttpServer.Request> = []
      const port = yield* serve((request) =>
        Effect.sync(() => {
          seen.push(request)
          return { status: 200, body: "{}" }
        })
      )
      yield* send(port, { method: "POST", path: "/v2/ep%2F1/run?a=1&a=2&b=%C3%A9", headers: { "x-test": "1" } }, "é")
      yield* send(port, { path: "/v2/a%zz/take&job=1" })
      yield* send(port, { path: "/" })
      const [first, second, third] = seen
      expect(first).toMatchObject({ method: "POST", path: ["v2", "ep/1", "run"], body: "é" })
      expect(first?.query.getAll("a")).toEqual(["1", "2"])
      expect(first?.query.get("b")).toBe("é")
      expect(first?.headers["x-test"]).toBe("1")
      // what cannot be decoded stays as it is, and a query needs its mark
      expect(second).toMatchObject({ method: "GET", path: ["v2", "a%zz", "take&job=1"], body: "" })
      expect([...second?.query ?? ["none"]]).toEqual([])
      expect(third?.path).toEqual([""])
    }))

  it.scopedLive("whose body comes in parts arrives whole, also where a letter is cut", () =>
    Effect.gen(function*() {
      const port = yield* serve(({ body }) => Effect.succeed({ status: 200, body: JSON.stringify(body) }))
      const bytes = Buffer.from("aé漢😀".repeat(50))
      const answer = yield* Effect.async<string>((resume) => {
        const sent = sendRequest({ host: "127.0.0.1", port, method: "POST", agent: false }, (response) => {
          let body = ""
          response.setEncoding("utf8").on("data", (chunk) => body += chunk).on(
            "end",
            () => resume(Effect.succeed(body))
          )
        })
        sent.write(bytes.subarray(0, 102))
        setImmediate(() => sent.end(bytes.subarray(102)))
      })
      expect(JSON.parse(answer)).toBe(bytes.toString())
    }))

  it.scopedLive("with a body over the limit is refused, and the handler does not see it", () =>
    Effect.gen(function*() {
      let calls = 0
      const port = yield* serve(() => Effect.sync(() => ({ status: 200, body: String(++calls) })))
      const refused = yield* send(port, { method: "POST" }, Buffer.alloc(1001))
      expect(refused.status).toBe(413)
      expect(JSON.parse(refused.body)).toMatchObject({ status: 413, title: "Payload Too Large" })
      expect(calls).toBe(0)
      expect((yield* send(port, { method: "POST" }, Buffer.alloc(1000))).status).toBe(200)
    }))

  it.scopedLive("that breaks off half way reaches no handler", () =>
    Effect.gen(function*() {
      let calls = 0
      const port = yield* serve(() => Effect.sync(() => ({ status: 200, body: String(++calls) })))
      yield* Effect.async<void>((resume) => {
        const headers = { "content-length": "10" }
        const sent = sendRequest({ host: "127.0.0.1", port, method: "POST", headers, agent: false })
        sent.on("error", () => resume(Effect.void))
        sent.write("half", () => sent.destroy(new Error("gone")))
      })
      expect((yield* send(port)).body).toBe("1")
    }))
})

describe("a reply", () => {
  it.scopedLive("is sent as JSON, with its length and its headers", () =>
    Effect.gen(function*() {
      const port = yield* serve(() => Effect.succeed({ status: 201, body: `"é"`, headers: { "retry-after": "5" } }))
      const { body, headers, status } = yield* send(port)
      expect(status).toBe(201)
      expect(body).toBe(`"é"`)
      expect(headers).toMatchObject({ "content-type": "application/json", "content-length": "4", "retry-after": "5" })
    }))

  it.scopedLive("may be without a body", () =>
    Effect.gen(function*() {
      const port = yield* serve(() => Effect.succeed({ status: 204 }))
      const { body, headers, status } = yield* send(port)
      expect([status, body]).toEqual([204, ""])
      expect(headers["content-type"]).toBeUndefined()
    }))

  it.scopedLive("of a handler that dies is a 500 that says why, and the server goes on", () =>
    Effect.gen(function*() {
      let calls = 0
      const port = yield* serve(() => calls++ === 0 ? Effect.die(new Error("boom")) : Effect.succeed({ status: 200 }))
      const { body, status } = yield* send(port)
      expect(status).toBe(500)
      expect(JSON.parse(body)).toMatchObject({ status: 500, title: "Internal Server Error" })
      expect(body).toContain("boom")
      expect((yield* send(port)).status).toBe(200)
    }))

  it.scopedLive("of a handler that throws is a 500 too", () =>
    Effect.gen(function*() {
      const port = yield* serve(() => {
        throw new Error("thrown")
      })
      const { body, status } = yield* send(port)
      expect(status).toBe(500)
      expect(body).toContain("thrown")
    }))

  it.scopedLive("goes out on a connection that is kept for the next request", () =>
    Effect.gen(function*() {
      const ports = new Set<string | undefined>()
      const port = yield* serve(({ headers }) =>
        Effect.sync(() => {
          ports.add(headers.connection)
          return { status: 200, body: "{}" }
        })
      )
      const first = yield* Effect.promise(() => fetch(`http://127.0.0.1:${port}/a`).then((r) => r.text()))
      const second = yield* Effect.promise(() => fetch(`http://127.0.0.1:${port}/b`).then((r) => r.text()))
      expect([first, second]).toEqual(["{}", "{}"])
      expect([...ports]).toEqual(["keep-alive"])
    }))
})

describe("a client that goes away", () => {
  /** A client that sends a request and leaves once the gate opens. */
  const leaving = (port: number, when: Deferred.Deferred<void>) =>
    Effect.flatMap(
      Effect.fork(Effect.exit(send(port))),
      (fiber) => Effect.zipRight(Deferred.await(when), fiber.interruptAsFork(FiberId.none))
    )

  it.scopedLive("interrupts the handler", () =>
    Effect.gen(function*() {
      const [came, interrupted] = [gate(), gate()]
      const port = yield* serve(() =>
        Effect.sync(() => open(came)).pipe(
          Effect.zipRight(Effect.never),
          Effect.onInterrupt(() => Effect.sync(() => open(interrupted)))
        )
      )
      yield* leaving(port, came)
      yield* Deferred.await(interrupted)
    }))

  it.scopedLive("before it has read all of a large reply is told of by undelivered", () =>
    Effect.gen(function*() {
      const told = gate()
      const port = yield* serve(() =>
        Effect.succeed({ status: 200, body: "x".repeat(30_000_000), undelivered: () => open(told) })
      )
      yield* Effect.async<void>((resume) => {
        const sent = sendRequest({ host: "127.0.0.1", port, agent: false }, (response) => {
          response.once("readable", () => {
            response.destroy()
            resume(Effect.void)
          })
        })
        sent.on("error", () => {})
        sent.end()
      })
      yield* Deferred.await(told)
    }))

  it.scopedLive("after it has read its reply is not told of", () =>
    Effect.gen(function*() {
      let times = 0
      const port = yield* serve(() => Effect.succeed({ status: 200, body: "{}", undelivered: () => times++ }))
      yield* send(port)
      yield* send(port, { headers: { connection: "close" } })
      expect(times).toBe(0)
    }))
})

describe("a reply that is a stream", () => {
  it.scopedLive("is sent as it comes, with the headers first", () =>
    Effect.gen(function*() {
      const go = gate()
      const port = yield* serve(() =>
        Effect.succeed({
          status: 200,
          headers: { "content-type": "text/event-stream" },
          stream: Stream.concat(Stream.make("a", "b"), Stream.fromEffect(Effect.as(Deferred.await(go), "c")))
        })
      )
      const response = yield* Effect.promise(() => fetch(`http://127.0.0.1:${port}/`))
      expect(response.headers.get("content-type")).toBe("text/event-stream")
      expect(response.headers.get("content-length")).toBeNull()
      open(go)
      expect(yield* Effect.promise(() => response.text())).toBe("abc")
    }))

  it.scopedLive("waits for a client that reads slowly, and ends with it", () =>
    Effect.gen(function*() {
      const ended = gate()
      let sent = 0
      const chunk = new Uint8Array(1_000_000)
      const port = yield* serve(() =>
        Effect.succeed({
          status: 200,
          stream: Stream.repeatEffect(Effect.sync(() => {
            sent++
            return chunk
          })).pipe(Stream.ensuring(Effect.sync(() => open(ended))))
        })
      )
      yield* Effect.async<void>((resume) => {
        const asked = sendRequest({ host: "127.0.0.1", port, agent: false }, (response) => {
          // it takes nothing for many turns of the event loop, in each of which more could have been sent
          const leave = (turns: number): unknown =>
            turns > 0 ? setImmediate(leave, turns - 1) : resume(Effect.sync(() => response.destroy()))
          response.once("readable", () => leave(500))
        })
        asked.on("error", () => {})
        asked.end()
      })
      yield* Deferred.await(ended)
      expect(sent).toBeLessThan(100)
    }))

  it.scopedLive("and fails breaks the connection", () =>
    Effect.gen(function*() {
      const port = yield* serve(() =>
        Effect.succeed({ status: 200, stream: Stream.concat(Stream.make("a"), Stream.die("boom")) })
      )
      const response = yield* Effect.promise(() => fetch(`http://127.0.0.1:${port}/`))
      expect(yield* Effect.promise(() => response.text().then(() => "whole", () => "broken"))).toBe("broken")
    }))
})

describe("a reply that is dropped", () => {
  it.scopedLive("breaks the connection, and is told of", () =>
    Effect.gen(function*() {
      const told = gate()
      const port = yield* serve(() => Effect.succeed({ status: 200, isDropped: true, undelivered: () => open(told) }))
      expect(yield* Effect.flip(send(port))).toMatchObject({ code: "ECONNRESET" })
      yield* Deferred.await(told)
    }))
})

describe("a request that is received", () => {
  it.scopedLive("comes as a stream, of whatever size, and its handler ends with its client", () =>
    Effect.gen(function*() {
      const interrupted = gate()
      const port = yield* HttpServer.serve({
        host: "127.0.0.1",
        port: 0,
        bodyLimit: 10,
        handle: () => Effect.succeed({ status: 200, body: `"handled"` }),
        receive: ({ method, path }, body) =>
          method !== "PUT" ? undefined : Effect.async<HttpServer.Reply>((resume) => {
            let size = 0
            body.on("data", (chunk: Buffer) => size += chunk.length)
            body.on("end", () => resume(Effect.succeed({ status: 200, body: JSON.stringify({ path, size }) })))
            return Effect.sync(() => open(interrupted))
          })
      })
      const { body } = yield* send(port, { method: "PUT", path: "/a/b" }, Buffer.alloc(5_000_000))
      expect(JSON.parse(body)).toEqual({ path: ["a", "b"], size: 5_000_000 })
      expect((yield* send(port)).body).toBe(`"handled"`)
      const headers = { "content-length": "10" }
      const sent = sendRequest({ host: "127.0.0.1", port, method: "PUT", headers, agent: false })
      sent.on("error", () => {})
      sent.write("half", () => sent.destroy())
      yield* Deferred.await(interrupted)
    }))
})

describe("the server", () => {
  it.effect("ends with its scope: what it is asked is interrupted, and nobody listens any more", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const [came, interrupted] = [gate(), gate()]
      const port = yield* Scope.extend(
        serve(() =>
          Effect.sync(() => open(came)).pipe(
            Effect.zipRight(Effect.never),
            Effect.onInterrupt(() => Effect.sync(() => open(interrupted)))
          )
        ),
        scope
      )
      const asking = yield* Effect.fork(Effect.flip(send(port)))
      yield* Deferred.await(came)
      yield* Scope.close(scope, Exit.void)
      yield* Deferred.await(interrupted)
      yield* asking
      expect(yield* Effect.flip(send(port))).toMatchObject({ code: "ECONNREFUSED" })
    }))

  it.scopedLive("does not start on a port that is taken, and says so", () =>
    Effect.gen(function*() {
      const handle = () => Effect.succeed({ status: 200 })
      const port = yield* serve(handle)
      const error = yield* Effect.flip(HttpServer.serve({ host: "127.0.0.1", port, bodyLimit: 1, handle }))
      assert.instanceOf(error, HttpServer.ListenError)
      expect(error.message).toContain("EADDRINUSE")
      expect(error.message).toContain(String(port))
    }))
})
