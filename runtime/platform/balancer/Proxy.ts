/**
 * Passes a request on to a worker and its answer back, byte by byte as they come. What has reached a worker is never
 * sent to another one.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { request as send } from "node:http"
import type { Agent, ClientRequest, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http"
import type { Duplex, Readable, Writable } from "node:stream"
import * as Limits from "../../../src/protocol/Limits.ts"
import { tokenHeader } from "../../worker/http/HttpConfig.ts"
import * as Affinity from "./Affinity.ts"
import type { Member } from "./Balancer.ts"

/**
 * Nobody listens at a worker's port: it has not seen the request.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unreached extends Data.TaggedError("Unreached")<{ readonly detail: string }> {}

/**
 * The exchange broke off.
 *
 * @since 0.1.0
 * @category errors
 */
export class Broken extends Data.TaggedError("Broken")<{ readonly detail: string }> {}

/**
 * The request is larger than what is passed on.
 *
 * @since 0.1.0
 * @category errors
 */
export class TooLarge extends Data.TaggedError("TooLarge") {}

/**
 * @since 0.1.0
 * @category models
 */
export interface Exchange {
  readonly member: Member
  readonly token: string
  readonly agent: Agent
  readonly message: IncomingMessage
  /** Path and query, as the worker is to see them. */
  readonly target: string
}

/** Of one connection, or of the gateway itself. */
const dropped: ReadonlySet<string> = new Set([
  "authorization",
  "connection",
  "expect",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "upgrade",
  Affinity.header,
  tokenHeader
])

const headersOf = ({ headers }: IncomingMessage, token: string): OutgoingHttpHeaders => ({
  ...Object.fromEntries(Object.entries(headers).filter(([name]) => !dropped.has(name))),
  [tokenHeader]: token
})

const optionsOf = ({ member, message, target, token }: Exchange) => ({
  host: "127.0.0.1",
  port: member.port,
  method: message.method ?? "GET",
  path: target,
  headers: headersOf(message, token)
})

/** Runs when the request has a connection, and what was connected by then has not seen anything of it. */
const onConnected = (sent: ClientRequest, run: () => void): void => {
  sent.once("socket", (socket) => {
    if (socket.connecting) socket.once("connect", run)
    else run()
  })
}

/** Sends on what comes, as fast as it is taken, up to the limit; then it says so and sends no more. */
const pour = (from: Readable, to: Writable, onExcess: () => void): void => {
  let size = 0
  from.on("data", (chunk: Buffer) => {
    size += chunk.length
    if (size <= Limits.loadBalancerBody) return
    from.unpipe(to)
    onExcess()
  })
  from.pipe(to)
}

/**
 * Passes on a request, and its answer to the end.
 *
 * @since 0.1.0
 * @category running
 */
export const pass = (
  exchange: Exchange,
  response: ServerResponse
): Effect.Effect<void, Unreached | Broken | TooLarge> =>
  Effect.async((resume) => {
    const { agent, member, message } = exchange
    let isConnected = false
    const fail = (error: Unreached | Broken | TooLarge) => {
      resume(Effect.fail(error))
      sent.destroy()
    }
    const sent = send({ ...optionsOf(exchange), agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, answerHeaders(answer, member))
      // an event stream is seen from its first event on
      response.flushHeaders()
      answer.once(
        "error",
        ({ message: why }) => fail(new Broken({ detail: `the worker broke off its answer: ${why}` }))
      )
      pour(answer, response, () => fail(new Broken({ detail: `the answer is over ${Limits.loadBalancerBody} bytes` })))
      response.once("finish", () => resume(Effect.void))
    })
    sent.on("error", ({ message: detail }) => {
      resume(Effect.fail(isConnected ? new Broken({ detail }) : new Unreached({ detail })))
    })
    onConnected(sent, () => {
      isConnected = true
      pour(message, sent, () => fail(new TooLarge()))
    })
    return Effect.sync(() => sent.destroy())
  })

const answerHeaders = ({ headers }: IncomingMessage, { id }: Member): OutgoingHttpHeaders => ({
  ...Object.fromEntries(Object.entries(headers).filter(([name]) => name !== "connection" && name !== "keep-alive")),
  [Affinity.header]: id
})

/**
 * Passes on a request for another protocol, a WebSocket say, and then both directions until one of them ends.
 *
 * @since 0.1.0
 * @category running
 */
export const passUpgrade = (
  exchange: Exchange,
  socket: Duplex,
  head: Buffer
): Effect.Effect<void, Unreached | Broken> =>
  Effect.async((resume) => {
    const { member, message } = exchange
    let isConnected = false
    const { headers, ...options } = optionsOf(exchange)
    const upgrade = { connection: "upgrade", upgrade: message.headers.upgrade }
    const sent = send({ ...options, headers: { ...headers, ...upgrade }, agent: false })
    sent.once("upgrade", (answer, upstream, first) => {
      const end = () => {
        socket.destroy()
        upstream.destroy()
        resume(Effect.void)
      }
      socket.write(rawHead(answer, member))
      if (first.length > 0) socket.write(first)
      if (head.length > 0) upstream.write(head)
      socket.pipe(upstream).pipe(socket)
      // when one side has ended, and the other heard it, there is no more to pass on
      for (const each of [socket, upstream]) each.once("finish", end).once("close", end).on("error", end)
    })
    // the worker does not speak it
    sent.once("response", (answer) => {
      socket.write(rawHead(answer, member))
      answer.pipe(socket)
      socket.once("close", () => {
        sent.destroy()
        resume(Effect.void)
      })
    })
    sent.on("error", ({ message: detail }) => {
      resume(Effect.fail(isConnected ? new Broken({ detail }) : new Unreached({ detail })))
    })
    onConnected(sent, () => {
      isConnected = true
      sent.end()
    })
    return Effect.sync(() => {
      sent.destroy()
      socket.destroy()
    })
  })

/** Status line and headers, as they came. */
const rawHead = ({ rawHeaders, statusCode, statusMessage }: IncomingMessage, { id }: Member): string => {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`]
  for (let index = 0; index < rawHeaders.length; index += 2) {
    // without a length, the body ends with the connection
    if (rawHeaders[index]?.toLowerCase() !== "transfer-encoding") {
      lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`)
    }
  }
  return `${[...lines, `${Affinity.header}: ${id}`].join("\r\n")}\r\n\r\n`
}
