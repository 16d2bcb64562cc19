/**
 * The platform's clock, which may run faster or slower than the machine's: a day of a job's time to live can be
 * rehearsed in a minute.
 *
 * What processes on this machine do with each other goes by the machine's clock at any speed: long polls, and the pings
 * by which a worker says that it is alive.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/**
 * @since 0.1.0
 * @category models
 */
export class ClockSpeed implements Clock.Clock {
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  readonly machine: Clock.Clock
  private factor: number
  /** Both clocks when the speed was last set. */
  private since: { readonly here: number; readonly machine: number }
  /** Woken when the speed changes, to sleep for another time. */
  private readonly sleepers = new Set<() => void>()

  constructor(machine: Clock.Clock, speed: number) {
    this.machine = machine
    this.factor = speed
    const now = machine.unsafeCurrentTimeMillis()
    this.since = { here: now, machine: now }
  }

  /** Seconds of this clock in a second of the machine's. */
  get speed(): number {
    return this.factor
  }

  /** It goes on from the time it has; who sleeps wakes earlier or later. */
  set speed(speed: number) {
    this.since = { here: this.unsafeCurrentTimeMillis(), machine: this.machine.unsafeCurrentTimeMillis() }
    this.factor = speed
    for (const wake of [...this.sleepers]) wake()
  }

  unsafeCurrentTimeMillis(): number {
    if (this.isTheMachines()) return this.machine.unsafeCurrentTimeMillis()
    const passed = this.machine.unsafeCurrentTimeMillis() - this.since.machine
    return Math.round(this.since.here + passed * this.factor)
  }

  unsafeCurrentTimeNanos(): bigint {
    return this.isTheMachines()
      ? this.machine.unsafeCurrentTimeNanos()
      : BigInt(this.unsafeCurrentTimeMillis()) * 1_000_000n
  }

  readonly currentTimeMillis = Effect.sync(() => this.unsafeCurrentTimeMillis())

  readonly currentTimeNanos = Effect.sync(() => this.unsafeCurrentTimeNanos())

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    return Effect.suspend(() => {
      const end = this.unsafeCurrentTimeMillis() + Duration.toMillis(duration)
      const rest: Effect.Effect<void> = Effect.suspend(() => {
        const left = end - this.unsafeCurrentTimeMillis()
        return left <= 0 ? Effect.void : Effect.zipRight(
          Effect.raceFirst(this.machine.sleep(Duration.millis(Math.ceil(left / this.factor))), this.changed),
          rest
        )
      })
      return rest
    })
  }

  /** Nobody has touched it. */
  private isTheMachines(): boolean {
    return this.factor === 1 && this.since.here === this.since.machine
  }

  private readonly changed = Effect.async<void>((resume) => {
    const wake = () => resume(Effect.void)
    this.sleepers.add(wake)
    return Effect.sync(() => void this.sleepers.delete(wake))
  })
}

/**
 * The clock that a platform's clock runs by; any other clock is its own.
 *
 * @since 0.1.0
 * @category accessors
 */
export const machineOf = (clock: Clock.Clock): Clock.Clock => clock instanceof ClockSpeed ? clock.machine : clock
