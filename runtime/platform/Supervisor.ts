/**
 * Keeps each endpoint at the workers its jobs need: starts them on demand up to `workersMax`, stops those that idle,
 * notices those that die, and replaces those that an endpoint has outgrown.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { reserved } from "../../src/protocol/Route.ts"
import type { Balancer } from "./balancer/Balancer.ts"
import * as FreePort from "./balancer/FreePort.ts"
import type { Work } from "./balancer/Work.ts"
import * as WorkerLogs from "./control/WorkerLogs.ts"
import type { Endpoint } from "./Endpoints.ts"
import * as ids from "./ids.ts"
import * as WorkerProcess from "./WorkerProcess.ts"

/**
 * A worker as the control plane shows it.
 *
 * @since 0.1.0
 * @category models
 */
export interface WorkerState {
  readonly id: string
  readonly status: "RUNNING" | "IDLE" | "INITIALIZING"
  /** The version of the endpoint that it was started for. */
  readonly version: number
  readonly image: string
  readonly hardware: string
  /** Milliseconds since the epoch. */
  readonly startedAt: number
}

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
  /** A worker wants another one in its place: it gets no more jobs and ends with those it has. */
  readonly recycle: (workerId: string) => void
  /** The workers of an endpoint, as `/health` counts them. */
  readonly counts: (endpointId: string) => Readonly<Record<string, number>>
  /** Those of an endpoint's workers that are up. */
  readonly ready: (endpointId: string) => ReadonlyArray<string>
  /** The workers of an endpoint. */
  readonly ids: (endpointId: string) => ReadonlyArray<string>
  /** The workers of an endpoint that are not on their way out. */
  readonly workers: (endpointId: string) => ReadonlyArray<WorkerState>
  /** Process ids of the workers of an endpoint. */
  readonly pids: (endpointId: string) => ReadonlyArray<number>
  /** Ends all workers, and starts no more. */
  readonly shutdown: Effect.Effect<void>
}

interface Worker {
  readonly id: string
  readonly fleet: Fleet
  /** As it was when the worker was started. */
  readonly endpoint: Endpoint
  isReady: boolean
  /** Gets no more jobs and ends with those it has. */
  isRetiring: boolean
  isStopping: boolean
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  busyAt: number
  process: WorkerProcess.WorkerProcess | undefined
  /** The last lines it printed. */
  readonly tail: Array<string>
}

interface Fleet {
  endpoint: Endpoint
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
}): Effect.Effect<Supervisor, never, Scope.Scope> =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const now = () => clock.unsafeCurrentTimeMillis()
    const { environment = ({ config }) => config.env, logs = WorkerLogs.make(now) } = options
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
      // of a load balancer it is requests that want workers, and its scaler says how many share one
      const share = config.kind === "LOAD_BALANCER" && config.scaling.type === "REQUEST_COUNT"
        ? config.scaling.requestCount
        : config.maxConcurrency
      const wanted = Math.ceil(options.jobs().demand(id) / share)
      return Math.min(Math.max(wanted, config.workersMin), config.workersMax)
    }

    const demand = (endpoint: Endpoint): void => {
      const fleet = fleetOf(endpoint)
      fleet.endpoint = endpoint
      if (isClosed || fleet.restUntil > now()) return
      for (let missing = desired(endpoint) - active(fleet); missing > 0; missing--) {
        const worker: Worker = {
          id: ids.workerId(),
          fleet,
          endpoint,
          isReady: false,
          isRetiring: false,
          isStopping: false,
          startedAt: now(),
          busyAt: now(),
          process: undefined,
          tail: []
        }
        fleet.workers.set(worker.id, worker)
        running.set(worker.id, worker)
        fork(live(worker))
      }
    }

    /** A worker's whole life. */
    const live = (worker: Worker): Effect.Effect<void> =>
      Effect.gen(function*() {
        const { image } = worker.endpoint.config
        logs.open(worker.id, worker.endpoint.id)
        logs.append(worker.id, "system", `create container ${image}`)
        logs.append(worker.id, "system", `start container for ${image}: begin`)
        const balancer = worker.endpoint.config.kind === "LOAD_BALANCER" ? options.balancer?.() : undefined
        const env = environment(worker.endpoint)
        const port = balancer === undefined ? undefined : yield* FreePort.find
        const process = yield* WorkerProcess.start({
          id: worker.id,
          endpoint: worker.endpoint,
          env: balancer === undefined || port === undefined ? env : {
            ...env,
            PORT: String(port),
            PORT_HEALTH: String(port),
            FLASH_ENDPOINT_TYPE: "lb",
            // this machine's, and nobody's else
            FLASH_HOST: "127.0.0.1",
            FLASH_GATEWAY_TOKEN: balancer.token
          },
          url: options.url(),
          program: options.program,
          onLine(line) {
            logs.append(worker.id, "container", line)
            worker.tail.push(line)
            if (worker.tail.length > 50) worker.tail.shift()
          }
        })
        worker.process = process
        if (balancer !== undefined && port !== undefined) {
          const health = { port, path: env["HEALTH_CHECK_PATH"] ?? reserved.health }
          balancer.join({ id: worker.id, endpointId: worker.endpoint.id, port, health })
        }
        if (worker.isStopping) yield* process.terminate
        yield* Effect.logDebug(`Worker ${worker.id} started as process ${process.pid}`)
        const how = yield* process.exited
        yield* Effect.logDebug(`Worker ${worker.id} ended: ${how}`)
        return how
      }).pipe(
        Effect.scoped,
        Effect.flatMap((how) => bury(worker, how)),
        Effect.annotateLogs({ endpoint: worker.endpoint.config.name })
      )

    const bury = (worker: Worker, how: string) =>
      Effect.suspend(() => {
        const { fleet } = worker
        fleet.workers.delete(worker.id)
        running.delete(worker.id)
        logs.append(worker.id, "system", `stop container ${worker.id}: ${how}`)
        logs.append(worker.id, "system", "remove container")
        logs.close(worker.id)
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

    const stop = (worker: Worker, grace: Duration.DurationInput = stopGrace): void => {
      worker.isStopping = true
      options.jobs().retire(worker.id)
      const { process } = worker
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

    const isBusy = (worker: Worker): boolean => options.jobs().heldBy(worker.id) > 0

    /** A worker that is to go when it has no job. */
    const retire = (worker: Worker): void => {
      if (worker.isStopping) return
      if (!isBusy(worker)) return stop(worker)
      worker.isRetiring = true
      options.jobs().retire(worker.id)
    }

    const update = (endpoint: Endpoint): void => {
      const fleet = fleetOf(endpoint)
      fleet.endpoint = endpoint
      // what did not start before may start now
      fleet.failedStarts = 0
      fleet.restUntil = 0
      for (const worker of fleet.workers.values()) if (worker.endpoint.version !== endpoint.version) retire(worker)
      const surplus = active(fleet) - endpoint.config.workersMax
      if (surplus > 0) {
        const staying = [...fleet.workers.values()].filter(({ isStopping }) => !isStopping)
        const idleFirst = staying.toSorted((a, b) => Number(isBusy(a)) - Number(isBusy(b)))
        for (const worker of idleFirst.slice(0, surplus)) retire(worker)
      }
      demand(endpoint)
    }

    yield* Effect.sync(() => {
      const time = now()
      for (const worker of running.values()) {
        const { fleet } = worker
        const { config } = fleet.endpoint
        if (isBusy(worker) || (!worker.isReady && !worker.isRetiring)) worker.busyAt = time
        else if (worker.isStopping) continue
        else if (worker.isRetiring) stop(worker)
        else if (time - worker.busyAt >= config.idleTimeout * 1000 && active(fleet) > config.workersMin) stop(worker)
      }
      // a fleet that rested after a failed start may be wanted still
      for (const { endpoint } of fleets.values()) demand(endpoint)
    }).pipe(Effect.repeat(Schedule.spaced("100 millis")), Effect.forkScoped)

    return {
      demand,
      update,
      remove(endpointId) {
        for (const worker of fleets.get(endpointId)?.workers.values() ?? []) stop(worker, removeGrace)
        fleets.delete(endpointId)
      },
      saw(workerId) {
        const worker = running.get(workerId)
        if (worker === undefined || worker.isReady) return
        worker.isReady = true
        logs.append(worker.id, "system", "model ready")
        worker.fleet.failedStarts = 0
      },
      recycle(workerId) {
        const worker = running.get(workerId)
        if (worker !== undefined) return retire(worker)
        // one that somebody else started, and has to stop
        options.jobs().retire(workerId)
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
      workers: (endpointId) =>
        [...fleets.get(endpointId)?.workers.values() ?? []].flatMap((worker) =>
          worker.isStopping ? [] : [{
            id: worker.id,
            status: !worker.isReady ? "INITIALIZING" : isBusy(worker) ? "RUNNING" : "IDLE",
            version: worker.endpoint.version,
            image: worker.endpoint.config.image,
            hardware: worker.endpoint.config.hardware,
            startedAt: worker.startedAt
          }]
        ),
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
