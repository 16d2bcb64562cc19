/**
 * The target `deployed`: endpoints of an app's environment, for programs outside of it. `Flash` loads it when it is used.
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ServiceRegistry from "./discovery/ServiceRegistry.ts"
import * as StateManager from "./discovery/StateManager.ts"
import { Flash } from "./Endpoint.ts"
import * as DeployedEndpoints from "./invoke/DeployedEndpoints.ts"
import * as Endpoints from "./invoke/Endpoints.ts"
import * as EndpointHttp from "./runpod/EndpointHttp.ts"
import * as KeyFiles from "./runpod/KeyFiles.ts"
import * as RunpodConfig from "./runpod/RunpodConfig.ts"
import * as RunpodGraphql from "./runpod/RunpodGraphql.ts"
import * as RunpodJobs from "./runpod/RunpodJobs.ts"
import * as RunpodRest from "./runpod/RunpodRest.ts"
import * as UndiciTransport from "./runpod/UndiciTransport.ts"

/**
 * On the platform of the `RunpodConfig`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerOn = (
  place: { readonly app: string; readonly env: string }
): Layer.Layer<Flash, never, RunpodConfig.RunpodConfig> =>
  Layer.scoped(
    Flash,
    Effect.gen(function*() {
      const open = yield* DeployedEndpoints.make
      const { flash } = yield* Endpoints.make("deployed", (resource, _, codec) => open(resource, codec))
      return flash
    })
  ).pipe(
    Layer.provide(Layer.mergeAll(
      RunpodJobs.layer.pipe(Layer.provide(UndiciTransport.layer)),
      EndpointHttp.layer,
      ServiceRegistry.layer({}).pipe(
        Layer.provide(StateManager.layerNamed(place)),
        Layer.provide(Layer.merge(RunpodGraphql.layer, RunpodRest.layer)),
        Layer.provide(FetchHttpClient.layer)
      )
    ))
  )

/**
 * RunPod as the environment names it, with the key from the environment, `.env` or `~/.runpod/config.toml`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (place: { readonly app: string; readonly env: string }): Layer.Layer<Flash, ConfigError> =>
  layerOn(place).pipe(Layer.provide(Layer.provide(RunpodConfig.layer, KeyFiles.layer)))
