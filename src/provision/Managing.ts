/**
 * The `ResourceManager` over a control plane and the state of an app's environment.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { LogLevel } from "effect/LogLevel"
import * as Option from "effect/Option"
import { wordsOf } from "../errors/words.ts"
import type { Declared } from "../Procedure.ts"
import { isRemoteError, ProvisionFailed } from "../RemoteError.ts"
import type { RemoteError } from "../RemoteError.ts"
import * as Derived from "../resources/Derived.ts"
import { ControlPlane } from "./ControlPlane.ts"
import * as Ensuring from "./Ensuring.ts"
import * as Plan from "./Plan.ts"
import * as Provisioner from "./Provisioner.ts"
import type { ProvisionError } from "./Provisioner.ts"
import * as Resolve from "./Resolve.ts"
import { NotDeployed, PlanOutdated, ResourceManager } from "./ResourceManager.ts"
import type { Outcome } from "./ResourceManager.ts"
import { ResourceState, undeclared } from "./ResourceState.ts"
import type { ResourceRecord } from "./ResourceState.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly resolve: Provisioner.Resolve
  /** Where what was made, changed or deleted is told. Default: `Info`. */
  readonly logLevel?: LogLevel
}

/** Steps that run at the same time. */
const concurrency = 3

/**
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<ResourceManager, never, ControlPlane | ResourceState> =>
  Layer.effect(
    ResourceManager,
    Effect.gen(function*() {
      const platform = yield* ControlPlane
      const state = yield* ResourceState
      const provisioner = Provisioner.make({ platform, state, ...options })

      const locked = <A, E>(name: string, effect: Effect.Effect<A, E>) =>
        Effect.scoped(Effect.zipRight(state.lock(name), effect))

      const bring = (resource: Declared) =>
        locked(resource.name, Effect.flatMap(provisioner.inspect(resource, "record"), verified)).pipe(
          Effect.flatMap((id) =>
            id === undefined ? Effect.dieMessage("nothing was brought about") : Effect.succeed(id)
          ),
          Effect.mapError((error) => toRemoteError(resource.name, error)),
          Effect.map((id) => ({ id, name: resource.name }))
        )

      /** A record alone may be of an endpoint that somebody else deleted. Whether one is there is asked once. */
      const verified = (step: Plan.Step) => {
        const { action, endpointId, name, resource } = step
        if (action !== "none" || resource === undefined || endpointId === undefined || isExisting(resource)) {
          return provisioner.carryOut(step)
        }
        return platform.getEndpoint(endpointId).pipe(
          Effect.as<string | undefined>(endpointId),
          Effect.catchTag(
            "NotFound",
            () =>
              Effect.logWarning(`The endpoint of "${name}" (${endpointId}) was deleted elsewhere; making a new one`)
                .pipe(
                  Effect.zipRight(state.remove(name)),
                  Effect.zipRight(provisioner.inspect(resource, "record")),
                  Effect.flatMap(provisioner.carryOut)
                )
          ),
          // that nobody can tell is not that it is gone
          Effect.catchIf(isUnreachable, () => Effect.succeed(endpointId))
        )
      }

      const deletionOf = (
        { endpointId, endpointName, name, type }: ResourceRecord
      ): Effect.Effect<Plan.Step, ProvisionError> =>
        Effect.map(
          // a creation nobody saw end may have made one
          endpointId === undefined
            ? Effect.map(platform.findEndpoints(endpointName), ([oldest]) => oldest?.id)
            : Effect.succeed(endpointId),
          (found) => ({
            name,
            type,
            endpointName,
            action: "delete" as const,
            changes: [],
            drift: [],
            ...(found === undefined ? {} : { endpointId: found })
          })
        )

      const step = (
        planned: Plan.Step,
        against: Plan.Against
      ): Effect.Effect<string | undefined, ProvisionError | PlanOutdated> =>
        locked(
          planned.name,
          Effect.gen(function*() {
            const { name, resource } = planned
            const record = yield* state.get(name)
            const now = resource !== undefined
              ? yield* provisioner.inspect(resource, against)
              : Option.isSome(record)
              ? yield* deletionOf(record.value)
              : planned
            return Plan.isSame(planned, now)
              ? yield* provisioner.carryOut(planned)
              : yield* new PlanOutdated({ resource: name })
          })
        )

      return ResourceManager.of({
        ensure: Ensuring.make(bring).ensure,
        plan: (resources, { against = "record", removed = "keep" } = {}) =>
          Effect.gen(function*() {
            const steps = yield* Effect.forEach(
              resources.toSorted((a, b) => a.name < b.name ? -1 : 1),
              (resource) => provisioner.inspect(resource, against),
              { concurrency }
            )
            const declared = new Set(resources.map(({ name }) => name))
            const records = removed === "keep" ? [] : yield* state.all
            const deletions = yield* Effect.forEach(
              records.filter(({ name }) => !declared.has(name)),
              deletionOf
            )
            return { place: state.place, against, steps: [...steps, ...deletions] }
          }),
        apply: ({ against, steps }) => {
          const todo = steps.filter(({ action }) => action !== "none")
          const run = (steps: ReadonlyArray<Plan.Step>) =>
            Effect.forEach(
              steps,
              (planned) =>
                Effect.map(Effect.either(step(planned, against)), (result): Outcome => ({ step: planned, result })),
              { concurrency }
            )
          return Effect.zipWith(
            run(todo.filter(({ action }) => action !== "delete")),
            run(todo.filter(({ action }) => action === "delete")),
            (first, last) => [...first, ...last]
          )
        },
        undeploy: (name) =>
          locked(
            name,
            Effect.gen(function*() {
              const record = yield* state.get(name)
              if (Option.isSome(record)) {
                return yield* Effect.flatMap(deletionOf(record.value), provisioner.carryOut)
              }
              const endpointName = Resolve.endpointName(state.place, name)
              const [found] = yield* platform.findEndpoints(endpointName)
              if (found === undefined) {
                const known = (yield* state.all).map(({ name }) => name)
                return yield* new NotDeployed({ resource: name, ...state.place, known })
              }
              return yield* provisioner.carryOut({
                name,
                type: undeclared,
                endpointName,
                endpointId: found.id,
                action: "delete",
                changes: [],
                drift: []
              })
            })
          ),
        list: state.all,
        find: state.get
      })
    })
  )

const isExisting = ({ config }: Declared): boolean => Derived.existingId(config) !== undefined

const isUnreachable = (error: ProvisionError): boolean =>
  error._tag === "TransportFailed" || error._tag === "RequestTimedOut" || error._tag === "ServerError" ||
  error._tag === "RateLimited"

/** Infrastructure errors that a call knows keep their class; the others become `ProvisionFailed` with their words. */
const toRemoteError = (endpoint: string, error: ProvisionError): RemoteError =>
  isRemoteError(error)
    ? error
    : new ProvisionFailed({ endpoint, reason: wordsOf(error), cause: error })
