/**
 * Deploys a build to an environment of an app: what is to be done is shown first, and the build that is served is the
 * old one until everything that the new one needs is there.
 *
 * Each step can be repeated: after a failure the old build serves, and the next deployment goes on where that one ended.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Manifest from "../discovery/Manifest.ts"
import { RunpodConfig } from "../runpod/RunpodConfig.ts"
import { BuildStore, Source } from "./BuildStore.ts"
import type { Endpoint, Environment, Outlook, Release, StoreError } from "./BuildStore.ts"
import { ControlPlane } from "./ControlPlane.ts"
import type { DeploymentIncomplete } from "./DeploymentError.ts"
import * as Steps from "./DeploymentSteps.ts"
import type * as Managing from "./Managing.ts"
import * as Plan from "./Plan.ts"
import type { ProvisionError } from "./Provisioner.ts"
import type { Told } from "./Resolve.ts"
import * as ResourceState from "./ResourceState.ts"
import type { Place } from "./ResourceState.ts"
import * as Rollout from "./Rollout.ts"

export {
  /**
   * What is deployed: an archive of this machine, or a build that is there.
   *
   * @since 0.1.0
   * @category models
   */
  Source
} from "./BuildStore.ts"

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
  /** Workers are replaced. */
  RollingOut: { readonly endpoints: number }
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
  readonly environment: Environment | undefined
  /** The build that is there already and is the same; absent where the archive has to be uploaded. */
  readonly buildId: string | undefined
  /** Of the build's resources. */
  readonly plan: Plan.Plan
  /** What is on record and no resource of the build any more: deleted only where that is asked for. */
  readonly removed: Plan.Plan
  readonly outlook: Outlook
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
  readonly endpoints: ReadonlyArray<Endpoint>
  /** Endpoints with workers that run what was before, until their jobs end. */
  readonly unfinished: ReadonlyArray<Rollout.Unfinished>
  /** Names of endpoints that are gone. */
  readonly removed: ReadonlyArray<string>
  readonly manifest: Manifest.Manifest
}

/**
 * @since 0.1.0
 * @category errors
 */
export type DeployError = StoreError | ProvisionError | DeploymentIncomplete

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
  { logLevel }: Pick<Managing.Options, "logLevel"> = {}
): Layer.Layer<Deployment, never, BuildStore | ControlPlane | RunpodConfig> =>
  Layer.effect(
    Deployment,
    Effect.gen(function*() {
      const store = yield* BuildStore
      const tools: Steps.Tools = {
        controlPlane: yield* ControlPlane,
        config: yield* RunpodConfig,
        state,
        ...(logLevel === undefined ? {} : { logLevel })
      }
      return Deployment.of({
        inspect: (place, source) =>
          Effect.gen(function*() {
            const outlook = yield* store.look(place, source)
            const plans = yield* Steps.plan(tools, place, source.manifest, outlook.told)
            const { buildId, environment } = outlook
            return { place, source, environment, buildId, outlook, ...plans }
          }),
        deploy: (prospect, options) => deploy(tools, prospect, options),
        earlier: (place, buildId) => Effect.map(store.earlier(place, buildId), Source.Build)
      })
    })
  )

const deploy = (
  tools: Steps.Tools,
  prospect: Prospect,
  { progress = () => Effect.void, prune = false }: Options = {}
): Effect.Effect<Deployed, DeployError> =>
  Effect.gen(function*() {
    const { outlook, place } = prospect
    const release = yield* outlook.open
    const plan = yield* planFor(tools, prospect, release)
    const buildId = yield* release.bring({
      uploading: (sent, size) => progress(Progress.Uploading({ sent, size })),
      reusing: (buildId) => progress(Progress.Reusing({ buildId }))
    })
    const endpoints = yield* bringAbout(tools, release, plan, progress)
    const manifest = yield* release.locate(buildId, endpoints)
    const isPromoted = yield* promote(tools, prospect, release, buildId, progress)
    yield* release.settle(buildId, manifest)
    const isChanged = isPromoted || !Plan.isEmpty(plan)
    const unfinished = isChanged ? yield* rollOut(tools, endpoints, progress) : []
    const removed = prune ? yield* remove(tools, prospect, release, progress) : []
    return { place, buildId, isPromoted, endpoints, unfinished, removed, manifest }
  })

type Tell = NonNullable<Options["progress"]>

/** The plan that was shown, unless an environment was made meanwhile and workers have to be told of it. */
const planFor = (tools: Steps.Tools, { outlook, place, plan, source }: Prospect, { told }: Release) =>
  Object.keys(source.manifest.resources).every((name) => isSame(outlook.told(name), told(name)))
    ? Effect.succeed(plan)
    : Effect.map(Steps.plan(tools, place, source.manifest, told), (plans) => plans.plan)

const isSame = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean =>
  JSON.stringify(Object.entries(a).toSorted()) === JSON.stringify(Object.entries(b).toSorted())

/** Makes and changes endpoints. They are the environment's then, and run what they ran before. */
const bringAbout = (tools: Steps.Tools, release: Release, plan: Plan.Plan, progress: Tell) =>
  Effect.gen(function*() {
    yield* progress(Progress.Applying({ steps: plan.steps.filter(({ action }) => action !== "none").length }))
    const ids = yield* Steps.apply(tools, plan, release.told, "before")
    yield* release.register({ endpoints: Steps.own(plan, ids), volumes: yield* Steps.volumes(tools, plan) })
    return Steps.endpoints(tools, plan, ids)
  })

/** Succeeds with whether there was something to promote. */
const promote = (tools: Steps.Tools, prospect: Prospect, release: Release, buildId: string, progress: Tell) =>
  Effect.gen(function*() {
    if (release.environment.activeBuildId === buildId) return false
    yield* progress(Progress.Promoting({ buildId }))
    const { place, source } = prospect
    yield* release.promote(buildId, (told: Told) =>
      Effect.flatMap(
        Steps.plan(tools, place, source.manifest, told),
        ({ plan }) => Steps.apply(tools, plan, told, "both")
      ))
    return true
  })

const rollOut = ({ controlPlane }: Steps.Tools, endpoints: ReadonlyArray<Endpoint>, progress: Tell) =>
  Effect.zipRight(
    progress(Progress.RollingOut({ endpoints: endpoints.length })),
    Rollout.wait(controlPlane, endpoints)
  )

/** Deletes what the build does not have any more; succeeds with the names of the endpoints. */
const remove = (tools: Steps.Tools, { removed }: Prospect, { told }: Release, progress: Tell) =>
  Effect.gen(function*() {
    if (removed.steps.length > 0) yield* progress(Progress.Removing({ endpoints: removed.steps.length }))
    yield* Steps.apply(tools, removed, told, "after")
    return removed.steps.map(({ endpointName }) => endpointName)
  })
