/**
 * The worker's loops: take jobs and run them, tell the platform which are held, stop those it wants stopped.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Executor } from "./Executor.ts"
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
}

/** The platform answers polls by holding them: an answer that is an error must not be asked for in a hot loop. */
const backoff = Schedule.exponential("100 millis").pipe(
  Schedule.jittered,
  Schedule.either(Schedule.spaced("5 seconds"))
)

/**
 * Runs until the scope ends.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<JobLoop, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { client, executor, maxConcurrency, pingInterval } = options
    /** Jobs between their take and the acceptance of their result. */
    const held = new Set<string>()
    const running = new Map<string, Fiber.RuntimeFiber<Result>>()
    const posts = yield* FiberSet.make()
    let isDraining = false

    const post = (job: TakenJob, result: Result) =>
      client.done(job.id, result).pipe(
        Effect.catchAll((error) =>
          error.status === 400 || error.status === 413
            // the platform will never take it: say so instead, or the job would be tried again
            ? client.done(job.id, {
              kind: result.kind,
              body: JSON.stringify({ error: `the platform refused the result: ${error.detail}` })
            })
            : Effect.fail(error)
        ),
        Effect.catchAll((error) => Effect.logError(`The result of job ${job.id} is lost: ${error.message}`)),
        Effect.ensuring(Effect.sync(() => held.delete(job.id))),
        Effect.interruptible
      )

    const postsOf = ({ id }: TakenJob) => ({
      stream: (body: string) => client.stream(id, body),
      progress: (body: string) => client.progress(id, body)
    })

    const run = (job: TakenJob) =>
      Effect.gen(function*() {
        held.add(job.id)
        const fiber = yield* Effect.fork(Effect.interruptible(executor.run(job, postsOf(job))))
        running.set(job.id, fiber)
        const exit = yield* Fiber.await(fiber)
        running.delete(job.id)
        // a stopped job has no result to post
        if (exit._tag === "Failure") held.delete(job.id)
        // the next take goes out while this result does
        else yield* FiberSet.run(posts, post(job, exit.value))
      })

    /** Takes and runs one job after the other. Draining ends the take that is open and waits for a job that runs. */
    const makeLane = Effect.gen(function*() {
      const lane = { isTaking: false }
      const next = Effect.uninterruptibleMask((restore) => {
        lane.isTaking = true
        // what was taken is run, whatever becomes of the lane meanwhile
        return Effect.flatMap(restore(client.take(held.size > 0)), (job) => {
          lane.isTaking = false
          return Option.isSome(job) ? run(job.value) : Effect.void
        })
      })
      const fiber = yield* Effect.suspend(() => next).pipe(
        Effect.tapError((error) => Effect.logWarning(error.message)),
        Effect.retry(backoff),
        Effect.repeat({ until: () => isDraining }),
        Effect.forkScoped
      )
      const drain = Effect.suspend(() => lane.isTaking ? Fiber.interrupt(fiber) : Fiber.await(fiber))
      return { drain }
    })
    const lanes = yield* Effect.replicateEffect(makeLane, maxConcurrency)

    const stop = (jobIds: ReadonlyArray<string>) =>
      Effect.forEach(jobIds, (id) => {
        const fiber = running.get(id)
        return fiber === undefined ? Effect.void : Fiber.interruptFork(fiber)
      }, { discard: true })

    yield* Effect.flatMap(client.stops, stop).pipe(
      Effect.tapError((error) => Effect.logWarning(error.message)),
      Effect.retry(backoff),
      Effect.forever,
      Effect.forkScoped
    )

    yield* Effect.suspend(() => client.ping([...held])).pipe(
      Effect.catchAll((error) => Effect.logWarning(error.message)),
      Effect.repeat(Schedule.fixed(Duration.millis(pingInterval))),
      Effect.forkScoped
    )

    const drain = Effect.suspend(() => {
      isDraining = true
      return Effect.forEach(lanes, (lane) => lane.drain, { concurrency: "unbounded", discard: true })
    }).pipe(Effect.zipRight(FiberSet.awaitEmpty(posts)))

    return {
      drain,
      abort: Effect.suspend(() => {
        isDraining = true
        return Effect.zipRight(stop([...running.keys()]), drain)
      })
    }
  })
