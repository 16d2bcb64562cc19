/**
 * How long a worker of a load balancer may take to become healthy. The platform gives one that never does no requests, and
 * it costs as any other: it ends by itself.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/**
 * @since 0.1.0
 * @category errors
 */
export class NeverHealthy extends Data.TaggedError("NeverHealthy")<{ readonly limit: string }> {
  override get message() {
    return `the worker did not become healthy within ${this.limit}; what its module prints says more`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface HealthLimit {
  /** It is healthy: from now on there is no limit. */
  readonly reached: () => void
  /** Never succeeds; fails when the time is over. */
  readonly over: Effect.Effect<never, NeverHealthy>
}

/** What the platform waits for a first 200 of `/ping`. */
const limit = "8 minutes"

/**
 * The time runs from here.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<HealthLimit, never, Scope.Scope> = Effect.gen(function*() {
  const healthy = yield* Deferred.make<void, NeverHealthy>()
  yield* Effect.forkScoped(Effect.delay(Deferred.fail(healthy, new NeverHealthy({ limit })), limit))
  return {
    reached: () => Deferred.unsafeDone(healthy, Effect.void),
    over: Effect.zipRight(Deferred.await(healthy), Effect.never)
  }
})
