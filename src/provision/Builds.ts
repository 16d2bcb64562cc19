/**
 * The builds of an app on the platform: found again, made of an archive, and told where their endpoints are.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Manifest from "../discovery/Manifest.ts"
import type { FlashEnvironment } from "../runpod/graphql/FlashApps.ts"
import type { GraphqlError, OutcomeUnknown } from "../runpod/RunpodError.ts"
import type { RunpodGraphql } from "../runpod/RunpodGraphql.ts"
import type { Archive, UploadFailed } from "./ArtifactUpload.ts"
import * as ArtifactUpload from "./ArtifactUpload.ts"
import type { Source } from "./Deployment.ts"
import { BuildUnusable } from "./DeploymentError.ts"
import type { FlashApp } from "./FlashApp.ts"
import type { Place } from "./ResourceState.ts"

type Graphql = typeof RunpodGraphql.Service
type Apps = typeof FlashApp.Service

/** Builds that are looked through for an identical one, or for the one before. */
const depth = 20

/** The newest first. */
const newest = (apps: Apps, app: string) =>
  Effect.map(
    apps.listBuilds(app),
    (builds) => builds.toSorted((a, b) => (a.createdAt ?? "") < (b.createdAt ?? "") ? -1 : 1).toReversed()
  )

/** A build whose manifest cannot be read is not ours to use. */
const manifestOf = (graphql: Graphql, id: string): Effect.Effect<Option.Option<Manifest.Manifest>, GraphqlError> =>
  Effect.flatMap(graphql.getFlashBuild(id), ({ manifest }) => Effect.option(Manifest.decode(manifest)))

/**
 * The id of an environment's build that is the same as an archive.
 *
 * @since 0.1.0
 * @category accessors
 */
export const identical = (
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

const nothing: Pick<Manifest.Manifest, "deployment"> = {}

/**
 * The build of an environment that was made before its active one and has served there, or the one of that id.
 *
 * @since 0.1.0
 * @category accessors
 */
export const earlier = (
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
    return yield* new BuildUnusable({
      build: wanted ?? "before the active one",
      reason: `environment "${place.env}" of app "${place.app}" has no such build`
    })
  })

/**
 * The id of the build on the platform: of the one that is there, or of one that is made of the archive.
 *
 * @since 0.1.0
 * @category operations
 */
export const bring = (graphql: Graphql, { environmentId, flashAppId, known, reusing, source, uploading }: {
  readonly flashAppId: string
  readonly environmentId: string
  readonly source: Source
  readonly known: string | undefined
  readonly uploading: (sent: number, size: number) => Effect.Effect<void>
  readonly reusing: (buildId: string) => Effect.Effect<void>
}): Effect.Effect<string, GraphqlError | OutcomeUnknown | UploadFailed> =>
  Effect.gen(function*() {
    if (source._tag === "Build") return source.id
    if (known !== undefined) return yield* Effect.as(reusing(known), known)
    const { archive, manifest: built } = source
    const objectKey = yield* ArtifactUpload.upload(graphql, flashAppId, archive, uploading)
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

/**
 * Writes into a build's manifest where the endpoints of its resources are. Succeeds with the manifest.
 *
 * @since 0.1.0
 * @category operations
 */
export const locate = (
  graphql: Graphql,
  id: string,
  endpoints: ReadonlyArray<{ readonly resource: string; readonly id: string; readonly url: string }>
): Effect.Effect<Manifest.Manifest, GraphqlError | BuildUnusable> =>
  Effect.gen(function*() {
    const { manifest } = yield* graphql.getFlashBuild(id)
    const before = yield* Effect.mapError(
      Manifest.decode(manifest),
      ({ message }) => new BuildUnusable({ build: id, reason: message })
    )
    const ids = new Map(endpoints.map((endpoint) => [endpoint.resource, endpoint.id]))
    const after: Manifest.Manifest = {
      ...before,
      resources: Object.fromEntries(
        Object.entries(before.resources).map(([name, resource]) => {
          const endpointId = ids.get(name)
          return [name, endpointId === undefined ? resource : { ...resource, endpoint_id: endpointId }]
        })
      ),
      resources_endpoints: Object.fromEntries(endpoints.map(({ resource, url }) => [resource, url]))
    }
    yield* graphql.updateFlashBuildManifest({ flashBuildId: id, manifest: yield* encode(after) })
    return after
  })

/**
 * Remembers that a build has served.
 *
 * @since 0.1.0
 * @category operations
 */
export const served = (graphql: Graphql, id: string, manifest: Manifest.Manifest) =>
  Effect.gen(function*() {
    const { deployment } = manifest
    if (deployment === undefined || deployment.has_served) return
    const marked = yield* encode({ ...manifest, deployment: { ...deployment, has_served: true } })
    yield* graphql.updateFlashBuildManifest({ flashBuildId: id, manifest: marked })
  })
