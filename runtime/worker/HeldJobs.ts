/**
 * The jobs of a worker from their take to the acceptance of their result: at most so many run at a time, and each of
 * them can be stopped at any point.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import type { Result, TakenJob } from "./PlatformClient.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly maxConcurrency: number
  readonly run: (job: TakenJob) => Fiber.RuntimeFiber<Result>
  /** Ends when the platform has the result, or will never take it. */
  readonly post: (job: TakenJob, result: Result) => Fiber.RuntimeFiber<void>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface HeldJobs {
  /** `false` where the job is held already: the platform has given it again. */
  readonly add: (job: TakenJob, now: number) => boolean
  /** Interrupts a job, or gives up its result. `false` where there is no such job; one that comes soon is not run. */
  readonly stop: (jobId: string, now: number) => boolean
  readonly stopAll: () => void
  /** What a ping names. */
  readonly ids: () => ReadonlyArray<string>
  /** How many more jobs this worker can do with. */
  readonly room: () => number
  /** Done when there is room. */
  readonly hasRoom: Effect.Effect<void>
  /** Done when no job is held. */
  readonly isIdle: Effect.Effect<void>
}

/** Results that wait beside the jobs that run; more of them mean that the platform takes none, and then no job either. */
const maxUnposted = 16

/** How long the word to stop may be ahead of its job, in milliseconds: they come over two connections. */
const headStart = 5_000

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): HeldJobs => {
  const { maxConcurrency } = options
  const waiting = new Map<string, TakenJob>()
  const running = new Map<string, Fiber.RuntimeFiber<Result>>()
  const posting = new Map<string, Fiber.RuntimeFiber<void>>()
  /** Jobs that were to be stopped before they came, and when that was said. */
  const early = new Map<string, number>()
  const roomLatch = Effect.unsafeMakeLatch(true)
  const idleLatch = Effect.unsafeMakeLatch(true)

  const room = () =>
    posting.size >= maxConcurrency + maxUnposted ? 0 : Math.max(0, maxConcurrency - running.size - waiting.size)

  const set = (latch: Effect.Latch, isOpen: boolean) => isOpen ? latch.unsafeOpen() : latch.unsafeClose()

  const changed = () => {
    for (const [id, job] of waiting) {
      if (running.size >= maxConcurrency) break
      waiting.delete(id)
      start(job)
    }
    set(roomLatch, room() > 0)
    set(idleLatch, waiting.size + running.size + posting.size === 0)
  }

  const start = (job: TakenJob) => {
    const fiber = options.run(job)
    running.set(job.id, fiber)
    fiber.addObserver((exit) => {
      running.delete(job.id)
      // a stopped job has no result to post
      if (Exit.isSuccess(exit)) post(job, exit.value)
      changed()
    })
  }

  const post = (job: TakenJob, result: Result) => {
    const fiber = options.post(job, result)
    posting.set(job.id, fiber)
    fiber.addObserver(() => {
      posting.delete(job.id)
      changed()
    })
  }

  const ids = () => [...posting.keys(), ...running.keys(), ...waiting.keys()]

  const isHeld = (id: string) => waiting.has(id) || running.has(id) || posting.has(id)

  const forgetEarly = (now: number) => {
    for (const [id, at] of early) if (now - at > headStart) early.delete(id)
  }

  const stop = (id: string): boolean => {
    const fiber = running.get(id) ?? posting.get(id)
    fiber?.unsafeInterruptAsFork(FiberId.none)
    return waiting.delete(id) || fiber !== undefined
  }

  return {
    add(job, now) {
      if (isHeld(job.id)) return false
      forgetEarly(now)
      if (!early.delete(job.id)) waiting.set(job.id, job)
      changed()
      return true
    },
    stop(id, now) {
      const isKnown = stop(id)
      forgetEarly(now)
      if (!isKnown) early.set(id, now)
      changed()
      return isKnown
    },
    stopAll() {
      for (const id of ids()) stop(id)
      changed()
    },
    ids,
    room,
    hasRoom: Effect.suspend(() => roomLatch.await),
    isIdle: Effect.suspend(() => idleLatch.await)
  }
}
