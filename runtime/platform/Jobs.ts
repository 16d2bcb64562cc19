/**
 * The life of jobs: submitted, handed to a worker, answered, cancelled, lost and tried again.
 *
 * A job goes to a waiting worker in the same turn of the event loop that brings the two together; nothing here polls.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as ids from "./ids.ts"
import { isTerminal } from "./Job.ts"
import type { Job, JobStatus } from "./Job.ts"
import { JobQueue } from "./JobQueue.ts"
import type { Taker } from "./JobQueue.ts"
import type { Jobs, Outcome } from "./JobsApi.ts"
import type { JobStore } from "./JobStore.ts"
import * as LongPolls from "./LongPolls.ts"
import * as Streams from "./Streams.ts"

export type { Counts, Jobs, Outcome, Submission } from "./JobsApi.ts"

interface Worker {
  readonly jobs: Map<string, Job>
  /** Its open polls for a job. */
  readonly takers: Set<Taker>
  stops: Array<string>
  /** Ends its open poll for stop signals. */
  notify: (() => void) | undefined
  isRetired: boolean
}

/** A job that no ping has named for so long is lost (the platform's own rule is about 40 s). */
const lostAfter = 40_000

/** How long a poll of a worker is held that is to go and gets nothing more. */
const retiredHold = 1000

/** How long results are kept (milliseconds after the end). */
const retention = { async: 30 * 60_000, sync: 60_000 }

/** Whether a job was taken from its worker before it ended. */
const isWithdrawn = (job: Job | undefined, workerId: string): boolean =>
  job?.workerId === workerId && (job.status === "CANCELLED" || job.status === "TIMED_OUT")

/**
 * Continues with the unfinished jobs of the store. `onDemand` is told an endpoint whenever its queue or the work of
 * its workers has changed, `onEnd` a job that is over.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  store: JobStore,
  onDemand: (endpointId: string) => void,
  onEnd: (job: Job) => void = () => {}
): Effect.Effect<Jobs, never, Scope.Scope> =>
  Effect.gen(function*() {
    const clock = yield* Effect.clock
    const polls = yield* LongPolls.make
    const now = () => clock.unsafeCurrentTimeMillis()
    const streams = Streams.make(polls, now)

    /** Jobs that are not over, or whose end is not committed yet; all others are in the store. */
    const live = new Map<string, Job>()
    const queues = new Map<string, JobQueue>()
    const workers = new Map<string, Worker>()
    const watchers = new Map<string, Set<(job: Job) => void>>()
    /** Jobs that are over leave the memory when their end is committed. */
    let ended: Array<Job> = []
    /** When each job in progress was last known to be held by its worker. */
    const seen = new Map<Job, number>()

    const queueOf = (endpointId: string): JobQueue => {
      const known = queues.get(endpointId)
      if (known !== undefined) return known
      const queue = new JobQueue()
      queues.set(endpointId, queue)
      return queue
    }

    const workerOf = (id: string): Worker => {
      const known = workers.get(id)
      if (known !== undefined) return known
      const worker: Worker = { jobs: new Map(), takers: new Set(), stops: [], notify: undefined, isRetired: false }
      workers.set(id, worker)
      return worker
    }

    const start = (queue: JobQueue, workerId: string, job: Job) => {
      job.status = "IN_PROGRESS"
      job.workerId = workerId
      job.takenAt = now()
      job.output = undefined
      queue.leave(job)
      queue.counts.inProgress++
      workerOf(workerId).jobs.set(job.id, job)
      seen.set(job, job.takenAt)
      store.update(job)
    }

    const takeNow = (queue: JobQueue, workerId: string, size: number): ReadonlyArray<Job> => {
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
        taker.give(takeNow(queue, taker.workerId, taker.size))
      }
      onDemand(endpointId)
    }

    /** Takes a job out of progress; it is nobody's then. */
    const release = (job: Job) => {
      queueOf(job.endpointId).counts.inProgress--
      seen.delete(job)
      if (job.workerId !== undefined) workers.get(job.workerId)?.jobs.delete(job.id)
    }

    const end = (job: Job, status: JobStatus, outcome: Outcome) => {
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

    const forget = Effect.suspend(() => {
      const batch = ended
      ended = []
      return batch.length === 0 ? Effect.void : Effect.map(store.flush, () => {
        // one that was queued again meanwhile stays
        for (const job of batch) if (isTerminal(job) && live.get(job.id) === job) live.delete(job.id)
      })
    })

    /** The job, where that worker has it. */
    const heldJob = (jobId: string, workerId: string): Job | undefined => {
      const job = live.get(jobId)
      return job?.status === "IN_PROGRESS" && job.workerId === workerId ? job : undefined
    }

    const stop = (job: Job) => {
      if (job.workerId === undefined) return
      const worker = workerOf(job.workerId)
      worker.stops.push(job.id)
      worker.notify?.()
    }

    const stopAgain = (workerId: string, jobIds: ReadonlyArray<string>) => {
      const worker = workers.get(workerId)
      if (worker === undefined) return
      worker.stops.push(...jobIds.filter((id) => !worker.stops.includes(id)))
      worker.notify?.()
    }

    /** Back to the state of a job that nobody has tried. */
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

    const putBack = (workerId: string, jobs: ReadonlyArray<Job>) =>
      requeue(jobs.filter((job) => job.status === "IN_PROGRESS" && job.workerId === workerId))

    /** The worker of jobs is gone: those that were lost before fail, the others are tried once more. */
    const lost = (jobs: ReadonlyArray<Job>) => {
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
    }

    const sweep = Effect.sync(() => {
      const time = now()
      const silent: Array<Job> = []
      for (const [job, lastSeen] of seen) {
        if (job.executionTimeout > 0 && time - (job.takenAt ?? time) > job.executionTimeout) {
          stop(job)
          end(job, "TIMED_OUT", {
            output: undefined,
            error: `the job ran longer than its execution timeout of ${job.executionTimeout} ms`
          })
        } else if (time - lastSeen > lostAfter) silent.push(job)
      }
      lost(silent)
    })
    const expire = Effect.sync(() => {
      const time = now()
      for (const job of live.values()) {
        if (isTerminal(job) || job.expiresAt > time) continue
        if (job.status === "IN_PROGRESS") stop(job)
        end(job, "TIMED_OUT", { output: undefined, error: "the job's time to live ended before it did" })
      }
      const before = { async: time - retention.async, sync: time - retention.sync }
      store.prune(before)
      streams.prune(before)
    })
    yield* sweep.pipe(Effect.repeat(Schedule.spaced("100 millis")), Effect.forkScoped)
    yield* expire.pipe(Effect.repeat(Schedule.spaced("10 seconds")), Effect.forkScoped)
    yield* Effect.ignoreLogged(forget).pipe(Effect.repeat(Schedule.spaced("50 millis")), Effect.forkScoped)

    // what was in progress when the last platform ended is nobody's now
    for (const job of store.unfinished()) {
      live.set(job.id, job)
      if (job.status === "IN_PROGRESS") wait(job)
      queueOf(job.endpointId).enter(job, "back")
    }

    return {
      submit({ endpointId, executionTimeout, extra, input, kind, lowPriority = false, ttl, webhook }) {
        const submittedAt = now()
        const job: Job = {
          id: ids.jobId(kind),
          endpointId,
          kind,
          input,
          submittedAt,
          ttl,
          expiresAt: submittedAt + ttl,
          executionTimeout,
          webhook,
          lowPriority,
          extra,
          status: "IN_QUEUE",
          retries: 0,
          workerId: undefined,
          takenAt: undefined,
          finishedAt: undefined,
          output: undefined,
          error: undefined
        }
        live.set(job.id, job)
        store.insert(job)
        queueOf(job.endpointId).enter(job, "back")
        dispatch(endpointId)
        return job
      },
      find(endpointId, jobId) {
        const job = live.get(jobId) ?? store.find(jobId)
        return job?.endpointId === endpointId ? job : undefined
      },
      recent: (endpointId, limit) => Effect.map(store.flush, () => store.recent(endpointId, limit)),
      awaitEnd: (job, millis) =>
        isTerminal(job) ? Effect.succeed(job) : polls.hold<Job>(millis, (resume) => {
          const set = watchers.get(job.id) ?? new Set()
          watchers.set(job.id, set.add(resume))
          return () => set.delete(resume)
        }).pipe(Effect.map(Option.getOrElse(() => job))),
      cancel(job) {
        if (isTerminal(job)) return job
        if (job.status === "IN_PROGRESS") stop(job)
        end(job, "CANCELLED", { output: undefined, error: undefined })
        return job
      },
      retry(job) {
        if (job.status !== "FAILED" && job.status !== "TIMED_OUT") return undefined
        live.set(job.id, job)
        // its time to live begins again, or one that had none left would end at once
        job.expiresAt = now() + job.ttl
        job.finishedAt = undefined
        job.error = undefined
        job.retries = 0
        wait(job)
        queueOf(job.endpointId).enter(job, "back")
        dispatch(job.endpointId)
        return job
      },
      purge(endpointId) {
        const queue = queueOf(endpointId)
        let removed = 0
        for (let job = queue.next(); job !== undefined; job = queue.next()) {
          end(job, "CANCELLED", { output: undefined, error: undefined })
          removed++
        }
        return removed
      },
      progress(jobId, workerId, output) {
        const job = heldJob(jobId, workerId)
        if (job === undefined) return
        job.output = output
        store.update(job)
      },
      append: (jobId, workerId, post) =>
        Effect.suspend(() => heldJob(jobId, workerId) === undefined ? Effect.void : streams.append(jobId, post)),
      streams,
      take: (endpointId, workerId, size, millis) =>
        Effect.suspend(() => {
          const queue = queueOf(endpointId)
          const worker = workerOf(workerId)
          // held for a moment: a worker that does not know yet that it is to stop must not ask in a hot loop
          if (worker.isRetired) return Effect.as(polls.hold(Math.min(millis, retiredHold), () => () => {}), [])
          const taken = takeNow(queue, workerId, size)
          if (taken.length > 0) return Effect.succeed(taken)
          let given: ReadonlyArray<Job> = []
          return polls.hold<ReadonlyArray<Job>>(millis, (resume) => {
            const close = () => {
              taker.isGone = true
              worker.takers.delete(taker)
            }
            const taker: Taker = {
              workerId,
              size,
              isGone: false,
              give(jobs) {
                given = jobs
                close()
                resume(jobs)
              }
            }
            queue.takers.push(taker)
            worker.takers.add(taker)
            return close
          }).pipe(
            Effect.map(Option.getOrElse((): ReadonlyArray<Job> => [])),
            // the client left in the same moment
            Effect.onInterrupt(() => Effect.sync(() => putBack(workerId, given)))
          )
        }),
      putBack,
      finish(jobId, workerId, outcome) {
        const job = heldJob(jobId, workerId)
        if (job === undefined) return
        end(job, outcome.error === undefined ? "COMPLETED" : "FAILED", outcome)
      },
      stopSignals: (workerId, millis) =>
        Effect.suspend(() => {
          const worker = workerOf(workerId)
          const drain = () => {
            const stops = worker.stops
            worker.stops = []
            return stops
          }
          if (worker.stops.length > 0) return Effect.sync(drain)
          return polls.hold<void>(worker.isRetired ? Math.min(millis, retiredHold) : millis, (resume) => {
            const notify = () => resume(undefined)
            worker.notify = notify
            return () => {
              if (worker.notify === notify) worker.notify = undefined
            }
          }).pipe(Effect.map(drain))
        }),
      stopAgain,
      ping(workerId, jobIds) {
        const time = now()
        const stray: Array<string> = []
        for (const id of jobIds) {
          const job = workers.get(workerId)?.jobs.get(id)
          if (job !== undefined) seen.set(job, time)
          else if (isWithdrawn(live.get(id) ?? store.find(id), workerId)) stray.push(id)
        }
        // its worker runs it for nobody: the word to stop was lost on its way
        if (stray.length > 0) stopAgain(workerId, stray)
      },
      retire(workerId) {
        const worker = workerOf(workerId)
        worker.isRetired = true
        worker.notify?.()
        for (const taker of worker.takers) taker.give([])
      },
      lose(workerId) {
        const worker = workerOf(workerId)
        worker.isRetired = true
        // its polls first: their connections may not know yet, and its jobs must not go to them
        worker.notify?.()
        for (const taker of worker.takers) taker.give([])
        lost([...worker.jobs.values()])
        workers.delete(workerId)
      },
      failQueued(endpointId, error) {
        const queue = queueOf(endpointId)
        for (let job = queue.next(); job !== undefined; job = queue.next()) {
          end(job, "FAILED", { output: undefined, error })
        }
      },
      cancelAll(endpointId) {
        for (const job of live.values()) {
          if (job.endpointId !== endpointId || isTerminal(job)) continue
          if (job.status === "IN_PROGRESS") stop(job)
          end(job, "CANCELLED", { output: undefined, error: undefined })
        }
      },
      counts: (endpointId) => queueOf(endpointId).counts,
      demand: (endpointId) => queueOf(endpointId).demand,
      heldBy: (workerId) => workers.get(workerId)?.jobs.size ?? 0,
      durable: store.durable
    }
  })
