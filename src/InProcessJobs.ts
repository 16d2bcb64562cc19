/**
 * Jobs that run in the caller's process: those of the inline target and of stand-ins.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { JobCancelled, JobNotFound, NotSupported, StreamBroken } from "./RemoteError.ts"
import type { RemoteError } from "./RemoteError.ts"
import { isOver, JobStatus } from "./RemoteJob.ts"
import type { JobFacts, RemoteJob } from "./RemoteJob.ts"

/**
 * What a function that runs tells its job.
 *
 * @since 0.1.0
 * @category models
 */
export interface Report {
  /** Values of its stream; takes as long as readers need. */
  readonly emit: (values: ReadonlyArray<unknown>) => Effect.Effect<void>
  readonly progress: (value: unknown) => Effect.Effect<void>
}

/**
 * What a job runs, once or, after a retry, again.
 *
 * @since 0.1.0
 * @category models
 */
export interface Task {
  readonly isStream: boolean
  readonly run: (report: Report, jobId: string) => Effect.Effect<Exit.Exit<unknown, unknown>, RemoteError>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface InProcessJobs {
  readonly submit: (task: Task) => Effect.Effect<RemoteJob<unknown, unknown, unknown>>
  readonly attach: (jobId: string) => Effect.Effect<RemoteJob<unknown, unknown, unknown>, JobNotFound>
}

type Outcome = Exit.Exit<Exit.Exit<unknown, unknown>, RemoteError>

/** How long a job is kept that is over, in milliseconds, as on the platform. */
const retention = 30 * 60_000

/** How many values wait for a reader that is there, and for one that may come. */
const bounds = { read: 1024, unread: 65_536 }

/**
 * The jobs of an endpoint; they end with the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (endpoint: string, scope: Scope.Scope): InProcessJobs => {
  const jobs = new Map<string, Job>()
  const forget = (now: number) => {
    for (const [id, job] of jobs) if (job.finishedAt !== undefined && now - job.finishedAt > retention) jobs.delete(id)
  }
  return {
    submit: (task) =>
      Effect.gen(function*() {
        const now = yield* Clock.currentTimeMillis
        forget(now)
        const job = new Job(endpoint, task)
        jobs.set(job.id, job)
        yield* job.start(scope)
        return handleOf(job, scope)
      }),
    attach: (jobId) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        forget(now)
        const job = jobs.get(jobId)
        return job === undefined
          ? Effect.fail(new JobNotFound({ endpoint, jobId }))
          : Effect.succeed(handleOf(job, scope))
      })
  }
}

const facts: JobFacts = { delayTime: 0, executionTime: undefined, workerId: "inline", retries: 0 }

/** The state of a job, and who waits for it to change. */
class Job {
  readonly id = `inline-${crypto.randomUUID()}`
  readonly endpoint: string
  readonly task: Task
  status: JobStatus = JobStatus.InQueue(facts)
  outcome: Outcome | undefined
  finishedAt: number | undefined
  values: Array<unknown> = []
  /** Values that were read, and values that nobody read in time. */
  delivered = 0
  dropped = 0
  readers = 0
  private fiber: Fiber.RuntimeFiber<void> | undefined
  private watchers = new Set<() => void>()

  constructor(endpoint: string, task: Task) {
    this.endpoint = endpoint
    this.task = task
  }

  /** Succeeds with what `find` gives, as soon as it gives anything. */
  when<A>(find: () => A | undefined): Effect.Effect<A> {
    return Effect.async<A>((resume) => {
      const look = () => {
        const found = find()
        if (found === undefined) return
        this.watchers.delete(look)
        resume(Effect.succeed(found))
      }
      this.watchers.add(look)
      look()
      return Effect.sync(() => {
        this.watchers.delete(look)
      })
    })
  }

  changed(): void {
    for (const look of [...this.watchers]) look()
  }

  start(scope: Scope.Scope): Effect.Effect<void> {
    return Effect.gen(this, function*() {
      const startedAt = yield* Clock.currentTimeMillis
      this.values = []
      this.delivered = 0
      this.dropped = 0
      this.outcome = undefined
      this.finishedAt = undefined
      this.status = JobStatus.InProgress({ ...facts, progress: undefined })
      this.changed()
      const run = Effect.interruptible(Effect.exit(this.task.run(this.report, this.id))).pipe(
        Effect.flatMap((outcome) => Effect.map(Clock.currentTimeMillis, (now) => this.end(outcome, startedAt, now))),
        // who waits for it is told also where its endpoint ends, be it before it has begun
        Effect.onInterrupt(() => Effect.sync(() => this.end(this.cancelled(), startedAt, startedAt)))
      )
      this.fiber = yield* Effect.uninterruptible(Effect.forkIn(run, scope))
    })
  }

  readonly report: Report = {
    emit: (values) =>
      Effect.suspend(() => {
        for (const value of values) this.values.push(value)
        const excess = this.readers > 0 ? 0 : this.values.length - bounds.unread
        if (excess > 0) {
          this.values.splice(0, excess)
          this.dropped += excess
        }
        this.changed()
        return this.hasRoom()
          ? Effect.void
          : Effect.asVoid(this.when(() => this.hasRoom() ? true : undefined))
      }),
    progress: (progress) =>
      Effect.sync(() => {
        if (isOver(this.status)) return
        this.status = JobStatus.InProgress({ ...facts, progress })
        this.changed()
      })
  }

  private hasRoom(): boolean {
    return this.readers === 0 || this.values.length <= bounds.read
  }

  end(outcome: Outcome, startedAt: number, now: number): void {
    if (isOver(this.status)) return
    this.outcome = outcome
    this.finishedAt = now
    this.status = statusOf(outcome, { ...facts, executionTime: now - startedAt })
    this.changed()
  }

  private cancelled(): Outcome {
    return Exit.fail(new JobCancelled({ endpoint: this.endpoint, jobId: this.id }))
  }

  cancel(): Effect.Effect<void> {
    return Effect.gen(this, function*() {
      const now = yield* Clock.currentTimeMillis
      this.end(this.cancelled(), now, now)
      // the job is over at once, as on the platform; its handler may take its time
      this.fiber?.unsafeInterruptAsFork(this.fiber.id())
    })
  }
}

const statusOf = (outcome: Outcome, facts: JobFacts): JobStatus => {
  const exit: Exit.Exit<unknown, unknown> = Exit.flatten(outcome)
  if (Exit.isSuccess(exit)) return JobStatus.Completed(facts)
  const failure = Exit.isFailure(outcome) ? Option.getOrUndefined(Cause.failureOption(outcome.cause)) : undefined
  if (failure?._tag === "JobCancelled") return JobStatus.Cancelled(facts)
  if (failure?._tag === "JobTimedOut") return JobStatus.TimedOut({ ...facts, error: failure.message })
  // a failure that was answered is no failure of the job
  return Cause.isFailure(exit.cause)
    ? JobStatus.Completed(facts)
    : JobStatus.Failed({ ...facts, error: Cause.pretty(exit.cause) })
}

const handleOf = (job: Job, scope: Scope.Scope): RemoteJob<unknown, unknown, unknown> => {
  const { endpoint, id } = job
  const result = Effect.flatten(Effect.flatten(job.when(() => job.outcome)))
  return {
    id,
    endpoint,
    status: Effect.sync(() => job.status),
    await: result,
    stream: job.task.isStream ? valuesOf(job) : Stream.fromEffect(result),
    progress: progressOf(job),
    cancel: Effect.suspend(() => job.cancel()),
    retry: Effect.suspend(() =>
      job.status._tag === "Failed" || job.status._tag === "TimedOut" ? job.start(scope) : Effect.fail(
        new NotSupported({
          endpoint,
          operation: "retry",
          reason: `job ${id} is ${job.status._tag}; a job can be retried that failed or timed out`
        })
      )
    )
  }
}

const valuesOf = (job: Job): Stream.Stream<unknown, unknown> =>
  Stream.unwrapScoped(Effect.as(
    Effect.acquireRelease(
      Effect.sync(() => void job.readers++),
      () =>
        Effect.sync(() => {
          job.readers--
          job.changed()
        })
    ),
    Stream.repeatEffectChunkOption(Effect.flatMap(
      job.when(() => job.values.length > 0 || job.outcome !== undefined ? true : undefined),
      (): Effect.Effect<Chunk.Chunk<unknown>, Option.Option<unknown>> => {
        const { delivered: received, dropped, endpoint, id: jobId, outcome, values } = job
        if (dropped > 0) {
          job.dropped = 0
          const reason = `${dropped} values were not read in time and are gone`
          return Effect.fail(Option.some(new StreamBroken({ endpoint, jobId, received, reason })))
        }
        if (values.length > 0) {
          job.values = []
          job.delivered += values.length
          job.changed()
          return Effect.succeed(Chunk.unsafeFromArray(values))
        }
        // no more values, and an outcome
        return Effect.flatten(outcome ?? Exit.succeed(Exit.void)).pipe(
          Effect.mapError(Option.some),
          Effect.zipRight(Effect.fail(Option.none()))
        )
      }
    ))
  ))

const progressOf = (job: Job): Stream.Stream<unknown, RemoteError> =>
  Stream.suspend(() => {
    let last: unknown
    return Stream.repeatEffectOption(Effect.flatMap(
      job.when(() =>
        isOver(job.status)
          ? Option.none<unknown>()
          : job.status._tag === "InProgress" && job.status.progress !== last
          ? Option.some(job.status.progress)
          : undefined
      ),
      Option.match({
        onNone: () => Effect.fail(Option.none()),
        onSome: (progress) =>
          Effect.sync(() => {
            last = progress
            return progress
          })
      })
    ))
  })
