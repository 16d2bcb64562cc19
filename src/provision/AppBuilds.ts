/**
 * Builds of a flash app on the platform: found again, made of an archive, and promoted in an environment, whose endpoints
 * run the archive of its active build.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Manifest from "../discovery/Manifest.ts"
import type { FlashEnvironment } from "../runpod/graphql/FlashApps.ts"
import type { GraphqlError, OutcomeUnknown } from "../runpod/RunpodError.ts"
import { RunpodGraphql } from "../runpod/RunpodGraphql.ts"
import type { Archive, UploadFailed } from "./ArtifactUpload.ts"
import * as ArtifactUpload from "./ArtifactUpload.ts"
import { BuildStore } from "./BuildStore.ts"
import type { Events, Outlook, Release, Source } from "./BuildStore.ts"
import { BuildUnusable } from "./DeploymentError.ts"
import { FlashApp } from "./FlashApp.ts"
import * as Located from "./Located.ts"
import type { Told } from "./Resolve.ts"
import type { Place } from "./ResourceState.ts"
import * as Serving from "./Serving.ts"

type Graphql = typeof RunpodGraphql.Service
type Apps = typeof FlashApp.Service

/** Builds that are looked through for an identical one, or for the one before. */
const depth = 20

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<BuildStore, never, FlashApp | RunpodGraphql> = Layer.effect(
  BuildStore,
  Effect.gen(function*() {
    const apps = yield* FlashApp
    const graphql = yield* RunpodGraphql
    return BuildStore.of({
      look: (place, source) => look(apps, graphql, place, source),
      earlier: (place, wanted) =>
        Effect.flatMap(
          apps.getEnvironment(place.app, place.env),
          (environment) => earlier(apps, graphql, place, environment, wanted)
        ),
      environments: (app) =>
        apps.listEnvironments(app).pipe(
          Effect.map((all) => all.map(({ name }) => name)),
          Effect.catchTag("NotFound", () => Effect.succeed([]))
        )
    })
  })
)

const look = (apps: Apps, graphql: Graphql, place: Place, source: Source): Effect.Effect<Outlook, GraphqlError> =>
  Effect.gen(function*() {
    const environment = yield* Effect.catchTag(
      apps.getEnvironment(place.app, place.env),
      "NotFound",
      () => Effect.succeed(undefined)
    )
    const buildId = source._tag === "Build"
      ? source.id
      : environment && (yield* identical(apps, graphql, place.app, environment, source.archive))
    return {
      environment,
      buildId,
      told: toldOf(environment?.id ?? "(new)"),
      open: open(apps, graphql, place, source, buildId)
    }
  })

const toldOf = (environmentId: string): Told => () => ({ FLASH_ENVIRONMENT_ID: environmentId })

const open = (
  apps: Apps,
  graphql: Graphql,
  place: Place,
  source: Source,
  known: string | undefined
): Effect.Effect<Release, GraphqlError | OutcomeUnknown> =>
  Effect.gen(function*() {
    const { id: flashAppId } = yield* apps.getOrCreate(place.app)
    const environment = yield* apps.getOrCreateEnvironment(place.app, place.env)
    return {
      environment,
      told: toldOf(environment.id),
      bring: (events) => bring(graphql, { flashAppId, environmentId: environment.id, source, known, events }),
      register: (ids) => register(graphql, environment, ids),
      locate: (buildId, endpoints) => locate(graphql, buildId, endpoints),
      promote: (buildId) =>
        Effect.zipRight(
          servedBefore(graphql, environment, buildId),
          Effect.asVoid(
            graphql.deployBuildToEnvironment({ flashEnvironmentId: environment.id, flashBuildId: buildId })
          )
        ),
      settle: (buildId, manifest) =>
        Effect.zipRight(
          Serving.wait(graphql, { place, environmentId: environment.id, buildId }),
          served(graphql, buildId, manifest)
        )
    }
  })

/** The newest first. */
const newest = (apps: Apps, app: string) =>
  Effect.map(
    apps.listBuilds(app),
    (builds) => builds.toSorted((a, b) => (a.createdAt ?? "") < (b.createdAt ?? "") ? -1 : 1).toReversed()
  )

/** A build whose manifest cannot be read is not ours to use. */
const manifestOf = (graphql: Graphql, id: string): Effect.Effect<Option.Option<Manifest.Manifest>, GraphqlError> =>
  Effect.flatMap(graphql.getFlashBuild(id), ({ manifest }) => Effect.option(Manifest.decode(manifest)))

const nothing: Pick<Manifest.Manifest, "deployment"> = {}

/** The id of an environment's build that is the same as an archive. */
const identical = (
  apps: Apps,
  graphql: Graphql,
  app: string,
  environment: FlashEnvironment,
  { digest }: Archive
): Effect.Effect<string | undefined, GraphqlError> =>
  Effect.gen(function*() {
    for (const { id } of (yield* newest(apps, app)).slice(0, depth)) {
      const { deployment } = Option.getOrElse(yield* manifestOf(graphql, id), () => nothing)
      if (deployment?.digest === digest && deployment.environment_id === environment.id) return id
    }
    return undefined
  })

const earlier = (
  apps: Apps,
  graphql: Graphql,
  place: Place,
  environment: FlashEnvironment,
  wanted: string | undefined
): Effect.Effect<{ readonly id: string; readonly manifest: Manifest.Manifest }, GraphqlError | BuildUnusable> =>
  Effect.gen(function*() {
    const builds = (yield* newest(apps, place.app)).map(({ id }) => id)
    const candidates = wanted === undefined
      ? builds.slice(builds.indexOf(environment.activeBuildId ?? "") + 1).slice(0, depth)
      : builds.filter((id) => id === wanted)
    for (const id of environment.activeBuildId === undefined && wanted === undefined ? [] : candidates) {
      const manifest = Option.getOrUndefined(yield* manifestOf(graphql, id))
      const { deployment } = manifest ?? nothing
      if (manifest === undefined || deployment?.environment_id !== environment.id) continue
      // one that was uploaded and never promoted is nothing to go back to
      if (wanted !== undefined || deployment.has_served) return { id, manifest }
    }
    return yield* BuildUnusable.missing(place, wanted)
  })

const bring = (graphql: Graphql, { environmentId, events, flashAppId, known, source }: {
  readonly flashAppId: string
  readonly environmentId: string
  readonly source: Source
  readonly known: string | undefined
  readonly events: Events
}): Effect.Effect<string, GraphqlError | OutcomeUnknown | UploadFailed> =>
  Effect.gen(function*() {
    if (source._tag === "Build") return source.id
    if (known !== undefined) return yield* Effect.as(events.reusing(known), known)
    const { archive, manifest: built } = source
    const { objectKey } = yield* ArtifactUpload.upload(
      Effect.map(
        graphql.prepareFlashArtifactUpload({ flashAppId, tarballSize: archive.size }),
        ({ objectKey, uploadUrl }) => ({ objectKey, url: uploadUrl })
      ),
      archive,
      events.uploading
    )
    const manifest = yield* encode({
      ...built,
      deployment: { environment_id: environmentId, digest: archive.digest, sha256: archive.sha256, has_served: false }
    })
    return yield* graphql.finalizeFlashArtifactUpload({ flashAppId, objectKey, manifest }).pipe(
      Effect.map(({ id }) => id),
      // nobody saw how it ended: the build that has this archive is the answer
      Effect.catchTag("OutcomeUnknown", (unknown) =>
        Effect.flatMap(graphql.listFlashBuilds(flashAppId), (builds) => {
          const found = builds.find((build) => build.objectKey === objectKey)
          return found === undefined ? Effect.fail(unknown) : Effect.succeed(found.id)
        }))
    )
  })

/** A manifest that was decoded encodes. */
const encode = (manifest: Manifest.Manifest) => Effect.orDie(Manifest.encode(manifest))

const register = (
  graphql: Graphql,
  environment: FlashEnvironment,
  { endpoints, volumes }: Parameters<Release["register"]>[0]
): Effect.Effect<void, GraphqlError> => {
  const known = new Set([...environment.endpoints, ...environment.networkVolumes].map(({ id }) => id))
  const flashEnvironmentId = environment.id
  return Effect.zipRight(
    Effect.forEach(
      endpoints.filter((id) => !known.has(id)),
      (endpointId) => graphql.addEndpointToFlashEnvironment({ flashEnvironmentId, endpointId }),
      { discard: true }
    ),
    Effect.forEach(
      volumes.filter((id) => !known.has(id)),
      (networkVolumeId) => graphql.addNetworkVolumeToFlashEnvironment({ flashEnvironmentId, networkVolumeId }),
      { discard: true }
    )
  )
}

const locate = (
  graphql: Graphql,
  id: string,
  endpoints: Parameters<Release["locate"]>[1]
): Effect.Effect<Manifest.Manifest, GraphqlError | BuildUnusable> =>
  Effect.gen(function*() {
    const { manifest } = yield* graphql.getFlashBuild(id)
    const before = yield* Effect.mapError(
      Manifest.decode(manifest),
      ({ message }) => new BuildUnusable({ build: id, reason: message })
    )
    const after = Located.at(before, endpoints)
    const [known, encoded] = [yield* encode(before), yield* encode(after)]
    if (JSON.stringify(encoded) !== JSON.stringify(known)) {
      yield* graphql.updateFlashBuildManifest({ flashBuildId: id, manifest: encoded })
    }
    return after
  })

/** What a build takes the place of has served, also where its deployment ended before that was written down. */
const servedBefore = (graphql: Graphql, { activeBuildId }: FlashEnvironment, next: string) =>
  activeBuildId === undefined || activeBuildId === next ? Effect.void : Effect.flatMap(
    manifestOf(graphql, activeBuildId),
    Option.match({ onNone: () => Effect.void, onSome: (manifest) => served(graphql, activeBuildId, manifest) })
  )

/** Remembers that a build has served. */
const served = (graphql: Graphql, id: string, manifest: Manifest.Manifest) =>
  Effect.gen(function*() {
    const { deployment } = manifest
    if (deployment === undefined || deployment.has_served) return
    const marked = yield* encode({ ...manifest, deployment: { ...deployment, has_served: true } })
    yield* graphql.updateFlashBuildManifest({ flashBuildId: id, manifest: marked })
  })
