/** A request that is refused before its body is read, as its client sees it on the wire. */
import { expect, it } from "@effect/vitest"
import { Deferred, Effect, Runtime, TestClock } from "effect"
import { createServer } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { connect } from "node:net"
import { refuse } from "../../runtime/worker/http/Refusal.ts"

const answer = "HTTP/1.1 413 Payload Too Large"

/** A client of a server that refuses everything; it has sent a head that promises a body, and nothing of that. */
const refused = (length: number) =>
  Effect.gen(function*() {
    const run = Runtime.runFork(yield* Effect.runtime())
    const server = yield* Effect.acquireRelease(
      Effect.async<ReturnType<typeof createServer>>((resume) => {
        const server = createServer((request, response) => void run(refuse(request, response, 413, `"too much"`)))
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close().closeAllConnections())
    )
    const answered = yield* Deferred.make<string>()
    const closed = yield* Deferred.make<void, Error>()
    const socket = yield* Effect.acquireRelease(
      Effect.sync(() => {
        // a server that listens on a port has an address of this kind
        const socket = connect((server.address() as AddressInfo).port, "127.0.0.1")
        let text = ""
        socket.setEncoding("utf8")
        socket.on("data", (part: string) => {
          text += part
          if (text.endsWith(`"too much"`)) Deferred.unsafeDone(answered, Effect.succeed(text))
        })
        socket.on("error", (error) => Deferred.unsafeDone(closed, Effect.fail(error)))
        socket.on("close", () => Deferred.unsafeDone(closed, Effect.void))
        socket.write(`POST / HTTP/1.1\r\nhost: here\r\ncontent-length: ${length}\r\n\r\n`)
        return socket
      }),
      (socket) => Effect.sync(() => socket.destroy())
    )
    return { socket, answer: yield* Deferred.await(answered), closed: Deferred.await(closed) }
  })

const send = (socket: Socket, bytes: Uint8Array) =>
  Effect.async<void, Error>((resume) => {
    socket.write(bytes, (error) => resume(error ? Effect.fail(error) : Effect.void))
  })

it.scoped("is answered before its body, which may still be sent", () =>
  Effect.gen(function*() {
    const part = new Uint8Array(1024 * 1024)
    const client = yield* refused(8 * part.length)
    expect(client.answer).toContain(answer)
    yield* Effect.replicateEffect(send(client.socket, part), 8)
    yield* client.closed
  }))

it.scoped("is not waited for without end", () =>
  Effect.gen(function*() {
    const client = yield* refused(8)
    expect(client.answer).toContain(answer)
    const closed = yield* Effect.fork(client.closed)
    yield* TestClock.adjust("4 seconds")
    yield* send(client.socket, new Uint8Array(1))
    expect(closed.unsafePoll()).toBeNull()
    yield* TestClock.adjust("1 seconds")
    yield* closed
  }))

it.scoped("has no body at all", () =>
  Effect.gen(function*() {
    const client = yield* refused(0)
    expect(client.answer).toContain(answer)
    yield* client.closed
  }))
