/**
 * A job that a thread runs: what it says before its end, and its end.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Predicate from "effect/Predicate"
import type { JobThread } from "./JobThread.ts"
import type { Result, TakenJob, WorkerApiError } from "./PlatformClient.ts"

/**
 * How what a job says before its end gets to the platform; JSON texts.
 *
 * @since 0.1.0
 * @category models
 */
export interface Posts {
  readonly stream: (body: string) => Effect.Effect<void, WorkerApiError>
  readonly progress: (body: string) => Effect.Effect<void, WorkerApiError>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface RunningJob<R = Result> {
  readonly job: TakenJob
  readonly posts: Posts
  readonly done: Deferred.Deferred<R>
  /** Done when its thread has answered its interruption. */
  readonly heard: Deferred.Deferred<void>
  /** The thread that has it; none while it waits for one. */
  thread: JobThread<RunningJob<R>> | undefined
  isInterrupted: boolean
  /** Its reader has values of this run: another run would give them again. */
  hasStreamed: boolean
  streaming: Fiber.RuntimeFiber<void> | undefined
  /** The latest progress that is not posted yet; only the latest is worth it. */
  progress: string | undefined
  isReporting: boolean
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = <R = Result>(job: TakenJob, posts: Posts): RunningJob<R> => ({
  job,
  posts,
  thread: undefined,
  done: Deferred.unsafeMake(FiberId.none),
  heard: Deferred.unsafeMake(FiberId.none),
  isInterrupted: false,
  hasStreamed: false,
  streaming: undefined,
  progress: undefined,
  isReporting: false
})

/**
 * The function or class that an input is for; empty where it does not say.
 *
 * @since 0.1.0
 * @category accessors
 */
export const nameOf = (input: unknown): string => {
  if (!Predicate.isReadonlyRecord(input)) return ""
  const { class_name: type, function_name: name } = input
  return typeof name === "string" ? name : typeof type === "string" ? type : ""
}

/**
 * @since 0.1.0
 * @category models
 */
export type Fork = (effect: Effect.Effect<void>) => Fiber.RuntimeFiber<void>

/**
 * Posts parts of its stream, and tells its thread when the platform has them.
 *
 * @since 0.1.0
 * @category transitions
 */
export const stream = <R>(entry: RunningJob<R>, bodies: ReadonlyArray<string>, fork: Fork): void => {
  const { id: jobId } = entry.job
  const { thread } = entry
  entry.hasStreamed = true
  const posting = Effect.match(Effect.forEach(bodies, entry.posts.stream, { discard: true }), {
    onFailure: ({ message }) => message,
    onSuccess: () => undefined
  })
  entry.streaming = fork(Effect.map(posting, (problem) => {
    // a job that is run by another thread by now has streams of its own
    if (thread?.jobs.get(jobId) === entry) thread.send({ _tag: "Posted", jobId, problem })
  }))
}

/**
 * Posts the latest of its progress, one post at a time.
 *
 * @since 0.1.0
 * @category transitions
 */
export const report = <R>(entry: RunningJob<R>, body: string, fork: Fork): void => {
  entry.progress = body
  if (entry.isReporting) return
  entry.isReporting = true
  const next: Effect.Effect<void> = Effect.suspend(() => {
    const { progress } = entry
    entry.progress = undefined
    entry.isReporting = progress !== undefined
    return progress === undefined ? Effect.void : entry.posts.progress(progress).pipe(
      Effect.timeout("10 seconds"),
      Effect.catchAll(({ message }) => Effect.logDebug(`The progress of job ${entry.job.id} is not known: ${message}`)),
      Effect.zipRight(next)
    )
  })
  fork(next)
}

/**
 * @since 0.1.0
 * @category transitions
 */
export const finish = <R>(entry: RunningJob<R>, result: R): void => {
  // of a job that ended by itself it is over
  entry.streaming?.unsafeInterruptAsFork(FiberId.none)
  entry.progress = undefined
  Deferred.unsafeDone(entry.done, Effect.succeed(result))
}

/**
 * The answer of a job whose thread died under it, in the form of any other defect.
 *
 * @since 0.1.0
 * @category results
 */
export const threadLost = (message: string): Result => ({
  kind: "value",
  body: JSON.stringify({
    error: JSON.stringify({
      protocol_version: 1,
      success: false,
      serialization_format: "json",
      error: { _tag: "die", message, cause: { _tag: "Die", defect: { name: "WorkerThreadLost", message } } }
    })
  })
})
