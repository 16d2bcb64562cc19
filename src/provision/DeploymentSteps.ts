/**
 * What a deployment does about the endpoints of a build: plans them, brings them about, and says where they are.
 *
 * @since 0.1.0
 */
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type { LogLevel } from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Manifest from "../discovery/Manifest.ts"
import type { Declared } from "../Procedure.ts"
import * as Derived from "../resources/Derived.ts"
import * as Env from "../resources/Env.ts"
import { loadBalancerUrl } from "../runpod/RunpodConfig.ts"
import type { RunpodConfig } from "../runpod/RunpodConfig.ts"
import type { Endpoint } from "./BuildStore.ts"
import { ControlPlane } from "./ControlPlane.ts"
import { BuildUnusable, DeploymentIncomplete } from "./DeploymentError.ts"
import * as Managing from "./Managing.ts"
import type * as Plan from "./Plan.ts"
import * as Resolve from "./Resolve.ts"
import type { Told } from "./Resolve.ts"
import { ResourceManager } from "./ResourceManager.ts"
import type { Place, ResourceState } from "./ResourceState.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Tools {
  readonly controlPlane: typeof ControlPlane.Service
  readonly config: typeof RunpodConfig.Service
  readonly state: (place: Place) => Layer.Layer<ResourceState>
  /** Where what was made, changed or deleted is told. */
  readonly logLevel?: LogLevel
}

/** Ids of endpoints by the names of their resources. */
type Ids = ReadonlyMap<string, string>

const keyVariable = "RUNPOD_API_KEY"

/** The manager of a place. Workers that call others have the account's key, and no others. */
const withManager = <A, E>(
  { config, controlPlane, logLevel, state }: Tools,
  place: Place,
  told: Told,
  use: (manager: typeof ResourceManager.Service) => Effect.Effect<A, E>
) =>
  Effect.gen(function*() {
    const { value } = yield* config.apiKey
    const manager = Managing.layer({
      resolve: Resolve.make(place, told),
      ...(logLevel === undefined ? {} : { logLevel })
    }).pipe(
      Layer.provide(Layer.succeed(ControlPlane, controlPlane)),
      Layer.provide(state(place))
    )
    const key = ConfigProvider.fromMap(new Map([[keyVariable, Redacted.value(value)]]))
    return yield* Effect.configProviderWith((provider) =>
      Effect.withConfigProvider(
        Effect.provide(Effect.flatMap(ResourceManager, use), manager),
        ConfigProvider.orElse(key, () => provider)
      )
    )
  })

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

/**
 * What is to be done about the resources of a build, and about what is on record beside them.
 *
 * @since 0.1.0
 * @category operations
 */
export const plan = (tools: Tools, place: Place, manifest: Manifest.Manifest, told: Told) =>
  Effect.gen(function*() {
    const resources = yield* declared(manifest)
    const whole = yield* withManager(tools, place, told, (manager) => manager.plan(resources, { removed: "delete" }))
    const part = (isRemoved: boolean): Plan.Plan => ({
      ...whole,
      steps: whole.steps.filter(({ action }) => (action === "delete") === isRemoved)
    })
    return { plan: part(false), removed: part(true) }
  })

/**
 * Carries a plan out, all of it or with an error that names what failed. Succeeds with the ids of the endpoints.
 *
 * @since 0.1.0
 * @category operations
 */
export const apply = (tools: Tools, plan: Plan.Plan, told: Told, serving: DeploymentIncomplete["serving"]) =>
  Effect.gen(function*() {
    const outcomes = yield* withManager(tools, plan.place, told, (manager) => manager.apply(plan))
    const failed = outcomes.flatMap(({ result, step }) =>
      Either.isLeft(result) ? [{ resource: step.name, reason: wordsOf(result.left) }] : []
    )
    if (failed.length > 0) return yield* new DeploymentIncomplete({ ...plan.place, failed, serving })
    const ids: Ids = new Map([
      ...plan.steps.map(({ endpointId, name }) => [name, endpointId] as const),
      ...outcomes.map(({ result, step }) => [step.name, Either.getOrUndefined(result)] as const)
    ].flatMap(([name, id]) => id === undefined ? [] : [[name, id] as const]))
    return ids
  })

const wordsOf = (error: object): string => "message" in error ? String(error.message) : String(error)

/**
 * The endpoints of a plan that are the environment's own: those that were made elsewhere are none of it.
 *
 * @since 0.1.0
 * @category accessors
 */
export const own = ({ steps }: Plan.Plan, ids: Ids): ReadonlyArray<string> =>
  steps.flatMap(({ name, resource }) => {
    const id = ids.get(name)
    return id === undefined || resource === undefined || Derived.existingId(resource.config) !== undefined ? [] : [id]
  })

/**
 * Ids of the network volumes that a plan's resources declare.
 *
 * @since 0.1.0
 * @category accessors
 */
export const volumes = ({ controlPlane }: Tools, { steps }: Plan.Plan) => {
  const declared = new Set(
    steps.flatMap(({ resource }) =>
      (resource?.config.networkVolumes ?? []).flatMap((volume) =>
        volume._tag === "NetworkVolume" ? [`${volume.dataCenterId} ${volume.name}`] : []
      )
    )
  )
  return declared.size === 0 ?
    Effect.succeed([]) :
    Effect.map(
      controlPlane.findVolumes,
      (all) => all.filter(({ dataCenter, name }) => declared.has(`${dataCenter} ${name}`)).map(({ id }) => id)
    )
}

/**
 * Where the endpoints of a plan answer.
 *
 * @since 0.1.0
 * @category accessors
 */
export const endpoints = ({ config }: Tools, { steps }: Plan.Plan, ids: Ids): ReadonlyArray<Endpoint> =>
  steps.flatMap(({ name, resource }) => {
    const id = ids.get(name)
    if (id === undefined || resource === undefined) return []
    const url = Derived.isLoadBalancer(resource.config)
      ? loadBalancerUrl(config, id)
      : `${config.endpointBaseUrl}/${id}`
    return [{ resource: name, id, url }]
  })
