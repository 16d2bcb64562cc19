/**
 * The workers of an endpoint, and what is said of them.
 *
 * @since 0.1.0
 */
import type { Endpoint } from "../Endpoints.ts"
import type { WorkerProcess } from "./WorkerProcess.ts"

/**
 * A worker as the control plane shows it.
 *
 * @since 0.1.0
 * @category models
 */
export interface WorkerState {
  readonly id: string
  readonly status: "RUNNING" | "IDLE" | "INITIALIZING" | "THROTTLED" | "UNHEALTHY"
  /** The version of the endpoint that it was started for. */
  readonly version: number
  readonly image: string
  /** `undefined` while it waits for some. */
  readonly hardware: string | undefined
  /** Milliseconds since the epoch. */
  readonly startedAt: number
}

/**
 * A worker as its supervisor has it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Worker {
  readonly id: string
  readonly fleet: Fleet
  /** As it was when the worker was started. */
  readonly endpoint: Endpoint
  /** What it runs on. Without any it is not started yet. */
  hardware: string | undefined
  isReady: boolean
  /** It said that it is not fit. */
  isUnfit: boolean
  /** When it was last heard of, by the machine's clock. */
  heardAt: number
  /** Gets no more jobs and ends with those it has. */
  isRetiring: boolean
  isStopping: boolean
  /** Since when it is suspended and counts for none, in milliseconds since the epoch. */
  parkedAt: number | undefined
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  busyAt: number
  process: WorkerProcess | undefined
  /** The last lines it printed. */
  readonly tail: Array<string>
}

/**
 * The workers of an endpoint.
 *
 * @since 0.1.0
 * @category models
 */
export interface Fleet {
  endpoint: Endpoint
  readonly workers: Map<string, Worker>
  /** Workers in a row that ended before they were up. */
  failedStarts: number
  /** No worker is started before that time of the machine's clock. */
  restUntil: number
}

/** Seconds that a worker may take to be up, unless its environment says otherwise. */
const initTimeout = 7 * 60

/** Milliseconds: five pings. A worker of a queue that is silent for longer is not well. */
const silence = 20_000

/** The number of `/health` that a worker is counted in. */
const gauges = {
  RUNNING: "running",
  IDLE: "idle",
  INITIALIZING: "initializing",
  THROTTLED: "throttled",
  UNHEALTHY: "unhealthy"
} as const satisfies Readonly<Record<WorkerState["status"], string>>

/**
 * Those that are neither on their way out nor parked.
 *
 * @since 0.1.0
 * @category accessors
 */
export const staying = (fleet: Fleet): ReadonlyArray<Worker> =>
  [...fleet.workers.values()].filter(({ isStopping, parkedAt }) => !isStopping && parkedAt === undefined)

/**
 * `machineNow` is the time of the machine's clock.
 *
 * @since 0.1.0
 * @category accessors
 */
export const statusOf = (worker: Worker, isBusy: boolean, machineNow: number): WorkerState["status"] => {
  if (worker.hardware === undefined) return "THROTTLED"
  const { env, kind } = worker.endpoint.config
  const patience = worker.isReady ? silence : (Number(env["RUNPOD_INIT_TIMEOUT"]) || initTimeout) * 1000
  // a load balancer asks its workers, which need not ping
  const isSilent = (kind === "QUEUE" || !worker.isReady) && machineNow - worker.heardAt > patience
  if (worker.isUnfit || isSilent) return "UNHEALTHY"
  return !worker.isReady ? "INITIALIZING" : isBusy ? "RUNNING" : "IDLE"
}

/**
 * Workers in those states, as `/health` counts them.
 *
 * @since 0.1.0
 * @category accessors
 */
export const count = (statuses: ReadonlyArray<WorkerState["status"]>): Readonly<Record<string, number>> => {
  const counts = { idle: 0, initializing: 0, ready: 0, running: 0, throttled: 0, unhealthy: 0 }
  for (const status of statuses) {
    counts[gauges[status]]++
    if (status === "IDLE") counts.ready++
  }
  return counts
}

/**
 * @since 0.1.0
 * @category encoding
 */
export const show = (worker: Worker, status: WorkerState["status"]): WorkerState => ({
  id: worker.id,
  status,
  version: worker.endpoint.version,
  image: worker.endpoint.config.image,
  hardware: worker.hardware,
  startedAt: worker.startedAt
})
