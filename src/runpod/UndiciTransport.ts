/**
 * The data plane's HTTP over undici.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Undici from "undici"
import type { TransportFailed } from "../RemoteError.ts"
import * as Dispatch from "./Dispatch.ts"
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

const dispatch = (agent: Undici.Agent, request: HttpRequest): Effect.Effect<HttpResponse, TransportFailed> => {
  const { body = null, headers, method, origin, path } = request
  return Effect.map(
    Dispatch.exchange(agent, { origin, path, method, headers, body }, (cause) => failed(request, cause)),
    ({ body, headers, status }) => ({ status, headers, body: body.toString() })
  )
}
