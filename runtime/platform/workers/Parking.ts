/**
 * FlashBoot: a worker that has idled for long enough is not ended but suspended where it is, and costs nothing. One that
 * is wanted again goes on within milliseconds, with all that it has loaded.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Work } from "../balancer/Work.ts"
import type { Fleet, Worker } from "./Fleet.ts"
import * as Freezer from "./Freezer.ts"
import type { WorkerLogs } from "./WorkerLogs.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Limits {
  /** How many workers of the platform may be parked at a time: each keeps its memory. Default: 4. */
  readonly workers?: number
  /** How long one may be parked before it ends. Default: 10 minutes. */
  readonly timeToLive?: Duration.DurationInput
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Parking {
  /** Parks a worker that is ready and has no job; `false` where it is to end instead. */
  readonly park: (worker: Worker, now: number) => boolean
  /** A parked worker of the fleet that may serve its endpoint on that hardware goes on. `false` where there is none. */
  readonly wake: (fleet: Fleet, hardware: string, now: number) => boolean
  /** Whether a worker has been parked for long enough. */
  readonly isOver: (worker: Worker, now: number) => boolean
  /** The worker is on its way out, or gone. */
  readonly leave: (worker: Worker) => void
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly jobs: () => Work
  readonly logs: WorkerLogs
  /** The time of the machine's clock. */
  readonly machineNow: () => number
  /** `false`: no worker is parked. */
  readonly limits: Limits | false
}): Effect.Effect<Parking, never, Scope.Scope> =>
  Effect.map(Freezer.make, (freezer) => {
    const { jobs, limits, logs } = options
    const { timeToLive = "10 minutes", workers = 4 } = limits === false ? { workers: 0 } : limits
    const longest = Duration.toMillis(timeToLive)
    const parked = new Set<Worker>()

    const leave = (worker: Worker) => {
      if (!parked.delete(worker)) return
      worker.parkedAt = undefined
      if (worker.process?.pid !== undefined) freezer.thaw(worker.process.pid)
    }

    return {
      park(worker, now) {
        const { flashboot, kind } = worker.endpoint.config
        const pid = worker.process?.pid
        // requests get to a load balancer's worker without asking whether it runs
        if (flashboot === "OFF" || kind !== "QUEUE" || pid === undefined || worker.isUnfit) return false
        if (parked.size >= workers) return false
        jobs().park(worker.id)
        if (!freezer.freeze(pid)) {
          jobs().wake(worker.id)
          return false
        }
        worker.parkedAt = now
        parked.add(worker)
        logs.append(worker.id, "system", "park container")
        return true
      },
      wake(fleet, hardware, now) {
        const worker = [...fleet.workers.values()].find((worker) =>
          worker.parkedAt !== undefined && worker.hardware === hardware &&
          worker.endpoint.version === fleet.endpoint.version
        )
        if (worker === undefined) return false
        leave(worker)
        worker.busyAt = now
        worker.heardAt = options.machineNow()
        logs.append(worker.id, "system", "resume container")
        jobs().wake(worker.id)
        return true
      },
      isOver: ({ parkedAt }, now) => parkedAt !== undefined && now - parkedAt >= longest,
      leave
    }
  })
