/**
 * The services that commands render, loaded when a command needs them: what they import would slow `flash --help`.
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as LogLevel from "effect/LogLevel"
import type { Deployment } from "../../src/provision/Deployment.ts"
import type { FlashApp } from "../../src/provision/FlashApp.ts"
import type { ResourceManager } from "../../src/provision/ResourceManager.ts"
import type { RunpodConfig } from "../../src/runpod/RunpodConfig.ts"
import type { RunpodGraphql } from "../../src/runpod/RunpodGraphql.ts"
import type { RunpodJobs } from "../../src/runpod/RunpodJobs.ts"
import type { RunpodRest } from "../../src/runpod/RunpodRest.ts"

export interface Clients {
  readonly config: typeof RunpodConfig.Service
  readonly rest: typeof RunpodRest.Service
  readonly graphql: typeof RunpodGraphql.Service
  readonly apps: typeof FlashApp.Service
}

type Using<Service> = <A, E, R>(
  use: (service: Service) => Effect.Effect<A, E, R>
) => Effect.Effect<A, E | ConfigError, R | FileSystem.FileSystem>

/** RunPod's control plane, with the account's key. */
export const withClients: Using<Clients> = (use) =>
  Effect.flatMap(
    Effect.promise(() =>
      Promise.all([
        import("@effect/platform/FetchHttpClient"),
        import("../../src/provision/FlashApp.ts"),
        import("../../src/runpod/RunpodConfig.ts"),
        import("../../src/runpod/RunpodGraphql.ts"),
        import("../../src/runpod/RunpodRest.ts")
      ])
    ),
    ([FetchHttpClient, FlashApp, RunpodConfig, RunpodGraphql, RunpodRest]) => {
      const layer = FlashApp.layer.pipe(
        Layer.provideMerge(Layer.merge(RunpodRest.layer, RunpodGraphql.layer)),
        Layer.provide(FetchHttpClient.layer),
        Layer.provideMerge(RunpodConfig.layer)
      )
      return Effect.all({
        config: RunpodConfig.RunpodConfig,
        rest: RunpodRest.RunpodRest,
        graphql: RunpodGraphql.RunpodGraphql,
        apps: FlashApp.FlashApp
      }).pipe(Effect.flatMap(use), Effect.provide(layer))
    }
  )

/** The job API of endpoints, with the account's key. */
export const withJobs: Using<typeof RunpodJobs.Service> = (use) =>
  Effect.flatMap(
    Effect.promise(() =>
      Promise.all([
        import("../../src/runpod/RunpodConfig.ts"),
        import("../../src/runpod/RunpodJobs.ts"),
        import("../../src/runpod/UndiciTransport.ts")
      ])
    ),
    ([RunpodConfig, RunpodJobs, UndiciTransport]) =>
      Effect.flatMap(RunpodJobs.RunpodJobs, use).pipe(Effect.provide(
        RunpodJobs.layer.pipe(Layer.provide(UndiciTransport.layer), Layer.provide(RunpodConfig.layer))
      ))
  )

/** What this folder has provisioned in an environment of an app. */
export const withResources = (place: { readonly app: string; readonly env: string }): Using<
  typeof ResourceManager.Service
> =>
(use) =>
  Effect.flatMap(
    Effect.promise(() =>
      Promise.all([
        import("@effect/platform/FetchHttpClient"),
        import("../../src/provision/Provisioning.ts"),
        import("../../src/provision/ResourceManager.ts"),
        import("../../src/provision/ResourceState.ts"),
        import("../../src/runpod/RunpodConfig.ts")
      ])
    ),
    ([FetchHttpClient, Provisioning, { ResourceManager }, ResourceState, RunpodConfig]) =>
      Effect.flatMap(ResourceManager, use).pipe(Effect.provide(
        // what is done is told by the command itself
        Provisioning.layerOver({ logLevel: LogLevel.Debug }).pipe(
          Layer.provide(FetchHttpClient.layer),
          Layer.provide(ResourceState.layerFile(place)),
          Layer.provide(RunpodConfig.layer)
        )
      ))
  )

/** Deployments, with their records in this folder. */
export const withDeployment: Using<
  { readonly deployment: typeof Deployment.Service; readonly apps: typeof FlashApp.Service }
> = (use) =>
  Effect.flatMap(
    Effect.promise(() =>
      Promise.all([
        import("@effect/platform/FetchHttpClient"),
        import("../../src/provision/Deployment.ts"),
        import("../../src/provision/FlashApp.ts"),
        import("../../src/provision/Provisioning.ts"),
        import("../../src/runpod/RunpodConfig.ts"),
        import("../../src/runpod/RunpodGraphql.ts")
      ])
    ),
    ([FetchHttpClient, Deployment, FlashApp, Provisioning, RunpodConfig, RunpodGraphql]) => {
      // what is done is told by the command itself
      const layer = Deployment.layer(undefined, { logLevel: LogLevel.Debug }).pipe(
        Layer.provide(Provisioning.layerControlPlane),
        Layer.provideMerge(FlashApp.layer),
        Layer.provide(RunpodGraphql.layer),
        Layer.provide(FetchHttpClient.layer),
        Layer.provide(RunpodConfig.layer)
      )
      return Effect.all({ deployment: Deployment.Deployment, apps: FlashApp.FlashApp }).pipe(
        Effect.flatMap(use),
        Effect.provide(layer)
      )
    }
  )
