/**
 * HTTP to the workers of a load-balanced endpoint, through the platform's gateway: any method, bytes both ways, answers
 * as they come, interruptible.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { lookup } from "node:dns"
import type { LookupFunction } from "node:net"
import { Agent } from "undici"
import type { Dispatcher } from "undici"
import type { ApiKeyMissing, TransportFailed } from "../RemoteError.ts"
import * as Dispatch from "./Dispatch.ts"
import { failed, nameOf } from "./HttpTransport.ts"
import { loadBalancerUrl, RunpodConfig } from "./RunpodConfig.ts"
import type { EndpointRef } from "./RunpodJobs.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface HttpRequest {
  readonly method: Dispatcher.HttpMethod
  /** Path and query. */
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface HttpAnswer {
  /** Method and URL of the request, for messages. */
  readonly request: string
  readonly status: number
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** All of it; this or `chunks` can be read, once. */
  readonly bytes: Effect.Effect<Uint8Array, TransportFailed>
  readonly chunks: Stream.Stream<Uint8Array, TransportFailed>
}

/**
 * @since 0.1.0
 * @category services
 */
export class EndpointHttp extends Context.Tag("effect-flash/runpod/EndpointHttp")<EndpointHttp, {
  /** Succeeds when all of the answer is there. */
  readonly ask: (
    endpoint: EndpointRef,
    request: HttpRequest
  ) => Effect.Effect<HttpAnswer, ApiKeyMissing | TransportFailed>
  /** Succeeds when the answer begins. What is left of the answer when the scope ends is not read, and its worker is told so. */
  readonly send: (
    endpoint: EndpointRef,
    request: HttpRequest
  ) => Effect.Effect<HttpAnswer, ApiKeyMissing | TransportFailed, Scope.Scope>
  /** Where the key comes from, for messages. */
  readonly keyOrigin: Effect.Effect<string>
}>() {}

/** Names below `localhost` mean this machine, whatever the system's resolver knows of them. */
const resolveHost: LookupFunction = (hostname, options, callback) => {
  if (!hostname.endsWith(".localhost")) return lookup(hostname, options, callback)
  const address = "127.0.0.1"
  if (options.all === true) callback(null, [{ address, family: 4 }])
  else callback(null, address, 4)
}

/**
 * Over undici; its connections close with the scope.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<EndpointHttp, never, RunpodConfig> = Layer.scoped(
  EndpointHttp,
  Effect.gen(function*() {
    const config = yield* RunpodConfig
    const agent = yield* Effect.acquireRelease(
      // how long an answer may take is the gateway's business, and the caller's
      Effect.sync(() =>
        new Agent({ connections: 256, headersTimeout: 0, bodyTimeout: 0, connect: { lookup: resolveHost } })
      ),
      (agent) => Effect.promise(() => agent.destroy())
    )
    const sending =
      <A, R>(send: (agent: Agent, sent: Sent) => Effect.Effect<A, TransportFailed, R>) =>
      (endpoint: EndpointRef, { body, headers, method, target }: HttpRequest) =>
        Effect.flatMap(config.apiKey, ({ value }) =>
          send(agent, {
            origin: loadBalancerUrl(config, endpoint.id),
            path: target,
            method,
            headers: { ...headers, authorization: `Bearer ${Redacted.value(value)}` },
            body: body ?? null
          }))
    return {
      keyOrigin: Effect.match(config.apiKey, { onFailure: () => "nowhere", onSuccess: ({ origin }) => origin }),
      ask: sending(whole),
      send: sending(begun)
    }
  })
)

interface Sent {
  readonly origin: string
  readonly path: string
  readonly method: Dispatcher.HttpMethod
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string | null
}

const failure = (sent: Sent) => (cause: unknown) => failed(sent, cause)

const textOf = (headers: Dispatch.Answer["headers"]): Record<string, string> => {
  const texts: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) texts[name] = String(value)
  }
  return texts
}

const whole = (agent: Agent, sent: Sent): Effect.Effect<HttpAnswer, TransportFailed> =>
  Effect.map(Dispatch.exchange(agent, sent, failure(sent)), ({ body, headers, status }) => ({
    request: nameOf(sent),
    status,
    headers: textOf(headers),
    bytes: Effect.succeed(body),
    chunks: Stream.make(body)
  }))

const begun = (agent: Agent, sent: Sent): Effect.Effect<HttpAnswer, TransportFailed, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.interruptible(
      Effect.tryPromise({ try: (signal) => agent.request({ ...sent, signal }), catch: failure(sent) })
    ),
    ({ body }) =>
      Effect.sync(() => {
        // what breaks off now concerns nobody
        body.on("error", () => {})
        body.destroy()
      })
  ).pipe(Effect.map(({ body, headers, statusCode }) => ({
    request: nameOf(sent),
    status: statusCode,
    headers: textOf(headers),
    bytes: Effect.tryPromise({ try: () => body.bytes(), catch: failure(sent) }),
    chunks: Stream.fromAsyncIterable(body, failure(sent))
  })))
