/**
 * Calls that travel as jobs of a queue endpoint: submit, wait, read the answer; interruption cancels the job.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import type { Declared, EndpointService, Procedure } from "../Endpoint.ts"
import type * as Codec from "../protocol/Codec.ts"
import type { FunctionRequestEncoded } from "../protocol/FunctionRequest.ts"
import * as FunctionResponse from "../protocol/FunctionResponse.ts"
import * as Limits from "../protocol/Limits.ts"
import { Ensuring } from "../provision/Ensuring.ts"
import * as RemoteError from "../RemoteError.ts"
import { RunpodJobs } from "../runpod/RunpodJobs.ts"
import type { EndpointRef, JobState } from "../runpod/RunpodJobs.ts"
import { CodeBundler } from "./CodeBundler.ts"
import type { Reply } from "./RpcEndpoint.ts"
import * as RpcEndpoint from "./RpcEndpoint.ts"

/**
 * The endpoint of a live resource: provisioned by its first call, and the code travels with the calls.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  resource: Declared,
  options: { readonly codec: Codec.Codec }
): Effect.Effect<EndpointService, never, Scope.Scope | RunpodJobs | Ensuring | CodeBundler> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const jobs = yield* RunpodJobs
    const manager = yield* Ensuring
    const bundler = yield* CodeBundler
    /** Hashes of the bundles that a worker of this endpoint answered for. */
    const delivered = new Set<string>()

    const call = (endpoint: EndpointRef, body: string): Effect.Effect<JobState, RemoteError.RemoteError> =>
      Effect.uninterruptibleMask((restore) =>
        // in a fiber of its own: a submission that is under way has to end, so that its job can be cancelled
        Effect.flatMap(Effect.forkDaemon(jobs.run(endpoint, body)), (submission) =>
          restore(
            Effect.flatMap(Fiber.join(submission), (jobId) => jobs.await(endpoint, jobId))
          ).pipe(Effect.onInterrupt(() => Effect.forkIn(withdraw(endpoint, submission), scope))))
      )

    /** Outlives the interrupted caller, and the scope's end waits for it. */
    const withdraw = (endpoint: EndpointRef, submission: Fiber.Fiber<string, unknown>) =>
      Effect.flatMap(
        Fiber.await(submission),
        (exit) =>
          exit._tag === "Failure" ? Effect.void : jobs.cancel(endpoint, exit.value).pipe(
            Effect.retry({
              schedule: Schedule.exponential("100 millis").pipe(Schedule.intersect(Schedule.recurs(5))),
              while: (error) => error._tag !== "JobNotFound"
            }),
            // a job that is over or expired needs no cancelling
            Effect.catchTag("JobNotFound", () => Effect.void),
            Effect.catchAll((error) =>
              Effect.logWarning(`Job ${exit.value} could not be cancelled and may still run: ${error.message}`)
            )
          )
      )

    const attempt = (
      procedure: Procedure,
      request: FunctionRequestEncoded,
      withCode: boolean
    ): Effect.Effect<Reply, RemoteError.RemoteError> =>
      Effect.flatMap(
        manager.ensure(resource),
        (endpoint) =>
          Effect.flatMap(bundler.bundle(procedure), ({ code, hash }) => {
            const travels = withCode || code.length <= Limits.codeWithEveryCall || !delivered.has(hash)
            const body = JSON.stringify({
              input: { ...request, code_hash: hash, ...(travels ? { function_code: code } : {}) }
            })
            return Effect.map(
              Effect.flatMap(call(endpoint, body), (job) => read(procedure, endpoint, job)),
              (reply) => {
                if (isCodeMissing(reply)) delivered.delete(hash)
                else delivered.add(hash)
                return reply
              }
            )
          })
      )

    return RpcEndpoint.make({
      name: resource.name,
      codec: options.codec,
      format: "msgpack",
      send: (procedure, request) =>
        Effect.flatMap(
          attempt(procedure, request, false),
          (reply) => isCodeMissing(reply) ? attempt(procedure, request, true) : Effect.succeed(reply)
        )
    }, scope)
  })

const isCodeMissing = ({ response: { error } }: Reply): boolean =>
  error?._tag === "reject" && error.reason === "code_missing"

const isResponse = Schema.is(FunctionResponse.FunctionResponse)
const decodeErrorText = Schema.decodeUnknownOption(Schema.parseJson(FunctionResponse.FunctionResponse))
const decodeOutput = Schema.decodeUnknownOption(FunctionResponse.FunctionResponse)

/** What the platform says when the worker of a job stopped reporting it, twice. */
const isLost = (error: string): boolean => /^job timed out after \d+ retries$/.test(error)

/** The response in a finished job: its output, or in the text of its error, whichever the platform kept. */
const read = (
  procedure: Procedure,
  endpoint: EndpointRef,
  job: JobState
): Effect.Effect<Reply, RemoteError.RemoteError> => {
  const at = { endpoint: endpoint.name, jobId: job.id }
  const from = { jobId: job.id, ...(job.workerId == null ? {} : { workerId: job.workerId }) }
  const error = job.error == null ? "" : typeof job.error === "string" ? job.error : JSON.stringify(job.error)
  switch (job.status) {
    case "CANCELLED":
      return Effect.fail(new RemoteError.JobCancelled(at))
    case "TIMED_OUT":
      return Effect.fail(new RemoteError.JobTimedOut({ ...at, ...(error === "" ? {} : { error }) }))
    default: {
      // the usual answer is read without the decoder, which only fills in what is left out
      if (isResponse(job.output)) return Effect.succeed({ response: job.output, ...from })
      const response = Option.orElse(decodeOutput(job.output), () => decodeErrorText(error))
      if (Option.isSome(response)) return Effect.succeed({ response: response.value, ...from })
      if (isLost(error)) {
        return Effect.fail(new RemoteError.WorkerLost({ ...at, retries: job.retries ?? 1, error }))
      }
      const { workerId } = from
      return Effect.fail(
        job.status === "FAILED"
          ? new RemoteError.JobFailed({ ...at, error, ...(workerId === undefined ? {} : { workerId }) })
          : new RemoteError.InvalidResponse({
            function: procedure._tag,
            jobId: job.id,
            issue: `not an answer of a Flash worker: ${JSON.stringify(job.output)?.slice(0, 1024)}`
          })
      )
    }
  }
}
