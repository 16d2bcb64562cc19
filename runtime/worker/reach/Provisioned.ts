/**
 * Endpoints on RunPod, as a worker finds them: by the names that this worker's own place gives them.
 *
 * One that is there is called as it is. A worker has not the environment that the declaration was made in, so that it
 * could not tell what to change; it makes only what is not there.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ControlPlane } from "../../../src/provision/ControlPlane.ts"
import * as Ensuring from "../../../src/provision/Ensuring.ts"
import * as Provisioning from "../../../src/provision/Provisioning.ts"
import * as Resolve from "../../../src/provision/Resolve.ts"
import { ResourceManager } from "../../../src/provision/ResourceManager.ts"
import * as ResourceState from "../../../src/provision/ResourceState.ts"
import { isRemoteError, ProvisionFailed } from "../../../src/RemoteError.ts"

const Place = Config.all({
  app: Config.withDefault(Config.string("FLASH_APP"), "live"),
  env: Config.withDefault(Config.string("FLASH_ENV"), Resolve.liveEnvironment)
})

const ensuring = Effect.gen(function*() {
  const place = yield* Place
  const platform = yield* ControlPlane
  const manager = yield* ResourceManager
  return Ensuring.make((resource) =>
    platform.findEndpoints(Resolve.endpointName(place, resource.name)).pipe(
      Effect.mapError((cause) =>
        isRemoteError(cause)
          ? cause
          : new ProvisionFailed({ endpoint: resource.name, reason: cause.message, cause })
      ),
      Effect.flatMap(([oldest]) =>
        oldest === undefined || "id" in resource.config
          ? manager.ensure(resource)
          : Effect.succeed({ id: oldest.id, name: resource.name })
      )
    )
  )
})

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = Layer.effect(Ensuring.Ensuring, ensuring).pipe(
  Layer.provide(Layer.merge(Provisioning.layer, Provisioning.layerControlPlane)),
  Layer.provide(Layer.unwrapEffect(Effect.map(Place, ResourceState.layerMemory)))
)
