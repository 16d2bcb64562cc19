/** Runs functions of queues as jobs, and tells the console of each. */
import * as Effect from "effect/Effect"
import * as Limits from "../../src/protocol/Limits.ts"
import type { RemoteError } from "../../src/RemoteError.ts"
import { isTerminal } from "../../src/runpod/JobState.ts"
import type { JobState } from "../../src/runpod/JobState.ts"
import type { EndpointRef } from "../../src/runpod/RunpodJobs.ts"
import * as Answer from "./Answer.ts"
import * as Chunks from "./Chunks.ts"
import type { Generation } from "./Generation.ts"
import type { QueueOperation } from "./Operation.ts"
import * as Request from "./Request.ts"
import type { Target } from "./Target.ts"
import type { Trace, Tracing } from "./Trace.ts"

/** A job and what it has come to. */
export interface Finished {
  readonly job: JobState
  /** Of a function that streams. */
  readonly values: ReadonlyArray<unknown> | undefined
}

export interface Calls {
  /** Runs it to its end; interrupting this cancels the job. */
  readonly run: (
    generation: Generation,
    operation: QueueOperation,
    input: Request.Input
  ) => Effect.Effect<Finished, RemoteError>
  /** Succeeds when it is in the queue. It is followed to its end for the console. */
  readonly submit: (
    generation: Generation,
    operation: QueueOperation,
    input: Request.Input
  ) => Effect.Effect<JobState, RemoteError>
  readonly status: (operation: QueueOperation, id: string) => Effect.Effect<JobState, RemoteError>
  readonly cancel: (operation: QueueOperation, id: string) => Effect.Effect<JobState, RemoteError>
  /** The values that came since this was asked last. */
  readonly stream: (operation: QueueOperation, id: string) => Effect.Effect<Chunks.Page, RemoteError>
}

export const make = (target: typeof Target.Service, tracing: Tracing): Calls => {
  const { jobs } = target
  /** Hashes of code that workers of an endpoint have answered for, by its id. */
  const delivered = new Map<string, Set<string>>()
  const deliveredTo = (endpoint: EndpointRef) => {
    const hashes = delivered.get(endpoint.id) ?? new Set()
    delivered.set(endpoint.id, hashes)
    return hashes
  }
  const pages = Chunks.pages(jobs)

  const send = (
    endpoint: EndpointRef,
    generation: Generation,
    operation: QueueOperation,
    input: Request.Input,
    travels: Request.Travels
  ) =>
    jobs.run(
      endpoint,
      JSON.stringify({
        ...input.job,
        input: Request.ofQueue(operation, input, generation.codeOf(operation), travels)
      })
    )

  const follow = (endpoint: EndpointRef, operation: QueueOperation, submitted: JobState) =>
    operation.function.isStream
      ? Chunks.collect(jobs, endpoint, operation.function.name, submitted.id)
      : Effect.map(
        isTerminal(submitted.status) ? Effect.succeed(submitted) : jobs.await(endpoint, submitted.id),
        (job): Finished => ({ job, values: undefined })
      )

  const attempt = (
    generation: Generation,
    operation: QueueOperation,
    input: Request.Input,
    always: boolean
  ): Effect.Effect<Finished, RemoteError> =>
    // who goes away while a job is submitted leaves one that has to be cancelled
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function*() {
        const endpoint = yield* restore(target.provision(operation.resource))
        const { hash, text } = generation.codeOf(operation)
        const held = deliveredTo(endpoint)
        const travels = always || text.length <= Limits.codeWithEveryCall || !held.has(hash) ? "code" : "hash"
        const submitted = yield* send(endpoint, generation, operation, input, travels)
        const trace = yield* tracing.begin({
          endpoint,
          function: operation.function.name,
          job: submitted.id,
          generation
        })
        const finished = yield* restore(follow(endpoint, operation, submitted)).pipe(
          Effect.onInterrupt(() =>
            Effect.zipRight(Effect.ignore(jobs.cancel(endpoint, submitted.id)), cancelled(trace))
          ),
          Effect.tapError((error) => trace.end({ status: error._tag, ok: false, error: error.message }))
        )
        if (Answer.isCodeMissing(Answer.responseOf(finished.job)) && travels === "hash") {
          held.delete(hash)
          yield* trace.end({ status: "RESENT", ok: true })
          return yield* restore(attempt(generation, operation, input, true))
        }
        held.add(hash)
        yield* ended(trace, finished.job)
        return finished
      })
    )

  return {
    run: (generation, operation, input) => attempt(generation, operation, input, false),
    submit: (generation, operation, input) =>
      Effect.gen(function*() {
        const endpoint = yield* target.provision(operation.resource)
        // nobody may be there to send the code when it turns out to be missing
        const submitted = yield* send(endpoint, generation, operation, input, "code")
        const trace = yield* tracing.begin({
          endpoint,
          function: operation.function.name,
          job: submitted.id,
          generation
        })
        yield* tracing.inBackground(
          jobs.await(endpoint, submitted.id).pipe(
            Effect.matchEffect({
              onFailure: (error) => trace.end({ status: error._tag, ok: false, error: error.message }),
              onSuccess: (job) => ended(trace, job)
            })
          )
        )
        return submitted
      }),
    status: (operation, id) =>
      Effect.flatMap(target.provision(operation.resource), (endpoint) => jobs.status(endpoint, id)),
    cancel: (operation, id) =>
      Effect.flatMap(
        target.provision(operation.resource),
        (endpoint) => Effect.zipRight(jobs.cancel(endpoint, id), jobs.status(endpoint, id))
      ),
    stream: (operation, id) =>
      Effect.flatMap(
        target.provision(operation.resource),
        (endpoint) => pages(endpoint, operation.function.name, id)
      )
  }
}

const cancelled = (trace: Trace) => trace.end({ status: "CANCELLED", ok: false, error: "its caller went away" })

const ended = (trace: Trace, job: JobState) => {
  const { delayTime, executionTime, status } = Answer.plain(job)
  return Effect.zipRight(
    trace.printed(Answer.responseOf(job)?.stdout ?? ""),
    trace.end({
      status,
      ok: status === "COMPLETED",
      delayTime,
      executionTime,
      error: status === "COMPLETED" ? undefined : Answer.errorOf(job)
    })
  )
}
