/**
 * Brings one resource to the platform: finds what is to be done about it, and does it, with a record before and after
 * each step. Whoever calls this holds the resource's lock.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Declared } from "../Procedure.ts"
import type { LocalVariableMissing } from "../resources/Env.ts"
import type { ResourceConfig } from "../resources/ResourceConfig.ts"
import type { ControlPlane, Observed, ReadError, WriteError } from "./ControlPlane.ts"
import * as Drift from "./Drift.ts"
import type { EndpointSettings } from "./EndpointSettings.ts"
import * as Fields from "./Fields.ts"
import type { Against, Step } from "./Plan.ts"
import { undeclared } from "./ResourceState.ts"
import type { ResourceRecord, ResourceState, StateError } from "./ResourceState.ts"
import * as RestPayload from "./RestPayload.ts"
import * as Settling from "./Settling.ts"
import * as Values from "./Values.ts"
import * as Volumes from "./Volumes.ts"

/**
 * A change that an endpoint cannot undergo. Nothing was done.
 *
 * @since 0.1.0
 * @category errors
 */
export class CannotChange extends Schema.TaggedError<CannotChange>()("CannotChange", {
  resource: Schema.String,
  from: Schema.String,
  to: Schema.String
}) {
  override get message() {
    return `"${this.resource}" is deployed as ${this.from} and declared as ${this.to}: an endpoint changes neither its ` +
      `routing nor between GPU and CPU. Undeploy "${this.resource}" first, or give the new resource another name.`
  }
}

/**
 * @since 0.1.0
 * @category errors
 */
export type ProvisionError =
  | ReadError
  | WriteError
  | StateError
  | LocalVariableMissing
  | ConfigError.ConfigError
  | CannotChange

/**
 * What a declaration only refers to; its volumes are found out when they are needed.
 *
 * @since 0.1.0
 * @category models
 */
export type Resolve = (
  config: ResourceConfig
) => Effect.Effect<Omit<Fields.Resolved, "networkVolumes">, LocalVariableMissing | ConfigError.ConfigError>

/**
 * @since 0.1.0
 * @category models
 */
export interface Provisioner {
  /** What is to be done about a resource. Asks the platform where there is no record of it, or it is told to. */
  readonly inspect: (
    resource: Declared,
    against: Against
  ) => Effect.Effect<Step, ProvisionError>
  /** Does it. Succeeds with the endpoint's id, or nothing after a deletion. */
  readonly carryOut: (step: Step) => Effect.Effect<string | undefined, ProvisionError>
}

const family = (tag: string): string =>
  `${tag.startsWith("Cpu") ? "CPU" : "GPU"} ${tag.includes("LoadBalancer") ? "load balancer" : "queue"}`

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly platform: typeof ControlPlane.Service
  readonly state: typeof ResourceState.Service
  readonly resolve: Resolve
  /** Of what was done. Default: `Info`. */
  readonly logLevel?: LogLevel.LogLevel
}): Provisioner => {
  const { logLevel = LogLevel.Info, platform, resolve, state } = options

  const gone = { NotFound: () => Effect.succeed(undefined) }

  /** The endpoint on the platform that a record, or else the name, stands for. Only a typed `NotFound` means none. */
  const look = (endpointName: string, endpointId: string | undefined): Effect.Effect<Observed | undefined, ReadError> =>
    endpointId === undefined
      ? Effect.map(platform.findEndpoints(endpointName), ([oldest]) => oldest)
      : Effect.catchTags(platform.getEndpoint(endpointId), gone)

  const inspect = Effect.fnUntraced(function*(resource: Declared, against: Against) {
    const { config, name } = resource
    const head = { name, type: config._tag, drift: [], resource }
    if ("id" in config && config.id !== undefined) {
      // made elsewhere: it is called, never changed
      return { ...head, endpointName: name, endpointId: config.id, action: "none", changes: [] } satisfies Step
    }
    const resolved = yield* resolve(config)
    const record = Option.getOrUndefined(yield* state.get(name))
    const { endpointName } = resolved
    const known = { ...resolved, networkVolumes: [] }
    const values = Values.of(config, known)
    const found = record === undefined || against === "platform" || record.status !== "ready"
      ? yield* look(record?.endpointName ?? endpointName, record?.endpointId)
      : undefined
    const at = { ...head, endpointName, ...(found === undefined ? {} : { endpointId: found.id }) }
    const drift = found === undefined ? [] : Drift.find(config, known, found.settings).map(({ field }) => field)
      // ids of volumes are not known here, and a volume may be what says where an endpoint is
      .filter((field) =>
        field !== "networkVolumes" &&
        (field !== "dataCenters" || config.dataCenters.length > 0 || config.networkVolumes.length === 0)
      )
    if (record === undefined) {
      return found === undefined
        ? { ...at, action: "create", changes: Values.diff({}, values) } satisfies Step
        : { ...at, action: "adopt", changes: [], drift } satisfies Step
    }
    if (record.type !== undeclared && family(record.type) !== family(config._tag)) {
      return yield* new CannotChange({ resource: name, from: record.type, to: config._tag })
    }
    if (record.status !== "ready") {
      return { ...at, action: "resume", changes: Values.diff(record.applied ?? {}, values), drift } satisfies Step
    }
    if (against === "platform" && found === undefined) {
      return { ...at, action: "create", changes: Values.diff({}, values) } satisfies Step
    }
    const changes = Values.diff(record.applied ?? {}, values)
    return {
      ...at,
      ...(record.endpointId === undefined ? {} : { endpointId: record.endpointId }),
      action: changes.length === 0 && drift.length === 0 ? "none" : "update",
      changes,
      drift
    } satisfies Step
  })

  const put = (record: Omit<ResourceRecord, "updatedAt">) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => state.put({ ...record, updatedAt: new Date(now).toISOString() }))

  const settingsOf = Effect.fnUntraced(function*(config: ResourceConfig) {
    const resolved = yield* resolve(config)
    const networkVolumes = yield* Volumes.ensure(config.networkVolumes, platform, state)
    const whole = { ...resolved, networkVolumes }
    return { settings: Fields.settings(config, whole), values: Values.of(config, whole) }
  })

  /** Makes the endpoint; where nobody saw how that ended, looks for it. */
  const createEndpoint = (settings: EndpointSettings): Effect.Effect<string, WriteError> =>
    Effect.catchTag(
      platform.createEndpoint(settings),
      "OutcomeUnknown",
      (unknown) =>
        Settling.search(look(settings.name, undefined)).pipe(
          // that it could not be looked for leaves its outcome unknown
          Effect.mapError(() => unknown),
          Effect.flatMap((found) => found === undefined ? Effect.fail(unknown) : Effect.succeed(found.id))
        )
    )

  /** Another process without our state may have made one of this name as well: the older one stays. */
  const settle = (endpointName: string, own: string): Effect.Effect<string, ReadError> =>
    Effect.flatMap(
      platform.findEndpoints(endpointName),
      ([oldest, ...others]) =>
        oldest === undefined || oldest.id === own || !others.some(({ id }) => id === own)
          ? Effect.succeed(own)
          : Effect.as(Effect.catchTags(platform.deleteEndpoint(own), gone), oldest.id)
    )

  const create = Effect.fnUntraced(function*({ endpointName, name, type }: Step, config: ResourceConfig) {
    const head = { name, type, endpointName }
    yield* put({ ...head, status: "creating" })
    const { id, values } = yield* Effect.uninterruptibleMask((restore) =>
      Effect.gen(function*() {
        const { settings, values } = yield* restore(settingsOf(config))
        const id = yield* restore(createEndpoint(settings))
        yield* put({ ...head, status: "creating", endpointId: id })
        return { id, values }
      })
    ).pipe(
      // the platform said no: there is nothing to remember. Whatever else happened, there may be an endpoint.
      Effect.tapError((error) => isUnknown(error) ? Effect.void : state.remove(name))
    )
    const kept = yield* settle(endpointName, id)
    yield* put({ ...head, status: "ready", endpointId: kept, applied: values })
    yield* Effect.logWithLevel(logLevel, `Created endpoint "${endpointName}" (${kept})`)
    return kept
  })

  const update = Effect.fnUntraced(function*(
    { endpointName, name, type }: Step,
    config: ResourceConfig,
    id: string,
    changed: ReadonlyArray<keyof EndpointSettings>
  ) {
    const head = { name, type, endpointName, endpointId: id }
    const before = Option.flatMapNullable(yield* state.get(name), ({ applied }) => applied)
    yield* put({ ...head, status: "updating", ...(Option.isNone(before) ? {} : { applied: before.value }) })
    const { settings, values } = yield* settingsOf(config)
    yield* platform.updateEndpoint(id, settings, changed)
    yield* put({ ...head, status: "ready", applied: values })
    yield* Effect.logWithLevel(logLevel, `Updated endpoint "${endpointName}" (${id})`)
    return id
  })

  const carryOut = (step: Step): Effect.Effect<string | undefined, ProvisionError> => {
    const { action, changes, drift, endpointId, name, resource } = step
    if (action === "delete") return remove(step)
    if (resource === undefined || action === "none") return Effect.succeed(endpointId)
    const again = create(step, resource.config)
    const then = (fields: ReadonlyArray<Fields.Field>) =>
      endpointId === undefined ? again : Effect.catchTag(
        update(step, resource.config, endpointId, changedBy(fields, changes)),
        "NotFound",
        (error) => error.kind === "endpoint" ? Effect.zipRight(state.remove(name), again) : Effect.fail(error)
      )
    switch (action) {
      case "create":
        return again
      // what is there may be anything: all of it is set
      case "adopt":
      case "resume":
        return then(Fields.of(resource.config._tag))
      case "update":
        return then(drift.map(Values.fieldOf))
    }
  }

  const remove = ({ endpointId, endpointName, name, type }: Step) =>
    Effect.gen(function*() {
      if (endpointId !== undefined) {
        yield* put({ name, type, endpointName, endpointId, status: "deleting" })
        yield* Effect.catchTags(platform.deleteEndpoint(endpointId), gone)
        yield* Effect.logWithLevel(logLevel, `Deleted endpoint "${endpointName}" (${endpointId})`)
      }
      yield* state.remove(name)
      return undefined
    })

  return { inspect, carryOut }
}

/**
 * The settings to send: those of `fields`, and those that were others by our own record. What REST v2 does not show is
 * left alone unless the record has it: there is no sign that it was ever set.
 */
const changedBy = (
  fields: ReadonlyArray<Fields.Field>,
  changes: Step["changes"]
): ReadonlyArray<keyof EndpointSettings> => [
  ...new Set([
    ...Fields.decided(fields).filter((setting) => !RestPayload.isUnseen(setting)),
    ...changes.flatMap((change) =>
      Values.decided(change.field).filter((setting) => "from" in change || !RestPayload.isUnseen(setting))
    )
  ])
]

/** Whether a failed creation may have made something all the same. */
const isUnknown = (error: ProvisionError): boolean =>
  error._tag === "OutcomeUnknown" || error._tag === "UnexpectedResponse" || error._tag === "ServerError" ||
  error._tag === "StateError"
