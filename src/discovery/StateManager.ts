/**
 * The manifest of the build that an environment runs, as the platform has it: with the endpoints of its resources.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SingleFlight from "../invoke/SingleFlight.ts"
import type { FlashEnvironment } from "../runpod/graphql/FlashApps.ts"
import { RunpodConfig } from "../runpod/RunpodConfig.ts"
import type { GraphqlError } from "../runpod/RunpodError.ts"
import { RunpodGraphql } from "../runpod/RunpodGraphql.ts"
import { RunpodRest } from "../runpod/RunpodRest.ts"
import * as EndpointManifest from "./EndpointManifest.ts"
import * as Manifest from "./Manifest.ts"

/**
 * The manifest could not be had, and there is no older one to go by.
 *
 * @since 0.1.0
 * @category errors
 */
export class ManifestUnavailable extends Schema.TaggedError<ManifestUnavailable>()("ManifestUnavailable", {
  /** Id of the environment, or where else the manifest was looked for. */
  environment: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `The manifest of environment ${this.environment} is not available: ${this.reason}`
  }
}

/**
 * @since 0.1.0
 * @category services
 */
export class StateManager extends Context.Tag("effect-flash/discovery/StateManager")<StateManager, {
  /**
   * The manifest, asked for once in five minutes however many want it. Where it cannot be had, the one before it; where
   * there is none, the failure, which is not tried again for ten seconds.
   */
  readonly manifest: Effect.Effect<Manifest.Manifest, ManifestUnavailable>
}>() {}

/**
 * An environment of an app.
 *
 * @since 0.1.0
 * @category models
 */
export interface Place {
  readonly app: string
  readonly env: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** How long a manifest is taken for the latest. Default: 5 minutes. */
  readonly timeToLive?: Duration.DurationInput
  /** How long a failure is not tried again. Default: 10 seconds. */
  readonly failureTimeToLive?: Duration.DurationInput
}

/**
 * Over one way of fetching the manifest.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  fetch: Effect.Effect<Manifest.Manifest, ManifestUnavailable>,
  { failureTimeToLive = "10 seconds", timeToLive = "5 minutes" }: Options = {}
): typeof StateManager.Service => {
  const fresh = Duration.toMillis(timeToLive)
  const patience = Duration.toMillis(failureTimeToLive)
  let held: { readonly manifest: Manifest.Manifest; readonly at: number } | undefined
  let failed: { readonly error: ManifestUnavailable; readonly at: number } | undefined
  let flight: Effect.Effect<Manifest.Manifest, ManifestUnavailable> | undefined

  const orStale = (error: ManifestUnavailable) =>
    held === undefined ? Effect.fail(error) : Effect.succeed(held.manifest)

  const attempt = Effect.clockWith((clock) =>
    fetch.pipe(
      Effect.tapBoth({
        onSuccess: (manifest) =>
          Effect.sync(() => {
            held = { manifest, at: clock.unsafeCurrentTimeMillis() }
            failed = undefined
          }),
        onFailure: (error) =>
          Effect.suspend(() => {
            failed = { error, at: clock.unsafeCurrentTimeMillis() }
            return held === undefined ? Effect.void : Effect.logWarning(`${error.message}; going by the one before it`)
          })
      }),
      Effect.ensuring(Effect.sync(() => {
        flight = undefined
      }))
    )
  )

  return {
    manifest: Effect.clockWith((clock) => {
      const now = clock.unsafeCurrentTimeMillis()
      if (held !== undefined && now - held.at < fresh) return Effect.succeed(held.manifest)
      if (failed !== undefined && now - failed.at < patience) return orStale(failed.error)
      flight ??= SingleFlight.make(attempt)
      return Effect.catchAll(flight, orStale)
    })
  }
}

/**
 * The active build of an environment, over GraphQL.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  environmentId: string,
  options?: Options
): Layer.Layer<StateManager, never, RunpodGraphql> =>
  Layer.effect(
    StateManager,
    Effect.map(RunpodGraphql, (graphql) =>
      over(environmentId, activeOf(graphql, graphql.getFlashEnvironment(environmentId)), options))
  )

/**
 * The environment of an app that was deployed without a flash app: its endpoints, as REST v2 lists them.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerEndpoints = (
  place: Place,
  options?: Options
): Layer.Layer<StateManager, never, RunpodRest | RunpodConfig> =>
  Layer.effect(StateManager, Effect.map(endpointsOf(place), (endpoints) => over(wordsOf(place), endpoints, options)))

/**
 * The environment of an app, both by their names: the active build that the flash app has, or where the platform knows no
 * such flash app, the endpoints that were deployed without one.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerNamed = (
  place: Place,
  options?: Options
): Layer.Layer<StateManager, never, RunpodGraphql | RunpodRest | RunpodConfig> =>
  Layer.effect(
    StateManager,
    Effect.gen(function*() {
      const graphql = yield* RunpodGraphql
      const endpoints = yield* endpointsOf(place)
      const active = activeOf(
        graphql,
        Effect.flatMap(
          graphql.getFlashAppByName(place.app),
          ({ id }) => graphql.getFlashEnvironmentByName({ flashAppId: id, name: place.env })
        )
      )
      return over(
        wordsOf(place),
        Effect.catchTags(active, {
          // what is missing then is the app
          NotFound: (none) => Effect.catchTag(endpoints, "NothingDeployed", () => Effect.fail(none)),
          ApiRetired: () => endpoints
        }),
        options
      )
    })
  )

const wordsOf = ({ app, env }: Place): string => `"${env}" of app "${app}"`

/** There is the environment, or might be, and nothing in it. */
class NothingDeployed extends Data.TaggedError("NothingDeployed")<{ readonly message: string }> {}

const activeOf = (
  graphql: typeof RunpodGraphql.Service,
  find: Effect.Effect<FlashEnvironment, GraphqlError>
) =>
  Effect.gen(function*() {
    const { activeBuildId } = yield* find
    if (activeBuildId === undefined) return yield* new NothingDeployed({ message: "no build is deployed to it" })
    const { manifest } = yield* graphql.getFlashBuild(activeBuildId)
    return yield* Manifest.decode(manifest)
  })

const endpointsOf = (place: Place) =>
  Effect.gen(function*() {
    const rest = yield* RunpodRest
    const config = yield* RunpodConfig
    return Effect.gen(function*() {
      const manifest = EndpointManifest.of(place, yield* rest.listEndpoints, config)
      return yield* manifest === undefined
        ? new NothingDeployed({ message: "it has no endpoint" })
        : Manifest.decode(manifest)
    })
  })

const over = (
  environment: string,
  fetch: Effect.Effect<Manifest.Manifest, { readonly message: string }>,
  options: Options | undefined
): typeof StateManager.Service =>
  make(Effect.mapError(fetch, ({ message }) => new ManifestUnavailable({ environment, reason: message })), options)

/**
 * A manifest that does not change.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerOf = (manifest: Manifest.Manifest): Layer.Layer<StateManager> =>
  Layer.succeed(StateManager, { manifest: Effect.succeed(manifest) })
