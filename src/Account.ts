/**
 * What manages an account on RunPod, which the environment names. `ResourceManager.layer` and `FlashApp.layer` import this
 * module when they are built.
 *
 * @since 0.1.0
 */
import type { ConfigError } from "effect/ConfigError"
import * as Layer from "effect/Layer"
import type { FlashApp } from "./provision/FlashApp.ts"
import * as Provisioning from "./provision/Provisioning.ts"
import type { ResourceManager } from "./provision/ResourceManager.ts"
import * as ResourceState from "./provision/ResourceState.ts"
import * as KeyFiles from "./runpod/KeyFiles.ts"
import * as RunpodConfig from "./runpod/RunpodConfig.ts"

const config = Layer.provide(RunpodConfig.layer, KeyFiles.layer)

/**
 * With the state in files.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerResourceManager = (
  options: Parameters<typeof ResourceState.layerFile>[0]
): Layer.Layer<ResourceManager, ConfigError> =>
  Provisioning.layer.pipe(Layer.provide(ResourceState.layerFile(options)), Layer.provide(config))

/**
 * @since 0.1.0
 * @category layers
 */
export const layerFlashApp: Layer.Layer<FlashApp, ConfigError> = Layer.provide(Provisioning.layerFlashApp, config)
