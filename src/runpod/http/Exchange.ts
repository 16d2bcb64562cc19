/**
 * One exchange with the control plane: key, headers and time limit on the way there, errors on the way back.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { TransportFailed } from "../../RemoteError.ts"
import { version } from "../../Version.ts"
import { RunpodConfig } from "../RunpodConfig.ts"
import { RequestTimedOut } from "../RunpodError.ts"
import type { RequestError } from "../RunpodError.ts"
import { refusal } from "./Refusal.ts"
import type { Answer, Asked } from "./Refusal.ts"

/**
 * A request, before it has its key.
 *
 * @since 0.1.0
 */
export interface Ask {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE"
  readonly url: string
  /** What messages call it. Default: method and URL. */
  readonly name?: string
  readonly api: Asked["api"]
  readonly subject?: Asked["subject"]
  /** JSON text. */
  readonly body?: string
  /** What its body holds that must not be shown. */
  readonly secrets?: ReadonlyArray<string>
  readonly accept?: string
  readonly headers?: Record<string, string>
  /** Logging in has no key yet, and an old one must not travel. */
  readonly key?: "none"
}

/**
 * An answer, and how its request is spoken of.
 *
 * @since 0.1.0
 */
export interface Exchanged extends Answer {
  readonly asked: Asked
}

/**
 * @since 0.1.0
 */
export interface Exchange {
  /** Sends it once and reads the whole answer, whatever its status. */
  readonly transfer: (ask: Ask) => Effect.Effect<Exchanged, RequestError>
  /** Sends it once and reads the whole answer; one outside of 2xx is an error. */
  readonly send: (ask: Ask) => Effect.Effect<Exchanged, RequestError>
  /** Sends it once and leaves the body to be read as it comes, as long as the scope is open. */
  readonly open: (
    ask: Ask
  ) => Effect.Effect<
    { readonly response: HttpClientResponse.HttpClientResponse; readonly asked: Asked },
    RequestError,
    Scope.Scope
  >
}

const userAgent = (): string => `effect-flash/${version} (node ${process.version}; ${process.platform} ${process.arch})`

/** A system code stands some causes down: `fetch failed`, because of a socket's error. */
const codeOf = (cause: unknown): string => {
  for (let error = cause; error instanceof Error; error = error.cause) {
    if ("code" in error && typeof error.code === "string") return error.code
    if (error.cause === undefined) return error.message
  }
  return "UNKNOWN"
}

/**
 * What a failed connection is called here.
 *
 * @since 0.1.0
 */
export const transportFailed = (request: string) => (error: HttpClientError): TransportFailed =>
  new TransportFailed({
    request,
    code: error.cause === undefined ? error.reason : codeOf(error.cause),
    cause: error.cause
  })

/**
 * Whether a status is one of success.
 *
 * @since 0.1.0
 */
export const isGood = (status: number): boolean => status >= 200 && status < 300

/** A span that ends with the error, or with nothing: a tracer may print what a span ends with, and an answer has secrets. */
const traced = <E>({ method, url }: Ask, exchange: Effect.Effect<Answer, E>): Effect.Effect<Answer, E> =>
  Effect.suspend(() => {
    let answered: Answer | undefined
    return exchange.pipe(
      Effect.tap((answer) => {
        answered = answer
        return Effect.annotateCurrentSpan("http.response.status_code", answer.status)
      }),
      Effect.asVoid,
      Effect.withSpan(`http.client ${method}`, {
        kind: "client",
        captureStackTrace: false,
        attributes: { "http.request.method": method, "url.full": url }
      }),
      Effect.flatMap(() => answered === undefined ? Effect.dieMessage("no answer") : Effect.succeed(answered))
    )
  })

/**
 * @since 0.1.0
 */
export const make: Effect.Effect<Exchange, never, RunpodConfig | HttpClient.HttpClient> = Effect.gen(function*() {
  const { apiKey, requestTimeout } = yield* RunpodConfig
  // the spans of the client itself end with the request or the answer, which show the key and what was sent
  const client = HttpClient.withTracerDisabledWhen(yield* HttpClient.HttpClient, () => true)

  const prepare = Effect.fnUntraced(function*(ask: Ask) {
    const key = ask.key === "none" ? undefined : yield* apiKey
    const request = HttpClientRequest.make(ask.method)(ask.url, {
      headers: {
        accept: ask.accept ?? "application/json",
        "user-agent": userAgent(),
        ...(key === undefined ? {} : { authorization: `Bearer ${Redacted.value(key.value)}` }),
        ...ask.headers
      }
    })
    const asked: Asked = {
      request: ask.name ?? `${ask.method} ${ask.url}`,
      api: ask.api,
      subject: ask.subject,
      keyOrigin: key?.origin ?? "nowhere",
      secrets: [...(ask.secrets ?? []), ...(key === undefined ? [] : [Redacted.value(key.value)])]
    }
    return {
      asked,
      request: ask.body === undefined ? request : HttpClientRequest.bodyText(request, ask.body, "application/json")
    }
  })

  const within = (asked: Asked) =>
    Effect.timeoutFail({
      duration: requestTimeout,
      onTimeout: () => new RequestTimedOut({ request: asked.request, limitMs: Duration.toMillis(requestTimeout) })
    })

  const read = (asked: Asked, response: HttpClientResponse.HttpClientResponse) =>
    Effect.all([response.text, Clock.currentTimeMillis]).pipe(
      Effect.mapError(transportFailed(asked.request)),
      Effect.map(([body, at]): Answer => ({ status: response.status, headers: response.headers, body, at }))
    )

  const transfer = Effect.fnUntraced(function*(ask: Ask) {
    const { asked, request } = yield* prepare(ask)
    const answer = yield* traced(
      ask,
      client.execute(request).pipe(
        Effect.mapError(transportFailed(asked.request)),
        Effect.flatMap((response) => read(asked, response)),
        within(asked)
      )
    )
    return { ...answer, asked }
  })

  return {
    transfer,
    send: (ask) =>
      Effect.flatMap(
        transfer(ask),
        (answer) => isGood(answer.status) ? Effect.succeed(answer) : Effect.fail(refusal(answer.asked, answer))
      ),
    open: Effect.fnUntraced(function*(ask) {
      const { asked, request } = yield* prepare(ask)
      const response = yield* HttpClient.withScope(client).execute(request).pipe(
        Effect.mapError(transportFailed(asked.request)),
        within(asked)
      )
      if (isGood(response.status)) return { response, asked }
      const answer = yield* within(asked)(read(asked, response))
      return yield* Effect.fail(refusal(asked, answer))
    })
  }
})
