/**
 * What the platform does with jobs, for those who ask: routes, and the supervisor of workers.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type { Job } from "./Job.ts"
import type { StoreError } from "./JobStore.ts"
import type { Streams } from "./Streams.ts"

/**
 * What a caller asks for; times in milliseconds.
 *
 * @since 0.1.0
 * @category models
 */
export interface Submission {
  readonly endpointId: string
  readonly kind: "async" | "sync"
  /** JSON text. */
  readonly input: string
  readonly ttl: number
  readonly executionTimeout: number
  readonly webhook?: string | undefined
  readonly lowPriority?: boolean | undefined
  /** JSON text of an object. */
  readonly extra?: string | undefined
}

/**
 * What a worker says of a job it ran; `output` is JSON text.
 *
 * @since 0.1.0
 * @category models
 */
export interface Outcome {
  readonly output: string | undefined
  readonly error: string | undefined
}

/**
 * The integers of `/health`, without those of the workers.
 *
 * @since 0.1.0
 * @category models
 */
export interface Counts {
  inQueue: number
  inProgress: number
  completed: number
  failed: number
  retried: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Jobs {
  readonly submit: (submission: Submission) => Job
  readonly find: (endpointId: string, jobId: string) => Job | undefined
  /** The newest jobs of an endpoint. */
  readonly recent: (endpointId: string, limit: number) => Effect.Effect<ReadonlyArray<Job>, StoreError>
  /** Waits for the end of a job; after `millis` it answers as it is. */
  readonly awaitEnd: (job: Job, millis: number) => Effect.Effect<Job>
  /** The job as it is afterwards: one that was over stays what it was. */
  readonly cancel: (job: Job) => Job
  /** Queues a job again that failed or timed out, as if it were new; `undefined` where it did neither. */
  readonly retry: (job: Job) => Job | undefined
  /** Cancels every queued job of an endpoint; how many there were. */
  readonly purge: (endpointId: string) => number
  /** What a job in progress says of itself, JSON text. */
  readonly progress: (jobId: string, workerId: string, output: string) => void
  /** Adds a post to the stream of a job in progress; done when there is room for another. */
  readonly append: (jobId: string, workerId: string, post: string) => Effect.Effect<void>
  /** The streams of jobs, for their readers. */
  readonly streams: Pick<Streams, "drain" | "putBack">
  /** Up to `size` jobs for a worker, held for `millis` at most while there is none. */
  readonly take: (endpointId: string, workerId: string, size: number, millis: number) => Effect.Effect<
    ReadonlyArray<Job>
  >
  /** Puts jobs back that a worker was given and never received; it does not count as a try. */
  readonly putBack: (workerId: string, jobs: ReadonlyArray<Job>) => void
  /** A worker's result. One that comes late, twice or from a worker that lost the job changes nothing. */
  readonly finish: (jobId: string, workerId: string, outcome: Outcome) => void
  /** Ids of the jobs a worker is to stop, held for `millis` at most while there is none. */
  readonly stopSignals: (workerId: string, millis: number) => Effect.Effect<ReadonlyArray<string>>
  /** Stop signals that a worker was given and never received. */
  readonly stopAgain: (workerId: string, jobIds: ReadonlyArray<string>) => void
  /** A worker's sign of life, with the jobs it holds. */
  readonly ping: (workerId: string, jobIds: ReadonlyArray<string>) => void
  /** Ends the open polls of a worker and gives it no more jobs. */
  readonly retire: (workerId: string) => void
  /** The polls of a worker, open ones too, get nothing while it is parked. */
  readonly park: (workerId: string) => void
  /** Ends the polls of a parked worker; those to come are as any other's. */
  readonly wake: (workerId: string) => void
  /** The worker is gone: its jobs are tried once more, or fail. */
  readonly lose: (workerId: string) => void
  /** Fails every queued job of an endpoint. */
  readonly failQueued: (endpointId: string, error: string) => void
  /** Cancels every job of an endpoint that is not over. */
  readonly cancelAll: (endpointId: string) => void
  readonly counts: (endpointId: string) => Readonly<Counts>
  /** How many jobs want a worker. */
  readonly demand: (endpointId: string) => number
  /** When the job was submitted that is next to be taken; nothing where none waits that wants a worker. */
  readonly waitingSince: (endpointId: string) => number | undefined
  readonly heldBy: (workerId: string) => number
  /** Succeeds when what happened so far would outlive this process. */
  readonly durable: Effect.Effect<void, StoreError>
}
