/**
 * How calls are retried, broken off, balanced and counted: the settings and their variables.
 *
 * | variable                        | default       | meaning                                                      |
 * | ------------------------------- | ------------- | ------------------------------------------------------------ |
 * | `FLASH_CIRCUIT_BREAKER_ENABLED` | `true`        | whether a failing endpoint is left alone for a while         |
 * | `FLASH_CB_FAILURE_THRESHOLD`    | `5`           | failures among the last ten outcomes that open the circuit   |
 * | `FLASH_CB_SUCCESS_THRESHOLD`    | `2`           | successes that close it again, and probes admitted for them  |
 * | `FLASH_CB_TIMEOUT_SECONDS`      | `60`          | how long an open circuit lets nothing through                |
 * | `FLASH_LOAD_BALANCER_ENABLED`   | `false`       | whether `Balance.layer` balances where it was not told how   |
 * | `FLASH_LB_STRATEGY`             | `round_robin` | or `least_connections`, `random`; anything else is the first |
 * | `FLASH_RETRY_ENABLED`           | `true`        | whether anything is sent again                               |
 * | `FLASH_RETRY_MAX_ATTEMPTS`      | `3`           | tries, the first one counted                                 |
 * | `FLASH_RETRY_BASE_DELAY`        | `0.5`         | seconds before the second try; doubled for each one after    |
 * | `FLASH_METRICS_ENABLED`         | `true`        | whether calls are counted and timed                          |
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Variables from "./Variables.ts"

/**
 * How an endpoint is chosen among several.
 *
 * - `round_robin`: the one whose last turn is longest ago
 * - `least_connections`: one with the fewest calls under way
 * - `random`: any
 *
 * @since 0.1.0
 * @category models
 */
export type Strategy = "round_robin" | "least_connections" | "random"

/**
 * @since 0.1.0
 * @category constants
 */
export const strategies: ReadonlyArray<Strategy> = ["round_robin", "least_connections", "random"]

/**
 * @since 0.1.0
 * @category models
 */
export interface CircuitBreakerConfig {
  /** Failures among the last outcomes that open the circuit. */
  readonly failureThreshold: number
  /** Successes that close it again; as many probes are let through. */
  readonly successThreshold: number
  /** How long an open circuit lets nothing through. */
  readonly timeout: Duration.Duration
  /** How many of the last outcomes count. Less than `failureThreshold` is taken for `failureThreshold`. */
  readonly windowSize: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface RetryConfig {
  /** Tries, the first one counted. */
  readonly maxAttempts: number
  /** Before the second try; doubled for each one after. */
  readonly baseDelay: Duration.Duration
  /** No delay is longer. */
  readonly maxDelay: Duration.Duration
  /** Which part of a delay is left to chance: 0.2 makes 1 s anything from 0.8 s to 1.2 s. */
  readonly jitter: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Settings {
  readonly circuitBreaker: CircuitBreakerConfig & { readonly enabled: boolean }
  readonly loadBalancer: { readonly enabled: boolean; readonly strategy: Strategy }
  readonly retry: RetryConfig & { readonly enabled: boolean }
  readonly metrics: { readonly enabled: boolean }
}

/**
 * What holds where nothing else is said.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaults: Settings = {
  circuitBreaker: {
    enabled: true,
    failureThreshold: 5,
    successThreshold: 2,
    timeout: Duration.seconds(60),
    windowSize: 10
  },
  loadBalancer: { enabled: false, strategy: "round_robin" },
  retry: {
    enabled: true,
    maxAttempts: 3,
    baseDelay: Duration.millis(500),
    maxDelay: Duration.seconds(10),
    jitter: 0.2
  },
  metrics: { enabled: true }
}

/**
 * The settings in the context; `defaults` where none were given.
 *
 * @since 0.1.0
 * @category services
 */
export class ReliabilityConfig extends Context.Reference<ReliabilityConfig>()(
  "effect-flash/reliability/ReliabilityConfig",
  { defaultValue: () => defaults }
) {}

const variables = Config.all({
  breaker: Variables.flag("FLASH_CIRCUIT_BREAKER_ENABLED", defaults.circuitBreaker.enabled),
  failureThreshold: Variables.count("FLASH_CB_FAILURE_THRESHOLD", defaults.circuitBreaker.failureThreshold),
  successThreshold: Variables.count("FLASH_CB_SUCCESS_THRESHOLD", defaults.circuitBreaker.successThreshold),
  timeout: Variables.seconds("FLASH_CB_TIMEOUT_SECONDS", (n) => n > 0, "more than 0", defaults.circuitBreaker.timeout),
  balancer: Variables.flag("FLASH_LOAD_BALANCER_ENABLED", defaults.loadBalancer.enabled),
  strategy: Config.option(Config.string("FLASH_LB_STRATEGY")),
  retry: Variables.flag("FLASH_RETRY_ENABLED", defaults.retry.enabled),
  maxAttempts: Variables.count("FLASH_RETRY_MAX_ATTEMPTS", defaults.retry.maxAttempts),
  baseDelay: Variables.seconds("FLASH_RETRY_BASE_DELAY", (n) => n >= 0, "0 or more", defaults.retry.baseDelay),
  metrics: Variables.flag("FLASH_METRICS_ENABLED", defaults.metrics.enabled)
})

/**
 * The settings as the environment has them. A value that means nothing is a `ConfigError` that names its variable;
 * only an unknown `FLASH_LB_STRATEGY` is `round_robin`, as in the original, and a warning.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromEnvironment: Effect.Effect<Settings, ConfigError> = Effect.gen(function*() {
  const env = yield* variables
  const wanted = Option.map(env.strategy, (text) => text.trim().toLowerCase())
  const strategy = Option.flatMap(wanted, (text) => Option.fromNullable(strategies.find((name) => name === text)))
  if (Option.isSome(env.strategy) && Option.isNone(strategy)) {
    yield* Effect.logWarning(
      `FLASH_LB_STRATEGY is ${JSON.stringify(env.strategy.value)}: taken for ${defaults.loadBalancer.strategy}; ` +
        `the strategies are ${strategies.join(", ")}`
    )
  }
  return {
    circuitBreaker: {
      ...defaults.circuitBreaker,
      enabled: env.breaker,
      failureThreshold: env.failureThreshold,
      successThreshold: env.successThreshold,
      timeout: env.timeout
    },
    loadBalancer: {
      enabled: env.balancer,
      strategy: Option.getOrElse(strategy, () => defaults.loadBalancer.strategy)
    },
    retry: {
      ...defaults.retry,
      enabled: env.retry,
      maxAttempts: env.maxAttempts,
      baseDelay: env.baseDelay,
      maxDelay: Duration.max(defaults.retry.maxDelay, env.baseDelay)
    },
    metrics: { enabled: env.metrics }
  }
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<ReliabilityConfig, ConfigError> = Layer.effect(ReliabilityConfig, fromEnvironment)
