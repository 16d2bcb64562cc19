/**
 * The local target: calls become jobs of the embedded platform and run in worker processes.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import * as Scope from "effect/Scope"
import { Flash } from "../../src/Endpoint.ts"
import * as CodeBundler from "../../src/invoke/CodeBundler.ts"
import * as Endpoints from "../../src/invoke/Endpoints.ts"
import * as QueueEndpoint from "../../src/invoke/QueueEndpoint.ts"
import * as Ensuring from "../../src/provision/Ensuring.ts"
import type { TargetUnavailable } from "../../src/RemoteError.ts"
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
        yield* Effect.runtime<
          Scope.Scope | RunpodJobs.RunpodJobs | Ensuring.Ensuring | CodeBundler.CodeBundler
        >()
      )
      const { flash } = yield* Endpoints.make(
        "local",
        (resource, _, codec) => run(QueueEndpoint.make(resource, { codec }))
      )
      return flash
    })
  ).pipe(
    Layer.provide(Layer.mergeAll(
      RunpodJobs.layer.pipe(Layer.provide(UndiciTransport.layer), Layer.provide(config)),
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
  Effect.map(Platform.Platform, (platform) => Ensuring.make(({ config }) => platform.ensureEndpoint(config)))
)
