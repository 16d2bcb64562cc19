/**
 * Finds out what a declaration only refers to: the name its endpoint has, the image and start command of its workers,
 * and the values of its environment.
 *
 * @since 0.1.0
 */
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Derived from "../resources/Derived.ts"
import * as Env from "../resources/Env.ts"
import type { LocalVariableMissing } from "../resources/Env.ts"
import * as Image from "../resources/Image.ts"
import type { ResourceConfig } from "../resources/ResourceConfig.ts"
import { startCommand } from "../resources/startCommand.ts"
import { version } from "../Version.ts"
import type { Resolved } from "./Fields.ts"
import type { Place } from "./ResourceState.ts"

/**
 * The environment that live endpoints are in.
 *
 * @since 0.1.0
 * @category constants
 */
export const liveEnvironment = "live"

/**
 * The name of the endpoint that stands for a resource in a place.
 *
 * @since 0.1.0
 * @category accessors
 */
export const endpointName = ({ app, env }: Place, name: string): string =>
  env === liveEnvironment ? `live-${name}` : `${app}-${env}-${name}`

/**
 * What the workers of the resource of a name are told: variables of their environment.
 *
 * @since 0.1.0
 * @category models
 */
export type Told = (resource: string) => Readonly<Record<string, string>>

/**
 * Everything but the network volumes, which are known when they are there. Variables of this machine are read through
 * the current `ConfigProvider`. `told` is what the workers of a resource are told beside their place.
 *
 * @since 0.1.0
 * @category accessors
 */
export const make = (place: Place, told: Told = () => ({})) =>
(
  config: ResourceConfig
): Effect.Effect<Omit<Resolved, "networkVolumes">, LocalVariableMissing | ConfigError> =>
  Effect.gen(function*() {
    const { image, minCudaVersion } = Image.workerImage(config, yield* Image.ambient(version))
    return {
      endpointName: endpointName(place, config.name),
      worker: {
        image,
        // what the template says instead is a setting of the template
        args: Derived.isLive(config) ? startCommand(version) : undefined,
        minCudaVersion
      },
      workerEnv: Derived.isLive(config) ? { ...workerEnv(place, config), ...told(config.name) } : {},
      env: yield* Env.resolve(config.env)
    }
  })

/** What our worker has to know of itself. */
const workerEnv = ({ app, env }: Place, config: ResourceConfig): Readonly<Record<string, string>> => ({
  FLASH_RESOURCE_NAME: config.name,
  ...(env === liveEnvironment ? { FLASH_IS_LIVE_PROVISIONING: "true" } : { FLASH_APP: app, FLASH_ENV: env }),
  ...(Derived.isLoadBalancer(config) ? { FLASH_ENDPOINT_TYPE: "lb" } : {})
})
