/** Where calls run: on an embedded platform of this process, or on RunPod. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as InProcessClient from "../../runtime/platform/InProcessClient.ts"
import * as LocalFlash from "../../runtime/platform/LocalFlash.ts"
import * as Platform from "../../runtime/platform/Platform.ts"
import * as SingleFlight from "../../src/invoke/SingleFlight.ts"
import type { Declared } from "../../src/Procedure.ts"
import type { ProvisionError } from "../../src/provision/Provisioner.ts"
import * as Provisioning from "../../src/provision/Provisioning.ts"
import { liveEnvironment } from "../../src/provision/Resolve.ts"
import { ResourceManager } from "../../src/provision/ResourceManager.ts"
import type { PlanOutdated } from "../../src/provision/ResourceManager.ts"
import * as ResourceState from "../../src/provision/ResourceState.ts"
import * as ReliabilityConfig from "../../src/reliability/ReliabilityConfig.ts"
import { isRemoteError, ProvisionFailed } from "../../src/RemoteError.ts"
import type { RemoteError } from "../../src/RemoteError.ts"
import { equivalence } from "../../src/resources/ResourceConfig.ts"
import type { ResourceConfig } from "../../src/resources/ResourceConfig.ts"
import * as EndpointHttp from "../../src/runpod/EndpointHttp.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import * as RunpodJobs from "../../src/runpod/RunpodJobs.ts"
import type { EndpointRef } from "../../src/runpod/RunpodJobs.ts"
import * as RunpodRest from "../../src/runpod/RunpodRest.ts"
import * as UndiciTransport from "../../src/runpod/UndiciTransport.ts"
import { Event, Reporter } from "./Event.ts"

export class Target extends Context.Tag("effect-flash/cli/dev/Target")<Target, {
  /** For people. */
  readonly name: string
  readonly jobs: typeof RunpodJobs.RunpodJobs.Service
  readonly http: typeof EndpointHttp.EndpointHttp.Service
  readonly rest: typeof RunpodRest.RunpodRest.Service
  /** How often workers are looked after while calls wait, in milliseconds. */
  readonly pace: number
  /** The endpoint of a resource as it is declared now; one that was declared otherwise before is changed. */
  readonly provision: (resource: Declared) => Effect.Effect<EndpointRef, RemoteError>
}>() {}

/** How long the removal of endpoints may take before they are left on record. */
const removalLimit = "30 seconds"

const make = (options: { readonly name: string; readonly pace: number; readonly keeps: boolean }) =>
  Effect.gen(function*() {
    const manager = yield* ResourceManager
    const { tell } = yield* Reporter
    const known = new Map<string, { config: ResourceConfig; endpoint: Effect.Effect<EndpointRef, RemoteError> }>()
    /** Endpoints that this run has made, by their resources. */
    const made = new Set<string>()

    const bring = (resource: Declared, isFirst: boolean) =>
      Effect.gen(function*() {
        const { name } = resource
        yield* tell(Event.Provisioning({ resource: name }))
        const start = yield* Clock.currentTimeMillis
        const plan = yield* Effect.mapError(manager.plan([resource]), (error) => remoteError(name, error))
        // before it is made: an interruption in between leaves nothing that is forgotten
        if (plan.steps.some(({ action }) => action === "create")) made.add(name)
        const endpoint = isFirst ? yield* manager.ensure(resource) : yield* carryOut(resource, plan)
        yield* tell(
          Event.Provisioned({ resource: name, endpoint: endpoint.id, took: (yield* Clock.currentTimeMillis) - start })
        )
        return endpoint
      }).pipe(
        Effect.tapError(({ message }) => tell(Event.ProvisionFailed({ resource: resource.name, message })))
      )

    const carryOut = ({ name }: Declared, plan: Effect.Effect.Success<ReturnType<typeof manager.plan>>) =>
      Effect.gen(function*() {
        const [outcome] = yield* manager.apply(plan)
        const id = outcome === undefined
          ? plan.steps[0]?.endpointId
          : yield* Effect.mapError(outcome.result, (error) => remoteError(name, error))
        return id === undefined
          ? yield* new ProvisionFailed({ endpoint: name, reason: "it has no endpoint" })
          : { id, name }
      })

    if (!options.keeps) {
      yield* Effect.addFinalizer(() =>
        Effect.forEach(
          made,
          (resource) =>
            manager.undeploy(resource).pipe(
              Effect.catchTag("NotDeployed", () => Effect.void),
              Effect.timeoutFail({
                duration: removalLimit,
                onTimeout: () => new ProvisionFailed({ endpoint: resource, reason: "its removal takes too long" })
              }),
              Effect.matchEffect({
                onFailure: (error) =>
                  tell(Event.NotRemoved({ resource, message: "message" in error ? error.message : String(error) })),
                onSuccess: () => tell(Event.Removed({ resource }))
              })
            ),
          { concurrency: 3, discard: true }
        )
      )
    }
    const scope = yield* Effect.scope

    return Target.of({
      name: options.name,
      pace: options.pace,
      jobs: yield* RunpodJobs.RunpodJobs,
      http: yield* EndpointHttp.EndpointHttp,
      rest: yield* RunpodRest.RunpodRest,
      provision(resource) {
        const { config, name } = resource
        const before = known.get(name)
        if (before !== undefined && equivalence(before.config, config)) return before.endpoint
        const endpoint: Effect.Effect<EndpointRef, RemoteError> = SingleFlight.make(
          Effect.tapErrorCause(bring(resource, before === undefined), () =>
            Effect.sync(() => {
              if (known.get(name)?.endpoint === endpoint) known.delete(name)
            })),
          scope
        )
        known.set(name, { config, endpoint })
        return endpoint
      }
    })
  })

const remoteError = (endpoint: string, error: ProvisionError | PlanOutdated): RemoteError =>
  isRemoteError(error)
    ? error
    : new ProvisionFailed({ endpoint, reason: "message" in error ? error.message : String(error), cause: error })

/** Nothing of it is left when the scope ends. */
export const layerLocal = Layer.scoped(Target, make({ name: "the embedded platform", pace: 200, keeps: true })).pipe(
  Layer.provide(Layer.mergeAll(
    Layer.provide(RunpodJobs.layer, UndiciTransport.layer),
    EndpointHttp.layer,
    Layer.provide(RunpodRest.layer, InProcessClient.layer),
    LocalFlash.layerManager
  )),
  Layer.provide(LocalFlash.layerConfig),
  Layer.provide(Platform.layer()),
  Layer.provide(ReliabilityConfig.layer)
)

/** A server without a good key would be ready for nothing. */
const checkKey = Effect.gen(function*() {
  yield* (yield* RunpodConfig.RunpodConfig).apiKey
  yield* (yield* RunpodRest.RunpodRest).listEndpoints
})

/** What this run has made is removed when the scope ends; what cannot be removed stays on record. */
export const layerLive = Layer.scoped(
  Target,
  Effect.zipRight(checkKey, make({ name: "RunPod, which costs money", pace: 2000, keeps: false }))
)
  .pipe(
    Layer.provide(Layer.mergeAll(
      Layer.provide(RunpodJobs.layer, UndiciTransport.layer),
      EndpointHttp.layer,
      Layer.provide(RunpodRest.layer, FetchHttpClient.layer),
      Layer.provide(Provisioning.layer, ResourceState.layerFile({ app: "live", env: liveEnvironment }))
    )),
    Layer.provide(RunpodConfig.layer),
    Layer.provide(ReliabilityConfig.layer)
  )
