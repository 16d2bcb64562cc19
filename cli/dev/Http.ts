/** The HTTP server: one fiber for each request, which is interrupted when its client goes away. */
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { createServer } from "node:http"
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import * as Limits from "../../src/protocol/Limits.ts"

export interface Request {
  readonly method: string
  /** Path and query, as they were sent. */
  readonly target: string
  /** Decoded parts of the path. */
  readonly path: ReadonlyArray<string>
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | Stream.Stream<Uint8Array, unknown>
}

export const json = (value: unknown, status = 200): Reply => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value)
})

/** The port cannot be listened on. */
export class ListenFailed extends Data.TaggedError("ListenFailed")<{
  readonly port: number
  readonly cause: NodeJS.ErrnoException
}> {}

export interface HttpServer {
  readonly port: number
  /** Requests that are answered now. */
  readonly active: Effect.Effect<number>
  /** Takes no more requests, and waits for the end of those that are answered. */
  readonly drain: Effect.Effect<void>
}

export interface Options {
  /** An address, or `localhost`. */
  readonly host: string
  readonly port: number
  readonly handle: (request: Request) => Effect.Effect<Reply>
}

/** Listens as long as the scope is open. */
export const serve = (options: Options): Effect.Effect<HttpServer, ListenFailed, Scope.Scope> =>
  Effect.gen(function*() {
    const running = yield* FiberSet.make<void>()
    const fork = yield* FiberSet.runtime(running)<never>()
    let isDraining = false
    const server = createServer((message, response) =>
      read(message, (body) => {
        if (response.destroyed) return
        // a connection that is kept open is no way around the end
        if (isDraining) return void response.writeHead(503, { connection: "close" }).end()
        const reply = body === undefined
          ? Effect.succeed(json({ detail: `the body is over ${Limits.loadBalancerBody} bytes` }, 413))
          : Effect.suspend(() => options.handle(requestOf(message, body)))
        const fiber = fork(Effect.flatMap(
          Effect.catchAllCause(reply, (cause) => Effect.succeed(json({ detail: Cause.pretty(cause) }, 500))),
          (reply) => send(response, reply, message.method === "HEAD")
        ))
        response.once("close", () => fiber.unsafeInterruptAsFork(fiber.id()))
      })
    )
    // a call takes as long as it takes
    server.requestTimeout = 0
    yield* Effect.acquireRelease(listen(server, options), () =>
      Effect.async<void>((resume) => {
        server.close(() => resume(Effect.void))
        server.closeAllConnections()
      }))
    return {
      port: (server.address() as AddressInfo).port,
      active: FiberSet.size(running),
      drain: Effect.suspend(() => {
        isDraining = true
        server.close()
        server.closeIdleConnections()
        return FiberSet.awaitEmpty(running)
      })
    }
  })

const listen = (server: Server, { host, port }: Options) =>
  Effect.async<void, ListenFailed>((resume) => {
    server.once("error", (cause) => resume(Effect.fail(new ListenFailed({ port, cause }))))
    // which of its two addresses a system means by the name is not for every client the same
    server.listen(port, host === "localhost" ? "127.0.0.1" : host, () => resume(Effect.void))
  })

/** Gives `undefined` in place of a body that is too large. */
const read = (message: IncomingMessage, done: (body: Uint8Array | undefined) => void): void => {
  const chunks: Array<Buffer> = []
  let size = 0
  message.on("data", (chunk: Buffer) => {
    size += chunk.length
    if (size <= Limits.loadBalancerBody) chunks.push(chunk)
  })
  message.on("end", () => done(size <= Limits.loadBalancerBody ? Buffer.concat(chunks) : undefined))
}

const requestOf = ({ headers, method = "GET", url = "/" }: IncomingMessage, body: Uint8Array): Request => ({
  method,
  target: url,
  path: (url.split("?", 1)[0] ?? "/").split("/").slice(1).map(decoded),
  headers: Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]]
    )
  ),
  body
})

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

const send = (response: ServerResponse, { body, headers, status }: Reply, isHead: boolean): Effect.Effect<void> => {
  if (typeof body === "string" || body instanceof Uint8Array) {
    return Effect.async<void>((resume) => {
      const bytes = typeof body === "string" ? Buffer.from(body) : body
      response.writeHead(status, { ...headers, ...(status === 204 ? {} : { "content-length": bytes.length }) })
      response.once("close", () => resume(Effect.void))
      response.end(isHead || status === 204 ? undefined : bytes, () => resume(Effect.void))
    })
  }
  return Effect.suspend(() => {
    response.writeHead(status, headers)
    response.flushHeaders()
    return pour(response, isHead ? Stream.empty : body)
  })
}

/** One that fails breaks the connection: its status is sent already. */
const pour = (response: ServerResponse, body: Stream.Stream<Uint8Array, unknown>): Effect.Effect<void> =>
  Stream.runForEach(body, (chunk) =>
    Effect.async<void>((resume) => {
      if (response.write(chunk)) return resume(Effect.void)
      const onDrain = () => resume(Effect.void)
      response.once("drain", onDrain)
      return Effect.sync(() => response.off("drain", onDrain))
    })).pipe(
      Effect.onExit((exit) => Effect.sync(() => Exit.isSuccess(exit) ? response.end() : response.destroy())),
      Effect.ignore
    )
