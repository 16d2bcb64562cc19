/**
 * A call that was submitted as a job: it goes on without its caller, and is found again by its id.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { RemoteError } from "./RemoteError.ts"

/**
 * A job of a remote function. Waiting for it, or reading from it, can be interrupted and changes nothing for the job.
 *
 * @since 0.1.0
 * @category models
 */
export interface RemoteJob<out A, out E = never, out Value = A> {
  readonly id: string
  /** Name of its endpoint. */
  readonly endpoint: string
  /** How it is now. */
  readonly status: Effect.Effect<JobStatus, RemoteError>
  /** What the function returns, or its own error. Of a function that streams: nothing, when its stream has ended. */
  readonly await: Effect.Effect<A, E | RemoteError>
  /**
   * The values of a function that streams, each given to one reader and then gone; it ends as the stream does. Of any
   * other function: its result.
   */
  readonly stream: Stream.Stream<Value, E | RemoteError>
  /**
   * What the handler reports by `Remote.progress`, as JSON: the latest report, when it is another. Ends with the job,
   * however that ends.
   */
  readonly progress: Stream.Stream<unknown, RemoteError>
  /** Stops it, and its handler is interrupted. A job that is over stays what it is. */
  readonly cancel: Effect.Effect<void, RemoteError>
  /** Runs it anew under the same id, where it failed or timed out. */
  readonly retry: Effect.Effect<void, RemoteError>
}

/**
 * What is known of a job in any state.
 *
 * @since 0.1.0
 * @category models
 */
export interface JobFacts {
  /** Milliseconds in the queue, before the last attempt. */
  readonly delayTime: number | undefined
  /** Milliseconds of the last attempt. */
  readonly executionTime: number | undefined
  /** Worker of the last attempt. */
  readonly workerId: string | undefined
  /** How often the platform gave the job to another worker, since it lost the one that had it. */
  readonly retries: number
}

/**
 * The states of a job. A function's own error is an answer, so that its job is `Completed`.
 *
 * @since 0.1.0
 * @category models
 */
export type JobStatus = Data.TaggedEnum<{
  readonly InQueue: JobFacts
  /** `progress` is what the handler reported last. */
  readonly InProgress: JobFacts & { readonly progress: unknown }
  readonly Completed: JobFacts
  readonly Failed: JobFacts & { readonly error: string }
  readonly Cancelled: JobFacts
  readonly TimedOut: JobFacts & { readonly error: string }
  /** A state that this version does not know, by the platform's name for it; the job goes on. */
  readonly Unknown: JobFacts & { readonly raw: string }
}>

/**
 * @since 0.1.0
 * @category constructors
 */
export const JobStatus = Data.taggedEnum<JobStatus>()

/**
 * Whether a job is over.
 *
 * @since 0.1.0
 * @category guards
 */
export const isOver = ({ _tag }: JobStatus): boolean =>
  _tag === "Completed" || _tag === "Failed" || _tag === "Cancelled" || _tag === "TimedOut"

/**
 * Where a handler reports its progress to. Outside of a job it goes nowhere.
 *
 * @since 0.1.0
 * @category services
 */
export class Progress extends Context.Reference<Progress>()("effect-flash/Progress", {
  defaultValue: (): (value: unknown) => Effect.Effect<void> => () => Effect.void
}) {}
