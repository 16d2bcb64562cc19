/**
 * What stands between a call and its endpoint: the circuit breaker, the repetition of what may be repeated, and the
 * metrics. A call that goes well pays for two handlers and the update of three numbers.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { DefinitionId } from "../Endpoint.ts"
import type { EndpointService, Procedure } from "../Endpoint.ts"
import * as Metrics from "../observability/Metrics.ts"
import * as CircuitBreaker from "../reliability/CircuitBreaker.ts"
import * as CircuitBreakers from "../reliability/CircuitBreakers.ts"
import { ReliabilityConfig } from "../reliability/ReliabilityConfig.ts"
import * as RetryPolicy from "../reliability/RetryPolicy.ts"
import { isRemoteError } from "../RemoteError.ts"
import type { RemoteError } from "../RemoteError.ts"

/**
 * The same endpoint, made reliable.
 *
 * @since 0.1.0
 * @category models
 */
export type Reliable = (service: EndpointService) => EndpointService

/**
 * As `ReliabilityConfig` says, with the breakers in the context or breakers of its own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Reliable> = Effect.gen(function*() {
  const settings = yield* ReliabilityConfig
  const metrics = Metrics.make(settings.metrics)
  const given = yield* Effect.serviceOption(CircuitBreakers.CircuitBreakers)
  const breakers = Option.isSome(given) ? given.value : yield* CircuitBreakers.make

  return (service) => {
    const breaker = breakers.get(service.name)
    const retries = metrics.retry(service.name)
    const functions = new Map<Procedure, Of>()

    const of = (procedure: Procedure): Of => {
      let known = functions.get(procedure)
      if (known === undefined) {
        functions.set(
          procedure,
          known = { ofPlatform: platformErrors(procedure), calls: metrics.calls(service.name, procedure._tag) }
        )
      }
      return known
    }

    return {
      ...service,
      ...(settings.circuitBreaker.enabled ? { circuit: breaker } : {}),
      execute(procedure, payload) {
        const { calls, ofPlatform } = of(procedure)
        const call = service.execute(procedure, payload)
        const guarded = !settings.circuitBreaker.enabled
          ? call
          : breaker.protect(call, (error) => ofPlatform(error) ? CircuitBreaker.outcomeOf(error) : "success")
        const repeated = !procedure[DefinitionId].idempotent
          ? guarded
          : RetryPolicy.retry(guarded, {
            config: settings.retry,
            metrics: retries,
            while: (error) => ofPlatform(error) && RetryPolicy.mayBeRepeated(error)
          })
        return settings.metrics.enabled ? measured(repeated, calls, ofPlatform) : repeated
      }
    }
  }
})

interface Of {
  readonly ofPlatform: (error: unknown) => error is RemoteError
  readonly calls: Metrics.CallMetrics
}

/**
 * Tells a `RemoteError` of this call from one that the function itself fails with: its handler may have made remote
 * calls of its own and declared their errors.
 */
const platformErrors = (procedure: Procedure) => {
  const isOwn = Schema.is(procedure.errorSchema as Schema.Schema<unknown>)
  return (error: unknown): error is RemoteError => isRemoteError(error) && !isOwn(error)
}

const measured = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  calls: Metrics.CallMetrics,
  ofPlatform: (error: unknown) => error is RemoteError
): Effect.Effect<A, E, R> =>
  Effect.clockWith((clock) => {
    const start = clock.unsafeCurrentTimeNanos()
    calls.started()
    return Effect.onExit(effect, (exit) =>
      Effect.sync(() =>
        calls.ended(statusOf(exit, ofPlatform), Number(clock.unsafeCurrentTimeNanos() - start) / 1e6)
      ))
  })

const statusOf = (
  exit: Exit.Exit<unknown, unknown>,
  ofPlatform: (error: unknown) => error is RemoteError
): Metrics.Status => {
  if (Exit.isSuccess(exit)) return "success"
  const failure = Cause.failureOption(exit.cause)
  if (Option.isNone(failure)) return Cause.isInterrupted(exit.cause) ? "interrupted" : "failure"
  if (!ofPlatform(failure.value)) return "failure"
  return failure.value._tag === "CircuitOpen" || failure.value._tag === "NoEndpointAvailable" ? "rejected" : "error"
}
