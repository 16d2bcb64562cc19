/**
 * The other endpoints of the app that a worker was deployed with. `OtherEndpoints.ts` imports it when the first of them is
 * called.
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { readFile } from "node:fs/promises"
import * as Manifest from "../../src/discovery/Manifest.ts"
import * as ServiceRegistry from "../../src/discovery/ServiceRegistry.ts"
import * as StateManager from "../../src/discovery/StateManager.ts"
import * as DeployedEndpoints from "../../src/invoke/DeployedEndpoints.ts"
import * as EndpointHttp from "../../src/runpod/EndpointHttp.ts"
import * as KeyFiles from "../../src/runpod/KeyFiles.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import * as RunpodGraphql from "../../src/runpod/RunpodGraphql.ts"
import * as RunpodJobs from "../../src/runpod/RunpodJobs.ts"
import * as RunpodRest from "../../src/runpod/RunpodRest.ts"
import * as UndiciTransport from "../../src/runpod/UndiciTransport.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Name of the worker's own resource. */
  readonly own: string
  /** Path of the build's manifest. */
  readonly manifest: string
}

/**
 * Opens endpoints. What is asked for them, and with which key, the environment says (`RUNPOD_API_KEY`,
 * `FLASH_ENVIRONMENT_ID`). Without an environment, the build's own manifest says where they are; where it does not, the
 * endpoints of this worker's place are looked up by REST v2 (`FLASH_APP`, `FLASH_ENV`).
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ manifest: path, own }: Options) =>
  Effect.gen(function*() {
    const text = yield* Effect.tryPromise(() => readFile(path, "utf8"))
    const manifest = yield* Manifest.decode(text)
    const state = yield* stateOf(manifest)
    const services = yield* Layer.build(
      Layer.mergeAll(
        ServiceRegistry.layer({ own, manifest }).pipe(Layer.provide(state)),
        RunpodJobs.layer.pipe(Layer.provide(UndiciTransport.layer)),
        EndpointHttp.layer
      ).pipe(Layer.provide(RunpodConfig.layer), Layer.provide(KeyFiles.layer))
    )
    return yield* Effect.provide(DeployedEndpoints.make, services)
  })

const Variables = Config.all({
  id: Config.option(Config.string("FLASH_ENVIRONMENT_ID")),
  app: Config.option(Config.string("FLASH_APP")),
  env: Config.option(Config.string("FLASH_ENV"))
})

const stateOf = (
  manifest: Manifest.Manifest
): Effect.Effect<Layer.Layer<StateManager.StateManager, never, RunpodConfig.RunpodConfig>, ConfigError> =>
  Effect.map(Variables, ({ app, env, id }) => {
    if (Option.isSome(id)) {
      return StateManager.layer(id.value).pipe(
        Layer.provide(RunpodGraphql.layer),
        Layer.provide(FetchHttpClient.layer)
      )
    }
    const place = Option.all({ app, env })
    return manifest.resources_endpoints !== undefined || Option.isNone(place)
      ? StateManager.layerOf(manifest)
      : StateManager.layerEndpoints(place.value).pipe(
        Layer.provide(RunpodRest.layer),
        Layer.provide(FetchHttpClient.layer)
      )
  })
