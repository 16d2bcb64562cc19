/**
 * The worker's loops: take jobs and run them, tell the platform which are held, stop those it wants stopped.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Executor } from "./Executor.ts"
import * as HeldJobs from "./HeldJobs.ts"
import { resultLimit } from "./PlatformClient.ts"
import type { PlatformClient, Result, TakenJob } from "./PlatformClient.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly client: PlatformClient
  readonly executor: Executor
  readonly maxConcurrency: number
  /** Milliseconds. */
  readonly pingInterval: number
  /** Whether the platform is told to replace this worker with its first result. Default false. */
  readonly refresh?: boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface JobLoop {
  /** Takes no more jobs, waits for those that run and for their results to be accepted. */
  readonly drain: Effect.Effect<void>
  /** Takes no more jobs and interrupts those that run. */
  readonly abort: Effect.Effect<void>
  /** Done when this worker has had its job and is to be replaced: it takes no more. */
  readonly refreshed: Effect.Effect<void>
}

/** The platform answers polls by holding them: an answer that is an error must not be asked for in a hot loop. */
const backoff = Schedule.exponential("100 millis").pipe(
  Schedule.jittered,
  Schedule.either(Schedule.spaced("5 seconds"))
)

/** Before a poll is repeated that brought only what was known already. */
const nothingNew = "100 millis"

/**
 * Runs until the scope ends.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<JobLoop, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { client, executor, pingInterval, refresh = false } = options
    const refreshed = yield* Deferred.make<void>()
    const fork = yield* FiberSet.makeRuntime<never>()
    const jobs = HeldJobs.make({
      maxConcurrency: options.maxConcurrency,
      run: (job) =>
        fork(
          Effect.catchAllDefect(executor.run(job, postsOf(client, job)), (defect) => Effect.succeed(broken(defect)))
        ),
      post(job, result) {
        if (refresh) Deferred.unsafeDone(refreshed, Effect.void)
        return fork(post(client, job, refresh ? replaced(result) : result))
      }
    })

    const take = Effect.uninterruptibleMask((restore) =>
      jobs.hasRoom.pipe(
        Effect.zipRight(Effect.suspend(() => client.take(jobs.room(), jobs.ids().length > 0))),
        restore,
        // what was taken is run, whatever becomes of this fiber meanwhile
        Effect.flatMap((taken) =>
          Effect.map(
            Clock.currentTimeMillis,
            (now) => taken.length > 0 && taken.filter((job) => jobs.add(job, now)).length === 0
          )
        ),
        Effect.flatMap((isOld) => isOld ? restore(Effect.sleep(nothingNew)) : Effect.void)
      )
    )
    const taking = yield* polling(take)

    yield* polling(Effect.flatMap(client.stops, (ids) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        ids.length > 0 && ids.filter((id) =>
              jobs.stop(id, now)
            ).length === 0
          ? Effect.sleep(nothingNew)
          : Effect.void)))

    yield* Effect.suspend(() =>
      client.ping(jobs.ids())
    ).pipe(
      Effect.catchAll((error) => Effect.logWarning(error.message)),
      Effect.repeat(Schedule.fixed(Duration.millis(pingInterval))),
      Effect.forkScoped
    )

    // a poll that is open is given up
    const stopTaking = Fiber.interrupt(taking)
    return {
      drain: Effect.zipRight(stopTaking, jobs.isIdle),
      abort: Effect.zipRight(
        stopTaking,
        Effect.suspend(() => {
          jobs.stopAll()
          return jobs.isIdle
        })
      ),
      refreshed: Effect.zipRight(Deferred.await(refreshed), stopTaking)
    }
  })

const polling = <E extends { readonly message: string }, R>(poll: Effect.Effect<void, E, R>) =>
  poll.pipe(
    Effect.tapError((error) => Effect.logWarning(error.message)),
    Effect.retry(backoff),
    Effect.forever,
    Effect.forkScoped
  )

const postsOf = (client: PlatformClient, { id }: TakenJob) => ({
  stream: (body: string) => client.stream(id, body),
  progress: (body: string) => client.progress(id, body)
})

/** The platform takes a worker away whose result says so. */
const replaced = ({ body, kind }: Result): Result => ({
  kind,
  body: body === "{}" ? `{"stopPod":true}` : `{"stopPod":true,${body.slice(1)}`
})

/** Of a job that this worker could not run for a reason of its own. */
const broken = (defect: unknown): Result => failure({ kind: "value", body: "" }, `the worker failed: ${defect}`)

const failure = ({ kind }: Result, error: string): Result => ({ kind, body: JSON.stringify({ error }) })

/** Done when the platform has the result, or will never take it. */
const post = (client: PlatformClient, job: TakenJob, result: Result): Effect.Effect<void> =>
  Effect.suspend(() => {
    const size = Buffer.byteLength(result.body)
    const limit = resultLimit(job.id)
    return size > limit
      ? client.done(job.id, failure(result, `the result is ${size} bytes, the platform takes ${limit}`))
      : client.done(job.id, result)
  }).pipe(
    Effect.catchAll((error) =>
      error.status === 400 || error.status === 413
        // the platform will never take it: say so instead, or the job would be tried again
        ? client.done(job.id, failure(result, `the platform refused the result: ${error.detail}`))
        : Effect.fail(error)
    ),
    Effect.catchAll((error) => Effect.logError(`The result of job ${job.id} is lost: ${error.message}`))
  )
