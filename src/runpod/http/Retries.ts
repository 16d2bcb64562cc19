/**
 * When a request to the control plane is sent again: one policy for REST and GraphQL.
 *
 * What was certainly refused or never sent (a rate limit, no connection) is sent again in any case. What may have been
 * done (a connection that broke, a time-out, a failure of the platform) is sent again where doing it twice is the same as
 * doing it once. Waits grow from half a second to ten, with jitter; what the platform asks to wait is waited. After four
 * retries, or two minutes after the first failure, the last error stands.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { RunpodError } from "../RunpodError.ts"

const patience = Duration.minutes(2)

/** System codes of a connection that was never made. */
const notSent = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT"
])

/**
 * Whether the platform may have done what it was asked, although it gave no answer that says so.
 *
 * @since 0.1.0
 */
export const isAmbiguous = (error: RunpodError): boolean => {
  switch (error._tag) {
    case "TransportFailed":
      return !notSent.has(error.code)
    case "RequestTimedOut":
    case "ServerError":
    case "UnexpectedResponse":
      return true
    default:
      return false
  }
}

const mayPass = (error: RunpodError): boolean => {
  switch (error._tag) {
    case "RateLimited":
      // an hour's window is not waited for
      return (error.retryAfterMs ?? 0) <= Duration.toMillis(patience)
    case "TransportFailed":
    case "RequestTimedOut":
    case "ServerError":
      return true
    default:
      return false
  }
}

/**
 * The waits between the tries of one request.
 *
 * @since 0.1.0
 */
export const schedule = Schedule.identity<RunpodError>().pipe(
  Schedule.intersect(
    Schedule.exponential("500 millis").pipe(Schedule.either(Schedule.spaced("10 seconds")), Schedule.jittered)
  ),
  Schedule.intersect(Schedule.recurs(4)),
  Schedule.upTo(patience),
  Schedule.modifyDelayEffect(([[error]], delay) => {
    const asked = error._tag === "RateLimited" ? Duration.millis(error.retryAfterMs ?? 0) : Duration.zero
    const wait = Duration.max(delay, asked)
    return Effect.as(Effect.logDebug(`${error.message} Trying again in ${Duration.format(wait)}.`), wait)
  })
)

/**
 * Repeats a request under the policy. `once` is for what must not be done twice.
 *
 * @since 0.1.0
 */
export const retrying =
  (repeat: "freely" | "once") => <A, E extends RunpodError, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.retry(self, {
      schedule,
      while: (error) => mayPass(error) && (repeat === "freely" || !isAmbiguous(error))
    })
