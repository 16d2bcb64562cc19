/**
 * Keeps each endpoint at the workers its jobs need: starts them on demand up to `workersMax`, stops or parks those that
 * idle, notices those that die, and replaces those that an endpoint has outgrown. A worker that finds no hardware waits for
 * it.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Balancer } from "../balancer/Balancer.ts"
import type { Work } from "../balancer/Work.ts"
import * as ClockSpeed from "../ClockSpeed.ts"
import type { Endpoint } from "../Endpoints.ts"
import * as Fleet from "./Fleet.ts"
import type { Worker, WorkerState } from "./Fleet.ts"
import * as Fleets from "./Fleets.ts"
import * as Parking from "./Parking.ts"
import * as Scaling from "./Scaling.ts"
import * as WorkerEnd from "./WorkerEnd.ts"
import * as WorkerLife from "./WorkerLife.ts"
import * as WorkerLogs from "./WorkerLogs.ts"

export type { WorkerState } from "./Fleet.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Supervisor {
  /** Starts workers where the jobs of an endpoint want more than there are. Cheap: it is called on every change. */
  readonly demand: (endpoint: Endpoint) => void
  /** The endpoint has changed: idle workers of older versions end at once, busy ones after their jobs. */
  readonly update: (endpoint: Endpoint) => void
  /** The endpoint is gone: so are its workers. */
  readonly remove: (endpointId: string) => void
  /** A worker has shown that it is up. */
  readonly saw: (workerId: string) => void
  /** A worker says that it is not fit for jobs, and why. */
  readonly unfit: (workerId: string, why: string) => void
  /** A worker wants another one in its place: it gets no more jobs and ends with those it has. */
  readonly recycle: (workerId: string) => void
  /** The workers of an endpoint, as `/health` counts them. */
  readonly counts: (endpointId: string) => Readonly<Record<string, number>>
  /** Those of an endpoint's workers that are up. */
  readonly ready: (endpointId: string) => ReadonlyArray<string>
  /** The workers of an endpoint, parked ones too. */
  readonly ids: (endpointId: string) => ReadonlyArray<string>
  /** The workers of an endpoint that are not on their way out. */
  readonly workers: (endpointId: string) => ReadonlyArray<WorkerState>
  /** Process ids of the workers of an endpoint, parked ones too. */
  readonly pids: (endpointId: string) => ReadonlyArray<number>
  /** Ends all workers, and starts no more. */
  readonly shutdown: Effect.Effect<void>
}

/** How long a worker that was asked to stop may finish its jobs. */
const stopGrace = "30 seconds"

/** How long a worker may take to go whose endpoint is gone. */
const removeGrace = "2 seconds"

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly jobs: () => Work
  /** Takes the workers that serve requests. */
  readonly balancer?: () => Balancer
  /** Base URL of the platform. */
  readonly url: () => string
  readonly program: string
  /** The variables of an endpoint's workers. Default: as the endpoint has them. */
  readonly environment?: (endpoint: Endpoint) => Readonly<Record<string, string>>
  /** Where the lines of workers go. */
  readonly logs?: WorkerLogs.WorkerLogs
  /** Hardware for a worker of the endpoint, where there is any. Default: what the endpoint asks for first. */
  readonly place?: (endpoint: Endpoint) => string | undefined
  /** Default: `prompt`. */
  readonly scaling?: Scaling.Mode
  /** Default: no worker is parked. */
  readonly parking?: Parking.Limits | false
}): Effect.Effect<Supervisor, never, Scope.Scope> =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const machine = ClockSpeed.machineOf(clock)
    const now = () => clock.unsafeCurrentTimeMillis()
    const machineNow = () => machine.unsafeCurrentTimeMillis()
    const {
      environment = ({ config }) => config.env,
      logs = WorkerLogs.make(now),
      place = ({ config }) => config.hardware,
      scaling = "prompt"
    } = options
    const fleets = Fleets.make({ now, machineNow })
    const fibers = yield* FiberSet.make()
    // processes live by the machine's clock
    const fork = yield* Effect.withClock(FiberSet.runtime(fibers)<never>(), machine)
    let isClosed = false

    const desired = (fleet: Fleet.Fleet): number => {
      const { config, id } = fleet.endpoint
      const workers = Fleet.staying(fleet)
      return Scaling.desired(config, {
        demand: options.jobs().demand(id),
        waited: now() - (options.jobs().waitingSince(id) ?? now()),
        workers: workers.length,
        starting: workers.filter(({ isReady }) => !isReady).length
      }, scaling)
    }

    const run = WorkerLife.make({ ...options, environment, logs })
    const settle = WorkerEnd.make({ ...options, logs, machineNow })
    const parking = yield* Parking.make({ jobs: options.jobs, logs, machineNow, limits: options.parking ?? false })

    /** Starts a worker, or lets it wait for hardware. */
    const launch = (worker: Worker): void => {
      worker.hardware = place(worker.endpoint)
      if (worker.hardware !== undefined) fork(live(worker, worker.hardware))
    }

    const demand = (endpoint: Endpoint): void => {
      const fleet = fleets.of(endpoint)
      if (isClosed || fleet.restUntil > machineNow()) return
      for (let missing = desired(fleet) - Fleet.staying(fleet).length; missing > 0; missing--) {
        const hardware = place(endpoint)
        if (hardware === undefined || !parking.wake(fleet, hardware, now())) launch(fleets.enlist(fleet))
      }
    }

    /** Workers that wait for hardware are started where there is some, and go where nobody wants them any more. */
    const relaunch = (fleet: Fleet.Fleet): void => {
      for (const worker of fleet.workers.values()) {
        if (worker.hardware !== undefined) continue
        if (Fleet.staying(fleet).length > desired(fleet)) fleets.forget(worker)
        else launch(worker)
      }
    }

    /** A worker's whole life. */
    const live = (worker: Worker, hardware: string): Effect.Effect<void> =>
      run(worker, hardware).pipe(
        Effect.scoped,
        Effect.flatMap((how) => {
          parking.leave(worker)
          fleets.forget(worker)
          return settle(worker, how)
        }),
        Effect.annotateLogs({ endpoint: worker.endpoint.config.name })
      )

    const stop = (worker: Worker, grace: Duration.DurationInput = stopGrace): void => {
      worker.isStopping = true
      parking.leave(worker)
      options.jobs().retire(worker.id)
      const { process } = worker
      if (worker.hardware === undefined) return fleets.forget(worker)
      if (process === undefined) return
      fork(process.terminate.pipe(
        Effect.zipRight(Effect.timeoutTo(process.exited, {
          duration: grace,
          onSuccess: () => Effect.void,
          onTimeout: () => process.kill
        })),
        Effect.flatten
      ))
    }

    /** Those that are not parked. */
    const awake = (endpointId: string): ReadonlyArray<Worker> =>
      fleets.workersOf(endpointId).filter(({ parkedAt }) => parkedAt === undefined)

    const isBusy = (worker: Worker): boolean => options.jobs().heldBy(worker.id) > 0

    const statusOf = (worker: Worker) => Fleet.statusOf(worker, isBusy(worker), machineNow())

    /** A worker that is to go when it has no job. */
    const retire = (worker: Worker): void => {
      if (worker.isStopping) return
      if (!isBusy(worker)) return stop(worker)
      worker.isRetiring = true
      options.jobs().retire(worker.id)
    }

    const update = (endpoint: Endpoint): void => {
      const fleet = fleets.of(endpoint)
      // what did not start before may start now
      fleet.failedStarts = 0
      fleet.restUntil = 0
      for (const worker of fleet.workers.values()) if (worker.endpoint.version !== endpoint.version) retire(worker)
      const surplus = Fleet.staying(fleet).length - endpoint.config.workersMax
      if (surplus > 0) {
        const idleFirst = Fleet.staying(fleet).toSorted((a, b) => Number(isBusy(a)) - Number(isBusy(b)))
        for (const worker of idleFirst.slice(0, surplus)) retire(worker)
      }
      demand(endpoint)
    }

    yield* Effect.sync(() => {
      const time = now()
      for (const worker of fleets.workers()) {
        const { fleet } = worker
        const { config } = fleet.endpoint
        if (worker.parkedAt !== undefined) {
          if (parking.isOver(worker, time)) stop(worker)
        } else if (isBusy(worker) || (!worker.isReady && !worker.isRetiring)) worker.busyAt = time
        else if (worker.isStopping) continue
        else if (worker.isRetiring) stop(worker)
        else if (
          time - worker.busyAt >= config.idleTimeout * 1000 && Fleet.staying(fleet).length > config.workersMin &&
          !parking.park(worker, time)
        ) stop(worker)
      }
      for (const fleet of fleets.all()) {
        relaunch(fleet)
        // one that rested after a failed start may be wanted still, and a delay may have passed
        demand(fleet.endpoint)
      }
    }).pipe(Effect.repeat(Schedule.spaced("100 millis")), Effect.forkScoped)

    return {
      demand,
      update,
      remove(endpointId) {
        for (const worker of fleets.workersOf(endpointId)) stop(worker, removeGrace)
        fleets.remove(endpointId)
      },
      saw(workerId) {
        const worker = fleets.worker(workerId)
        if (worker === undefined) return
        worker.heardAt = machineNow()
        if (worker.isReady) return
        worker.isReady = true
        logs.append(worker.id, "system", "model ready")
        worker.fleet.failedStarts = 0
      },
      unfit(workerId, why) {
        const worker = fleets.worker(workerId)
        if (worker === undefined) return
        worker.isUnfit = true
        logs.append(worker.id, "system", `unhealthy: ${why}`)
      },
      recycle(workerId) {
        const worker = fleets.worker(workerId)
        if (worker !== undefined) return retire(worker)
        // one that somebody else started, and has to stop
        options.jobs().retire(workerId)
      },
      counts: (endpointId) => Fleet.count(awake(endpointId).map(statusOf)),
      workers: (endpointId) =>
        awake(endpointId).flatMap((worker) => worker.isStopping ? [] : [Fleet.show(worker, statusOf(worker))]),
      ready: (endpointId) => awake(endpointId).flatMap(({ id, isReady }) => isReady ? [id] : []),
      ids: (endpointId) => fleets.workersOf(endpointId).map(({ id }) => id),
      pids: (endpointId) => fleets.workersOf(endpointId).flatMap(({ process }) => process?.pid ?? []),
      shutdown: Effect.suspend(() => {
        isClosed = true
        for (const worker of fleets.workers()) parking.leave(worker)
        return FiberSet.clear(fibers)
      })
    }
  })
