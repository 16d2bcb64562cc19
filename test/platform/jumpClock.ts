/**
 * A clock that jumps: whoever sleeps past the new time wakes once. TestClock goes through every tick of what repeats
 * in between, which for an hour of a platform that looks every tenth of a second takes minutes.
 */
import { Clock, Duration, Effect } from "effect"

interface Sleeper {
  readonly end: number
  readonly wake: () => void
}

/** Everything that can run has run: microtasks first, then what was put off to the next turn of the event loop. */
export const settle: Effect.Effect<void> = Effect.async((resume) => {
  setImmediate(() => setImmediate(() => resume(Effect.void)))
})

export const make = () => {
  let now = 0
  let sleepers: Array<Sleeper> = []
  const clock: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => now,
    unsafeCurrentTimeNanos: () => BigInt(now) * 1_000_000n,
    currentTimeMillis: Effect.sync(() => now),
    currentTimeNanos: Effect.sync(() => BigInt(now) * 1_000_000n),
    sleep: (duration) =>
      Effect.async((resume) => {
        const sleeper = { end: now + Duration.toMillis(duration), wake: () => resume(Effect.void) }
        sleepers.push(sleeper)
        return Effect.sync(() => {
          sleepers = sleepers.filter((other) => other !== sleeper)
        })
      })
  }
  return {
    clock,
    now: () => now,
    /** Puts the clock forward and lets everything happen that then does. */
    jump: (millis: number): Effect.Effect<void> =>
      Effect.suspend(() => {
        now += millis
        const due = sleepers.filter(({ end }) => end <= now)
        sleepers = sleepers.filter(({ end }) => end > now)
        for (const { wake } of due) wake()
        return settle
      })
  }
}
