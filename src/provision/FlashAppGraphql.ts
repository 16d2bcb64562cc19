/**
 * The `FlashApp` service over RunPod's GraphQL.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Graphql from "../runpod/graphql/FlashApps.ts"
import type { GraphqlError, OutcomeUnknown } from "../runpod/RunpodError.ts"
import { RunpodGraphql } from "../runpod/RunpodGraphql.ts"
import { FlashApp, StillInUse } from "./FlashApp.ts"

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
const orElseCreate = <A>(
  find: Effect.Effect<A, GraphqlError>,
  create: Effect.Effect<A, GraphqlError | OutcomeUnknown>
): Effect.Effect<A, GraphqlError | OutcomeUnknown> =>
  Effect.catchIf(
    find,
    isNotFound,
    (): Effect.Effect<A, GraphqlError | OutcomeUnknown> =>
      Effect.catchAll(create, (error) => Effect.mapError(find, () => error))
  )

const isNotFound = (error: GraphqlError): boolean => error._tag === "NotFound"
