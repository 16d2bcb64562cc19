/**
 * What becomes of jobs with time: they run too long, are lost without a word, expire, and are forgotten.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as ClockSpeed from "../ClockSpeed.ts"
import { isTerminal } from "./Job.ts"
import type { Job } from "./Job.ts"
import type { JobLives } from "./JobLives.ts"
import type { JobStore } from "./JobStore.ts"
import type { Streams } from "./Streams.ts"

/** A job that no ping has named for so long is lost (the platform's own rule is about 40 s). */
const lostAfter = 40_000

/** How long results are kept (milliseconds after the end). */
const retention = { async: 30 * 60_000, sync: 60_000 }

/**
 * Watches the jobs as long as the scope is open. Nobody waits for these rounds: whoever waits for a job is told at once.
 *
 * @since 0.1.0
 * @category constructors
 */
export const watch = (options: {
  readonly lives: JobLives
  readonly store: JobStore
  readonly streams: Streams
}): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { lives, store, streams } = options
    const clock = yield* Effect.clock
    const machine = ClockSpeed.machineOf(clock)

    const sweep = Effect.sync(() => {
      const time = clock.unsafeCurrentTimeMillis()
      // pings come from processes that know no other clock
      const machineTime = machine.unsafeCurrentTimeMillis()
      const silent: Array<Job> = []
      for (const [job, lastSeen] of lives.seen) {
        if (job.executionTimeout > 0 && time - (job.takenAt ?? time) > job.executionTimeout) {
          lives.stop(job)
          lives.end(job, "TIMED_OUT", {
            output: undefined,
            error: `the job ran longer than its execution timeout of ${job.executionTimeout} ms`
          })
        } else if (machineTime - lastSeen > lostAfter) silent.push(job)
      }
      lives.lose(silent)
    })

    const expire = Effect.sync(() => {
      const time = clock.unsafeCurrentTimeMillis()
      for (const job of lives.live.values()) {
        if (isTerminal(job) || job.expiresAt > time) continue
        if (job.status === "IN_PROGRESS") lives.stop(job)
        lives.end(job, "TIMED_OUT", { output: undefined, error: "the job's time to live ended before it did" })
      }
      const before = { async: time - retention.async, sync: time - retention.sync }
      store.prune(before)
      streams.prune(before)
    })

    const forget = Effect.suspend(() => {
      const batch = lives.ended()
      return batch.length === 0 ? Effect.void : Effect.map(store.flush, () => {
        // one that was queued again meanwhile stays
        for (const job of batch) if (isTerminal(job) && lives.live.get(job.id) === job) lives.live.delete(job.id)
      })
    })

    yield* sweep.pipe(Effect.repeat(Schedule.spaced("100 millis")), Effect.forkScoped)
    yield* expire.pipe(Effect.repeat(Schedule.spaced("10 seconds")), Effect.forkScoped)
    yield* Effect.ignoreLogged(forget).pipe(
      Effect.repeat(Schedule.spaced("50 millis")),
      Effect.withClock(machine),
      Effect.forkScoped
    )
  })
