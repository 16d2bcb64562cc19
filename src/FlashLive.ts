/**
 * The live target: endpoints are provisioned on RunPod by their first call, and the code travels with the calls.
 *
 * `Flash.layerLive` imports this module when it is built: a program on another target loads none of it.
 *
 * @since 0.1.0
 */
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import { Flash } from "./Endpoint.ts"
import * as ByKind from "./invoke/ByKind.ts"
import * as CodeBundler from "./invoke/CodeBundler.ts"
import * as Endpoints from "./invoke/Endpoints.ts"
import { Ensuring } from "./provision/Ensuring.ts"
import * as Provisioning from "./provision/Provisioning.ts"
import { liveEnvironment } from "./provision/Resolve.ts"
import { ResourceManager } from "./provision/ResourceManager.ts"
import * as ResourceState from "./provision/ResourceState.ts"
import * as EndpointHttp from "./runpod/EndpointHttp.ts"
import * as KeyFiles from "./runpod/KeyFiles.ts"
import * as RunpodConfig from "./runpod/RunpodConfig.ts"
import * as RunpodJobs from "./runpod/RunpodJobs.ts"
import * as UndiciTransport from "./runpod/UndiciTransport.ts"

/**
 * Endpoints on the platform of the `RunpodConfig`, with their state in the working directory.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerOn: Layer.Layer<Flash, never, RunpodConfig.RunpodConfig | ResourceState.ResourceState> = Layer
  .scoped(
    Flash,
    Effect.gen(function*() {
      const run = Runtime.runSync(
        yield* Effect.runtime<ByKind.Requirements>()
      )
      const { flash } = yield* Endpoints.make(
        "live",
        (resource, _, codec) => run(ByKind.make(resource, { codec }))
      )
      return flash
    })
  ).pipe(
    Layer.provide(Layer.mergeAll(
      RunpodJobs.layer.pipe(Layer.provide(UndiciTransport.layer)),
      EndpointHttp.layer,
      CodeBundler.layer,
      Layer.provide(Layer.effect(Ensuring, ResourceManager), Provisioning.layer)
    ))
  )

/**
 * RunPod as the environment names it, with the key from the environment, `.env` or `~/.runpod/config.toml`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Flash, ConfigError> = layerOn.pipe(
  Layer.provide(ResourceState.layerFile({ app: "live", env: liveEnvironment })),
  Layer.provide(Layer.provide(RunpodConfig.layer, KeyFiles.layer))
)
