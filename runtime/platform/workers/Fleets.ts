/**
 * Which workers there are: those of each endpoint, and each by its id until its process has ended.
 *
 * @since 0.1.0
 */
import type { Endpoint } from "../Endpoints.ts"
import * as ids from "../ids.ts"
import type { Fleet, Worker } from "./Fleet.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Fleets {
  /** The fleet of an endpoint, which it has from now on as it is given. */
  readonly of: (endpoint: Endpoint) => Fleet
  readonly all: () => Iterable<Fleet>
  /** The workers of an endpoint. */
  readonly workersOf: (endpointId: string) => ReadonlyArray<Worker>
  /** A worker by its id, of an endpoint that is gone, too. */
  readonly worker: (workerId: string) => Worker | undefined
  /** All workers, those of endpoints that are gone, too. */
  readonly workers: () => Iterable<Worker>
  /** A new worker of a fleet, which has neither hardware nor a process yet. */
  readonly enlist: (fleet: Fleet) => Worker
  /** The worker has ended, or was never started. */
  readonly forget: (worker: Worker) => void
  /** The endpoint is gone. */
  readonly remove: (endpointId: string) => void
}

/**
 * `now` gives milliseconds since the epoch, `machineNow` the time of the machine's clock.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  { machineNow, now }: { readonly now: () => number; readonly machineNow: () => number }
): Fleets => {
  const fleets = new Map<string, Fleet>()
  const workers = new Map<string, Worker>()
  return {
    of(endpoint) {
      const known = fleets.get(endpoint.id)
      if (known !== undefined) {
        known.endpoint = endpoint
        return known
      }
      const fleet: Fleet = { endpoint, workers: new Map(), failedStarts: 0, restUntil: 0 }
      fleets.set(endpoint.id, fleet)
      return fleet
    },
    all: () => fleets.values(),
    workersOf: (endpointId) => [...fleets.get(endpointId)?.workers.values() ?? []],
    worker: (workerId) => workers.get(workerId),
    workers: () => workers.values(),
    enlist(fleet) {
      const worker: Worker = {
        id: ids.workerId(),
        fleet,
        endpoint: fleet.endpoint,
        hardware: undefined,
        isReady: false,
        isUnfit: false,
        heardAt: machineNow(),
        isRetiring: false,
        isStopping: false,
        parkedAt: undefined,
        startedAt: now(),
        busyAt: now(),
        process: undefined,
        tail: []
      }
      fleet.workers.set(worker.id, worker)
      workers.set(worker.id, worker)
      return worker
    },
    forget(worker) {
      worker.fleet.workers.delete(worker.id)
      workers.delete(worker.id)
    },
    remove: (endpointId) => void fleets.delete(endpointId)
  }
}
