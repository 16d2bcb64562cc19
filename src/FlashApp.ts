/**
 * Flash apps: named groups of environments, each with the build that its endpoints run.
 *
 * @since 0.1.0
 */
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { FlashApp } from "./provision/FlashApp.ts"
import { TargetUnavailable } from "./RemoteError.ts"

export { FlashApp, StillInUse } from "./provision/FlashApp.ts"

/**
 * The apps of the account on RunPod. The key comes from where `Flash.layerLive` has it. Fails with a `ConfigError` where
 * an address in the environment is none.
 *
 * `effect-flash/local` has `layerFlashAppOn`, which is the same on an embedded platform.
 *
 * @example
 * import { FlashApp } from "effect-flash"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const apps = yield* FlashApp.FlashApp
 *   const { state } = yield* apps.getEnvironment("shop", "production")
 *   return state
 * }).pipe(Effect.provide(FlashApp.layer))
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<FlashApp, ConfigError | TargetUnavailable> = Layer.unwrapEffect(
  Effect.map(
    Effect.tryPromise({
      try: () => import("./Account.ts"),
      catch: (cause) => new TargetUnavailable({ target: "live", reason: "its code does not load", cause })
    }),
    (account) => account.layerFlashApp
  )
)
