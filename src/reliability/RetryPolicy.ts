/**
 * When a failed request is sent again, and how long to wait before it is.
 *
 * What is sent again runs again. So only what was certainly not accepted is sent again by itself; of a function that is
 * declared `idempotent` also what may have been accepted, or was lost with its worker.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { RetryMetrics } from "../observability/Metrics.ts"
import { isRemoteError } from "../RemoteError.ts"
import type { RemoteError } from "../RemoteError.ts"
import type { RetryConfig } from "./ReliabilityConfig.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface BackoffOptions {
  /** Default 100 ms. */
  readonly base?: Duration.DurationInput
  /** No delay is longer, jitter included. Default 10 s. */
  readonly max?: Duration.DurationInput
  /** Which part of a delay is left to chance: 0.2 makes 1 s anything from 0.8 s to 1.2 s. Default 0.2. */
  readonly jitter?: number
}

/** How delays grow: the factor of the base, by how many tries there were before. */
const growth = {
  exponential: (n: number) => 2 ** n,
  linear: (n: number) => 1 + n,
  logarithmic: (n: number) => Math.log2(n + 2)
}

/** The output is how many delays there were before. */
const backoff =
  (factor: (n: number) => number) =>
  ({ base = "100 millis", jitter = 0.2, max = "10 seconds" }: BackoffOptions = {}): Schedule.Schedule<number> => {
    const first = Duration.toMillis(base)
    const longest = Duration.toMillis(max)
    return Schedule.forever.pipe(
      Schedule.addDelay((n) => Duration.millis(Math.min(first * factor(n), longest))),
      Schedule.jitteredWith({ min: 1 - jitter, max: 1 + jitter }),
      Schedule.delayed((delay) => Duration.min(delay, max))
    )
  }

/**
 * `base`, twice that, four times that …
 *
 * @since 0.1.0
 * @category backoff
 */
export const exponential: (options?: BackoffOptions) => Schedule.Schedule<number> = backoff(growth.exponential)

/**
 * `base`, twice that, three times that …
 *
 * @since 0.1.0
 * @category backoff
 */
export const linear: (options?: BackoffOptions) => Schedule.Schedule<number> = backoff(growth.linear)

/**
 * `base`, then `base` times the binary logarithm of 3, 4, 5 …
 *
 * @since 0.1.0
 * @category backoff
 */
export const logarithmic: (options?: BackoffOptions) => Schedule.Schedule<number> = backoff(growth.logarithmic)

/** A server that asks for more than this is not waited for: the call says so instead of hanging. */
const longestRetryAfter = Duration.toMillis("1 minute")

const retryAfterOf = (error: unknown): number =>
  isRemoteError(error) && error._tag === "RateLimited" ? error.retryAfterMs ?? 0 : 0

/**
 * The delays of a configuration: exponential, at least what the platform asked for, until there were `maxAttempts`
 * tries.
 *
 * @since 0.1.0
 * @category schedules
 */
export const schedule = <E>(config: RetryConfig): Schedule.Schedule<unknown, E> =>
  Schedule.identity<E>().pipe(
    Schedule.intersect(exponential({ base: config.baseDelay, max: config.maxDelay, jitter: config.jitter })),
    Schedule.modifyDelay(([error], delay) => Duration.max(delay, Duration.millis(retryAfterOf(error)))),
    Schedule.intersect(Schedule.recurs(config.maxAttempts - 1))
  )

/** Codes of a connection that was never there, so that nothing can have gone over it. */
const neverConnected = [
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT"
]

/**
 * Whether a request was certainly not accepted, so that sending it again runs nothing twice.
 *
 * @since 0.1.0
 * @category guards
 */
export const wasNotAccepted = (error: RemoteError): boolean => {
  switch (error._tag) {
    case "RateLimited":
      return error.jobId === undefined && (error.retryAfterMs ?? 0) <= longestRetryAfter
    case "TransportFailed":
      return error.jobId === undefined && neverConnected.includes(error.code)
    default:
      return false
  }
}

const transientStatuses = [408, 500, 502, 503, 504]

/**
 * Whether a request may have been accepted and can be sent again all the same, where running it twice does no harm. A
 * job that may still be running is not among them: its error names it, and waiting for it costs less than a second one.
 *
 * @since 0.1.0
 * @category guards
 */
export const mayBeRepeated = (error: RemoteError): boolean => {
  switch (error._tag) {
    case "WorkerLost":
      return true
    case "TransportFailed":
      return error.jobId === undefined && !wasNotAccepted(error)
    case "UnexpectedStatus":
      return error.jobId === undefined && transientStatuses.includes(error.status)
    default:
      return false
  }
}

/**
 * Tries again where `while` holds. A good first answer costs nothing: the schedule is prepared after a failure.
 *
 * @since 0.1.0
 * @category combinators
 */
export const retry = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  options: {
    readonly config: RetryConfig & { readonly enabled: boolean }
    readonly while: (error: E) => boolean
    readonly metrics: RetryMetrics
  }
): Effect.Effect<A, E, R> => {
  const { config, metrics } = options
  if (!config.enabled || config.maxAttempts < 2) return effect
  return Effect.catchAll(effect, (first) => {
    if (!options.while(first)) return Effect.fail(first)
    let attempt = 0
    let last = first
    const next = Effect.suspend(() => {
      // the first try has been made; the schedule is told how it ended
      if (attempt++ === 0) return Effect.fail(first)
      metrics.attempt(attempt - 1, isRemoteError(last) ? last._tag : "other")
      return Effect.tapError(effect, (error) => Effect.sync(() => last = error))
    })
    return Effect.retry(next, { schedule: schedule<E>(config), while: options.while }).pipe(
      Effect.tapBoth({
        onSuccess: () => Effect.sync(() => metrics.success(attempt)),
        onFailure: (error) =>
          Effect.sync(() => {
            if (options.while(error)) metrics.exhausted(config.maxAttempts)
          })
      })
    )
  })
}
