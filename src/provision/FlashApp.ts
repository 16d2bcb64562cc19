/**
 * Flash apps: named groups of environments, each with the build that its endpoints run.
 *
 * Nothing is made by looking for it; what is not there is a typed `NotFound`.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Graphql from "../runpod/graphql/FlashApps.ts"
import type { GraphqlError, OutcomeUnknown } from "../runpod/RunpodError.ts"

const Named = Schema.Struct({ id: Schema.String, name: Schema.String })

/**
 * What is to be deleted still has endpoints, which would go on running and costing without it. Nothing was deleted.
 *
 * @since 0.1.0
 * @category errors
 */
export class StillInUse extends Schema.TaggedError<StillInUse>()("StillInUse", {
  /** `environment "production" of app "shop"`. */
  what: Schema.String,
  endpoints: Schema.Array(Named)
}) {
  override get message() {
    const endpoints = this.endpoints.map(({ id, name }) => `${name} (${id})`).join(", ")
    return `The ${this.what} still has endpoints: ${endpoints}. Undeploy them first.`
  }
}

type Read<A> = Effect.Effect<A, GraphqlError>
type Creation<A> = Effect.Effect<A, GraphqlError | OutcomeUnknown>
type Deletion = Effect.Effect<void, GraphqlError | StillInUse>

/**
 * @since 0.1.0
 * @category services
 */
export class FlashApp extends Context.Tag("effect-flash/provision/FlashApp")<FlashApp, {
  readonly list: Read<ReadonlyArray<Graphql.FlashApp>>
  readonly get: (name: string) => Read<Graphql.FlashApp>
  readonly create: (name: string) => Creation<Graphql.FlashApp>
  readonly getOrCreate: (name: string) => Creation<Graphql.FlashApp>
  /** Refused with `StillInUse` while one of its environments has endpoints. */
  readonly delete: (name: string) => Deletion

  readonly listEnvironments: (app: string) => Read<ReadonlyArray<Graphql.FlashEnvironmentSummary>>
  /** With its endpoints and network volumes. */
  readonly getEnvironment: (app: string, name: string) => Read<Graphql.FlashEnvironment>
  readonly createEnvironment: (app: string, name: string) => Creation<Graphql.FlashEnvironment>
  /** Makes the app as well where there is none. */
  readonly getOrCreateEnvironment: (app: string, name: string) => Creation<Graphql.FlashEnvironment>
  /** Refused with `StillInUse` while it has endpoints. */
  readonly deleteEnvironment: (app: string, name: string) => Deletion

  /** The newest last, as the platform tells them. */
  readonly listBuilds: (app: string) => Read<ReadonlyArray<Graphql.FlashBuildSummary>>
  /** With its manifest. */
  readonly getBuild: (buildId: string) => Read<Graphql.FlashBuild>
}>() {}
