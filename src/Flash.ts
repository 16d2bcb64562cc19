/**
 * The target of a program: where its remote functions run.
 *
 * One program runs in its own process, on the embedded platform or inside a worker by the layer it is given:
 * `layerInline`, `layerLocal`, `layerLive`, `layerDeployed`, `layerWorker`, or `layer`, which reads `FLASH_TARGET`.
 *
 * @since 0.1.0
 */
import * as Runtime from "@effect/platform/Runtime"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Flash } from "./Endpoint.ts"
import type { Endpoint, Target } from "./Endpoint.ts"
import * as Endpoints from "./invoke/Endpoints.ts"
import * as WorkerEndpoints from "./invoke/WorkerEndpoints.ts"
import * as Logging from "./observability/Logging.ts"
import * as CircuitBreakers from "./reliability/CircuitBreakers.ts"
import * as ReliabilityConfig from "./reliability/ReliabilityConfig.ts"
import { isRemoteError, TargetUnavailable } from "./RemoteError.ts"

export {
  /**
   * The target as a service; `Flash.Flash` in a program's requirements.
   *
   * @since 0.1.0
   * @category services
   */
  Flash
} from "./Endpoint.ts"

/**
 * Every call runs in this process, through the same requests, responses and schemas as on a worker.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerInline: Layer.Layer<Flash> = Layer.scoped(
  Flash,
  Effect.map(Endpoints.make("inline", (_, inline) => inline), ({ flash }) => flash)
)

/**
 * Every call is a job of the embedded platform and runs in a worker process on this machine; no account, no network
 * beyond loopback. The platform starts with the layer and ends, with its workers, with the layer's scope. Fails with a
 * `ConfigError` where one of the variables of `ReliabilityConfig` means nothing.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerLocal: Layer.Layer<Flash, ConfigError | TargetUnavailable> = Layer.unwrapEffect(
  // by the package's own name: the library itself imports nothing of the platform
  Effect.map(
    Effect.tryPromise({
      try: () => import("effect-flash/local"),
      catch: (cause) => new TargetUnavailable({ target: "local", reason: "effect-flash/local does not load", cause })
    }),
    (local) => local.layerFlash()
  )
).pipe(Layer.provide(ReliabilityConfig.layer))

/**
 * Every call is a job on RunPod. An endpoint is provisioned by its first call, as `live-<name>`, and stays until it is
 * removed with `flash undeploy`; what was provisioned is recorded in `.flash/state`. The key comes from `RUNPOD_API_KEY`,
 * `.env` or `~/.runpod/config.toml`. Fails with a `ConfigError` where an address in the environment is none, or a variable
 * of `ReliabilityConfig` means nothing.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerLive: Layer.Layer<Flash, ConfigError | TargetUnavailable> = Layer.unwrapEffect(
  Effect.map(
    Effect.tryPromise({
      try: () => import("./FlashLive.ts"),
      catch: (cause) => new TargetUnavailable({ target: "live", reason: "its code does not load", cause })
    }),
    (live) => live.layer
  )
).pipe(Layer.provide(ReliabilityConfig.layer))

/**
 * Every call goes to an endpoint that `flash deploy` has made, found by the manifest of the build that the environment
 * runs. Nothing is provisioned and no code travels: what that build does not know fails with `ProvisionFailed`, which
 * says what it knows. The key comes from where `layerLive` has it.
 *
 * @example
 * import { CpuLiveServerless, Flash, remote } from "effect-flash"
 * import { Effect, Schema } from "effect"
 *
 * const cpu = CpuLiveServerless.make("pi")
 * export const pi = remote("pi", { resource: cpu, success: Schema.Number }, () => Effect.succeed(Math.PI))
 *
 * const program = pi().pipe(Flash.provide, Effect.provide(Flash.layerDeployed({ app: "maths", env: "production" })))
 *
 * @since 0.1.0
 * @category layers
 */
export const layerDeployed = (place: {
  readonly app: string
  readonly env: string
}): Layer.Layer<Flash, ConfigError | TargetUnavailable> =>
  Layer.unwrapEffect(
    Effect.map(
      Effect.tryPromise({
        try: () => import("./FlashDeployed.ts"),
        catch: (cause) => new TargetUnavailable({ target: "deployed", reason: "its code does not load", cause })
      }),
      (deployed) => deployed.layer(place)
    )
  ).pipe(Layer.provide(ReliabilityConfig.layer))

/**
 * Inside a worker: functions of the worker's own endpoint run where they are called.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWorker = (options: {
  /** Name of the worker's endpoint. */
  readonly endpoint: string
}): Layer.Layer<Flash> =>
  Layer.scoped(Flash, Effect.map(WorkerEndpoints.make({ ...options, stacks: true }), ({ flash }) => flash))

const targets = ["inline", "local", "live", "deployed", "worker"] as const satisfies ReadonlyArray<Target>

const Environment = Config.all({
  target: Config.option(Config.literal(...targets)("FLASH_TARGET")),
  apiKey: Config.option(Config.redacted("RUNPOD_API_KEY")),
  webhook: Config.option(Config.string("RUNPOD_WEBHOOK_GET_JOB")),
  resource: Config.withDefault(Config.string("FLASH_RESOURCE_NAME"), ""),
  app: Config.option(Config.nonEmptyString("FLASH_APP")),
  env: Config.withDefault(Config.nonEmptyString("FLASH_ENV"), "production")
})

/**
 * The target that `FLASH_TARGET` names: `inline`, `local`, `live`, `deployed` (the app of `FLASH_APP`, in the environment of
 * `FLASH_ENV` or `production`) or `worker`. Unset, a worker's environment means worker, an API key in `RUNPOD_API_KEY`
 * means live, and neither means local, said in one log line. Fails with a `ConfigError` where the variable has another
 * value. Beside the target it gives the circuit breakers of its endpoints.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Flash | CircuitBreakers.CircuitBreakers, ConfigError | TargetUnavailable> = Layer
  .unwrapEffect(
    Effect.gen(function*() {
      const { apiKey, app, env, resource, target, webhook } = yield* Environment
      const chosen = Option.getOrElse(
        target,
        (): Target => Option.isSome(webhook) ? "worker" : Option.isSome(apiKey) ? "live" : "local"
      )
      switch (chosen) {
        case "inline":
          return layerInline
        case "worker":
          return layerWorker({ endpoint: resource })
        case "local":
          if (Option.isNone(target)) yield* Effect.logInfo("FLASH_TARGET is not set: running on the embedded platform")
          return layerLocal
        case "live":
          if (Option.isNone(target)) {
            yield* Effect.logInfo("FLASH_TARGET is not set and RUNPOD_API_KEY is: running on RunPod, which costs money")
          }
          return layerLive
        case "deployed":
          return Option.isSome(app)
            ? layerDeployed({ app: app.value, env })
            : yield* new TargetUnavailable({
              target: chosen,
              reason:
                "FLASH_APP does not say which app; set it to the name that `flash deploy` showed, and FLASH_ENV " +
                "where its environment is not production"
            })
      }
    })
  ).pipe(Layer.provideMerge(CircuitBreakers.layer), Layer.provide(ReliabilityConfig.layer))

/**
 * Gives a program every endpoint it calls, on the target that `Flash` is.
 *
 * @example
 * import { CpuLiveServerless, Flash, remote } from "effect-flash"
 * import { Effect, Schema } from "effect"
 *
 * const cpu = CpuLiveServerless.make("pi")
 * export const pi = remote("pi", { resource: cpu, success: Schema.Number }, () => Effect.succeed(Math.PI))
 *
 * const program = pi().pipe(Flash.provide, Effect.provide(Flash.layerInline))
 *
 * @since 0.1.0
 * @category combinators
 */
export const provide = <A, E, R>(
  self: Effect.Effect<A, E, R>
): Effect.Effect<A, E, Exclude<R, Endpoint<string>> | Flash> =>
  // a call finds its endpoint through `Flash` by itself; what is left to do is to say so to the compiler
  self as Effect.Effect<A, E, Exclude<R, Endpoint<string>> | Flash>

/**
 * Runs a program as the process' main: chooses the target (`layer`), and ends the process with code 0, 1 after a
 * failure, or 130 after an interruption, once endpoints and workers have been released. What it logs goes where `Logging`
 * says, without secrets. Inside a worker, in a build (`FLASH_TARGET=none`) and in a vitest test it does nothing: there
 * the module is loaded for its functions.
 *
 * @since 0.1.0
 * @category running
 */
export const runMain = <A, E>(
  program: Effect.Effect<A, E, Endpoint<string> | Flash | CircuitBreakers.CircuitBreakers>
): void => {
  if (isLookedAt() || isTest()) return
  runProcess(
    program.pipe(
      provide,
      Effect.provide(layer),
      Effect.tapErrorCause(report),
      Effect.provide(Layer.tapErrorCause(Logging.layer, report))
    ),
    {
      disableErrorReporting: true,
      disablePrettyLogger: true,
      teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) ? 0 : Cause.isInterruptedOnly(exit.cause) ? 130 : 1)
    }
  )
}

/** Our own errors say in their message what to do, and their stack is ours: it would only hide that. */
const report = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  if (Cause.isInterruptedOnly(cause)) return Effect.void
  const failure = Option.getOrUndefined(Cause.failureOption(cause))
  return isRemoteError(failure) || failure instanceof TargetUnavailable
    ? Effect.logError(`${failure._tag}: ${failure.message}`)
    : Effect.logError(cause)
}

const isLookedAt = (): boolean => {
  const { FLASH_TARGET, RUNPOD_WEBHOOK_GET_JOB } = process.env
  return FLASH_TARGET === "worker" || FLASH_TARGET === "none" ||
    (FLASH_TARGET === undefined && RUNPOD_WEBHOOK_GET_JOB !== undefined)
}

/** Asked of the process itself: what vitest puts into the environment reaches the programs that a test starts, too. */
const isTest = (): boolean => "__vitest_worker__" in globalThis

const runProcess = Runtime.makeRunMain(({ fiber, teardown }) => {
  const interrupt = () => {
    process.removeListener("SIGINT", interrupt)
    process.removeListener("SIGTERM", interrupt)
    fiber.unsafeInterruptAsFork(fiber.id())
  }
  process.on("SIGINT", interrupt)
  process.on("SIGTERM", interrupt)
  // a program that only waits for other fibers must not end the process
  const keepAlive = setInterval(() => {}, 2 ** 31 - 1)
  fiber.addObserver((exit) => {
    clearInterval(keepAlive)
    process.removeListener("SIGINT", interrupt)
    process.removeListener("SIGTERM", interrupt)
    teardown(exit, (code) => {
      process.exitCode = code
      if (code !== 0) process.exit(code)
    })
  })
})
