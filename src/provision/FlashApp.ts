/**
 * Flash apps: named groups of environments, each with the build that its endpoints run.
 *
 * Nothing is made by looking for it; what is not there is a typed `NotFound`.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Graphql from "../runpod/graphql/FlashApps.ts"
import type { GraphqlError, OutcomeUnknown } from "../runpod/RunpodError.ts"
import { RunpodGraphql } from "../runpod/RunpodGraphql.ts"

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

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<FlashApp, never, RunpodGraphql> = Layer.effect(
  FlashApp,
  Effect.map(RunpodGraphql, (graphql) => {
    const get = graphql.getFlashAppByName

    /** The platform tells a missing environment of an app by `null` or by an error; both are `NotFound` here. */
    const getEnvironment = (app: string, name: string) =>
      Effect.flatMap(get(app), ({ id }) => graphql.getFlashEnvironmentByName({ flashAppId: id, name }))

    const create = (name: string) => Effect.zipRight(graphql.createFlashApp(name), get(name))

    const createEnvironment = (app: string, name: string) =>
      Effect.flatMap(get(app), ({ id }) => graphql.createFlashEnvironment({ flashAppId: id, name })).pipe(
        Effect.zipRight(getEnvironment(app, name))
      )

    const unused = (what: string, environments: ReadonlyArray<Graphql.FlashEnvironment>) => {
      const endpoints = environments.flatMap(({ endpoints }) => endpoints)
        .map(({ id, name = id }) => ({ id, name }))
      return endpoints.length === 0 ? Effect.void : Effect.fail(new StillInUse({ what, endpoints }))
    }

    return FlashApp.of({
      list: graphql.listFlashApps,
      get,
      create,
      getOrCreate: (name) => orElseCreate(get(name), create(name)),
      delete: (name) =>
        Effect.gen(function*() {
          const { flashEnvironments, id } = yield* get(name)
          const environments = yield* Effect.forEach(flashEnvironments, (one) => graphql.getFlashEnvironment(one.id), {
            concurrency: 4
          })
          yield* unused(`app "${name}"`, environments)
          yield* graphql.deleteFlashApp(id)
        }),
      listEnvironments: (app) => Effect.flatMap(get(app), ({ id }) => graphql.listFlashEnvironments(id)),
      getEnvironment,
      createEnvironment,
      getOrCreateEnvironment: (app, name) =>
        Effect.zipRight(
          orElseCreate(get(app), create(app)),
          orElseCreate(getEnvironment(app, name), createEnvironment(app, name))
        ),
      deleteEnvironment: (app, name) =>
        Effect.gen(function*() {
          const environment = yield* getEnvironment(app, name)
          yield* unused(`environment "${name}" of app "${app}"`, [environment])
          yield* graphql.deleteFlashEnvironment(environment.id)
        }),
      listBuilds: (app) => Effect.flatMap(get(app), ({ id }) => graphql.listFlashBuilds(id)),
      getBuild: graphql.getFlashBuild
    })
  })
)

/** Where two make the same at the same time, or nobody saw how a creation ended, what is there then is the answer. */
const orElseCreate = <A>(find: Read<A>, create: Creation<A>): Creation<A> =>
  Effect.catchIf(
    find,
    isNotFound,
    (): Creation<A> => Effect.catchAll(create, (error) => Effect.mapError(find, () => error))
  )

const isNotFound = (error: GraphqlError): boolean => error._tag === "NotFound"
