/**
 * One request to a load-balanced endpoint and its answer. What the gateway says in place of a worker becomes an error;
 * while workers are on their way, they are waited for, within a bound.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import * as Limits from "../../protocol/Limits.ts"
import { outcomeHeader, reserved } from "../../protocol/Route.ts"
import * as RemoteError from "../../RemoteError.ts"
import type { EndpointHttp, HttpAnswer, HttpRequest } from "../../runpod/EndpointHttp.ts"
import type { EndpointRef } from "../../runpod/RunpodJobs.ts"
import type * as RpcEndpoint from "../RpcEndpoint.ts"

/**
 * Where one request goes, and the id that errors and logs know it by.
 *
 * @since 0.1.0
 * @category models
 */
export interface At {
  readonly endpoint: EndpointRef
  readonly requestId: string
}

/**
 * How a function is called by requests.
 *
 * @since 0.1.0
 * @category models
 */
export interface Caller {
  readonly call: (
    at: At,
    payload: unknown,
    span: Tracer.AnySpan | undefined
  ) => ReturnType<RpcEndpoint.Caller["stream"]>
  readonly stream: (
    at: At,
    payload: unknown,
    span: Tracer.AnySpan | undefined,
    emit: RpcEndpoint.Emit
  ) => ReturnType<RpcEndpoint.Caller["stream"]>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Exchange {
  /**
   * Sends a request once a worker is there for it, and succeeds when all of the answer is there. A request that may have
   * reached a worker is not sent again.
   */
  readonly ask: (at: At, request: HttpRequest) => Effect.Effect<HttpAnswer, RemoteError.RemoteError>
  /** As `ask`, and succeeds when the answer begins. */
  readonly send: (at: At, request: HttpRequest) => Effect.Effect<HttpAnswer, RemoteError.RemoteError, Scope.Scope>
  /** Why an answer is none of the function's. */
  readonly refusal: (at: At, answer: HttpAnswer, body: Uint8Array) => Effect.Effect<RemoteError.RemoteError>
}

/** How often a worker that is on its way is asked, how long it may take to answer, and how long to wait in between. */
const readiness = { times: 10, patience: "15 seconds", pause: "5 seconds" } as const

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (http: typeof EndpointHttp.Service): Exchange => {
  const isReady = ({ endpoint }: At): Effect.Effect<boolean> =>
    http.ask(endpoint, { method: "GET", target: reserved.health, headers: {}, body: undefined }).pipe(
      Effect.timeout(readiness.patience),
      Effect.match({ onFailure: () => false, onSuccess: ({ status }) => status === 200 })
    )

  const awaitWorker = (at: At, reason: string): Effect.Effect<void, RemoteError.ProvisionFailed> =>
    isReady(at).pipe(
      Effect.repeat({
        until: (ready) => ready,
        schedule: Schedule.spaced(readiness.pause).pipe(Schedule.intersect(Schedule.recurs(readiness.times - 1)))
      }),
      Effect.zipRight(isReady(at)),
      Effect.flatMap((ready) =>
        ready ? Effect.void : Effect.fail(new RemoteError.ProvisionFailed({ endpoint: at.endpoint.name, reason }))
      )
    )

  const sending = <R>(
    send: (
      endpoint: EndpointRef,
      request: HttpRequest
    ) => Effect.Effect<HttpAnswer, RemoteError.ApiKeyMissing | RemoteError.TransportFailed, R>
  ) => {
    const once = (at: At, request: HttpRequest) =>
      Effect.mapError(
        send(at.endpoint, { ...request, headers: { ...request.headers, "x-request-id": at.requestId } }),
        (error) =>
          error._tag === "TransportFailed"
            ? new RemoteError.TransportFailed({ ...error, cause: error.cause, jobId: at.requestId })
            : error
      )
    type Sending = Effect.Effect<HttpAnswer, RemoteError.RemoteError, R>
    return (at: At, request: HttpRequest): Sending =>
      Effect.suspend((): Sending => {
        const { body } = request
        const size = body === undefined ? 0 : typeof body === "string" ? Buffer.byteLength(body) : body.length
        if (size > Limits.loadBalancerBody) return Effect.fail(tooLarge(at, request.method, size))
        return Effect.flatMap(once(at, request), (answer): Sending => {
          if (answer.status !== 400 || isFromWorker(answer)) return Effect.succeed(answer)
          return Effect.flatMap(answer.bytes, (bytes): Sending => {
            const text = Buffer.from(bytes).toString()
            if (!isWaiting(text)) return Effect.succeed({ ...answer, bytes: Effect.succeed(bytes) })
            const reason = `no worker was ready for the request: ${excerpt(text)}`
            // no worker will be: its start has failed
            if (text.includes("\"detail\"")) {
              return Effect.fail(new RemoteError.ProvisionFailed({ endpoint: at.endpoint.name, reason }))
            }
            return Effect.zipRight(awaitWorker(at, reason), once(at, request))
          })
        })
      })
  }

  return {
    ask: sending(http.ask),
    send: sending(http.send),
    refusal: (at, answer, body) =>
      Effect.map(http.keyOrigin, (keyOrigin) => refusalOf(at, answer, Buffer.from(body).toString(), keyOrigin))
  }
}

/** What the gateway says itself has neither. */
const isFromWorker = ({ headers }: HttpAnswer): boolean =>
  headers["x-runpod-worker-id"] !== undefined || headers[outcomeHeader] !== undefined

const isWaiting = (text: string): boolean => /timed out waiting for worker|no workers available/i.test(text)

const excerpt = (text: string): string => text.slice(0, 1024)

const tooLarge = ({ endpoint }: At, operation: string, size: number) =>
  new RemoteError.PayloadTooLarge({ endpoint: endpoint.name, operation, size, limit: Limits.loadBalancerBody })

const refusalOf = (at: At, answer: HttpAnswer, text: string, keyOrigin: string): RemoteError.RemoteError => {
  const { name: endpoint } = at.endpoint
  const job = { endpoint, jobId: at.requestId }
  switch (answer.status) {
    case 401:
    case 403:
      return new RemoteError.Unauthorized({ endpoint, keyOrigin, detail: excerpt(text) })
    case 404:
      return isFromWorker(answer)
        ? unexpected(answer, text)
        : new RemoteError.ProvisionFailed({ endpoint, reason: `the platform knows no endpoint ${at.endpoint.id}` })
    case 413:
      // its own size was looked at before it was sent: whoever says this has another limit
      return new RemoteError.PayloadTooLarge({
        endpoint,
        operation: answer.request.split(" ", 1)[0] ?? "",
        size: Limits.loadBalancerBody,
        limit: Limits.loadBalancerBody
      })
    case 429: {
      const seconds = Number(answer.headers["retry-after"])
      return new RemoteError.RateLimited({
        endpoint,
        ...(Number.isFinite(seconds) ? { retryAfterMs: seconds * 1000 } : {})
      })
    }
    case 502:
      return new RemoteError.WorkerLost({ ...job, retries: 0, error: excerpt(text) })
    case 504:
    case 524:
      return new RemoteError.JobTimedOut({ ...job, error: excerpt(text) })
    default:
      return unexpected(answer, text)
  }
}

const unexpected = ({ request, status }: HttpAnswer, text: string) =>
  new RemoteError.UnexpectedStatus({ request, status, body: excerpt(text) })
