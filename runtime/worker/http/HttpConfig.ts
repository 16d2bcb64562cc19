/**
 * What the platform tells a worker of a load-balanced endpoint by its environment.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { reserved } from "../../../src/protocol/Route.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface HttpConfig {
  /** Address to listen on. */
  readonly host: string
  readonly port: number
  /** Where the platform asks how the worker is; it may be the same. */
  readonly healthPort: number
  readonly healthPath: string
  /** Requests at a time. */
  readonly maxConcurrency: number
  /** What every request but those for health has to bring: whoever passes requests on says by it that it may. */
  readonly gatewayToken: Option.Option<Redacted.Redacted>
  /** Standard input is a pipe of the parent: its end means that the parent is gone. */
  readonly exitWithStdin: boolean
}

const variables = Config.all({
  host: Config.withDefault(Config.string("FLASH_HOST"), "0.0.0.0"),
  port: Config.withDefault(Config.port("PORT"), 80),
  healthPort: Config.option(Config.port("PORT_HEALTH")),
  healthPath: Config.withDefault(Config.string("HEALTH_CHECK_PATH"), reserved.health),
  maxConcurrency: Config.withDefault(Config.integer("FLASH_MAX_CONCURRENCY"), 100),
  gatewayToken: Config.option(Config.redacted("FLASH_GATEWAY_TOKEN")),
  exitWithStdin: Config.withDefault(Config.boolean("FLASH_EXIT_WITH_STDIN"), false)
})

/**
 * Read from the environment; fails with a `ConfigError` that names the variable.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromEnvironment: Effect.Effect<HttpConfig, ConfigError.ConfigError> = Effect.map(
  variables,
  ({ healthPort, maxConcurrency, ...env }) => ({
    ...env,
    healthPort: Option.getOrElse(healthPort, () => env.port),
    maxConcurrency: Math.max(1, maxConcurrency)
  })
)

/**
 * The header that brings the gateway's token.
 *
 * @since 0.1.0
 * @category constants
 */
export const tokenHeader = "x-flash-gateway-token"
