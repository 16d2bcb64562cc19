/**
 * Requests that are held until something happens or their time is up.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as ClockSpeed from "../ClockSpeed.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface LongPolls {
  /**
   * Waits until the registered callback is given a value, for `millis` at most. What `register` returns takes the
   * registration back; it runs unless a value came.
   */
  readonly hold: <A>(
    millis: number,
    register: (resume: (value: A) => void) => () => void
  ) => Effect.Effect<Option.Option<A>>
}

/**
 * One ticking fiber ends the polls whose time is up, to a tick's precision: a timer for each poll would cost more than
 * the poll.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<LongPolls, never, Scope.Scope> = Effect.gen(function*() {
  // who polls does so by the machine's clock, at whatever speed the platform's runs
  const clock = ClockSpeed.machineOf(yield* Effect.clock)
  const held = new Set<{ readonly deadline: number; readonly expire: () => void }>()

  yield* Effect.sync(() => {
    const now = clock.unsafeCurrentTimeMillis()
    for (const poll of held) if (poll.deadline <= now) poll.expire()
  }).pipe(Effect.repeat(Schedule.spaced("100 millis")), Effect.withClock(clock), Effect.forkScoped)

  return {
    hold: <A>(millis: number, register: (resume: (value: A) => void) => () => void) =>
      Effect.async<Option.Option<A>>((resume) => {
        const release = () => {
          held.delete(poll)
          withdraw()
        }
        const poll = {
          deadline: clock.unsafeCurrentTimeMillis() + millis,
          expire() {
            release()
            resume(Effect.succeedNone)
          }
        }
        held.add(poll)
        const withdraw = register((value) => {
          held.delete(poll)
          resume(Effect.succeedSome(value))
        })
        return Effect.sync(release)
      })
  }
})
