/**
 * The jobs of an endpoint that wait for a worker, and the workers that wait for a job.
 *
 * @since 0.1.0
 */
import { Fifo } from "./Fifo.ts"
import type { Job } from "./Job.ts"
import type { Counts } from "./JobsApi.ts"

/**
 * A worker's open poll.
 *
 * @since 0.1.0
 * @category models
 */
export interface Taker {
  readonly workerId: string
  readonly size: number
  readonly give: (jobs: ReadonlyArray<Job>) => void
  isGone: boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export class JobQueue {
  readonly takers = new Fifo<Taker>()
  readonly counts: Counts = { inQueue: 0, inProgress: 0, completed: 0, failed: 0, retried: 0 }
  private readonly jobs = new Fifo<Job>()
  /** Queued jobs for which no worker is started. */
  private patient = 0

  /** How many jobs want a worker. */
  get demand(): number {
    return this.counts.inProgress + this.counts.inQueue - this.patient
  }

  enter(job: Job, place: "back" | "front"): void {
    this.counts.inQueue++
    if (job.lowPriority) this.patient++
    if (place === "back") this.jobs.push(job)
    else this.jobs.unshift(job)
  }

  /** Of a job whose status is about to be another. */
  leave(job: Job): void {
    this.counts.inQueue--
    if (job.lowPriority) this.patient--
  }

  /** The next job that still waits; those cancelled or expired meanwhile are passed over. */
  next(): Job | undefined {
    for (let job = this.jobs.shift(); job !== undefined; job = this.jobs.shift()) {
      if (job.status === "IN_QUEUE") return job
    }
    return undefined
  }

  /** The job that is next, which stays where it is. */
  first(): Job | undefined {
    for (let job = this.jobs.peek(); job !== undefined; job = this.jobs.peek()) {
      if (job.status === "IN_QUEUE") return job
      this.jobs.shift()
    }
    return undefined
  }

  nextTaker(): Taker | undefined {
    for (let taker = this.takers.shift(); taker !== undefined; taker = this.takers.shift()) {
      if (!taker.isGone) return taker
    }
    return undefined
  }
}
