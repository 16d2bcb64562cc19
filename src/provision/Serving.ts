/**
 * Waits until an environment serves the build that was promoted in it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { GraphqlError } from "../runpod/RunpodError.ts"
import type { RunpodGraphql } from "../runpod/RunpodGraphql.ts"
import { NotServing } from "./DeploymentError.ts"
import type { Place } from "./ResourceState.ts"

const looks = Schedule.intersect(Schedule.spaced("2 seconds"), Schedule.recurs(60))

/**
 * @since 0.1.0
 * @category operations
 */
export const wait = (
  graphql: typeof RunpodGraphql.Service,
  { buildId, environmentId, place }: {
    readonly place: Place
    readonly environmentId: string
    readonly buildId: string
  }
): Effect.Effect<void, GraphqlError | NotServing> =>
  Effect.gen(function*() {
    const { activeBuildId, state = "unknown" } = yield* graphql.getFlashEnvironment(environmentId)
    if (activeBuildId === buildId && state === "HEALTHY") return
    return yield* new NotServing({ ...place, build: buildId, state })
  }).pipe(Effect.retry({
    schedule: looks,
    while: (error) => error._tag === "NotServing" && error.state !== "ERROR"
  }))
