/**
 * One request to the worker API and its answer, over Node's own client: a worker's bundle is to stay small.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { Agent, request } from "node:http"
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http"
import { Agent as SecureAgent, request as secureRequest } from "node:https"
import { version } from "./version.ts"

/**
 * An answer that is not what the route promises, or none.
 *
 * @since 0.1.0
 * @category errors
 */
export class WorkerApiError extends Data.TaggedError("WorkerApiError")<{
  readonly route: string
  /** 0 where there was no answer. */
  readonly status: number
  readonly detail: string
  /** How long the platform wants to be left alone. */
  readonly retryAfter?: Duration.Duration | undefined
}> {
  override get message() {
    return `${this.route} failed${this.status === 0 ? "" : ` with ${this.status}`}: ${this.detail}`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Answer {
  readonly status: number
  readonly body: string
  readonly retryAfter: Duration.Duration | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Ask {
  /** Its name in errors. */
  readonly route: string
  readonly method: "GET" | "POST"
  readonly url: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/**
 * Sends a request; interrupting it closes its connection. Fails where there is no whole answer.
 *
 * @since 0.1.0
 * @category models
 */
export type Exchange = (ask: Ask) => Effect.Effect<Answer, WorkerApiError>

/** A platform may want to be left alone for so long at most. */
const longestWait = 60_000

const retryAfterOf = ({ headers }: IncomingMessage): Duration.Duration | undefined => {
  const value = headers["retry-after"]
  if (value === undefined) return undefined
  const millis = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isNaN(millis) ? undefined : Duration.millis(Math.min(Math.max(0, millis), longestWait))
}

/** The key alone, as the platform's own worker sends it, or in the form that everybody else does. */
const forms = ["", "Bearer "] as const

/**
 * Its connections close with the scope. The key is sent alone, and where that is not accepted as a `Bearer`; what was
 * accepted last is what the next request begins with.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (apiKey: Redacted.Redacted): Effect.Effect<Exchange, never, Scope.Scope> =>
  Effect.gen(function*() {
    const send = yield* transport
    let form: (typeof forms)[number] = forms[0]
    return (ask) =>
      Effect.suspend(() => {
        const first = form
        return Effect.flatMap(send(ask, `${first}${Redacted.value(apiKey)}`), (answer) => {
          if (answer.status !== 401) return Effect.succeed(answer)
          const other = forms[first === forms[0] ? 1 : 0]
          return Effect.tap(send(ask, `${other}${Redacted.value(apiKey)}`), ({ status }) => {
            if (status !== 401) form = other
            return Effect.void
          })
        })
      })
  })

const transport = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => ({
      http: new Agent({ keepAlive: true, maxSockets: Infinity }),
      https: new SecureAgent({ keepAlive: true, maxSockets: Infinity })
    })),
    ({ http, https }) =>
      Effect.sync(() => {
        http.destroy()
        https.destroy()
      })
  ),
  (agents) => ({ body, headers, method, route, url }: Ask, authorization: string) =>
    Effect.async<Answer, WorkerApiError>((resume) => {
      const fail = (error: Error) =>
        resume(Effect.fail(new WorkerApiError({ route, status: 0, detail: error.message })))
      const isSecure = url.startsWith("https:")
      const options: RequestOptions = {
        method,
        agent: isSecure ? agents.https : agents.http,
        headers: {
          authorization,
          "user-agent": `effect-flash/${version}`,
          ...headers,
          ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) })
        }
      }
      const onResponse = (response: IncomingMessage) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("end", () =>
          resume(Effect.succeed({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString(),
            retryAfter: retryAfterOf(response)
          })))
        response.on("error", fail)
      }
      const sent: ClientRequest = isSecure
        ? secureRequest(url, options, onResponse)
        : request(url, options, onResponse)
      sent.on("error", fail)
      sent.end(body)
      return Effect.sync(() => sent.destroy())
    })
)
