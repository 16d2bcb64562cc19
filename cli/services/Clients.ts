/**
 * The services that commands render, loaded when a command needs them: what they import would slow `flash --help`.
 */
import type * as FileSystem from "@effect/platform/FileSystem"
import type { HttpClient } from "@effect/platform/HttpClient"
import type { ConfigError } from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import type { Travel } from "../../src/invoke/Travel.ts"
import type { ArtifactStore } from "../../src/provision/ArtifactStore.ts"
import type { BuildStore } from "../../src/provision/BuildStore.ts"
import type { Deployment } from "../../src/provision/Deployment.ts"
import { FlashApp } from "../../src/provision/FlashApp.ts"
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
        import("../../src/provision/FlashAppGraphql.ts"),
        import("../../src/runpod/RunpodConfig.ts"),
        import("../../src/runpod/RunpodGraphql.ts"),
        import("../../src/runpod/RunpodRest.ts")
      ])
    ),
    ([FetchHttpClient, FlashAppGraphql, RunpodConfig, RunpodGraphql, RunpodRest]) => {
      const layer = FlashAppGraphql.layer.pipe(
        Layer.provideMerge(Layer.merge(RunpodRest.layer, RunpodGraphql.layer)),
        Layer.provide(FetchHttpClient.layer),
        Layer.provideMerge(RunpodConfig.layer)
      )
      return Effect.all({
        config: RunpodConfig.RunpodConfig,
        rest: RunpodRest.RunpodRest,
        graphql: RunpodGraphql.RunpodGraphql,
        apps: FlashApp
      }).pipe(Effect.flatMap(use), Effect.provide(layer))
    }
  )

export interface Jobs {
  readonly jobs: typeof RunpodJobs.Service
  /** Cancels a job that is not waited for any longer, also where its submission was still under way. */
  readonly travel: Travel
}

/** The job API of endpoints, with the account's key. */
export const withJobs: Using<Jobs> = (use) =>
  Effect.flatMap(
    Effect.promise(() =>
      Promise.all([
        import("../../src/invoke/Travel.ts"),
        import("../../src/runpod/RunpodConfig.ts"),
        import("../../src/runpod/RunpodJobs.ts"),
        import("../../src/runpod/UndiciTransport.ts")
      ])
    ),
    ([Travel, RunpodConfig, { layer, RunpodJobs }, UndiciTransport]) =>
      Effect.gen(function*() {
        const jobs = yield* RunpodJobs
        return yield* use({ jobs, travel: yield* Travel.make(jobs) })
      }).pipe(
        Effect.scoped,
        Effect.provide(layer.pipe(Layer.provide(UndiciTransport.layer), Layer.provide(RunpodConfig.layer)))
      )
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

export interface Deployments {
  readonly deployment: typeof Deployment.Service
  /** Names of the environments that an app has. */
  readonly environments: typeof BuildStore.Service["environments"]
}

/**
 * Deployments, with their records in this folder: of flash apps, or of archives in the store at `url` or the one that the
 * environment names.
 */
export const withDeployment =
  ({ store: url }: { readonly store: Option.Option<string> }): Using<Deployments> => (use) =>
    Effect.flatMap(
      Effect.promise(() =>
        Promise.all([
          import("@effect/platform/FetchHttpClient"),
          import("../../src/provision/ArtifactStore.ts"),
          import("../../src/provision/BuildStore.ts"),
          import("../../src/provision/Deployment.ts"),
          import("../../src/provision/Provisioning.ts"),
          import("../../src/runpod/RunpodConfig.ts")
        ])
      ),
      ([FetchHttpClient, ArtifactStore, { BuildStore }, Deployment, Provisioning, RunpodConfig]) =>
        Effect.gen(function*() {
          const artifacts = yield* inPlaceOf(url)(ArtifactStore.fromEnvironment)
          const builds = artifacts === undefined ? yield* appBuilds : yield* urlBuilds(artifacts)
          return yield* Effect.all({ deployment: Deployment.Deployment, store: BuildStore }).pipe(
            Effect.flatMap(({ deployment, store: { environments } }) => use({ deployment, environments })),
            Effect.provide(
              // what is done is told by the command itself
              Deployment.layer(undefined, { logLevel: LogLevel.Debug }).pipe(
                Layer.provide(Provisioning.layerControlPlane),
                Layer.provideMerge(builds),
                Layer.provide(FetchHttpClient.layer),
                Layer.provide(RunpodConfig.layer)
              )
            )
          )
        })
    )

/** An option stands for the variable of the same meaning. */
const inPlaceOf = (url: Option.Option<string>) => <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Option.match(url, {
    onNone: () => self,
    onSome: (store) =>
      Effect.configProviderWith((provider) =>
        Effect.withConfigProvider(
          self,
          ConfigProvider.orElse(ConfigProvider.fromMap(new Map([["FLASH_ARTIFACT_STORE", store]])), () => provider)
        )
      )
  })

const appBuilds = Effect.map(
  Effect.promise(() =>
    Promise.all([
      import("../../src/provision/AppBuilds.ts"),
      import("../../src/provision/FlashAppGraphql.ts"),
      import("../../src/runpod/RunpodGraphql.ts")
    ])
  ),
  ([AppBuilds, FlashAppGraphql, RunpodGraphql]): Layer.Layer<BuildStore, never, HttpClient | RunpodConfig> =>
    AppBuilds.layer.pipe(Layer.provide(FlashAppGraphql.layer), Layer.provide(RunpodGraphql.layer))
)

const urlBuilds = (artifacts: Layer.Layer<ArtifactStore>) =>
  Effect.map(
    Effect.promise(() =>
      Promise.all([import("../../src/provision/BuildRecords.ts"), import("../../src/provision/UrlBuilds.ts")])
    ),
    ([BuildRecords, UrlBuilds]): Layer.Layer<BuildStore> =>
      UrlBuilds.layer.pipe(Layer.provide(Layer.merge(artifacts, BuildRecords.layerFile())))
  )

/** An environment without a flash app runs no build any more; those that it ran stay known. */
export const forgetActiveBuild = (place: { readonly app: string; readonly env: string }) =>
  Effect.flatMap(
    Effect.promise(() => import("../../src/provision/BuildRecords.ts")),
    ({ BuildRecords, layerFile }) =>
      Effect.gen(function*() {
        const records = yield* BuildRecords
        const { active, builds } = yield* records.read(place)
        if (active !== undefined) yield* records.modify(place, () => ({ builds }))
      }).pipe(Effect.provide(layerFile()))
  )

/** Resources that an environment has endpoints of, also where this folder has no record of them. */
export const deployedNames = (place: { readonly app: string; readonly env: string }) =>
  Effect.flatMap(
    Effect.promise(() => import("../../src/discovery/EndpointManifest.ts")),
    (EndpointManifest) =>
      withClients(({ rest }) => Effect.map(rest.listEndpoints, (all) => EndpointManifest.namesOf(place, all)))
  )
