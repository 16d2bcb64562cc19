/**
 * Builds without a flash app: archives in a store of one's own, whose addresses workers are told. An environment runs a
 * build when all of its endpoints are told so.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Struct from "effect/Struct"
import type * as Manifest from "../discovery/Manifest.ts"
import { ArtifactStore } from "./ArtifactStore.ts"
import type { Address } from "./ArtifactStore.ts"
import type { Archive } from "./ArtifactUpload.ts"
import * as ArtifactUpload from "./ArtifactUpload.ts"
import { BuildRecords } from "./BuildRecords.ts"
import type { BuildRecord, Builds } from "./BuildRecords.ts"
import { BuildStore } from "./BuildStore.ts"
import type { Environment, Outlook, Release, Source, StoreError } from "./BuildStore.ts"
import { BuildUnusable } from "./DeploymentError.ts"
import * as Located from "./Located.ts"
import type { Told } from "./Resolve.ts"
import type { Place } from "./ResourceState.ts"

interface Services {
  readonly store: typeof ArtifactStore.Service
  readonly records: typeof BuildRecords.Service
}

/** Builds that are remembered. */
const depth = 20

/** An address has to be good for so many milliseconds, or it is made anew. */
const patience = Duration.toMillis("2 days")

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<BuildStore, never, ArtifactStore | BuildRecords> = Layer.effect(
  BuildStore,
  Effect.gen(function*() {
    const services = { store: yield* ArtifactStore, records: yield* BuildRecords }
    return BuildStore.of({
      look: (place, source) => look(services, place, source),
      earlier: (place, wanted) =>
        Effect.flatMap(services.records.read(place), (known) => earlier(place, known, wanted)),
      environments: services.records.environments
    })
  })
)

const look = (services: Services, place: Place, source: Source): Effect.Effect<Outlook, StoreError> =>
  Effect.gen(function*() {
    const known = yield* services.records.read(place)
    const build = yield* buildOf(services, place, known, source)
    const active = known.builds.find(({ id }) => id === known.active)
    const environment = active === undefined ? undefined : { activeBuildId: active.id }
    const told = stagedFor(known, build)
    return {
      environment,
      buildId: build.isUploaded ? build.id : undefined,
      told,
      open: Effect.succeed(releaseOf(services, { place, source, build, told, environment: environment ?? {} }))
    }
  })

/** The build that is deployed, with an address that is good for a while. */
const buildOf = (
  { store }: Services,
  place: Place,
  known: Builds,
  source: Source
): Effect.Effect<BuildRecord, BuildUnusable> =>
  Effect.gen(function*() {
    const found = known.builds.find((build) =>
      source._tag === "Build" ? build.id === source.id : build.digest === source.archive.digest
    )
    const now = yield* Clock.currentTimeMillis
    const isEnding = found?.expiresAt !== undefined && found.expiresAt - now < patience
    const build = found !== undefined && isEnding && store.kind === "keyed"
      ? at(found, yield* store.read(found.key))
      : found
    // a store may forget
    if (build?.isUploaded === true && (yield* ArtifactUpload.isThere(build.url))) return build
    if (source._tag === "Archive") {
      const fresh = yield* newBuild(store, place, source)
      // its key is its sha256: another folder may have put it there
      return store.kind === "keyed" && (yield* ArtifactUpload.isThere(fresh.url, source.archive.size))
        ? { ...fresh, isUploaded: true }
        : fresh
    }
    return yield* found === undefined
      ? BuildUnusable.missing(place, source.id)
      : new BuildUnusable({ build: source.id, reason: "its archive is not where it was put" })
  })

const at = (build: BuildRecord, address: Address): BuildRecord => ({ ...Struct.omit(build, "expiresAt"), ...address })

const newBuild = (
  store: Services["store"],
  { app, env }: Place,
  { archive, manifest }: { readonly archive: Archive; readonly manifest: Manifest.Manifest }
): Effect.Effect<BuildRecord> => {
  const key = `${app}/${env}/${archive.sha256}.tar.gz`
  return Effect.map(store.read(key), (address) => ({
    id: archive.digest.slice(0, 20),
    digest: archive.digest,
    sha256: archive.sha256,
    key,
    isUploaded: false,
    hasServed: false,
    manifest,
    ...address
  }))
}

const toldOf = ({ sha256, url }: BuildRecord): Readonly<Record<string, string>> => ({
  FLASH_BUILD_ARTIFACT_PATH: Redacted.value(url),
  FLASH_BUILD_ARTIFACT_SHA256: sha256,
  // whatever an image or a platform says of itself
  FLASH_IS_LIVE_PROVISIONING: "false"
})

/**
 * What workers are told before the promotion. Those of resources that the active build has go on running it; what is new
 * has no other code than the new. A promotion that ended in the middle is not taken back to be done again.
 */
const stagedFor = ({ active, builds, promoting }: Builds, next: BuildRecord): Told => {
  const before = builds.find(({ id }) => id === active)
  return before === undefined || before.id === next.id || promoting === next.id
    ? () => toldOf(next)
    : (resource) => toldOf(resource in before.manifest.resources ? before : next)
}

const releaseOf = (
  { records, store }: Services,
  { build, environment, place, source, told }: {
    readonly place: Place
    readonly source: Source
    readonly build: BuildRecord
    readonly environment: Environment
    readonly told: Told
  }
): Release => {
  const keep = (change: Partial<BuildRecord>) =>
    records.modify(place, (before) => ({ ...before, builds: kept(before, { ...build, ...change }) }))
  return {
    environment,
    told,
    bring: ({ reusing, uploading }) =>
      Effect.gen(function*() {
        if (source._tag === "Archive" && build.isUploaded) yield* reusing(build.id)
        yield* keep({})
        if (source._tag === "Build" || build.isUploaded) return build.id
        yield* ArtifactUpload.upload(store.write(build.key), source.archive, uploading)
        yield* ArtifactUpload.verify(build.url, source.archive)
        yield* keep({ isUploaded: true })
        return build.id
      }),
    // endpoints are the environment's by their names
    register: () => Effect.void,
    locate: (_, endpoints) => {
      const manifest = Located.at(build.manifest, endpoints)
      return Effect.as(keep({ isUploaded: true, manifest }), manifest)
    },
    promote: (id, tell) =>
      Effect.gen(function*() {
        yield* records.modify(place, (before) => ({
          ...before,
          promoting: id,
          // what it takes the place of, also where its deployment ended before that was written down
          builds: before.builds.map((one) => one.id === before.active ? { ...one, hasServed: true } : one)
        }))
        yield* tell(() => toldOf(build))
        yield* records.modify(place, ({ builds }) => ({ builds, active: id }))
      }),
    settle: (_, manifest) =>
      records.modify(place, (before) => ({
        // endpoints that another promotion left on its build were taken back
        ...Struct.omit(before, "promoting"),
        builds: kept(before, { ...build, isUploaded: true, hasServed: true, manifest })
      }))
  }
}

/** The builds with this one in its place, or last. */
const kept = ({ active, builds }: Builds, build: BuildRecord): ReadonlyArray<BuildRecord> => {
  const all = builds.some(({ id }) => id === build.id)
    ? builds.map((other) => other.id === build.id ? build : other)
    : [...builds, build]
  return all.filter(({ id }, index) => id === active || index >= all.length - depth)
}

const earlier = (place: Place, { active, builds }: Builds, wanted: string | undefined) => {
  const end = builds.findIndex(({ id }) => id === active)
  const found = wanted === undefined
    ? builds.slice(0, Math.max(0, end)).findLast(({ hasServed }) => hasServed)
    : builds.find(({ id, isUploaded }) => id === wanted && isUploaded)
  return found === undefined
    ? Effect.fail(BuildUnusable.missing(place, wanted))
    : Effect.succeed({ id: found.id, manifest: found.manifest })
}
