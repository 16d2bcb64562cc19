/**
 * The jobs of the platform: submitted, handed to a worker, answered, cancelled, lost and tried again.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as ClockSpeed from "../ClockSpeed.ts"
import * as ids from "../ids.ts"
import { isTerminal } from "./Job.ts"
import type { Job } from "./Job.ts"
import * as JobLives from "./JobLives.ts"
import type { Taker } from "./JobQueue.ts"
import type { Jobs } from "./JobsApi.ts"
import type { JobStore } from "./JobStore.ts"
import * as JobTimes from "./JobTimes.ts"
import * as JobWorkers from "./JobWorkers.ts"
import * as LongPolls from "./LongPolls.ts"
import * as Streams from "./Streams.ts"

export type { Counts, Jobs, Outcome, Submission } from "./JobsApi.ts"

/** Whether a job was taken from its worker before it ended. */
const isWithdrawn = (job: Job | undefined, workerId: string): boolean =>
  job?.workerId === workerId && (job.status === "CANCELLED" || job.status === "TIMED_OUT")

const nothing = { output: undefined, error: undefined }

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
    const machine = ClockSpeed.machineOf(clock)
    const polls = yield* LongPolls.make
    const now = () => clock.unsafeCurrentTimeMillis()
    const machineNow = () => machine.unsafeCurrentTimeMillis()
    const streams = Streams.make(polls, now, machineNow)
    const workers = JobWorkers.make(polls)
    const lives = JobLives.make({ store, workers, streams, now, machineNow, onDemand, onEnd })
    const { dispatch, end, held, live, putBack, queueOf, seen, stop } = lives
    yield* JobTimes.watch({ lives, store, streams })

    /** A poll of a worker while there is no job for it. */
    const pollFor = (endpointId: string, workerId: string, size: number, millis: number) => {
      const worker = workers.of(workerId)
      let given: ReadonlyArray<Job> = []
      return polls.hold<ReadonlyArray<Job>>(millis, (resume) => {
        const close = () => {
          taker.isGone = true
          worker.takers.delete(taker)
        }
        const taker: Taker = {
          workerId,
          size,
          isGone: worker.isParked,
          give(jobs) {
            given = jobs
            close()
            resume(jobs)
          }
        }
        queueOf(endpointId).takers.push(taker)
        worker.takers.add(taker)
        return close
      }).pipe(
        Effect.map(Option.getOrElse((): ReadonlyArray<Job> => [])),
        // the client left in the same moment
        Effect.onInterrupt(() => Effect.sync(() => putBack(workerId, given)))
      )
    }

    /** Ends every job of an endpoint that waits; how many there were. */
    const endQueued = (endpointId: string, finish: (job: Job) => void): number => {
      const queue = queueOf(endpointId)
      let count = 0
      for (let job = queue.next(); job !== undefined; job = queue.next()) {
        finish(job)
        count++
      }
      return count
    }

    const cancel = (job: Job): Job => {
      if (isTerminal(job)) return job
      if (job.status === "IN_PROGRESS") stop(job)
      end(job, "CANCELLED", nothing)
      return job
    }

    // what was in progress when the last platform ended is nobody's now
    for (const job of store.unfinished()) {
      live.set(job.id, job)
      if (job.status === "IN_PROGRESS") lives.wait(job)
      queueOf(job.endpointId).enter(job, "back")
    }

    return {
      submit({ endpointId, executionTimeout, extra, input, kind, lowPriority = false, ttl, webhook }) {
        const submittedAt = now()
        const job: Job = {
          id: ids.jobId(kind, submittedAt),
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
        isTerminal(job)
          ? Effect.succeed(job)
          : Effect.map(
            polls.hold<Job>(millis, (resume) => lives.watch(job, resume)),
            Option.getOrElse(() => job)
          ),
      cancel,
      retry(job) {
        if (job.status !== "FAILED" && job.status !== "TIMED_OUT") return undefined
        live.set(job.id, job)
        // its time to live begins again, or one that had none left would end at once
        job.expiresAt = now() + job.ttl
        job.finishedAt = undefined
        job.error = undefined
        job.retries = 0
        lives.wait(job)
        queueOf(job.endpointId).enter(job, "back")
        dispatch(job.endpointId)
        return job
      },
      purge: (endpointId) => endQueued(endpointId, cancel),
      progress(jobId, workerId, output) {
        const job = held(jobId, workerId)
        if (job === undefined) return
        job.output = output
        store.update(job)
      },
      append: (jobId, workerId, post) =>
        Effect.suspend(() => held(jobId, workerId) === undefined ? Effect.void : streams.append(jobId, post)),
      streams,
      take: (endpointId, workerId, size, millis) =>
        Effect.suspend(() => {
          // held for a moment: a worker that does not know yet that it is to stop must not ask in a hot loop
          if (workers.of(workerId).isRetired) {
            return Effect.as(polls.hold(Math.min(millis, JobWorkers.retiredHold), () => () => {}), [])
          }
          const taken = workers.of(workerId).isParked ? [] : lives.takeNow(endpointId, workerId, size)
          return taken.length > 0 ? Effect.succeed(taken) : pollFor(endpointId, workerId, size, millis)
        }),
      putBack,
      finish(jobId, workerId, outcome) {
        const job = held(jobId, workerId)
        if (job === undefined) return
        end(job, outcome.error === undefined ? "COMPLETED" : "FAILED", outcome)
      },
      stopSignals: workers.stopSignals,
      stopAgain: workers.stopAgain,
      ping(workerId, jobIds) {
        const time = machineNow()
        const stray: Array<string> = []
        for (const id of jobIds) {
          const job = workers.find(workerId)?.jobs.get(id)
          if (job !== undefined) seen.set(job, time)
          else if (isWithdrawn(live.get(id) ?? store.find(id), workerId)) stray.push(id)
        }
        // its worker runs it for nobody: the word to stop was lost on its way
        if (stray.length > 0) workers.stopAgain(workerId, stray)
      },
      retire: workers.retire,
      park: workers.park,
      wake: workers.wake,
      lose(workerId) {
        // its polls first: their connections may not know yet, and its jobs must not go to them
        workers.retire(workerId)
        lives.lose([...workers.of(workerId).jobs.values()])
        workers.forget(workerId)
      },
      failQueued(endpointId, error) {
        endQueued(endpointId, (job) => end(job, "FAILED", { output: undefined, error }))
      },
      cancelAll(endpointId) {
        for (const job of live.values()) if (job.endpointId === endpointId) cancel(job)
      },
      counts: (endpointId) => queueOf(endpointId).counts,
      demand: (endpointId) => queueOf(endpointId).demand,
      waitingSince(endpointId) {
        const queue = queueOf(endpointId)
        return queue.demand > queue.counts.inProgress ? queue.first()?.submittedAt : undefined
      },
      heldBy: (workerId) => workers.find(workerId)?.jobs.size ?? 0,
      durable: store.durable
    }
  })
