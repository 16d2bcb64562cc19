/**
 * Takes away an environment or an app with the endpoints that it has on the platform. Network volumes stay: what is on
 * them cannot be made again.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { wordsOf } from "../errors/words.ts"
import type * as Graphql from "../runpod/graphql/FlashApps.ts"
import { RunpodRest } from "../runpod/RunpodRest.ts"
import { FlashApp } from "./FlashApp.ts"
import { ResourceManager } from "./ResourceManager.ts"
import type { Place } from "./ResourceState.ts"

/**
 * Some endpoints of an environment could not be deleted, so the environment is still there. Doing it again goes on with
 * what is left.
 *
 * @since 0.1.0
 * @category errors
 */
export class EnvironmentNotRemoved extends Schema.TaggedError<EnvironmentNotRemoved>()("EnvironmentNotRemoved", {
  app: Schema.String,
  env: Schema.String,
  /** Names of the endpoints that are gone. */
  removed: Schema.Array(Schema.String),
  failed: Schema.Array(Schema.Struct({ endpoint: Schema.String, reason: Schema.String }))
}) {
  override get message() {
    const failed = this.failed.map(({ endpoint, reason }) => `\n  - ${endpoint}: ${reason}`).join("")
    return `Environment "${this.env}" of app "${this.app}" is still there, since endpoints of it are, and go on ` +
      `costing:${failed}\nDelete it again.`
  }
}

/**
 * Deletes an environment: first the endpoints that are on record for it, then those that only the platform knows of, and
 * itself last. Succeeds with the names of the endpoints. The `ResourceManager` has to be of that place.
 *
 * @since 0.1.0
 * @category operations
 */
export const environment = (place: Place, { endpoints }: Graphql.FlashEnvironment) =>
  Effect.gen(function*() {
    const manager = yield* ResourceManager
    const rest = yield* RunpodRest
    const records = yield* manager.list
    const known = new Set(records.map(({ endpointId }) => endpointId))
    const removals = [
      ...records.map(({ endpointName, name }) => ({
        endpoint: endpointName,
        // somebody may have taken the record away meanwhile
        remove: Effect.catchTag(manager.undeploy(name), "NotDeployed", () => Effect.void)
      })),
      ...endpoints.filter(({ id }) => !known.has(id)).map(({ id, name = id }) => ({
        endpoint: name,
        remove: Effect.catchTag(rest.deleteEndpoint(id), "NotFound", () => Effect.void)
      }))
    ]
    const [failed, removed] = yield* Effect.partition(removals, ({ endpoint, remove }) =>
      remove.pipe(
        Effect.as(endpoint),
        Effect.mapError((error) => ({ endpoint, reason: wordsOf(error) }))
      ), { concurrency: 3 })
    if (failed.length > 0) return yield* new EnvironmentNotRemoved({ ...place, removed, failed })
    const apps = yield* FlashApp
    yield* Effect.catchTag(apps.deleteEnvironment(place.app, place.env), "NotFound", () => Effect.void)
    return removed
  })
