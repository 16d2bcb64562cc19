/**
 * The platform's HTTP server: Node's own, with each request handled by a fiber that is interrupted when its client
 * goes away.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { createServer } from "node:http"
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Duplex, Readable } from "node:stream"

/**
 * A request without its body.
 *
 * @since 0.1.0
 * @category models
 */
export interface Head {
  readonly method: string
  /** Decoded segments of the path. */
  readonly path: ReadonlyArray<string>
  readonly query: URLSearchParams
  readonly headers: IncomingMessage["headers"]
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Request extends Head {
  readonly body: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Reply {
  readonly status: number
  /** JSON text; absent for an answer without a body. */
  readonly body?: string
  /** In place of a body: sent as it comes, for as long as the client listens. */
  readonly stream?: Stream.Stream<Uint8Array | string>
  /** In place of an answer: the connection breaks. */
  readonly isDropped?: boolean
  readonly headers?: Readonly<Record<string, string>>
  /** Runs where the client was gone before the reply was with it. */
  readonly undelivered?: () => void
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly host: string
  readonly port: number
  /** Bytes of a request's body; a larger one is refused with 413. */
  readonly bodyLimit: number
  readonly handle: (request: Request) => Effect.Effect<Reply>
  /** Takes the requests whose bodies are read as they come, of whatever size. */
  readonly receive?: (head: Head, body: Readable) => Effect.Effect<Reply> | undefined
  /** Takes requests as they are, to pass them on. */
  readonly gateway?: {
    /** `false`: the request is for somebody else. */
    readonly take: (message: IncomingMessage, response: ServerResponse) => boolean
    readonly takeUpgrade: (message: IncomingMessage, socket: Duplex, head: Buffer) => void
  }
}

/**
 * The address cannot be listened on.
 *
 * @since 0.1.0
 * @category errors
 */
export class ListenError extends Data.TaggedError("ListenError")<{ readonly cause: Error }> {
  override get message() {
    return this.cause.message
  }
}

/**
 * The platform's error document.
 *
 * @since 0.1.0
 * @category constructors
 */
export const problem = (status: number, title: string, detail: string): Reply => ({
  status,
  body: JSON.stringify({ status, title, detail })
})

/**
 * Listens as long as the scope is open. Succeeds with the port.
 *
 * @since 0.1.0
 * @category constructors
 */
export const serve = (options: Options): Effect.Effect<number, ListenError, Scope.Scope> =>
  Effect.gen(function*() {
    const run = Runtime.runFork(yield* Effect.runtime())
    const server = createServer((message, response) => {
      if (options.gateway?.take(message, response) === true) return
      const head = headOf(message)
      const received = options.receive?.(head, message)
      if (received !== undefined) return answer(run, received, response)
      read(message, options.bodyLimit, (body) => {
        answer(
          run,
          body === undefined ? tooLarge : Effect.suspend(() => options.handle({ ...head, body })),
          response
        )
      })
    })
    // connections that are no longer the server's own
    const upgraded = new Set<Duplex>()
    if (options.gateway !== undefined) {
      const { takeUpgrade } = options.gateway
      server.on("upgrade", (message, socket, head) => {
        upgraded.add(socket)
        socket.once("close", () => upgraded.delete(socket))
        takeUpgrade(message, socket, head)
      })
    }
    // long polls are quiet for minutes, and a keep-alive connection of a client may be quiet between them
    server.requestTimeout = 0
    server.headersTimeout = 60_000
    server.keepAliveTimeout = 120_000
    yield* Effect.acquireRelease(listen(server, options), () => close(server, upgraded))
    return (server.address() as AddressInfo).port
  })

const tooLarge = Effect.succeed(problem(413, "Payload Too Large", "the request's body is over the limit"))

const listen = (server: Server, { host, port }: Options) =>
  Effect.async<void, ListenError>((resume) => {
    server.once("error", (cause) => resume(Effect.fail(new ListenError({ cause }))))
    server.listen(port, host, () => resume(Effect.void))
  })

const close = (server: Server, upgraded: ReadonlySet<Duplex>) =>
  Effect.async<void>((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
    for (const socket of upgraded) socket.destroy()
  })

/**
 * What a request says before its body.
 *
 * @since 0.1.0
 * @category accessors
 */
export const headOf = (message: IncomingMessage): Head => {
  const target = message.url ?? "/"
  const mark = target.indexOf("?")
  const path = mark === -1 ? target : target.slice(0, mark)
  return {
    method: message.method ?? "GET",
    path: path.split("/").slice(1).map(decode),
    query: new URLSearchParams(mark === -1 ? "" : target.slice(mark + 1)),
    headers: message.headers
  }
}

const read = (message: IncomingMessage, limit: number, done: (body: string | undefined) => void): void => {
  const chunks: Array<Buffer> = []
  let size = 0
  message.on("data", (chunk: Buffer) => {
    size += chunk.length
    if (size <= limit) chunks.push(chunk)
  })
  message.on("end", () => {
    done(size > limit ? undefined : chunks.length === 0 ? "" : Buffer.concat(chunks).toString())
  })
}

const decode = (segment: string): string => {
  try {
    return segment.includes("%") ? decodeURIComponent(segment) : segment
  } catch {
    return segment
  }
}

type Run = (effect: Effect.Effect<Reply>) => Fiber.RuntimeFiber<Reply>

const answer = (run: Run, reply: Effect.Effect<Reply>, response: ServerResponse): void => {
  const fiber = run(reply)
  const onClose = () => fiber.unsafeInterruptAsFork(fiber.id())
  response.once("close", onClose)
  fiber.addObserver((exit) => {
    response.off("close", onClose)
    const reply = Exit.isSuccess(exit)
      ? exit.value
      : problem(500, "Internal Server Error", Cause.pretty(exit.cause))
    if (response.destroyed || response.socket?.destroyed === true) return reply.undelivered?.()
    if (reply.isDropped === true) {
      response.destroy()
      return reply.undelivered?.()
    }
    if (reply.undelivered !== undefined) watch(response, reply.undelivered)
    if (reply.stream !== undefined) {
      response.writeHead(reply.status, reply.headers)
      response.flushHeaders()
      pour(run, reply.stream, response)
    } else if (reply.body === undefined) {
      response.writeHead(reply.status, { ...reply.headers, "content-length": "0" })
      response.end()
    } else {
      const body = Buffer.from(reply.body)
      response.writeHead(reply.status, {
        "content-type": "application/json",
        "content-length": body.length,
        ...reply.headers
      })
      response.end(body)
    }
  })
}

const watch = (response: ServerResponse, undelivered: () => void): void => {
  const { socket } = response
  let isSent = false
  // the response itself counts as written also where its connection broke under it
  response.prependOnceListener("finish", () => {
    isSent = socket !== null && socket.errored === null && !socket.destroyed
  })
  response.once("close", () => isSent ? undefined : undelivered())
}

/** Sends a body as it comes. One that fails breaks the connection: its status is sent already. */
const pour = (run: Run, stream: Stream.Stream<Uint8Array | string>, response: ServerResponse): void => {
  const written = Stream.runForEach(stream, (chunk) =>
    Effect.async<void>((resume) => {
      if (response.write(chunk)) return resume(Effect.void)
      const onDrain = () => resume(Effect.void)
      response.once("drain", onDrain)
      return Effect.sync(() => response.off("drain", onDrain))
    }))
  const fiber = run(Effect.as(written, { status: 200 }))
  response.once("close", () => fiber.unsafeInterruptAsFork(fiber.id()))
  fiber.addObserver((exit) => void (Exit.isSuccess(exit) ? response.end() : response.destroy()))
}
