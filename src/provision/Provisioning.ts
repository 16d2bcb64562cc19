/**
 * Provisioning over RunPod's APIs, put together: what it needs is where the platform is and where state is kept.
 *
 * @since 0.1.0
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type { HttpClient } from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { RunpodConfig } from "../runpod/RunpodConfig.ts"
import * as RunpodGraphql from "../runpod/RunpodGraphql.ts"
import * as RunpodRest from "../runpod/RunpodRest.ts"
import * as ControlPlane from "./ControlPlane.ts"
import type { FlashApp } from "./FlashApp.ts"
import * as FlashAppGraphql from "./FlashAppGraphql.ts"
import * as Managing from "./Managing.ts"
import * as Resolve from "./Resolve.ts"
import type { ResourceManager } from "./ResourceManager.ts"
import { ResourceState } from "./ResourceState.ts"

const apis = Layer.merge(RunpodRest.layer, RunpodGraphql.layer)

/**
 * Over the HTTP client in the context.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerOver = (
  options: Omit<Managing.Options, "resolve"> = {}
): Layer.Layer<ResourceManager, never, RunpodConfig | ResourceState | HttpClient> =>
  Layer.unwrapEffect(
    Effect.map(ResourceState, ({ place }) => Managing.layer({ ...options, resolve: Resolve.make(place) }))
  ).pipe(
    Layer.provide(ControlPlane.layer),
    Layer.provide(apis)
  )

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<ResourceManager, never, RunpodConfig | ResourceState> = layerOver()
  .pipe(Layer.provide(FetchHttpClient.layer))

/**
 * What is on the platform, without a record of it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerControlPlane: Layer.Layer<ControlPlane.ControlPlane, never, RunpodConfig> = ControlPlane.layer.pipe(
  Layer.provide(apis),
  Layer.provide(FetchHttpClient.layer)
)

/**
 * Flash apps over RunPod's GraphQL.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFlashApp: Layer.Layer<FlashApp, never, RunpodConfig> = FlashAppGraphql.layer.pipe(
  Layer.provide(apis),
  Layer.provide(FetchHttpClient.layer)
)
