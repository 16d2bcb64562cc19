/** The control plane without a network: answers requests from a script, and notes each with the time it came. */
import { HttpClient, HttpClientError, HttpClientResponse } from "@effect/platform"
import { Clock, Duration, Effect, Layer, Redacted } from "effect"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"

export const key = "rpa_SECRETSECRETSECRETSECRET"

/** Settings for a platform that is not there. */
export const config = RunpodConfig.layerOf({
  restBaseUrl: "https://api.runpod.test/v2",
  restV1BaseUrl: "https://rest.runpod.test/v1",
  graphqlUrl: "https://api.runpod.test/graphql",
  endpointBaseUrl: "https://jobs.runpod.test/v2",
  apiKey: Redacted.make(key),
  apiKeyOrigin: "RUNPOD_API_KEY in a test"
})

export interface Asked {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  /** JSON, where it is some. */
  readonly body: unknown
  /** How many requests came before. */
  readonly nth: number
  /** Milliseconds of the test's clock. */
  readonly at: number
}

/** A response, or the system code of a connection that breaks. */
export type Reply = Effect.Effect<Response, { readonly code: string }>

export const reply = (status: number, body: unknown = {}, headers: Record<string, string> = {}): Reply =>
  Effect.sync(() =>
    new Response(status === 204 ? null : typeof body === "string" ? body : JSON.stringify(body), {
      status,
      headers: { "content-type": typeof body === "string" ? "text/plain" : "application/json", ...headers }
    })
  )

export const problem = (status: number, detail: string, more: object = {}, headers: Record<string, string> = {}) =>
  reply(status, { title: "No", status, detail, ...more }, headers)

/** The connection breaks, as fetch says it. */
export const broken = (code: string): Reply => Effect.fail({ code })

export const make = (script: (asked: Asked) => Reply, settings: Layer.Layer<RunpodConfig.RunpodConfig> = config) => {
  const asked: Array<Asked> = []
  const client = HttpClient.make((request, url) =>
    Effect.gen(function*() {
      const at = yield* Clock.currentTimeMillis
      const text = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : undefined
      const one: Asked = {
        method: request.method,
        path: url.pathname + url.search,
        url: url.href,
        headers: request.headers,
        body: text === undefined ? undefined : JSON.parse(text),
        nth: asked.length,
        at
      }
      asked.push(one)
      const response = yield* script(one).pipe(
        Effect.mapError(({ code }) =>
          new HttpClientError.RequestError({
            request,
            reason: "Transport",
            cause: new TypeError("fetch failed", { cause: Object.assign(new Error(`connect ${code}`), { code }) })
          })
        )
      )
      return HttpClientResponse.fromWeb(request, response)
    })
  )
  return {
    asked,
    /** `POST /v2/serverless`, for each request. */
    lines: () => asked.map(({ method, path }) => `${method} ${path}`),
    /** Milliseconds between one request and the next. */
    gaps: () => asked.slice(1).map(({ at }, index) => at - (asked[index]?.at ?? 0)),
    layer: Layer.merge(settings, Layer.succeed(HttpClient.HttpClient, client))
  }
}

/** Runs an effect while the test's clock goes on until it ends. */
export const soon = Duration.minutes(30)
