/**
 * Calls that travel as jobs of a queue endpoint: submit, wait, read the answer; interruption cancels the job.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Declared, EndpointService, Procedure } from "../Endpoint.ts"
import * as CallOptions from "../protocol/CallOptions.ts"
import type * as Codec from "../protocol/Codec.ts"
import { Ensuring } from "../provision/Ensuring.ts"
import * as RemoteError from "../RemoteError.ts"
import { isTerminal, RunpodJobs } from "../runpod/RunpodJobs.ts"
import type { EndpointRef, JobState } from "../runpod/RunpodJobs.ts"
import * as ChunkReader from "./ChunkReader.ts"
import { CodeBundler } from "./CodeBundler.ts"
import * as Dialect from "./Dialect.ts"
import * as JobStream from "./JobStream.ts"
import * as LiveWire from "./LiveWire.ts"
import * as PlainWire from "./PlainWire.ts"
import * as QueueJob from "./QueueJob.ts"
import * as RpcEndpoint from "./RpcEndpoint.ts"
import * as Tracing from "./Tracing.ts"
import type * as Wire from "./Wire.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly codec: Codec.Codec
  /** Default: by the type of the resource. */
  readonly dialect?: Dialect.Dialect
}

/**
 * The endpoint of a resource, provisioned by its first call.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  resource: Declared,
  { codec, dialect = Dialect.of(resource.config) }: Options
): Effect.Effect<EndpointService, never, Scope.Scope | RunpodJobs | Ensuring | CodeBundler> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const jobs = yield* RunpodJobs
    const manager = yield* Ensuring
    const live = {
      name: resource.name,
      capacity: resource.config.workersMax * resource.config.maxConcurrency,
      codec,
      format: "msgpack" as const,
      bundler: yield* CodeBundler,
      delivered: new Set<string>()
    }
    const wires = new Map<Procedure, Wire.Wire>()
    const wireOf = (procedure: Procedure): Wire.Wire => {
      const known = wires.get(procedure)
      if (known !== undefined) return known
      // a wire is given back only what it made itself
      const wire = (dialect === "plain"
        ? PlainWire.make(procedure)
        : dialect === "deployed"
        ? LiveWire.makeDeployed(procedure, live)
        : LiveWire.make(procedure, live)) as Wire.Wire
      wires.set(procedure, wire)
      return wire
    }

    /**
     * Submits a job and follows it. Where that is interrupted, or breaks, the job is cancelled. Who follows a job may do
     * so for long: nothing of its submission is kept then.
     */
    const travel = <A>(
      endpoint: EndpointRef,
      submitting: Effect.Effect<JobState, RemoteError.RemoteError>,
      follow: (job: JobState) => Effect.Effect<A, RemoteError.RemoteError>
    ): Effect.Effect<A, RemoteError.RemoteError> =>
      Effect.uninterruptibleMask((restore) => {
        const withdrawing = <B>(
          step: Effect.Effect<B, RemoteError.RemoteError>,
          withdraw: () => Effect.Effect<void>
        ): Effect.Effect<B, RemoteError.RemoteError> =>
          Effect.onError(
            restore(step),
            // outlives the interrupted caller, and the scope's end waits for it
            (cause) => isAbandoned(cause) ? Effect.forkIn(withdraw(), scope) : Effect.void
          )
        // in a fiber of its own: a submission that is under way has to end, so that its job can be cancelled
        return Effect.flatMap(
          Effect.flatMap(
            Effect.forkDaemon(submitting),
            (submission) =>
              withdrawing(
                Fiber.join(submission),
                () =>
                  Effect.flatMap(
                    Fiber.await(submission),
                    (exit) => exit._tag === "Failure" ? Effect.void : drop(endpoint, exit.value)
                  )
              )
          ),
          (job) => withdrawing(follow(job), () => drop(endpoint, job))
        )
      })

    const drop = (endpoint: EndpointRef, { id, status }: JobState): Effect.Effect<void> =>
      isTerminal(status) ? Effect.void : cancel(endpoint, id)

    const cancel = (endpoint: EndpointRef, jobId: string) =>
      jobs.cancel(endpoint, jobId).pipe(
        Effect.retry({
          schedule: Schedule.exponential("100 millis").pipe(Schedule.intersect(Schedule.recurs(5))),
          while: (error) => error._tag !== "JobNotFound"
        }),
        // a job that is over or expired needs no cancelling
        Effect.catchTag("JobNotFound", () => Effect.void),
        Effect.catchAll((error) =>
          Effect.logWarning(`Job ${jobId} could not be cancelled and may still run: ${error.message}`)
        )
      )

    /** Makes a parcel of a request and sends it; once more, with its code, where the worker lacks that. */
    const send = <A>(
      procedure: Procedure,
      request: unknown,
      options: CallOptions.CallOptions | undefined,
      how: (endpoint: EndpointRef, parcel: Wire.Parcel, body: string) => Effect.Effect<A, Failure>
    ): Effect.Effect<A, RemoteError.RemoteError> => {
      const fields = fieldsOf(procedure, options)
      if (Either.isLeft(fields)) return Effect.fail(fields.left)
      const attempt = (code: Wire.Code) =>
        Effect.flatMap(wireOf(procedure).pack(request, code), (parcel) => {
          const body = JSON.stringify({ input: parcel.input, ...fields.right })
          // last: what cannot be sent provisions nothing
          return Effect.flatMap(manager.ensure(resource), (endpoint) => how(endpoint, parcel, body))
        })
      return Effect.catchTag(
        // a webhook is to hear of one job, and of its result
        attempt(options?.webhook === undefined ? "where missing" : "always"),
        "CodeMissing",
        () => Effect.catchTag(attempt("always"), "CodeMissing", Effect.die)
      )
    }

    const callerOf = (procedure: Procedure): RpcEndpoint.Caller => {
      const wire = wireOf(procedure)
      return {
        call: (payload, span, options) =>
          Effect.flatMap(
            wire.request(payload, span),
            (request) =>
              send(procedure, request, options, (endpoint, parcel, body) =>
                Effect.flatMap(
                  travel(
                    endpoint,
                    options?.mode === "runsync" ? jobs.runsync(endpoint, body) : jobs.run(endpoint, body),
                    (job) => isTerminal(job.status) ? Effect.succeed(job) : jobs.await(endpoint, job.id)
                  ),
                  (job) => parcel.outcome(endpoint, job)
                ))
          ),
        stream: (payload, span, options, emit) =>
          Effect.flatMap(wire.request(payload, span), (request) => {
            let received = 0
            const counting: RpcEndpoint.Emit = (values) => {
              received += values.length
              return emit(values)
            }
            return send(procedure, request, options, (endpoint, parcel, body) =>
              Effect.flatMap(
                travel(
                  endpoint,
                  jobs.run(endpoint, body),
                  ({ id: jobId }) =>
                    JobStream.run({ jobs, endpoint, jobId }, wire.reader(endpoint, jobId, "beginning"), counting)
                ),
                (job) =>
                  Effect.mapError(parcel.outcome(endpoint, job), (error) =>
                    // the worker that had it is lost, and another one has no code for its second run
                    error._tag === "CodeMissing" && received > 0
                      ? new RemoteError.StreamBroken({
                        endpoint: endpoint.name,
                        jobId: job.id,
                        received,
                        reason: ChunkReader.anew
                      })
                      : error)
              ))
          })
      }
    }

    const jobOf = (procedure: Procedure, endpoint: EndpointRef, jobId: string) =>
      QueueJob.make(procedure, wireOf(procedure), { jobs, endpoint, jobId })

    return {
      ...RpcEndpoint.fromCallers(resource.name, callerOf, scope),
      jobs: {
        submit: (procedure, payload, options) =>
          Effect.gen(function*() {
            const fields = yield* fieldsOf(procedure, options)
            const request = yield* wireOf(procedure).request(payload, yield* Tracing.parent)
            // nobody may be there to send the code when it turns out to be missing
            const { input } = yield* wireOf(procedure).pack(request, "always")
            const body = JSON.stringify({ input, ...fields })
            const endpoint = yield* manager.ensure(resource)
            const { id } = yield* travel(endpoint, jobs.run(endpoint, body), Effect.succeed)
            return jobOf(procedure, endpoint, id)
          }),
        attach: (procedure, jobId) =>
          Effect.flatMap(
            manager.ensure(resource),
            (endpoint) => Effect.as(jobs.status(endpoint, jobId), jobOf(procedure, endpoint, jobId))
          )
      }
    }
  })

type Failure = RemoteError.RemoteError | Wire.CodeMissing

/**
 * Nobody waits for a job any more whose caller was interrupted or whose stream cannot be read. Where it can only not be
 * followed any longer, somebody may still ask for it.
 */
const isAbandoned = (cause: Cause.Cause<RemoteError.RemoteError>): boolean =>
  Cause.isInterrupted(cause) || (cause._tag === "Fail" && unreadable.has(cause.error._tag))

const unreadable: ReadonlySet<string> = new Set(["StreamBroken", "InvalidResponse", "ProtocolMismatch"])

const none = Either.right<CallOptions.JobFields>({})

const fieldsOf = (
  procedure: Procedure,
  options: CallOptions.CallOptions | undefined
): Either.Either<CallOptions.JobFields, RemoteError.InvalidOptions> =>
  options === undefined ? none : Either.mapLeft(
    CallOptions.encode(options),
    (issue) => new RemoteError.InvalidOptions({ function: procedure._tag, issue })
  )
