/**
 * The HTTP server of a load-balanced endpoint's worker. Requests run in the thread of handlers, so that one that blocks
 * keeps no health check waiting; a client that goes away interrupts its handler.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { randomUUID, timingSafeEqual } from "node:crypto"
import { createServer } from "node:http"
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import * as Limits from "../../../src/protocol/Limits.ts"
import { outcomeHeader, reserved } from "../../../src/protocol/Route.ts"
import type { Outcome } from "../../../src/protocol/Route.ts"
import type { Executor, ThreadState } from "../Executor.ts"
import { WorkerApiError } from "../PlatformClient.ts"
import type * as RunningJob from "../RunningJob.ts"
import type { Head, HttpCall, HttpResult } from "./HttpCall.ts"
import { tokenHeader } from "./HttpConfig.ts"
import type { HttpConfig } from "./HttpConfig.ts"
import { refuse } from "./Refusal.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly config: HttpConfig
  readonly executor: Executor<HttpResult>
  /** What the thread of handlers is up to. */
  readonly thread: () => ThreadState
}

/**
 * @since 0.1.0
 * @category models
 */
export interface HttpWorker {
  /** Takes no more requests, and waits for those that run. */
  readonly drain: Effect.Effect<void>
  /** Takes no more requests and interrupts those that run. */
  readonly abort: Effect.Effect<void>
}

/**
 * The answer of a request whose thread ended under it, in the form of any other defect.
 *
 * @since 0.1.0
 * @category constructors
 */
export const lost = (message: string): HttpResult => ({
  _tag: "Reply",
  status: 500,
  headers: { [outcomeHeader]: "defect" satisfies Outcome, "content-type": "application/json" },
  body: JSON.stringify({
    error: { _tag: "die", message, cause: { _tag: "Die", defect: { name: "WorkerThreadLost", message } } }
  })
})

/**
 * A port cannot be listened on.
 *
 * @since 0.1.0
 * @category errors
 */
export class PortTaken extends Data.TaggedError("PortTaken")<{ readonly port: number; readonly cause: Error }> {
  override get message() {
    return `port ${this.port} cannot be listened on: ${this.cause.message}`
  }
}

/**
 * Listens as long as the scope is open.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<HttpWorker, PortTaken, Scope.Scope> =>
  Effect.gen(function*() {
    const { config, executor, thread } = options
    const permits = yield* Effect.makeSemaphore(config.maxConcurrency)
    const running = yield* FiberSet.make<void>()
    const fork = yield* FiberSet.runtime(running)<never>()
    const ids = new Set<string>()
    let isDraining = false

    const health = (response: ServerResponse) => {
      const state = thread()
      if (isDraining) return send(response, 503, { status: "draining" })
      if (state._tag === "Starting") return send(response, 204)
      return state.problem === undefined
        ? send(response, 200, { status: "healthy" })
        : send(response, 500, { status: "unhealthy", detail: state.problem })
    }

    const idOf = ({ headers }: IncomingMessage): string => {
      const given = headers["x-request-id"]
      return typeof given === "string" && /^[\w.-]{1,64}$/.test(given) && !ids.has(given) ? given : randomUUID()
    }

    const run = (request: IncomingMessage, response: ServerResponse, body: Buffer) => {
      if (response.destroyed) return
      const id = idOf(request)
      ids.add(id)
      response.setHeader("x-request-id", id)
      const job = { id, input: callOf(request, body), runsOnce: true }
      const fiber = fork(
        permits.withPermits(1)(executor.run(job, postsOf(response))).pipe(
          Effect.map((result) => answer(response, result)),
          Effect.ensuring(Effect.sync(() => ids.delete(id)))
        )
      )
      response.once("close", () => fiber.unsafeInterruptAsFork(fiber.id()))
      fiber.addObserver((exit) => {
        // who is interrupted by the worker's end still listens
        if (Exit.isFailure(exit) && !response.writableEnded) response.destroy()
      })
    }

    const listener = (request: IncomingMessage, response: ServerResponse) => {
      if (isHealth(config, request)) return health(response)
      if (!isAllowed(config, request)) return send(response, 401, { error: "this is for the gateway of the endpoint" })
      const no = (status: number, error: string) =>
        void fork(refuse(request, response, status, JSON.stringify({ error })))
      if (isDraining) return no(503, "the worker is about to end")
      read(request, (body) => {
        if (body !== undefined) return run(request, response, body)
        return no(413, `the body is over ${Limits.loadBalancerBody} bytes`)
      })
    }

    const server = yield* listen(config.port, config, listener)
    const others = config.healthPort === config.port
      ? []
      : [
        yield* listen(config.healthPort, config, (request, response) =>
          isHealth(config, request) ? health(response) : send(response, 404, { error: "health only" }))
      ]

    const drain = Effect.suspend(() => {
      isDraining = true
      // connections that are in use end with their requests
      for (const each of [server, ...others]) {
        each.closeIdleConnections()
      }
      return FiberSet.awaitEmpty(running)
    })
    return {
      drain,
      abort: Effect.suspend(() => {
        isDraining = true
        return FiberSet.clear(running)
      })
    }
  })

const listen = (
  port: number,
  { host }: HttpConfig,
  listener: (request: IncomingMessage, response: ServerResponse) => void
): Effect.Effect<Server, PortTaken, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<Server, PortTaken>((resume) => {
      const server = createServer(listener)
      // longer than whoever is in front keeps a connection, so that it is not closed under a request
      server.keepAliveTimeout = 620_000
      server.once("error", (cause) => resume(Effect.fail(new PortTaken({ port, cause }))))
      server.listen(port, host, () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      })
  )

const pathOf = ({ url = "/" }: IncomingMessage): string => url.split("?", 1)[0] ?? "/"

const isHealth = ({ healthPath }: HttpConfig, request: IncomingMessage): boolean => {
  const path = pathOf(request)
  return (request.method === "GET" || request.method === "HEAD") && (path === reserved.health || path === healthPath)
}

const isAllowed = ({ gatewayToken }: HttpConfig, { headers }: IncomingMessage): boolean => {
  if (Option.isNone(gatewayToken)) return true
  const expected = Buffer.from(Redacted.value(gatewayToken.value))
  const given = Buffer.from(String(headers[tokenHeader] ?? ""))
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** Gives `undefined` in place of a body that is too large, as soon as that is known. */
const read = (request: IncomingMessage, done: (body: Buffer | undefined) => void): void => {
  if (Number(request.headers["content-length"] ?? 0) > Limits.loadBalancerBody) return done(undefined)
  const chunks: Array<Buffer> = []
  let size = 0
  request.on("data", (chunk: Buffer) => {
    size += chunk.length
    chunks.push(chunk)
    if (size <= Limits.loadBalancerBody) return
    request.removeAllListeners("data").removeAllListeners("end")
    done(undefined)
  })
  request.on("end", () => done(Buffer.concat(chunks)))
}

const callOf = ({ headers, method = "GET", url = "/" }: IncomingMessage, body: Buffer): HttpCall => ({
  // Node leaves the body out of the answer
  method: method === "HEAD" ? "GET" : method,
  target: url,
  headers: Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || name === tokenHeader ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]]
    )
  ),
  body
})

/** The first post holds the head; a post is done when its client can take more. */
const postsOf = (response: ServerResponse): RunningJob.Posts => ({
  stream: (body) =>
    Effect.async<void, WorkerApiError>((resume) => {
      if (response.destroyed) {
        return resume(Effect.fail(new WorkerApiError({ route: "answer", status: 0, detail: "its client is gone" })))
      }
      if (!response.headersSent) {
        const { headers, status }: Head = JSON.parse(body)
        response.writeHead(status, headers)
        response.flushHeaders()
        return resume(Effect.void)
      }
      if (response.write(body)) return resume(Effect.void)
      const onDrain = () => resume(Effect.void)
      response.once("drain", onDrain)
      return Effect.sync(() => response.off("drain", onDrain))
    }),
  progress: () => Effect.void
})

const answer = (response: ServerResponse, result: HttpResult): void => {
  switch (result._tag) {
    case "End":
      return void response.end(result.rest)
    case "Break":
      return void response.destroy()
    case "Reply": {
      if (response.headersSent) return void response.destroy()
      const body = typeof result.body === "string" ? Buffer.from(result.body) : result.body
      response.writeHead(result.status, {
        ...result.headers,
        ...(result.status === 204 ? {} : { "content-length": body.length })
      })
      response.end(body)
    }
  }
}

const send = (
  response: ServerResponse,
  status: number,
  body?: Readonly<Record<string, unknown>>
): void => {
  response.writeHead(status, body === undefined ? {} : { "content-type": "application/json" })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
