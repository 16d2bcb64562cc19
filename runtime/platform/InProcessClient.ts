/**
 * An HTTP client of the platform in the same process: requests of its control plane are handed over, without a socket
 * and without the stack that `fetch` loads.
 *
 * @since 0.1.0
 */
import * as Cookies from "@effect/platform/Cookies"
import * as Headers from "@effect/platform/Headers"
import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import { RequestError, ResponseError } from "@effect/platform/HttpClientError"
import type { HttpClientRequest } from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Reply, Request } from "./http/HttpServer.ts"
import { Platform } from "./Platform.ts"

/**
 * Whatever host a request names, the platform in the context answers it. Bodies are text both ways; an archive of a
 * build is none, and goes over the network.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<HttpClient.HttpClient, never, Platform> = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(
    Platform,
    ({ handle }) =>
      HttpClient.make((request, url) =>
        Effect.flatMap(toServer(request, url), handle).pipe(
          Effect.flatMap((reply) =>
            reply.isDropped === true
              ? Effect.fail(
                new RequestError({ request, reason: "Transport", description: "the connection was dropped" })
              )
              : Effect.succeed(new Response(request, reply))
          )
        )
      )
  )
)

const toServer = (request: HttpClientRequest, url: URL): Effect.Effect<Request, RequestError> =>
  Effect.map(textOf(request, request.body), (body) => ({
    method: request.method,
    path: url.pathname.split("/").slice(1).map(decodeURIComponent),
    query: url.searchParams,
    headers: { ...request.headers },
    body
  }))

const textOf = (request: HttpClientRequest, body: HttpBody.HttpBody): Effect.Effect<string, RequestError> => {
  switch (body._tag) {
    case "Empty":
      return Effect.succeed("")
    case "Uint8Array":
      return Effect.succeed(new TextDecoder().decode(body.body))
    default:
      return Effect.fail(
        new RequestError({ request, reason: "Encode", description: `a body of kind ${body._tag} is not taken` })
      )
  }
}

class Response extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest
  readonly status: number
  readonly headers: Headers.Headers
  readonly cookies = Cookies.empty
  readonly remoteAddress = Option.none<string>()
  readonly stream: Stream.Stream<Uint8Array>
  readonly text: Effect.Effect<string>

  constructor(request: HttpClientRequest, { body = "", headers = {}, status, stream }: Reply) {
    super()
    this.request = request
    this.status = status
    this.headers = Headers.fromInput({ "content-type": "application/json", ...headers })
    this.stream = Stream.map(stream ?? Stream.make(body), bytesOf)
    this.text = stream === undefined
      ? Effect.succeed(body)
      : Effect.map(Stream.runCollect(this.stream), (chunks) => Buffer.concat([...chunks]).toString())
  }

  get json(): Effect.Effect<unknown, ResponseError> {
    return this.read((text): unknown => text === "" ? null : JSON.parse(text))
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams, ResponseError> {
    return this.read((text) => UrlParams.fromInput(new URLSearchParams(text)))
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer> {
    return Effect.map(this.text, (text) => bytesOf(text).buffer)
  }

  get formData(): Effect.Effect<FormData, ResponseError> {
    return Effect.flatMap(this.text, (text) =>
      Effect.tryPromise({
        try: () => new globalThis.Response(text, { headers: this.headers }).formData(),
        catch: this.failed
      }))
  }

  toJSON(): unknown {
    const { request, status } = this
    return HttpIncomingMessage.inspect(this, {
      _id: "effect-flash/InProcessResponse",
      request: request.toJSON(),
      status
    })
  }

  private read<A>(decode: (text: string) => A): Effect.Effect<A, ResponseError> {
    return Effect.flatMap(this.text, (text) => Effect.try({ try: () => decode(text), catch: this.failed }))
  }

  private readonly failed = (cause: unknown): ResponseError =>
    new ResponseError({ request: this.request, response: this, reason: "Decode", cause })
}

const bytesOf = (chunk: Uint8Array | string): Uint8Array<ArrayBuffer> =>
  typeof chunk === "string" ? new TextEncoder().encode(chunk) : new Uint8Array(chunk)
