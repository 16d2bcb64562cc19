/**
 * Keeps each endpoint at the workers its jobs need: starts them on demand up to `workersMax`, stops those that idle,
 * and notices those that die.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Endpoint } from "./Endpoints.ts"
import * as ids from "./ids.ts"
import type { Jobs } from "./Jobs.ts"
import * as WorkerProcess from "./WorkerProcess.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Supervisor {
  /** Starts workers where the jobs of an endpoint want more than there are. Cheap: it is called on every change. */
  readonly demand: (endpoint: Endpoint) => void
  /** A worker has shown that it is up. */
  readonly saw: (workerId: string) => void
  /** The workers of an endpoint, as `/health` counts them. */
  readonly counts: (endpointId: string) => Readonly<Record<string, number>>
  /** Those of an endpoint's workers that are up. */
  readonly ready: (endpointId: string) => ReadonlyArray<string>
  /** The workers of an endpoint. */
  readonly ids: (endpointId: string) => ReadonlyArray<string>
  /** Process ids of the workers of an endpoint. */
  readonly pids: (endpointId: string) => ReadonlyArray<number>
  /** Ends all workers, and starts no more. */
  readonly shutdown: Effect.Effect<void>
}

interface Worker {
  readonly id: string
  readonly endpoint: Endpoint
  isReady: boolean
  isStopping: boolean
  /** Milliseconds since the epoch. */
  busyAt: number
  process: WorkerProcess.WorkerProcess | undefined
  /** The last lines it printed. */
  readonly tail: Array<string>
}

interface Fleet {
  readonly endpoint: Endpoint
  readonly workers: Map<string, Worker>
  /** Workers in a row that ended before they were up. */
  failedStarts: number
  /** No worker is started before that time. */
  restUntil: number
}

/** After so many failed starts in a row, what waits fails with what the workers said. */
const maxFailedStarts = 3

/** How long a worker that was asked to stop may finish its jobs. */
const stopGrace = "30 seconds"

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly jobs: () => Jobs
  /** Base URL of the platform. */
  readonly url: () => string
  readonly program: string
}): Effect.Effect<Supervisor, never, Scope.Scope> =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const now = () => clock.unsafeCurrentTimeMillis()
    const fleets = new Map<string, Fleet>()
    const running = new Map<string, Worker>()
    const fibers = yield* FiberSet.make()
    const fork = yield* FiberSet.runtime(fibers)<never>()
    let isClosed = false

    const fleetOf = (endpoint: Endpoint): Fleet => {
      const known = fleets.get(endpoint.id)
      if (known !== undefined) return known
      const fleet: Fleet = { endpoint, workers: new Map(), failedStarts: 0, restUntil: 0 }
      fleets.set(endpoint.id, fleet)
      return fleet
    }

    const active = (fleet: Fleet): number => {
      let count = 0
      for (const worker of fleet.workers.values()) if (!worker.isStopping) count++
      return count
    }

    const desired = ({ config, id }: Endpoint): number => {
      const wanted = Math.ceil(options.jobs().demand(id) / config.maxConcurrency)
      return Math.min(Math.max(wanted, config.workersMin), config.workersMax)
    }

    const demand = (endpoint: Endpoint): void => {
      const fleet = fleetOf(endpoint)
      if (isClosed || fleet.restUntil > now()) return
      for (let missing = desired(endpoint) - active(fleet); missing > 0; missing--) {
        const worker: Worker = {
          id: ids.workerId(),
          endpoint,
          isReady: false,
          isStopping: false,
          busyAt: now(),
          process: undefined,
          tail: []
        }
        fleet.workers.set(worker.id, worker)
        running.set(worker.id, worker)
        fork(live(fleet, worker))
      }
    }

    /** A worker's whole life. */
    const live = (fleet: Fleet, worker: Worker): Effect.Effect<void> =>
      Effect.gen(function*() {
        const process = yield* WorkerProcess.start({
          id: worker.id,
          endpoint: worker.endpoint,
          url: options.url(),
          program: options.program,
          onLine(line) {
            worker.tail.push(line)
            if (worker.tail.length > 50) worker.tail.shift()
          }
        })
        worker.process = process
        yield* Effect.logDebug(`Worker ${worker.id} started as process ${process.pid}`)
        const how = yield* process.exited
        yield* Effect.logDebug(`Worker ${worker.id} ended: ${how}`)
        return how
      }).pipe(
        Effect.scoped,
        Effect.flatMap((how) => bury(fleet, worker, how)),
        Effect.annotateLogs({ endpoint: worker.endpoint.config.name })
      )

    const bury = (fleet: Fleet, worker: Worker, how: string) =>
      Effect.suspend(() => {
        fleet.workers.delete(worker.id)
        running.delete(worker.id)
        const isCrash = !worker.isStopping
        if (isCrash && !worker.isReady) {
          fleet.failedStarts++
          fleet.restUntil = now() + 100 * 2 ** fleet.failedStarts
        }
        options.jobs().lose(worker.id)
        if (fleet.failedStarts >= maxFailedStarts) {
          fleet.failedStarts = 0
          options.jobs().failQueued(
            worker.endpoint.id,
            `no worker could be started, the last one: ${how}${worker.tail.map((line) => `\n  ${line}`).join("")}`
          )
        }
        const said = worker.tail.slice(-5).map((line) => `\n  ${line}`).join("")
        return isCrash
          ? Effect.logWarning(`Worker ${worker.id} of "${worker.endpoint.config.name}" is lost: ${how}${said}`)
          : Effect.void
      })

    const stop = (worker: Worker): void => {
      worker.isStopping = true
      options.jobs().retire(worker.id)
      const { process } = worker
      if (process === undefined) return
      fork(process.terminate.pipe(
        Effect.zipRight(Effect.timeoutTo(process.exited, {
          duration: stopGrace,
          onSuccess: () => Effect.void,
          onTimeout: () => process.kill
        })),
        Effect.flatten
      ))
    }

    yield* Effect.sync(() => {
      const time = now()
      for (const worker of running.values()) {
        const { config } = worker.endpoint
        if (options.jobs().heldBy(worker.id) > 0 || !worker.isReady) worker.busyAt = time
        else if (
          !worker.isStopping && time - worker.busyAt >= config.idleTimeout * 1000 &&
          active(fleetOf(worker.endpoint)) > config.workersMin
        ) stop(worker)
      }
      // a fleet that rested after a failed start may be wanted still
      for (const { endpoint } of fleets.values()) demand(endpoint)
    }).pipe(Effect.repeat(Schedule.spaced("100 millis")), Effect.forkScoped)

    return {
      demand,
      saw(workerId) {
        const worker = running.get(workerId)
        if (worker === undefined || worker.isReady) return
        worker.isReady = true
        fleetOf(worker.endpoint).failedStarts = 0
      },
      counts(endpointId) {
        const counts = { idle: 0, initializing: 0, ready: 0, running: 0, throttled: 0, unhealthy: 0 }
        for (const worker of fleets.get(endpointId)?.workers.values() ?? []) {
          if (!worker.isReady) counts.initializing++
          else if (options.jobs().heldBy(worker.id) > 0) counts.running++
          else {
            counts.idle++
            counts.ready++
          }
        }
        return counts
      },
      ready: (endpointId) =>
        [...fleets.get(endpointId)?.workers.values() ?? []].flatMap(({ id, isReady }) => isReady ? [id] : []),
      ids: (endpointId) => [...fleets.get(endpointId)?.workers.keys() ?? []],
      pids: (endpointId) =>
        [...fleets.get(endpointId)?.workers.values() ?? []].flatMap(({ process }) => process?.pid ?? []),
      shutdown: Effect.suspend(() => {
        isClosed = true
        return FiberSet.clear(fibers)
      })
    }
  })
