/**
 * What this project has on the platform, as far as it knows: one record for each resource of an app's environment.
 *
 * A record is written before and after each step of provisioning, so that a process that dies leaves no endpoint that
 * nobody knows of. The platform is the source of truth: a lost file is rebuilt by adopting endpoints by their name.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as fs from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import type { StateError } from "./StateFile.ts"
import * as StateFile from "./StateFile.ts"

/**
 * An environment of an app: together with a resource's name it identifies an endpoint.
 *
 * @since 0.1.0
 * @category models
 */
export interface Place {
  readonly app: string
  readonly env: string
}

/**
 * The type in a record of an endpoint that this project never declared.
 *
 * @since 0.1.0
 * @category constants
 */
export const undeclared = "unknown"

/**
 * What is known of one resource.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ResourceRecord = Schema.Struct({
  /** Name of the resource, as declared. */
  name: Schema.String,
  /** Its constructor, as `CpuLiveServerless`, or `undeclared`. */
  type: Schema.String,
  /** Name of the endpoint on the platform. */
  endpointName: Schema.String,
  /** Id on the platform. Absent while a creation is under way, and after one that nobody saw end. */
  endpointId: Schema.optionalWith(Schema.String, { exact: true }),
  /**
   * The step that is done or, but for `ready`, under way. A record that a dead process left under way is finished by
   * the next to look at it.
   */
  status: Schema.Literal("creating", "ready", "updating", "deleting"),
  /**
   * Last settings that are known to have arrived, by field. Values read from the local environment are stored as
   * digests.
   */
  applied: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.Unknown }), { exact: true }),
  /** ISO 8601. */
  updatedAt: Schema.String
})

/**
 * @since 0.1.0
 * @category models
 */
export type ResourceRecord = typeof ResourceRecord.Type

export {
  /**
   * The state file is not what it should be, or is in use.
   *
   * @since 0.1.0
   * @category errors
   */
  StateError
} from "./StateFile.ts"

/**
 * @since 0.1.0
 * @category services
 */
export class ResourceState extends Context.Tag("effect-flash/provision/ResourceState")<ResourceState, {
  readonly place: Place
  /** All records, by name. */
  readonly all: Effect.Effect<ReadonlyArray<ResourceRecord>, StateError>
  readonly get: (name: string) => Effect.Effect<Option.Option<ResourceRecord>, StateError>
  /** Durable when it succeeds. */
  readonly put: (record: ResourceRecord) => Effect.Effect<void, StateError>
  readonly remove: (name: string) => Effect.Effect<void, StateError>
  /** Whoever changes a resource on the platform holds its lock, in this process and between processes. */
  readonly lock: (name: string) => Effect.Effect<void, StateError, Scope.Scope>
}>() {}

const version = 1

const Contents = Schema.Struct({
  app: Schema.String,
  env: Schema.String,
  /** Sorted by name. */
  resources: Schema.Array(ResourceRecord)
})

type Records = ReadonlyMap<string, ResourceRecord>

const defaultDirectory = join(".flash", "state")
const suffix = ".json"

/**
 * State in `<directory>/<app>/<env>.json`, readable by its owner alone.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFile = (
  options: Place & {
    /** Default: `.flash/state` of the working directory. */
    readonly directory?: string
  }
): Layer.Layer<ResourceState> =>
  Layer.sync(ResourceState, () => {
    const { app, directory = defaultDirectory, env } = options
    const file = StateFile.make({
      path: join(directory, encodeURIComponent(app), `${encodeURIComponent(env)}${suffix}`),
      schema: Contents,
      version,
      empty: { app, env, resources: [] }
    })
    const read = Effect.map(file.read, ({ resources }) => byName(resources))
    const modify = (change: (records: Map<string, ResourceRecord>) => unknown) =>
      file.modify(({ resources }) => {
        const changed = new Map(byName(resources))
        change(changed)
        return { app, env, resources: sorted(changed) }
      })

    return ResourceState.of({
      place: { app, env },
      all: Effect.map(read, sorted),
      get: (name) => Effect.map(read, (records) => Option.fromNullable(records.get(name))),
      put: (record) => modify((records) => records.set(record.name, record)),
      remove: (name) => modify((records) => records.delete(name)),
      lock: file.lock
    })
  })

/**
 * The places that a directory has records of.
 *
 * @since 0.1.0
 * @category accessors
 */
export const places = (directory = defaultDirectory): Effect.Effect<ReadonlyArray<Place>, StateError> =>
  Effect.tryPromise({
    try: () =>
      fs.readdir(directory, { recursive: true }).catch((error) => error.code === "ENOENT" ? [] : Promise.reject(error)),
    catch: StateFile.failedAt(directory)("io")
  }).pipe(Effect.map((files) =>
    // an app's folder may be called so, too
    files.filter((file) => dirname(file) !== "." && file.endsWith(suffix)).map((file) => ({
      app: decodeURIComponent(dirname(file)),
      env: decodeURIComponent(basename(file, suffix))
    }))
  ))

const sorted = (records: Records): ReadonlyArray<ResourceRecord> =>
  [...records.values()].toSorted((a, b) => a.name < b.name ? -1 : 1)

const byName = (records: ReadonlyArray<ResourceRecord>): Records =>
  new Map(records.map((record) => [record.name, record]))

/**
 * State that ends with the process: for the embedded platform, which does so as well, and for tests.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerMemory = (place: Place): Layer.Layer<ResourceState> =>
  Layer.sync(ResourceState, () => {
    const records = new Map<string, ResourceRecord>()
    const locks = new Map<string, Effect.Semaphore>()
    return ResourceState.of({
      place,
      all: Effect.sync(() => sorted(records)),
      get: (name) => Effect.sync(() => Option.fromNullable(records.get(name))),
      put: (record) => Effect.sync(() => void records.set(record.name, record)),
      remove: (name) => Effect.sync(() => void records.delete(name)),
      lock: (name) =>
        Effect.suspend(() => {
          const lock = locks.get(name) ?? Effect.unsafeMakeSemaphore(1)
          locks.set(name, lock)
          return Effect.uninterruptibleMask((restore) =>
            Effect.zipRight(restore(lock.take(1)), Effect.addFinalizer(() => lock.release(1)))
          )
        })
    })
  })
