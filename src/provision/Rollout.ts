/**
 * Whether the workers of endpoints run what the endpoints are set to. Idle workers are replaced at once, busy ones end
 * with their jobs.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Endpoint } from "./BuildStore.ts"
import type { ControlPlane } from "./ControlPlane.ts"

/**
 * An endpoint that has workers of older settings.
 *
 * @since 0.1.0
 * @category models
 */
export interface Unfinished {
  readonly resource: string
  /** Workers that run what was before. */
  readonly old: number
  readonly total: number
}

class Under extends Data.TaggedError("Under")<Unfinished> {}

/** Idle workers are gone in no time. */
const looks = Schedule.exponential("250 millis").pipe(
  Schedule.either(Schedule.spaced("2 seconds")),
  Schedule.upTo("30 seconds")
)

/**
 * Waits half a minute for workers to be replaced. Succeeds with the endpoints where that goes on: their workers end by
 * themselves. What cannot be found out is left out: what was promoted serves in any case.
 *
 * @since 0.1.0
 * @category operations
 */
export const wait = (
  { getRollout }: Pick<typeof ControlPlane.Service, "getRollout">,
  endpoints: ReadonlyArray<Endpoint>
): Effect.Effect<ReadonlyArray<Unfinished>> =>
  Effect.map(
    Effect.forEach(endpoints, ({ id, resource }) =>
      getRollout(id).pipe(
        Effect.flatMap(({ onLatest, total }) =>
          onLatest < total ? Effect.fail(new Under({ resource, total, old: total - onLatest })) : Effect.succeed([])
        ),
        Effect.retry({ schedule: looks, while: ({ _tag }) => _tag === "Under" }),
        Effect.catchAll((error) =>
          error._tag === "Under"
            ? Effect.succeed([{ resource: error.resource, old: error.old, total: error.total }])
            : Effect.as(Effect.logDebug(`The workers of "${resource}" could not be counted: ${error.message}`), [])
        )
      ), { concurrency: 3 }),
    (all) => all.flat()
  )
