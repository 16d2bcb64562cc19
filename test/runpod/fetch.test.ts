/** The control plane's clients over real HTTP: fetch on one side, node:http on the other. */
import { FetchHttpClient } from "@effect/platform"
import { assert, describe, expect, it } from "@effect/vitest"
import { Chunk, Effect, Fiber, Layer, Logger, LogLevel, Queue, Redacted, Stream, TestClock } from "effect"
import type { Duration } from "effect"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import * as RunpodGraphql from "../../src/runpod/RunpodGraphql.ts"
import * as RunpodRest from "../../src/runpod/RunpodRest.ts"

const server = (listener: Http.RequestListener) =>
  Effect.acquireRelease(
    Effect.async<Http.Server>((resume) => {
      const server = Http.createServer(listener)
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  ).pipe(Effect.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`)) // a socket's, not a pipe's

const clients = (base: string, requestTimeout?: Duration.DurationInput) =>
  Effect.provide(
    Effect.all({ rest: RunpodRest.RunpodRest, graphql: RunpodGraphql.RunpodGraphql }),
    Layer.merge(RunpodRest.layer, RunpodGraphql.layer).pipe(
      Layer.provide(FetchHttpClient.layer),
      Layer.provide(RunpodConfig.layerOf({
        restBaseUrl: `${base}/v2`,
        graphqlUrl: `${base}/graphql`,
        apiKey: Redacted.make("rpa_KEY"),
        ...(requestTimeout === undefined ? {} : { requestTimeout })
      }))
    )
  )

const volume = { id: "v1", name: "models", size: 50, dataCenter: "EU-RO-1", type: "STANDARD" }

describe("over fetch", () => {
  it.scopedLive("requests and answers arrive as they were sent", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const base = yield* server((request, response) => {
        let body = ""
        request.on("data", (chunk) => (body += chunk)).on("end", () => {
          seen.push({ line: `${request.method} ${request.url}`, body, headers: request.headers })
          response.writeHead(request.method === "DELETE" ? 204 : 200, { "content-type": "application/json" })
          response.end(
            request.method === "DELETE" ? undefined : JSON.stringify(
              request.url === "/graphql" ? { data: { myself: { endpoints: [{ id: "ep1" }] } } } : volume
            )
          )
        })
      })
      const { graphql, rest } = yield* clients(base)
      expect(yield* rest.createNetworkVolume({ name: "größe", size: 50, dataCenter: "EU-RO-1" })).toEqual(volume)
      yield* rest.deleteNetworkVolume("v1")
      expect(yield* graphql.listEndpointIds).toEqual(["ep1"])
      expect(seen).toMatchObject([
        {
          line: "POST /v2/network-volumes",
          body: `{"name":"größe","size":50,"dataCenter":"EU-RO-1"}`,
          headers: {
            authorization: "Bearer rpa_KEY",
            "content-type": "application/json",
            "user-agent": expect.stringMatching(/^effect-flash\//)
          }
        },
        { line: "DELETE /v2/network-volumes/v1", body: "" },
        { line: "POST /graphql" }
      ])
    }))

  it.scoped("a creation to a port where nobody listens was certainly not accepted, and is tried again", () =>
    Effect.gen(function*() {
      const base = yield* Effect.scoped(server(() => {}))
      const { rest } = yield* clients(base)
      // each try says that it failed before it waits
      const waits = yield* Queue.unbounded<unknown>()
      const logger = Logger.make(({ message }) => void waits.unsafeOffer(message))
      const fiber = yield* rest.createNetworkVolume({ name: "x", size: 50, dataCenter: "EU-RO-1" }).pipe(
        Effect.flip,
        Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
        Logger.withMinimumLogLevel(LogLevel.Debug),
        Effect.fork
      )
      for (let tries = 0; tries < 4; tries++) {
        yield* Queue.take(waits)
        yield* TestClock.adjust("10 seconds")
      }
      expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "TransportFailed", code: "ECONNREFUSED" })
    }))

  it.scopedLive("a creation whose connection is cut may have been done", () =>
    Effect.gen(function*() {
      const base = yield* server((request) => void request.socket.destroy())
      const { rest } = yield* clients(base)
      const error = yield* Effect.flip(rest.createNetworkVolume({ name: "x", size: 50, dataCenter: "EU-RO-1" }))
      assert(error._tag === "OutcomeUnknown")
      expect(error.cause).toMatchObject({ _tag: "TransportFailed", code: "UND_ERR_SOCKET" })
    }))

  it.scopedLive("a request that takes too long is given up, and its connection with it", () =>
    Effect.gen(function*() {
      let closed: () => void = () => {}
      const wasClosed = new Promise<void>((resolve) => (closed = resolve))
      const base = yield* server((request) => void request.socket.on("close", closed))
      const { rest } = yield* clients(base, "50 millis")
      const error = yield* Effect.flip(rest.createNetworkVolume({ name: "x", size: 50, dataCenter: "EU-RO-1" }))
      assert(error._tag === "OutcomeUnknown")
      expect(error.cause).toMatchObject({ _tag: "RequestTimedOut", limitMs: 50 })
      yield* Effect.promise(() => wasClosed)
    }))

  it.scopedLive("a log arrives line by line, and its connection ends with its reader", () =>
    Effect.gen(function*() {
      let closed: () => void = () => {}
      const wasClosed = new Promise<void>((resolve) => (closed = resolve))
      const base = yield* server((request, response) => {
        request.socket.on("close", closed)
        response.writeHead(200, { "content-type": "text/event-stream" })
        response.write(`id: t1\ndata: {"source":"container","line":"one","ts":"t1"}\n\n`)
        response.write(`id: t2\ndata: {"source":"system","line":"two","ts":"t2"}\n\n`)
      })
      const { rest } = yield* clients(base)
      const lines = yield* rest.getWorkerLogs({ endpointId: "ep1", workerId: "w1" }).pipe(
        Stream.take(2),
        Stream.runCollect
      )
      expect(Chunk.toReadonlyArray(lines).map(({ line }) => line)).toEqual(["one", "two"])
      yield* Effect.promise(() => wasClosed)
    }))
})
