/**
 * After a creation nobody saw end, the platform may take a moment to show what it made.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"

const patience = Schedule.exponential("200 millis").pipe(Schedule.intersect(Schedule.recurs(4)))

/**
 * Looks until something is found, for some seconds; succeeds with nothing where it is not. An error ends the search.
 *
 * @since 0.1.0
 * @category combinators
 */
export const search = <A, E>(look: Effect.Effect<A | undefined, E>): Effect.Effect<A | undefined, E> =>
  Effect.flatMap(look, (found) => found === undefined ? Effect.fail(absent) : Effect.succeed(found)).pipe(
    Effect.retry({ schedule: patience, while: (error) => error === absent }),
    Effect.catchAll((error) => error === absent ? Effect.succeed(undefined) : Effect.fail(error as E))
  )

const absent = Symbol.for("effect-flash/provision/absent")
