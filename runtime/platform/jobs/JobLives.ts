/**
 * What happens to jobs: each change of a job's state, and everybody who has to know of it.
 *
 * A job goes to a waiting worker in the same turn of the event loop that brings the two together.
 *
 * @since 0.1.0
 */
import type { Job, JobStatus } from "./Job.ts"
import { JobQueue } from "./JobQueue.ts"
import type { Outcome } from "./JobsApi.ts"
import type { JobStore } from "./JobStore.ts"
import type { JobWorkers } from "./JobWorkers.ts"
import type { Streams } from "./Streams.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface JobLives {
  /** Jobs that are not over, or whose end is not committed yet; all others are in the store. */
  readonly live: Map<string, Job>
  /** When each job in progress was last known to be held by its worker, by the machine's clock. */
  readonly seen: Map<Job, number>
  readonly queueOf: (endpointId: string) => JobQueue
  /** The job, where that worker has it. */
  readonly held: (jobId: string, workerId: string) => Job | undefined
  /** Hands jobs to the polls that wait, and says that there may be work. */
  readonly dispatch: (endpointId: string) => void
  /** Gives a worker what there is. */
  readonly takeNow: (endpointId: string, workerId: string, size: number) => ReadonlyArray<Job>
  readonly end: (job: Job, status: JobStatus, outcome: Outcome) => void
  /** Calls back when a job ends. Returns what takes that back. */
  readonly watch: (job: Job, ended: (job: Job) => void) => () => void
  /** Back to the state of a job that nobody has tried. */
  readonly wait: (job: Job) => void
  /** Tells the worker of a job to stop it. */
  readonly stop: (job: Job) => void
  /** Puts jobs back that a worker has and never received. */
  readonly putBack: (workerId: string, jobs: ReadonlyArray<Job>) => void
  /** The worker of jobs is gone: those that were lost before fail, the others are tried once more. */
  readonly lose: (jobs: ReadonlyArray<Job>) => void
  /** Jobs that have ended since it was asked last. */
  readonly ended: () => ReadonlyArray<Job>
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly store: JobStore
  readonly workers: JobWorkers
  readonly streams: Streams
  readonly now: () => number
  readonly machineNow: () => number
  readonly onDemand: (endpointId: string) => void
  readonly onEnd: (job: Job) => void
}): JobLives => {
  const { machineNow, now, onDemand, onEnd, store, streams, workers } = options
  const live = new Map<string, Job>()
  const queues = new Map<string, JobQueue>()
  const watchers = new Map<string, Set<(job: Job) => void>>()
  const seen = new Map<Job, number>()
  /** Jobs that are over leave the memory when their end is committed. */
  let ended: Array<Job> = []

  const queueOf = (endpointId: string): JobQueue => {
    const known = queues.get(endpointId)
    if (known !== undefined) return known
    const queue = new JobQueue()
    queues.set(endpointId, queue)
    return queue
  }

  const start = (queue: JobQueue, workerId: string, job: Job) => {
    job.status = "IN_PROGRESS"
    job.workerId = workerId
    job.takenAt = now()
    job.output = undefined
    queue.leave(job)
    queue.counts.inProgress++
    workers.of(workerId).jobs.set(job.id, job)
    seen.set(job, machineNow())
    store.update(job)
  }

  const takeNow: JobLives["takeNow"] = (endpointId, workerId, size) => {
    const queue = queueOf(endpointId)
    const taken: Array<Job> = []
    while (taken.length < size) {
      const job = queue.next()
      if (job === undefined) break
      start(queue, workerId, job)
      taken.push(job)
    }
    return taken
  }

  const dispatch = (endpointId: string) => {
    const queue = queueOf(endpointId)
    while (queue.counts.inQueue > 0) {
      const taker = queue.nextTaker()
      if (taker === undefined) break
      taker.give(takeNow(endpointId, taker.workerId, taker.size))
    }
    onDemand(endpointId)
  }

  /** Takes a job out of progress; it is nobody's then. */
  const release = (job: Job) => {
    queueOf(job.endpointId).counts.inProgress--
    seen.delete(job)
    if (job.workerId !== undefined) workers.find(job.workerId)?.jobs.delete(job.id)
  }

  const end: JobLives["end"] = (job, status, outcome) => {
    const queue = queueOf(job.endpointId)
    const { counts } = queue
    if (job.status === "IN_PROGRESS") release(job)
    else queue.leave(job)
    job.status = status
    job.finishedAt = now()
    job.output = outcome.output
    job.error = outcome.error
    if (status === "COMPLETED") counts.completed++
    else if (status !== "CANCELLED") counts.failed++
    store.update(job)
    for (const watch of watchers.get(job.id) ?? []) watch(job)
    watchers.delete(job.id)
    streams.end(job)
    ended.push(job)
    onEnd(job)
    onDemand(job.endpointId)
  }

  const wait = (job: Job) => {
    job.status = "IN_QUEUE"
    job.workerId = undefined
    job.takenAt = undefined
    job.output = undefined
    streams.clear(job.id)
    store.update(job)
  }

  /** Puts jobs that nobody runs any more before all others, in their order. */
  const requeue = (jobs: ReadonlyArray<Job>) => {
    for (const job of jobs.toReversed()) {
      release(job)
      wait(job)
      queueOf(job.endpointId).enter(job, "front")
    }
    for (const endpointId of new Set(jobs.map((job) => job.endpointId))) dispatch(endpointId)
  }

  return {
    live,
    seen,
    queueOf,
    held(jobId, workerId) {
      const job = live.get(jobId)
      return job?.status === "IN_PROGRESS" && job.workerId === workerId ? job : undefined
    },
    dispatch,
    takeNow,
    end,
    watch(job, onEnd) {
      const set = watchers.get(job.id) ?? new Set()
      watchers.set(job.id, set.add(onEnd))
      return () => void set.delete(onEnd)
    },
    wait,
    stop: (job) => job.workerId === undefined ? undefined : workers.stop(job.workerId, job.id),
    putBack: (workerId, jobs) =>
      requeue(jobs.filter((job) => job.status === "IN_PROGRESS" && job.workerId === workerId)),
    lose(jobs) {
      const again = jobs.filter(({ retries }) => retries === 0)
      for (const job of jobs) {
        if (job.retries > 0) {
          end(job, "FAILED", { output: undefined, error: `job timed out after ${job.retries} retries` })
        } else {
          queueOf(job.endpointId).counts.retried++
          job.retries++
        }
      }
      requeue(again)
    },
    ended() {
      const batch = ended
      ended = []
      return batch
    }
  }
}
