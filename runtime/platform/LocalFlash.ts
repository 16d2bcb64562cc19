/**
 * The local target: calls become jobs of the embedded platform and run in worker processes.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as LogLevel from "effect/LogLevel"
import * as Runtime from "effect/Runtime"
import { Flash } from "../../src/Endpoint.ts"
import * as ByKind from "../../src/invoke/ByKind.ts"
import * as CodeBundler from "../../src/invoke/CodeBundler.ts"
import * as Endpoints from "../../src/invoke/Endpoints.ts"
import * as Ensuring from "../../src/provision/Ensuring.ts"
import type { FlashApp } from "../../src/provision/FlashApp.ts"
import * as FlashAppGraphql from "../../src/provision/FlashAppGraphql.ts"
import * as Provisioning from "../../src/provision/Provisioning.ts"
import { liveEnvironment } from "../../src/provision/Resolve.ts"
import { ResourceManager } from "../../src/provision/ResourceManager.ts"
import * as ResourceState from "../../src/provision/ResourceState.ts"
import type { TargetUnavailable } from "../../src/RemoteError.ts"
import * as EndpointHttp from "../../src/runpod/EndpointHttp.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import * as RunpodGraphql from "../../src/runpod/RunpodGraphql.ts"
import * as RunpodJobs from "../../src/runpod/RunpodJobs.ts"
import * as UndiciTransport from "../../src/runpod/UndiciTransport.ts"
import * as InProcessClient from "./InProcessClient.ts"
import * as Platform from "./Platform.ts"

/**
 * `Flash` on an embedded platform of its own.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFlash = (options: Platform.Options = {}): Layer.Layer<Flash, TargetUnavailable> =>
  Layer.provide(layerFlashOn, Platform.layer(options))

/**
 * `Flash` on the platform in the context.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFlashOn: Layer.Layer<Flash, never, Platform.Platform> = Layer.suspend(() =>
  Layer.scoped(
    Flash,
    Effect.gen(function*() {
      const run = Runtime.runSync(
        yield* Effect.runtime<ByKind.Requirements>()
      )
      const { flash } = yield* Endpoints.make(
        "local",
        (resource, _, codec) => run(ByKind.make(resource, { codec }))
      )
      return flash
    })
  ).pipe(
    Layer.provide(Layer.mergeAll(
      RunpodJobs.layer.pipe(Layer.provide(UndiciTransport.layer), Layer.provide(layerConfig)),
      Layer.provide(EndpointHttp.layer, layerConfig),
      CodeBundler.layer,
      layerEnsuring
    ))
  )
)

/**
 * The addresses and the key of the platform in the context.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig: Layer.Layer<RunpodConfig.RunpodConfig, never, Platform.Platform> = Layer.unwrapEffect(
  Effect.map(
    Platform.Platform,
    ({ apiKey, url }) =>
      RunpodConfig.layerOf({
        restBaseUrl: `${url}/v2`,
        restV1BaseUrl: `${url}/v1`,
        graphqlUrl: `${url}/graphql`,
        endpointBaseUrl: `${url}/v2`,
        apiKey,
        apiKeyOrigin: "the embedded platform"
      })
  )
)

/**
 * `ResourceManager` on the platform in the context, as on RunPod: through the APIs of its control plane, which are asked
 * in this process. What a platform has in its file is found again by its name, so that there is nothing to be kept here.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerResourceManagerOn = (
  place: ResourceState.Place
): Layer.Layer<ResourceManager, never, Platform.Platform> =>
  // what is made here costs nothing: who wants to know is told
  Provisioning.layerOver({ logLevel: LogLevel.Debug }).pipe(
    Layer.provide(ResourceState.layerMemory(place)),
    Layer.provide(InProcessClient.layer),
    Layer.provide(layerConfig)
  )

/**
 * `FlashApp` on the platform in the context.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFlashAppOn: Layer.Layer<FlashApp, never, Platform.Platform> = FlashAppGraphql.layer.pipe(
  Layer.provide(RunpodGraphql.layer),
  Layer.provide(InProcessClient.layer),
  Layer.provide(layerConfig)
)

/**
 * The endpoints of live calls.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerManager: Layer.Layer<ResourceManager, never, Platform.Platform> = layerResourceManagerOn({
  app: "live",
  env: liveEnvironment
})

/**
 * What calls need of `layerManager`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerEnsuring: Layer.Layer<Ensuring.Ensuring, never, Platform.Platform> = Layer.effect(
  Ensuring.Ensuring,
  ResourceManager
).pipe(Layer.provide(layerManager))
