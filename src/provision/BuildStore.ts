/**
 * Where builds are kept, and which of them an environment runs: as a flash app on the platform (`AppBuilds`), or as
 * archives behind addresses, without one (`UrlBuilds`).
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Manifest from "../discovery/Manifest.ts"
import type { GraphqlError, OutcomeUnknown } from "../runpod/RunpodError.ts"
import type { Archive, UploadFailed } from "./ArtifactUpload.ts"
import type { BuildUnusable, NotServing } from "./DeploymentError.ts"
import type { Told } from "./Resolve.ts"
import type { Place } from "./ResourceState.ts"
import type { StateError } from "./StateFile.ts"

/**
 * What is deployed: an archive of this machine, or a build that is there.
 *
 * @since 0.1.0
 * @category models
 */
export type Source = Data.TaggedEnum<{
  Archive: { readonly archive: Archive; readonly manifest: Manifest.Manifest }
  Build: { readonly id: string; readonly manifest: Manifest.Manifest }
}>

/**
 * @since 0.1.0
 * @category constructors
 */
export const Source = Data.taggedEnum<Source>()

/**
 * @since 0.1.0
 * @category models
 */
export interface Environment {
  /** On the platform; absent where the platform has no record of environments. */
  readonly id?: string
  readonly activeBuildId?: string
}

/**
 * An endpoint of a resource.
 *
 * @since 0.1.0
 * @category models
 */
export interface Endpoint {
  readonly resource: string
  readonly id: string
  readonly url: string
}

/**
 * @since 0.1.0
 * @category errors
 */
export type StoreError = GraphqlError | OutcomeUnknown | UploadFailed | BuildUnusable | NotServing | StateError

/**
 * A deployment that is thought about. Nothing was made for it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Outlook {
  /** Absent where there is none yet. */
  readonly environment: Environment | undefined
  /** The build that is there already and is the same; absent where the archive has to be uploaded. */
  readonly buildId: string | undefined
  /** What workers are told as long as the build is not promoted. */
  readonly told: Told
  /** Makes the environment where there is none. */
  readonly open: Effect.Effect<Release, StoreError>
}

/**
 * The steps of a deployment that are about its build, in this order. Each can be repeated.
 *
 * @since 0.1.0
 * @category models
 */
export interface Release {
  readonly environment: Environment
  readonly told: Told
  /** Puts the build there where it is not yet; succeeds with its id. */
  readonly bring: (events: Events) => Effect.Effect<string, StoreError>
  /** Makes endpoints and network volumes, by their ids, the environment's. */
  readonly register: (
    ids: { readonly endpoints: ReadonlyArray<string>; readonly volumes: ReadonlyArray<string> }
  ) => Effect.Effect<void, StoreError>
  /** Writes into the build's manifest where the endpoints of its resources are. Succeeds with the manifest. */
  readonly locate: (
    buildId: string,
    endpoints: ReadonlyArray<Endpoint>
  ) => Effect.Effect<Manifest.Manifest, StoreError>
  /** From now on the environment runs the build. `tell` tells the workers of all endpoints something else. */
  readonly promote: <E>(
    buildId: string,
    tell: (told: Told) => Effect.Effect<void, E>
  ) => Effect.Effect<void, StoreError | E>
  /** Waits until the environment serves the build, and remembers that it has. */
  readonly settle: (buildId: string, manifest: Manifest.Manifest) => Effect.Effect<void, StoreError>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Events {
  /** Bytes. */
  readonly uploading: (sent: number, size: number) => Effect.Effect<void>
  /** An identical build is there. */
  readonly reusing: (buildId: string) => Effect.Effect<void>
}

/**
 * @since 0.1.0
 * @category services
 */
export class BuildStore extends Context.Tag("effect-flash/provision/BuildStore")<BuildStore, {
  /** What a deployment finds. Makes nothing. */
  readonly look: (place: Place, source: Source) => Effect.Effect<Outlook, StoreError>
  /** The build that an environment ran before its active one, or the one of that id. */
  readonly earlier: (
    place: Place,
    buildId?: string
  ) => Effect.Effect<{ readonly id: string; readonly manifest: Manifest.Manifest }, StoreError>
  /** Names of the environments that an app has. */
  readonly environments: (app: string) => Effect.Effect<ReadonlyArray<string>, StoreError>
}>() {}
