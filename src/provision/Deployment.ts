/**
 * Deploys a build to an environment of an app: what is to be done is shown first, and the build that is served is the
 * old one until everything that the new one needs is there.
 *
 * Each step can be repeated: after a failure the old build serves, and the next deployment goes on where that one ended.
 *
 * @since 0.1.0
 */
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Manifest from "../discovery/Manifest.ts"
import type { Declared } from "../Endpoint.ts"
import * as Derived from "../resources/Derived.ts"
import * as Env from "../resources/Env.ts"
import type { FlashEnvironment } from "../runpod/graphql/FlashApps.ts"
import { loadBalancerUrl, RunpodConfig } from "../runpod/RunpodConfig.ts"
import type { GraphqlError, OutcomeUnknown } from "../runpod/RunpodError.ts"
import { RunpodGraphql } from "../runpod/RunpodGraphql.ts"
import type { Archive, UploadFailed } from "./ArtifactUpload.ts"
import * as Builds from "./Builds.ts"
import { ControlPlane } from "./ControlPlane.ts"
import { BuildUnusable, DeploymentIncomplete } from "./DeploymentError.ts"
import type { NotServing } from "./DeploymentError.ts"
import { FlashApp } from "./FlashApp.ts"
import type * as Plan from "./Plan.ts"
import type { ProvisionError } from "./Provisioner.ts"
import * as Resolve from "./Resolve.ts"
import * as ResourceManager from "./ResourceManager.ts"
import * as ResourceState from "./ResourceState.ts"
import type { Place } from "./ResourceState.ts"
import * as Serving from "./Serving.ts"

/**
 * What is deployed: an archive of this machine, or a build that the platform has.
 *
 * @since 0.1.0
 * @category models
 */
export type Source = Data.TaggedEnum<{
  Archive: { readonly archive: Archive; readonly manifest: Manifest.Manifest }
  Build: { readonly id: string; readonly manifest: Manifest.Manifest }
}>

/**
 * @since 0.1.0
 * @category constructors
 */
export const Source = Data.taggedEnum<Source>()

/**
 * What a deployment is at.
 *
 * @since 0.1.0
 * @category models
 */
export type Progress = Data.TaggedEnum<{
  /** Bytes. */
  Uploading: { readonly sent: number; readonly size: number }
  /** An identical build is there. */
  Reusing: { readonly buildId: string }
  Applying: { readonly steps: number }
  Promoting: { readonly buildId: string }
  Removing: { readonly endpoints: number }
}>

/**
 * @since 0.1.0
 * @category constructors
 */
export const Progress = Data.taggedEnum<Progress>()

/**
 * What a deployment would do. Nothing of it is done.
 *
 * @since 0.1.0
 * @category models
 */
export interface Prospect {
  readonly place: Place
  readonly source: Source
  /** Absent where there is none yet. */
  readonly environment: FlashEnvironment | undefined
  /** The build that is there already and is the same; absent where the archive has to be uploaded. */
  readonly buildId: string | undefined
  /** Of the build's resources. */
  readonly plan: Plan.Plan
  /** What is on record and no resource of the build any more: deleted only where that is asked for. */
  readonly removed: Plan.Plan
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Deployed {
  readonly place: Place
  readonly buildId: string
  /** Whether the environment ran another build before, or none. */
  readonly isPromoted: boolean
  readonly endpoints: ReadonlyArray<{ readonly resource: string; readonly id: string; readonly url: string }>
  /** Names of endpoints that are gone. */
  readonly removed: ReadonlyArray<string>
  readonly manifest: Manifest.Manifest
}

/**
 * @since 0.1.0
 * @category errors
 */
export type DeployError =
  | GraphqlError
  | OutcomeUnknown
  | ProvisionError
  | UploadFailed
  | BuildUnusable
  | DeploymentIncomplete
  | NotServing

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Whether endpoints of resources that the build does not have any more are deleted, once it serves. Default: no. */
  readonly prune?: boolean
  readonly progress?: (at: Progress) => Effect.Effect<void>
}

/**
 * @since 0.1.0
 * @category services
 */
export class Deployment extends Context.Tag("effect-flash/provision/Deployment")<Deployment, {
  /** What a deployment to a place would do. */
  readonly inspect: (place: Place, source: Source) => Effect.Effect<Prospect, DeployError>
  /** Does it. */
  readonly deploy: (prospect: Prospect, options?: Options) => Effect.Effect<Deployed, DeployError>
  /** The build that an environment ran before its active one, or the one of that id. */
  readonly earlier: (place: Place, buildId?: string) => Effect.Effect<Source, DeployError>
}>() {}

/**
 * With the state of each place where `state` has it, by default in `.flash/state` of the working directory.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  state: (place: Place) => Layer.Layer<ResourceState.ResourceState> = ResourceState.layerFile,
  /** Where what was made, changed or deleted is told. */
  { logLevel }: Pick<ResourceManager.Options, "logLevel"> = {}
): Layer.Layer<Deployment, never, FlashApp | RunpodGraphql | ControlPlane | RunpodConfig> =>
  Layer.effect(
    Deployment,
    Effect.gen(function*() {
      const apps = yield* FlashApp
      const graphql = yield* RunpodGraphql
      const controlPlane = yield* ControlPlane
      const config = yield* RunpodConfig

      /** The manager of a place. Workers that call others have the account's key, and no others. */
      const withManager = <A, E>(
        place: Place,
        environmentId: string,
        use: (manager: typeof ResourceManager.ResourceManager.Service) => Effect.Effect<A, E>
      ): Effect.Effect<A, E | GraphqlError> =>
        Effect.gen(function*() {
          const { value } = yield* config.apiKey
          const manager = ResourceManager.layer({
            resolve: Resolve.make(place, { FLASH_ENVIRONMENT_ID: environmentId }),
            ...(logLevel === undefined ? {} : { logLevel })
          }).pipe(Layer.provide(Layer.succeed(ControlPlane, controlPlane)), Layer.provide(state(place)))
          const key = ConfigProvider.fromMap(new Map([[keyVariable, Redacted.value(value)]]))
          return yield* Effect.configProviderWith((provider) =>
            Effect.withConfigProvider(
              Effect.provide(Effect.flatMap(ResourceManager.ResourceManager, use), manager),
              ConfigProvider.orElse(key, () => provider)
            )
          )
        })

      const planOf = (place: Place, manifest: Manifest.Manifest, environment: FlashEnvironment | undefined) =>
        Effect.gen(function*() {
          const resources = yield* declared(manifest)
          const whole = yield* withManager(
            place,
            environment?.id ?? "(new)",
            (manager) => manager.plan(resources, { removed: "delete" })
          )
          const part = (isRemoved: boolean): Plan.Plan => ({
            ...whole,
            steps: whole.steps.filter(({ action }) => (action === "delete") === isRemoved)
          })
          return { plan: part(false), removed: part(true) }
        })

      /** Succeeds with the ids of the endpoints by resource. */
      const apply = (environment: FlashEnvironment, plan: Plan.Plan, isServing: boolean) =>
        Effect.gen(function*() {
          const outcomes = yield* withManager(plan.place, environment.id, (manager) => manager.apply(plan))
          const failed = outcomes.flatMap(({ result, step }) =>
            Either.isLeft(result) ? [{ resource: step.name, reason: wordsOf(result.left) }] : []
          )
          if (failed.length > 0) return yield* new DeploymentIncomplete({ ...plan.place, failed, isServing })
          return new Map([
            ...plan.steps.map(({ endpointId, name }) => [name, endpointId] as const),
            ...outcomes.map(({ result, step }) => [step.name, Either.getOrUndefined(result)] as const)
          ].flatMap(([name, id]) => id === undefined ? [] : [[name, id] as const]))
        })

      /** Puts endpoints into the environment that are not in it: those that were made elsewhere are none of it. */
      const bind = (environment: FlashEnvironment, plan: Plan.Plan, ids: ReadonlyMap<string, string>) => {
        const bound = new Set(environment.endpoints.map(({ id }) => id))
        const own = plan.steps.flatMap(({ name, resource }) =>
          resource === undefined || Derived.existingId(resource.config) !== undefined ? [] : [ids.get(name) ?? ""]
        )
        return Effect.forEach(
          own.filter((id) => id !== "" && !bound.has(id)),
          (endpointId) => graphql.addEndpointToFlashEnvironment({ flashEnvironmentId: environment.id, endpointId }),
          { discard: true }
        )
      }

      const deploy = (prospect: Prospect, { progress = () => Effect.void, prune = false }: Options = {}) =>
        Effect.gen(function*() {
          const { place, removed, source } = prospect
          const { id: flashAppId } = yield* apps.getOrCreate(place.app)
          const environment = yield* apps.getOrCreateEnvironment(place.app, place.env)
          const known = prospect.environment?.id === environment.id
          const plan = known ? prospect.plan : (yield* planOf(place, source.manifest, environment)).plan
          const buildId = yield* Builds.bring(graphql, {
            flashAppId,
            environmentId: environment.id,
            source,
            known: prospect.buildId,
            uploading: (sent, size) => progress(Progress.Uploading({ sent, size })),
            reusing: (buildId) => progress(Progress.Reusing({ buildId }))
          })
          yield* progress(Progress.Applying({ steps: plan.steps.filter(({ action }) => action !== "none").length }))
          const ids = yield* apply(environment, plan, false)
          yield* bind(environment, plan, ids)
          const endpoints = plan.steps.flatMap(({ name, resource }) => {
            const id = ids.get(name)
            if (id === undefined || resource === undefined) return []
            const url = Derived.isLoadBalancer(resource.config)
              ? loadBalancerUrl(config, id)
              : `${config.endpointBaseUrl}/${id}`
            return [{ resource: name, id, url }]
          })
          const manifest = yield* Builds.locate(graphql, buildId, endpoints)
          const isPromoted = environment.activeBuildId !== buildId
          if (isPromoted) {
            yield* progress(Progress.Promoting({ buildId }))
            yield* graphql.deployBuildToEnvironment({ flashEnvironmentId: environment.id, flashBuildId: buildId })
          }
          yield* Serving.wait(graphql, { place, environmentId: environment.id, buildId })
          yield* Builds.served(graphql, buildId, manifest)
          const gone = prune ? removed : { ...removed, steps: [] }
          if (gone.steps.length > 0) yield* progress(Progress.Removing({ endpoints: gone.steps.length }))
          yield* apply(environment, gone, true)
          const names = gone.steps.map(({ endpointName }) => endpointName)
          return { place, buildId, isPromoted, endpoints, removed: names, manifest }
        })

      return Deployment.of({
        inspect: (place, source) =>
          Effect.gen(function*() {
            const environment = yield* Effect.catchTag(
              apps.getEnvironment(place.app, place.env),
              "NotFound",
              () => Effect.succeed(undefined)
            )
            const plans = yield* planOf(place, source.manifest, environment)
            const buildId = source._tag === "Build"
              ? source.id
              : environment && (yield* Builds.identical(apps, graphql, place.app, environment, source.archive))
            return { place, source, environment, buildId, ...plans }
          }),
        deploy,
        earlier: (place, buildId) =>
          Effect.gen(function*() {
            const environment = yield* apps.getEnvironment(place.app, place.env)
            return Source.Build(yield* Builds.earlier(apps, graphql, place, environment, buildId))
          })
      })
    })
  )

const keyVariable = "RUNPOD_API_KEY"

/** The resources of a build, those that call others with the key for it. */
const declared = (manifest: Manifest.Manifest): Effect.Effect<ReadonlyArray<Declared>, BuildUnusable> =>
  Effect.forEach(
    Object.entries(manifest.resources),
    ([name, resource]) =>
      Effect.mapBoth(Manifest.configOf(resource), {
        onFailure: ({ message }) => new BuildUnusable({ build: manifest.project_name, reason: `${name}: ${message}` }),
        onSuccess: (config): Declared => ({
          name,
          config: Derived.isLive(config) && resource.calls.length > 0
            ? { ...config, env: { [keyVariable]: Env.fromLocal(keyVariable), ...config.env } }
            : config
        })
      })
  )

const wordsOf = (error: object): string => "message" in error ? String(error.message) : String(error)
