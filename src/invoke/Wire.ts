/**
 * How the calls of one function become jobs of a queue, and how a finished job becomes the call's outcome.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Tracer from "effect/Tracer"
import * as RemoteError from "../RemoteError.ts"
import type { EndpointRef, JobState } from "../runpod/RunpodJobs.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Wire<Request = unknown> {
  /** What is sent of a payload, whatever endpoint it goes to. */
  readonly request: (
    payload: unknown,
    span: Tracer.AnySpan | undefined
  ) => Effect.Effect<Request, RemoteError.InvalidPayload | RemoteError.NestedTooDeep>
  /** Makes a request ready to be sent. */
  readonly pack: (request: Request, code: Code) => Effect.Effect<Parcel, RemoteError.RemoteError>
  /** The outcome of a finished job. */
  readonly outcome: (
    endpoint: EndpointRef,
    job: JobState
  ) => Effect.Effect<Exit.Exit<unknown, unknown>, RemoteError.RemoteError>
  /** Why a job failed, in the handler's words where it is they that are known. */
  readonly errorOf: (job: JobState) => string
  /** Reads the stream of a job, from its beginning or from where somebody else has left it. */
  readonly reader: (endpoint: EndpointRef, jobId: string, from: From) => Reader
}

/**
 * @since 0.1.0
 * @category models
 */
export type From = "beginning" | "anywhere"

/**
 * @since 0.1.0
 * @category models
 */
export interface Reader {
  /** The values in the `output` of one post. */
  readonly read: (output: unknown) => Effect.Effect<ReadonlyArray<unknown>, RemoteError.RemoteError>
  /** Of a finished job: whether all of its values have been read. */
  readonly hasAll: (job: JobState) => boolean
  /** Of a finished job whose stream brings no more. */
  readonly broken: (job: JobState) => RemoteError.RemoteError | undefined
}

/**
 * Whether code travels with a job: always, or only where no worker is known to hold it.
 *
 * @since 0.1.0
 * @category models
 */
export type Code = "always" | "where missing"

/**
 * One job before it is submitted.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parcel {
  /** The job's `input`, a JSON value. */
  readonly input: unknown
  /** As `Wire.outcome`, and fails with `CodeMissing` where the code has to be sent. */
  readonly outcome: (
    endpoint: EndpointRef,
    job: JobState
  ) => Effect.Effect<Exit.Exit<unknown, unknown>, RemoteError.RemoteError | CodeMissing>
}

/**
 * The worker lacks the code that was not sent along.
 *
 * @since 0.1.0
 * @category errors
 */
export class CodeMissing extends Data.TaggedError("CodeMissing") {}

/** What the platform says when the worker of a job stopped reporting it, twice. */
const isLost = (error: string): boolean => /^job timed out after \d+ retries$/.test(error)

/**
 * A job's error as text, whatever form the platform gave it; empty where it has none.
 *
 * @since 0.1.0
 * @category accessors
 */
export const errorOf = ({ error }: JobState): string =>
  error === undefined || error === null ? "" : typeof error === "string" ? error : JSON.stringify(error)

/**
 * Why a finished job brought no answer; `undefined` of one that completed.
 *
 * @since 0.1.0
 * @category accessors
 */
export const failureOf = (endpoint: EndpointRef, job: JobState): RemoteError.RemoteError | undefined => {
  const at = { endpoint: endpoint.name, jobId: job.id }
  const error = errorOf(job)
  switch (job.status) {
    case "COMPLETED":
      return undefined
    case "CANCELLED":
      return new RemoteError.JobCancelled(at)
    case "TIMED_OUT":
      return new RemoteError.JobTimedOut({ ...at, ...(error === "" ? {} : { error }) })
    default:
      return isLost(error)
        ? new RemoteError.WorkerLost({ ...at, retries: job.retries ?? 1, error })
        : new RemoteError.JobFailed({
          ...at,
          error,
          ...(job.workerId == null ? {} : { workerId: job.workerId }),
          ...(job.output == null ? {} : { output: job.output })
        })
  }
}
