import { describe, expect, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect, Layer, Logger } from "effect"
import { ReliabilityConfig } from "effect-flash"

const read = (env: Readonly<Record<string, string>>) =>
  ReliabilityConfig.fromEnvironment.pipe(
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(env))))
  )

describe("the settings", () => {
  it.effect("are those of the original where nothing is said, with and without the layer", () =>
    Effect.gen(function*() {
      const settings = yield* read({})
      expect(settings).toEqual(ReliabilityConfig.defaults)
      expect(settings).toMatchObject({
        circuitBreaker: { enabled: true, failureThreshold: 5, successThreshold: 2, windowSize: 10 },
        loadBalancer: { enabled: false, strategy: "round_robin" },
        retry: { enabled: true, maxAttempts: 3, jitter: 0.2 },
        metrics: { enabled: true }
      })
      expect(Duration.toSeconds(settings.circuitBreaker.timeout)).toBe(60)
      expect(Duration.toSeconds(settings.retry.baseDelay)).toBe(0.5)
      expect(Duration.toSeconds(settings.retry.maxDelay)).toBe(10)
      expect(yield* ReliabilityConfig.ReliabilityConfig).toEqual(settings)
    }))

  it.effect("are what the environment says", () =>
    Effect.gen(function*() {
      const env = {
        FLASH_CIRCUIT_BREAKER_ENABLED: "False",
        FLASH_CB_FAILURE_THRESHOLD: "3",
        FLASH_CB_SUCCESS_THRESHOLD: "1",
        FLASH_CB_TIMEOUT_SECONDS: "0.5",
        FLASH_LOAD_BALANCER_ENABLED: "TRUE",
        FLASH_LB_STRATEGY: " Least_Connections",
        FLASH_RETRY_ENABLED: "0",
        FLASH_RETRY_MAX_ATTEMPTS: "7",
        FLASH_RETRY_BASE_DELAY: "20",
        FLASH_METRICS_ENABLED: "no"
      }
      const layer = Layer.provide(
        ReliabilityConfig.layer,
        Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(env))))
      )
      expect(yield* Effect.provide(ReliabilityConfig.ReliabilityConfig, layer)).toEqual({
        circuitBreaker: {
          enabled: false,
          failureThreshold: 3,
          successThreshold: 1,
          timeout: Duration.millis(500),
          windowSize: 10
        },
        loadBalancer: { enabled: true, strategy: "least_connections" },
        // the longest delay is never less than the shortest
        retry: {
          enabled: false,
          maxAttempts: 7,
          baseDelay: Duration.seconds(20),
          maxDelay: Duration.seconds(20),
          jitter: 0.2
        },
        metrics: { enabled: false }
      })
    }))

  it.effect("are an error that names the variable where a value means nothing", () =>
    Effect.gen(function*() {
      const wrong = {
        FLASH_CIRCUIT_BREAKER_ENABLED: ["maybe", ""],
        FLASH_CB_FAILURE_THRESHOLD: ["five", "0", "-1", "2.5", ""],
        FLASH_CB_SUCCESS_THRESHOLD: ["two", "0"],
        FLASH_CB_TIMEOUT_SECONDS: ["soon", "0", "-1", "Infinity", "NaN"],
        FLASH_LOAD_BALANCER_ENABLED: ["2"],
        FLASH_RETRY_ENABLED: ["si"],
        FLASH_RETRY_MAX_ATTEMPTS: ["many", "0", "1.5"],
        FLASH_RETRY_BASE_DELAY: ["-0.1", "half"],
        FLASH_METRICS_ENABLED: ["nope"]
      }
      for (const [name, values] of Object.entries(wrong)) {
        for (const value of values) {
          const error = yield* Effect.flip(read({ [name]: value }))
          expect(String(error), `${name}=${value}`).toContain(name)
        }
      }
    }))

  it.effect("take an unknown strategy for round_robin, as the original does, and say so", () =>
    Effect.gen(function*() {
      const logged: Array<string> = []
      const logger = Logger.make<unknown, void>(({ message }) => void logged.push(String(message)))
      const { loadBalancer } = yield* Effect.provide(
        read({ FLASH_LB_STRATEGY: "fastest" }),
        Logger.replace(Logger.defaultLogger, logger)
      )
      expect(loadBalancer.strategy).toBe("round_robin")
      expect(logged).toHaveLength(1)
      expect(logged[0]).toContain("FLASH_LB_STRATEGY")
      expect(logged[0]).toContain("fastest")
    }))
})
