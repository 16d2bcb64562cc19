/**
 * The builds of an environment that has no flash app, as this folder has deployed them: what it runs, and what it can go
 * back to.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import * as Manifest from "../discovery/Manifest.ts"
import type { Place } from "./ResourceState.ts"
import * as StateFile from "./StateFile.ts"
import type { StateError } from "./StateFile.ts"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

/**
 * @since 0.1.0
 * @category schemas
 */
export const BuildRecord = Schema.Struct({
  id: Schema.String,
  /** Hexadecimal sha256 of what is in the archive. */
  digest: Schema.String,
  /** Hexadecimal sha256 of the archive. */
  sha256: Schema.String,
  /** Of the archive in its store. */
  key: Schema.String,
  /** Where workers fetch it. */
  url: Schema.Redacted(Schema.String),
  /** Milliseconds since the epoch, where the address ends. */
  expiresAt: optional(Schema.Number),
  /** Whether it is where it should be. */
  isUploaded: Schema.Boolean,
  hasServed: Schema.Boolean,
  manifest: Manifest.Manifest
})

/**
 * @since 0.1.0
 * @category models
 */
export type BuildRecord = typeof BuildRecord.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const Builds = Schema.Struct({
  /** Id of the build that the environment runs. */
  active: optional(Schema.String),
  /** Id of the one that its endpoints are changed to; where that ended in the middle, some run it. */
  promoting: optional(Schema.String),
  /** The newest last. */
  builds: Schema.Array(BuildRecord)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Builds = typeof Builds.Type

/**
 * @since 0.1.0
 * @category services
 */
export class BuildRecords extends Context.Tag("effect-flash/provision/BuildRecords")<BuildRecords, {
  readonly read: (place: Place) => Effect.Effect<Builds, StateError>
  /** Durable when it succeeds. */
  readonly modify: (place: Place, change: (before: Builds) => Builds) => Effect.Effect<void, StateError>
  /** Names of the environments of an app that there are records of. */
  readonly environments: (app: string) => Effect.Effect<ReadonlyArray<string>, StateError>
}>() {}

const suffix = ".json"
const defaultDirectory = join(".flash", "builds")

/**
 * In `<directory>/<app>/<env>.json`, readable by its owner alone: addresses may be signed.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFile = (directory = defaultDirectory): Layer.Layer<BuildRecords> =>
  Layer.sync(BuildRecords, () => {
    const folder = (app: string) => join(directory, encodeURIComponent(app))
    const at = ({ app, env }: Place) =>
      StateFile.make({
        path: join(folder(app), `${encodeURIComponent(env)}${suffix}`),
        schema: Builds,
        version: 1,
        empty: { builds: [] }
      })
    return BuildRecords.of({
      read: (place) => at(place).read,
      modify: (place, change) => at(place).modify(change),
      environments: (app) =>
        Effect.map(
          Effect.tryPromise({
            try: () => fs.readdir(folder(app)).catch((error) => error.code === "ENOENT" ? [] : Promise.reject(error)),
            catch: StateFile.failedAt(folder(app))("io")
          }),
          (files) =>
            files.filter((file) => file.endsWith(suffix)).map((file) =>
              decodeURIComponent(file.slice(0, -suffix.length))
            ).toSorted()
        )
    })
  })
