/**
 * The circuit breakers of a process: one for each endpoint, by name.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metrics from "../observability/Metrics.ts"
import * as CircuitBreaker from "./CircuitBreaker.ts"
import { ReliabilityConfig } from "./ReliabilityConfig.ts"

/**
 * The breakers that calls go through. A target makes its own where none are given; give `layer` to look at them.
 *
 * @example
 * import { CircuitBreakers, CpuLiveServerless, Flash, remote } from "effect-flash"
 * import { Effect, Layer } from "effect"
 *
 * const cpu = CpuLiveServerless.make("pi")
 * export const pi = remote("pi", { resource: cpu }, () => Effect.void)
 *
 * const program = Effect.gen(function*() {
 *   yield* pi()
 *   const breakers = yield* CircuitBreakers.CircuitBreakers
 *   return yield* breakers.get("pi").state
 * }).pipe(Flash.provide, Effect.provide(Layer.provideMerge(Flash.layerLocal, CircuitBreakers.layer)))
 *
 * @since 0.1.0
 * @category services
 */
export class CircuitBreakers extends Context.Tag("effect-flash/reliability/CircuitBreakers")<CircuitBreakers, {
  /** The breaker of that endpoint; the same for the same name. */
  readonly get: (endpoint: string) => CircuitBreaker.CircuitBreaker
  /** Of all endpoints that were asked for. */
  readonly all: Effect.Effect<ReadonlyArray<CircuitBreaker.CircuitBreaker>>
}>() {}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<typeof CircuitBreakers.Service> = Effect.map(ReliabilityConfig, (settings) => {
  const metrics = Metrics.make(settings.metrics)
  const breakers = new Map<string, CircuitBreaker.CircuitBreaker>()
  return {
    get(endpoint) {
      const known = breakers.get(endpoint)
      if (known !== undefined) return known
      const breaker = CircuitBreaker.make({
        endpoint,
        config: settings.circuitBreaker,
        onChange: (previous, next) => metrics.stateChanged(endpoint, previous, next)
      })
      breakers.set(endpoint, breaker)
      return breaker
    },
    all: Effect.sync(() => [...breakers.values()])
  }
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<CircuitBreakers> = Layer.effect(CircuitBreakers, make)
