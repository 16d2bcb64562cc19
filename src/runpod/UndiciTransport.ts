/**
 * The data plane's HTTP over undici.
 *
 * A remote call is two exchanges, so they go to undici's dispatcher directly, which costs half of what a general
 * client does (docs/decisions/0002-call-path.md).
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Undici from "undici"
import type { TransportFailed } from "../RemoteError.ts"
import { failed, HttpTransport } from "./HttpTransport.ts"
import type { HttpRequest, HttpResponse } from "./HttpTransport.ts"

/**
 * Connections to one origin, for long polls and for all else. The sum stays under the 1 024 files that many systems
 * allow a process.
 */
const connections = { call: 128, longPoll: 384 }

/**
 * The transport over undici; its connections close with the scope.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<HttpTransport> = Layer.scoped(
  HttpTransport,
  Effect.gen(function*() {
    const agent = (options: Undici.Agent.Options) =>
      Effect.acquireRelease(
        Effect.sync(() => new Undici.Agent(options)),
        (agent) => Effect.promise(() => agent.destroy())
      )
    const calls = yield* agent({ connections: connections.call, headersTimeout: 60_000 })
    // a poll is held for minutes: its end is the caller's business, not the socket's
    const polls = yield* agent({ connections: connections.longPoll, headersTimeout: 0, bodyTimeout: 0 })
    return HttpTransport.of({
      request: (request) => dispatch(request.longPoll === true ? polls : calls, request)
    })
  })
)

const dispatch = (agent: Undici.Agent, request: HttpRequest): Effect.Effect<HttpResponse, TransportFailed> =>
  Effect.async((resume) => {
    let controller: Undici.Dispatcher.DispatchController | undefined
    let interrupted = false
    let status = 0
    let headers: HttpResponse["headers"] = {}
    const chunks: Array<Buffer> = []
    const { body = null, method, origin, path } = request
    agent.dispatch({ origin, path, method, headers: request.headers, body }, {
      onRequestStart(started) {
        controller = started
        if (interrupted) started.abort(new Error("interrupted"))
      },
      onResponseStart(_, statusCode, responseHeaders) {
        status = statusCode
        headers = responseHeaders
      },
      onResponseData(_, chunk) {
        chunks.push(chunk)
      },
      onResponseEnd() {
        const [first] = chunks
        const text = first !== undefined && chunks.length === 1 ? first.toString() : Buffer.concat(chunks).toString()
        resume(Effect.succeed({ status, headers, body: text }))
      },
      onResponseError(_, cause) {
        resume(Effect.fail(failed(request, cause)))
      }
    })
    return Effect.sync(() => {
      interrupted = true
      controller?.abort(new Error("interrupted"))
    })
  })
