/** The load balancer with workers of the test's own: time, choice, what is passed on and what is not sent twice. */
import { assert, describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, FiberId, TestClock } from "effect"
import { createServer, request as send } from "node:http"
import type { IncomingMessage, RequestListener, Server } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import * as Affinity from "../../runtime/platform/balancer/Affinity.ts"
import * as Balancer from "../../runtime/platform/balancer/Balancer.ts"
import * as Gateway from "../../runtime/platform/balancer/Gateway.ts"
import type * as Probe from "../../runtime/platform/balancer/Probe.ts"
import * as Faults from "../../runtime/platform/control/Faults.ts"
import type { Endpoint, Endpoints } from "../../runtime/platform/Endpoints.ts"
import * as HttpServer from "../../runtime/platform/http/HttpServer.ts"

const member = (id: string, port = 0): Balancer.Member => ({
  id,
  endpointId: "ep",
  port,
  health: { port, path: id }
})

/** A balancer whose workers are as the test says. */
const make = Effect.gen(function*() {
  const health = new Map<string, Probe.Health>()
  const wanted: Array<string> = []
  const ready: Array<string> = []
  const balancer = yield* Balancer.make({
    want: (id) => wanted.push(id),
    saw: (id) => ready.push(id),
    probe: ({ path }) => Effect.sync(() => health.get(path) ?? "initializing")
  })
  return { balancer, health, wanted, ready }
})

/** Lends a worker until the gate opens; gives its id. */
const hold = (balancer: Balancer.Balancer, affinity?: string) =>
  Effect.suspend(() => {
    const gate = Deferred.unsafeMake<void>(FiberId.none)
    const lent = Deferred.unsafeMake<string, Balancer.NoWorker>(FiberId.none)
    return Effect.as(
      Effect.forkScoped(
        Effect.scoped(
          Effect.tap(
            balancer.lease("ep", Affinity.parse(affinity)),
            ({ id }) => Effect.zipRight(Deferred.succeed(lent, id), Deferred.await(gate))
          )
        ).pipe(
          Effect.tapError((error) => Deferred.fail(lent, error))
        )
      ),
      { worker: Deferred.await(lent), end: Deferred.succeed(gate, undefined) }
    )
  })

describe("a request", () => {
  it.scoped("waits for a worker to be healthy, and wants one meanwhile", () =>
    Effect.gen(function*() {
      const { balancer, health, ready, wanted } = yield* make
      const { end, worker } = yield* hold(balancer)
      yield* TestClock.adjust("30 seconds")
      expect(wanted).toEqual(["ep"])
      expect(balancer.demand("ep")).toBe(1)
      balancer.join(member("w1"))
      yield* TestClock.adjust("30 seconds")
      expect(ready).toEqual([])
      health.set("w1", "healthy")
      yield* TestClock.adjust("50 millis")
      expect(yield* worker).toBe("w1")
      expect(ready).toEqual(["w1"])
      expect([balancer.demand("ep"), balancer.heldBy("w1")]).toEqual([1, 1])
      yield* end
      yield* TestClock.adjust(0)
      expect([balancer.demand("ep"), balancer.heldBy("w1")]).toEqual([0, 0])
    }))

  it.scoped("waits for two minutes", () =>
    Effect.gen(function*() {
      const { balancer } = yield* make
      const fiber = yield* Effect.fork(Effect.flip(Effect.scoped(balancer.lease("ep"))))
      yield* TestClock.adjust("119 seconds")
      expect(yield* Fiber.poll(fiber)).toMatchObject({ _tag: "None" })
      yield* TestClock.adjust("1 second")
      expect(yield* fiber).toMatchObject({ reason: "timeout" })
      expect(balancer.demand("ep")).toBe(0)
    }))

  it.scoped("hears at once that no worker can be started", () =>
    Effect.gen(function*() {
      const { balancer } = yield* make
      const fiber = yield* Effect.fork(Effect.flip(Effect.scoped(balancer.lease("ep"))))
      yield* TestClock.adjust(0)
      balancer.failQueued("other", "not this one")
      balancer.failQueued("ep", "no image")
      expect(yield* fiber).toMatchObject({ reason: "none", detail: "no image" })
    }))

  it.scoped("goes to the worker with the fewest, and not to one that is unhealthy, on its way out or lost", () =>
    Effect.gen(function*() {
      const { balancer, health } = yield* make
      for (const id of ["a", "b"]) {
        balancer.join(member(id))
        health.set(id, "healthy")
      }
      yield* TestClock.adjust("1 second")
      const workers = yield* Effect.forEach([1, 2, 3, 4], () => Effect.flatMap(hold(balancer), ({ worker }) => worker))
      expect(workers.toSorted()).toEqual(["a", "a", "b", "b"])
      const next = Effect.flatMap(hold(balancer), ({ worker }) => worker)
      health.set("a", "unhealthy")
      yield* TestClock.adjust("1 second")
      expect([yield* next, yield* next]).toEqual(["b", "b"])
      health.set("a", "healthy")
      balancer.retire("b")
      yield* TestClock.adjust("1 second")
      expect([yield* next, yield* next, yield* next]).toEqual(["a", "a", "a"])
      balancer.lose("a")
      const { worker } = yield* hold(balancer)
      const waiting = yield* Effect.fork(worker)
      yield* TestClock.adjust("1 minute")
      expect(yield* Fiber.poll(waiting)).toMatchObject({ _tag: "None" })
    }))

  it.scoped("gets the worker it names; strictly, that or none", () =>
    Effect.gen(function*() {
      const { balancer, health } = yield* make
      for (const id of ["a", "b"]) balancer.join(member(id))
      balancer.join({ ...member("c"), endpointId: "other" })
      for (const id of ["a", "b", "c"]) health.set(id, "healthy")
      yield* TestClock.adjust("1 second")
      const next = (affinity: string) => Effect.flatMap(hold(balancer, affinity), ({ worker }) => worker)
      expect([yield* next("b"), yield* next("b"), yield* next("strict b")]).toEqual(["b", "b", "b"])
      expect(yield* next("gone")).toBe("a")
      // of another endpoint
      expect(yield* Effect.flip(next("strict c"))).toMatchObject({ reason: "gone" })
      const { worker } = yield* hold(balancer, "strict-resume b")
      expect(yield* worker).toBe("b")
      balancer.retire("b")
      expect(yield* Effect.flip(next("strict b"))).toMatchObject({ reason: "gone" })
      expect(yield* next("b")).toBe("a")
    }))
})

const listening = (server: Server) =>
  Effect.acquireRelease(
    Effect.async<number>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed((server.address() as AddressInfo).port)))
    }),
    () =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )

/** A gateway in front of one worker. */
const gateway = (
  worker: RequestListener,
  upgrade?: (message: IncomingMessage, socket: Socket) => void,
  faults: Faults.Faults = Faults.make()
) =>
  Effect.gen(function*() {
    const seen: Array<IncomingMessage> = []
    const server = createServer((message, response) => {
      seen.push(message)
      worker(message, response)
    })
    if (upgrade !== undefined) server.on("upgrade", upgrade)
    const { balancer, health } = yield* make
    balancer.join(member("w1", yield* listening(server)))
    health.set("w1", "healthy")
    yield* TestClock.adjust("1 second")
    const endpoint = { id: "ep", config: { kind: "LOAD_BALANCER", workersMax: 1 } } as Endpoint
    const endpoints: Endpoints = {
      get: (id) => id === "ep" ? endpoint : undefined,
      authorize: (_, authorization) => authorization === "Bearer key" ? "account" : "nobody"
    }
    const port = yield* HttpServer.serve({
      host: "127.0.0.1",
      port: 0,
      bodyLimit: 1000,
      handle: () => Effect.succeed({ status: 418 }),
      gateway: yield* Gateway.make({
        endpoints,
        balancer,
        resolve: () => "ep",
        strike: (message) => faults.strikeBefore(HttpServer.headOf(message))
      })
    })
    return { port, seen, balancer, health }
  })

interface Answer {
  readonly status: number | undefined
  readonly text: string
  readonly headers: IncomingMessage["headers"]
}

const ask = (port: number, path: string, options: { readonly method?: string; readonly headers?: object } = {}) =>
  Effect.async<Answer, Error>((resume) => {
    const { headers, method = "GET" } = options
    const sent = send({
      port,
      path,
      method,
      agent: false,
      headers: { authorization: "Bearer key", ...headers }
    }, (response) => {
      let text = ""
      response.on("data", (chunk) => text += chunk)
      response.on("end", () => resume(Effect.succeed({ status: response.statusCode, text, headers: response.headers })))
      response.on("error", (error) => resume(Effect.fail(error)))
    })
    sent.on("error", (error) => resume(Effect.fail(error)))
    sent.end(method === "POST" ? "body" : undefined)
    return Effect.sync(() => sent.destroy())
  })

describe("what is passed on", () => {
  it.scoped("is all of a request but its key", () =>
    Effect.gen(function*() {
      const { balancer, port, seen } = yield* gateway((message, response) => {
        let body = ""
        message.on("data", (chunk) => body += chunk).on("end", () => {
          response.writeHead(201, "Made", { "x-own": "yes" }).end(body)
        })
      })
      const headers = { "x-other": "1", "x-flash-gateway-token": "guessed" }
      const answer = yield* ask(port, "/lb/ep/a%20b?c=%26", { method: "POST", headers })
      expect(answer).toMatchObject({
        status: 201,
        text: "body",
        headers: { "x-own": "yes", "x-runpod-worker-id": "w1" }
      })
      expect(seen[0]?.url).toBe("/a%20b?c=%26")
      expect(seen[0]?.headers).toMatchObject({ "x-other": "1", "x-flash-gateway-token": balancer.token })
      expect(seen[0]?.headers.authorization).toBeUndefined()
      // by the names in its headers
      expect((yield* ask(port, "/x", { headers: { host: "flash.localhost" } })).status).toBe(201)
      expect((yield* ask(port, "/x")).status).toBe(418)
    }))

  it.scoped("comes as it is sent", () =>
    Effect.gen(function*() {
      let finish = () => {}
      const { port } = yield* gateway((_, response) => {
        response.write("first")
        finish = () => void response.end("last")
      })
      const text = yield* Effect.async<string>((resume) => {
        send({ port, path: "/lb/ep/", headers: { authorization: "Bearer key" } }, (response) => {
          let text = ""
          response.on("data", (chunk) => {
            text += chunk
            // the rest is made when this much has arrived
            if (text === "first") finish()
          })
          response.on("end", () => resume(Effect.succeed(text)))
        }).end()
      })
      expect(text).toBe("firstlast")
    }))

  it.scoped("may be another protocol, in both directions", () =>
    Effect.gen(function*() {
      const faults = Faults.make([{ path: "/lb/ep/socket", skip: 2, times: 2, fail: 503 }])
      const { port } = yield* gateway(() => {}, (message, socket) => {
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${message.headers.upgrade}\r\n\r\n`
        )
        socket.on("data", (chunk) => socket.write(String(chunk).toUpperCase())).on("end", () => socket.end())
      }, faults)
      const upgrade = (key: string) =>
        Effect.async<string>((resume) => {
          const headers = { authorization: key, connection: "upgrade", upgrade: "shout" }
          const sent = send({ port, path: "/lb/ep/socket", agent: false, headers })
          sent.on("upgrade", (response, socket) => {
            socket.on("data", (chunk) => {
              socket.destroy()
              resume(Effect.succeed(`${response.headers.upgrade} ${response.headers["x-runpod-worker-id"]} ${chunk}`))
            })
            socket.write("hello")
          })
          sent.on("response", ({ statusCode }) => resume(Effect.succeed(`status ${statusCode}`)))
          sent.on("error", () => resume(Effect.succeed("broken")))
          sent.end()
        })
      expect(yield* upgrade("Bearer key")).toBe("shout w1 HELLO")
      expect(yield* upgrade("")).toBe("status 401")
      // and it is struck like any other request
      expect(yield* upgrade("Bearer key")).toBe("status 503")
      expect(yield* upgrade("")).toBe("status 503")
      faults.add([{ fail: "drop" }])
      expect(yield* upgrade("Bearer key")).toBe("broken")
      expect(yield* upgrade("Bearer key")).toBe("shout w1 HELLO")
    }))

  it.scoped("takes five and a half minutes at most", () =>
    Effect.gen(function*() {
      const asked = Deferred.unsafeMake<void>(FiberId.none)
      const gone = Deferred.unsafeMake<void>(FiberId.none)
      const { port } = yield* gateway((_, response) => {
        response.once("close", () => Deferred.unsafeDone(gone, Exit.void))
        Deferred.unsafeDone(asked, Exit.void)
      })
      const fiber = yield* Effect.fork(ask(port, "/lb/ep/"))
      yield* Deferred.await(asked)
      yield* TestClock.adjust("329 seconds")
      expect(yield* Fiber.poll(fiber)).toMatchObject({ _tag: "None" })
      yield* TestClock.adjust("1 second")
      expect((yield* fiber).status).toBe(504)
      yield* Deferred.await(gone)
    }))

  it.scoped("is sent once: a connection that breaks is 502, or breaks the answer", () =>
    Effect.gen(function*() {
      const { port, seen } = yield* gateway(({ url }, response) => {
        if (url === "/late") response.write("half", () => response.destroy())
        else response.destroy()
      })
      expect((yield* ask(port, "/lb/ep/early", { method: "POST" })).status).toBe(502)
      assert(Exit.isFailure(yield* Effect.exit(ask(port, "/lb/ep/late"))))
      expect(seen.length).toBe(2)
    }))

  it.scoped("waits for another worker where nobody listens any more", () =>
    Effect.gen(function*() {
      const { balancer, health, port } = yield* gateway((_, response) => void response.end("here"))
      balancer.lose("w1")
      const closed = createServer()
      const unused = yield* Effect.scoped(listening(closed))
      balancer.join(member("w1", unused))
      yield* TestClock.adjust("1 second")
      health.set("w1", "unhealthy")
      const fiber = yield* Effect.fork(ask(port, "/lb/ep/"))
      // it was healthy, was not reached, and is healthy no more until it says so again
      yield* Effect.iterate(0, {
        while: () => balancer.heldBy("w1") > 0 || balancer.demand("ep") === 0,
        body: (n) => Effect.as(Effect.promise(() => new Promise((resume) => setImmediate(resume))), n + 1)
      })
      expect(yield* Fiber.poll(fiber)).toMatchObject({ _tag: "None" })
      yield* Fiber.interrupt(fiber)
    }))
})
