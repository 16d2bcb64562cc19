/**
 * Workers as their jobs know them: what each holds, its open polls, and what it is to stop.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Job } from "./Job.ts"
import type { Taker } from "./JobQueue.ts"
import type { LongPolls } from "./LongPolls.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Worker {
  readonly jobs: Map<string, Job>
  /** Its open polls for a job. */
  readonly takers: Set<Taker>
  stops: Array<string>
  /** Ends its open poll for stop signals. */
  notify: (() => void) | undefined
  isRetired: boolean
  /** It is suspended: its polls, open ones too, get nothing. */
  isParked: boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface JobWorkers {
  readonly find: (workerId: string) => Worker | undefined
  /** One that is not known yet is from now on. */
  readonly of: (workerId: string) => Worker
  /** Tells a worker to stop a job. */
  readonly stop: (workerId: string, jobId: string) => void
  /** The same for one that may be gone, or may have been told. */
  readonly stopAgain: (workerId: string, jobIds: ReadonlyArray<string>) => void
  /** Ids of the jobs a worker is to stop, held for `millis` at most while there is none. */
  readonly stopSignals: (workerId: string, millis: number) => Effect.Effect<ReadonlyArray<string>>
  /** Ends the open polls of a worker; those to come are answered soon, and with nothing. */
  readonly retire: (workerId: string) => void
  /** The polls of a worker, open ones too, get nothing while it is parked. */
  readonly park: (workerId: string) => void
  /** Ends the polls of a parked worker; those to come are as any other's. */
  readonly wake: (workerId: string) => void
  readonly forget: (workerId: string) => void
}

/**
 * How long a poll of a worker is held that is to go and gets nothing more (milliseconds).
 *
 * @since 0.1.0
 * @category constants
 */
export const retiredHold = 1000

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (polls: LongPolls): JobWorkers => {
  const workers = new Map<string, Worker>()

  const of = (id: string): Worker => {
    const known = workers.get(id)
    if (known !== undefined) return known
    const worker: Worker = {
      jobs: new Map(),
      takers: new Set(),
      stops: [],
      notify: undefined,
      isRetired: false,
      isParked: false
    }
    workers.set(id, worker)
    return worker
  }

  return {
    find: (workerId) => workers.get(workerId),
    of,
    stop(workerId, jobId) {
      const worker = of(workerId)
      worker.stops.push(jobId)
      worker.notify?.()
    },
    stopAgain(workerId, jobIds) {
      const worker = workers.get(workerId)
      if (worker === undefined) return
      worker.stops.push(...jobIds.filter((id) => !worker.stops.includes(id)))
      worker.notify?.()
    },
    stopSignals: (workerId, millis) =>
      Effect.suspend(() => {
        const worker = of(workerId)
        const drain = () => {
          const stops = worker.stops
          worker.stops = []
          return stops
        }
        if (worker.stops.length > 0) return Effect.sync(drain)
        return polls.hold<void>(worker.isRetired ? Math.min(millis, retiredHold) : millis, (resume) => {
          const notify = () => resume(undefined)
          worker.notify = notify
          return () => {
            if (worker.notify === notify) worker.notify = undefined
          }
        }).pipe(Effect.map(drain))
      }),
    retire(workerId) {
      const worker = of(workerId)
      worker.isRetired = true
      worker.notify?.()
      for (const taker of worker.takers) taker.give([])
    },
    park(workerId) {
      const worker = of(workerId)
      worker.isParked = true
      for (const taker of worker.takers) taker.isGone = true
    },
    wake(workerId) {
      const worker = of(workerId)
      worker.isParked = false
      for (const taker of worker.takers) taker.give([])
    },
    forget: (workerId) => void workers.delete(workerId)
  }
}
