/**
 * What follows when a worker has ended: its jobs are lost, and where one after the other ends before it is up, the
 * endpoint rests and what waits there fails.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Requests } from "../balancer/Work.ts"
import type { Worker } from "./Fleet.ts"
import type { WorkerLogs } from "./WorkerLogs.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly jobs: () => Requests
  /** Where the lines of workers go. */
  readonly logs: WorkerLogs
  /** The time of the machine's clock. */
  readonly machineNow: () => number
}

/** Milliseconds. An endpoint that is to have a worker at all times goes on trying, this rarely in the end. */
const longestRest = 10_000

/** After so many failed starts in a row, and each time after so many more, what waits fails with what the workers said. */
const maxFailedStarts = 3

/**
 * Settles the end of a worker; `how` says in words how it ended.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ jobs, logs, machineNow }: Options) => (worker: Worker, how: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { fleet } = worker
    logs.append(worker.id, "system", `stop container ${worker.id}: ${how}`)
    logs.append(worker.id, "system", "remove container")
    logs.close(worker.id)
    const isCrash = !worker.isStopping
    const hasFailed = isCrash && !worker.isReady
    if (hasFailed) {
      fleet.failedStarts++
      fleet.restUntil = machineNow() + Math.min(100 * 2 ** fleet.failedStarts, longestRest)
    }
    jobs().lose(worker.id)
    if (hasFailed && fleet.failedStarts % maxFailedStarts === 0) {
      jobs().failQueued(
        worker.endpoint.id,
        `no worker could be started, the last one: ${how}${worker.tail.map((line) => `\n  ${line}`).join("")}`
      )
    }
    const said = worker.tail.slice(-5).map((line) => `\n  ${line}`).join("")
    return isCrash
      ? Effect.logWarning(`Worker ${worker.id} of "${worker.endpoint.config.name}" is lost: ${how}${said}`)
      : Effect.void
  })
