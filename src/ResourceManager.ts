/**
 * Makes declared resources exist on RunPod, and removes them, for programs that do so by themselves: calls provision
 * what they need, and `flash deploy` what a project declares.
 *
 * @since 0.1.0
 */
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ResourceManager } from "./provision/ResourceManager.ts"
import type { Place } from "./provision/ResourceState.ts"
import { TargetUnavailable } from "./RemoteError.ts"

export { isEmpty } from "./provision/Plan.ts"
export type { Action, Against, Plan, Step } from "./provision/Plan.ts"
export type { ProvisionError } from "./provision/Provisioner.ts"
export { NotDeployed, PlanOutdated, ResourceManager } from "./provision/ResourceManager.ts"
export type { Outcome, PlanOptions } from "./provision/ResourceManager.ts"
export type { ResourceRecord, StateError } from "./provision/ResourceState.ts"
export type { Change } from "./provision/Values.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends Place {
  /** Folder for the records of what was made, which the app and its environment name a file in. Default: `.flash/state`. */
  readonly directory?: string
}

/**
 * The resources of an app's environment on RunPod. Endpoints are called `<app>-<env>-<resource>`, as those of
 * `flash deploy`, and `flash undeploy` knows them. The key comes from where `Flash.layerLive` has it. Fails with a
 * `ConfigError` where an address in the environment is none.
 *
 * `effect-flash/local` has `layerResourceManagerOn`, which is the same on an embedded platform.
 *
 * @example
 * import { CpuServerlessEndpoint, ResourceManager } from "effect-flash"
 * import { Effect } from "effect"
 *
 * const api = CpuServerlessEndpoint.make("api", { imageName: "me/api:1" })
 *
 * const program = Effect.gen(function*() {
 *   const manager = yield* ResourceManager.ResourceManager
 *   const plan = yield* manager.plan([api], { against: "platform" })
 *   return ResourceManager.isEmpty(plan) ? [] : yield* manager.apply(plan)
 * }).pipe(Effect.provide(ResourceManager.layer({ app: "shop", env: "production" })))
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<ResourceManager, ConfigError | TargetUnavailable> =>
  Layer.unwrapEffect(
    Effect.map(
      Effect.tryPromise({
        try: () => import("./Account.ts"),
        catch: (cause) => new TargetUnavailable({ target: "live", reason: "its code does not load", cause })
      }),
      (account) => account.layerResourceManager(options)
    )
  )
