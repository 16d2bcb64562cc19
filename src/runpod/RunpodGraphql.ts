/**
 * RunPod's GraphQL API: flash apps, their environments, builds and artifacts, logging in, and `saveEndpoint` where an
 * endpoint is bound to an environment. It is deprecated: whatever REST v2 can do is done there (`RunpodRest`).
 *
 * Queries and the mutations that can be repeated are retried under the control plane's policy (`RetryPolicy`). The ones
 * that make something are sent once; where the outcome is not known they fail with `OutcomeUnknown`.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Endpoints from "./graphql/Endpoints.ts"
import type * as FlashApps from "./graphql/FlashApps.ts"
import type { GraphqlError, OutcomeUnknown } from "./RunpodError.ts"

type Query<A> = Effect.Effect<A, GraphqlError>
type Creation<A> = Effect.Effect<A, GraphqlError | OutcomeUnknown>

/**
 * @since 0.1.0
 * @category services
 */
export class RunpodGraphql extends Context.Tag("effect-flash/runpod/RunpodGraphql")<RunpodGraphql, {
  readonly listFlashApps: Query<ReadonlyArray<FlashApps.FlashApp>>
  readonly getFlashApp: (flashAppId: string) => Query<FlashApps.FlashApp>
  /** `NotFound` where the account has no app of that name; never makes one. */
  readonly getFlashAppByName: (name: string) => Query<FlashApps.FlashApp>
  readonly createFlashApp: (name: string) => Creation<FlashApps.IdAndName>
  readonly deleteFlashApp: (flashAppId: string) => Query<void>

  readonly listFlashEnvironments: (flashAppId: string) => Query<ReadonlyArray<FlashApps.FlashEnvironmentSummary>>
  readonly getFlashEnvironment: (flashEnvironmentId: string) => Query<FlashApps.FlashEnvironment>
  readonly getFlashEnvironmentByName: (
    input: { readonly flashAppId: string; readonly name: string }
  ) => Query<FlashApps.FlashEnvironment>
  readonly createFlashEnvironment: (
    input: { readonly flashAppId: string; readonly name: string }
  ) => Creation<FlashApps.IdAndName>
  /** Sets the state that the console shows, as `DEPLOYING` or `HEALTHY`. */
  readonly updateFlashEnvironment: (
    input: { readonly flashEnvironmentId: string; readonly status: string }
  ) => Query<FlashApps.EnvironmentState>
  readonly deleteFlashEnvironment: (flashEnvironmentId: string) => Query<void>
  readonly addEndpointToFlashEnvironment: (
    input: { readonly flashEnvironmentId: string; readonly endpointId: string }
  ) => Query<FlashApps.Registered>
  readonly addNetworkVolumeToFlashEnvironment: (
    input: { readonly flashEnvironmentId: string; readonly networkVolumeId: string }
  ) => Query<FlashApps.Registered>

  readonly listFlashBuilds: (flashAppId: string) => Query<ReadonlyArray<FlashApps.FlashBuildSummary>>
  readonly getFlashBuild: (flashBuildId: string) => Query<FlashApps.FlashBuild>
  readonly prepareFlashArtifactUpload: (
    input: { readonly flashAppId: string; readonly tarballSize: number }
  ) => Query<FlashApps.ArtifactUpload>
  /** Makes a build of what was uploaded. */
  readonly finalizeFlashArtifactUpload: (
    input: { readonly flashAppId: string; readonly objectKey: string; readonly manifest: unknown }
  ) => Creation<FlashApps.FlashBuild>
  readonly updateFlashBuildManifest: (
    input: { readonly flashBuildId: string; readonly manifest: unknown }
  ) => Query<FlashApps.FlashBuild>
  /** Promotes a build: the environment's new workers run it. */
  readonly deployBuildToEnvironment: (
    input: { readonly flashEnvironmentId: string; readonly flashBuildId: string }
  ) => Query<FlashApps.Deployment>

  /** With an `id` an update, which can be repeated; without one a creation. */
  readonly saveEndpoint: (input: Endpoints.EndpointInput) => Creation<Endpoints.SavedEndpoint>
  readonly saveTemplate: (input: Endpoints.SaveTemplateInput) => Creation<Endpoints.SavedTemplate>
  readonly deleteEndpoint: (id: string) => Query<void>
  /** Ids of all endpoints of the account. */
  readonly listEndpointIds: Query<ReadonlyArray<string>>
  readonly getGpuTypes: (filter?: Endpoints.GpuTypeFilter) => Query<ReadonlyArray<Endpoints.GpuType>>
  readonly getCpuTypes: Query<ReadonlyArray<Endpoints.CpuType>>

  /** Begins a login. Sent without a key. */
  readonly createFlashAuthRequest: Query<FlashApps.FlashAuthRequest>
  /** Where a login stands. Sent without a key. */
  readonly flashAuthRequestStatus: (flashAuthRequestId: string) => Query<FlashApps.FlashAuthRequest>
}>() {}
