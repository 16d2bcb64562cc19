/**
 * The local target: calls become jobs of the embedded platform and run in worker processes.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import { Flash } from "../../src/Endpoint.ts"
import * as ByKind from "../../src/invoke/ByKind.ts"
import * as CodeBundler from "../../src/invoke/CodeBundler.ts"
import * as Endpoints from "../../src/invoke/Endpoints.ts"
import * as Ensuring from "../../src/provision/Ensuring.ts"
import type { TargetUnavailable } from "../../src/RemoteError.ts"
import * as Derived from "../../src/resources/Derived.ts"
import * as EndpointHttp from "../../src/runpod/EndpointHttp.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import * as RunpodJobs from "../../src/runpod/RunpodJobs.ts"
import * as UndiciTransport from "../../src/runpod/UndiciTransport.ts"
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
      RunpodJobs.layer.pipe(Layer.provide(UndiciTransport.layer), Layer.provide(config)),
      Layer.provide(EndpointHttp.layer, config),
      CodeBundler.layer,
      manager
    ))
  )
)

const config = Layer.unwrapEffect(
  Effect.map(
    Platform.Platform,
    ({ apiKey, url }) =>
      RunpodConfig.layerOf({ endpointBaseUrl: `${url}/v2`, apiKey, apiKeyOrigin: "the embedded platform" })
  )
)

const manager = Layer.effect(
  Ensuring.Ensuring,
  Effect.map(Platform.Platform, (platform) =>
    Ensuring.make(({ config, name }) => {
      // one that is there already is called as it is
      const id = Derived.existingId(config)
      return id === undefined ? platform.ensureEndpoint(config) : Effect.succeed({ id, name })
    }))
)
