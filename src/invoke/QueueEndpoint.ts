/**
 * Calls that travel as jobs of a queue endpoint: submit, wait, read the answer; interruption cancels the job.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Exit from "effect/Exit"
import { identity } from "effect/Function"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
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
import * as PerProcedure from "./PerProcedure.ts"
import * as PlainWire from "./PlainWire.ts"
import * as QueueJob from "./QueueJob.ts"
import * as RpcEndpoint from "./RpcEndpoint.ts"
import * as Tracing from "./Tracing.ts"
import * as Travel from "./Travel.ts"
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
    const travel = yield* Travel.make(jobs)
    const manager = yield* Ensuring
    const live = {
      name: resource.name,
      capacity: resource.config.workersMax * resource.config.maxConcurrency,
      codec,
      format: "msgpack" as const,
      bundler: yield* CodeBundler,
      delivered: new Set<string>()
    }
    const wireOf = PerProcedure.make((procedure) =>
      // a wire is given back only what it made itself
      (dialect === "plain"
        ? PlainWire.make(procedure)
        : dialect === "deployed"
        ? LiveWire.makeDeployed(procedure, live)
        : LiveWire.make(procedure, live)) as Wire.Wire
    )

    /** A request as a parcel, the text of its job, and where that goes. */
    const prepare = ({ fields, procedure, request }: Sending<unknown, unknown>, code: Wire.Code) =>
      Effect.flatMap(wireOf(procedure).pack(request, code), (parcel) => {
        const body = JSON.stringify({ input: parcel.input, ...fields })
        // last: what cannot be sent provisions nothing
        return Effect.map(manager.ensure(resource), (endpoint) => ({ endpoint, parcel, body }))
      })

    /** Sends a request; once more, with its code, where the worker lacks that. */
    const exchange = <A, E>(
      sending: Sending<A, E>,
      code: Wire.Code
    ): Effect.Effect<A, E | RemoteError.RemoteError> =>
      Effect.flatMap(
        prepare(sending, code),
        ({ body, endpoint, parcel }) =>
          Effect.flatMap(sending.way.send(endpoint, body), answered(sending, code, endpoint, parcel))
      )

    const answered = <A, E>(
      sending: Sending<A, E>,
      code: Wire.Code,
      endpoint: EndpointRef,
      parcel: Wire.Parcel
    ) =>
    (job: JobState): Effect.Effect<A, E | RemoteError.RemoteError> =>
      Effect.matchEffect(sending.way.outcome(endpoint, parcel, job), {
        onSuccess: sending.way.end,
        onFailure: (error) =>
          error._tag !== "CodeMissing"
            ? Effect.fail(error)
            : code === "always"
            ? Effect.die(error)
            : exchange(sending, "always")
      })

    const send = <A, E>(
      procedure: Procedure,
      payload: unknown,
      span: Tracer.AnySpan | undefined,
      options: CallOptions.CallOptions | undefined,
      way: Way<A, E>
    ): Effect.Effect<A, E | RemoteError.RemoteError> => {
      const fields = fieldsOf(procedure, options)
      return Either.isLeft(fields) ? Effect.fail(fields.left) : Effect.flatMap(
        wireOf(procedure).request(payload, span),
        (request) =>
          exchange(
            { procedure, request, fields: fields.right, way },
            // a webhook is to hear of one job, and of its result
            options?.webhook === undefined ? "where missing" : "always"
          )
      )
    }

    /** Submits a job one way or the other, and waits for it. */
    const waiting = (submit: "run" | "runsync"): Way<unknown, unknown> => ({
      send: (endpoint, body) =>
        travel(
          endpoint,
          jobs[submit](endpoint, body),
          (job) => isTerminal(job.status) ? Effect.succeed(job) : jobs.await(endpoint, job.id)
        ),
      outcome: (endpoint, parcel, job) => parcel.outcome(endpoint, job),
      end: identity
    })
    const run = waiting("run")
    const runsync = waiting("runsync")

    /** Submits a job and reads its stream. */
    const streaming = (wire: Wire.Wire, emit: RpcEndpoint.Emit): Way<Outcome, never> => {
      let received = 0
      const counting: RpcEndpoint.Emit = (values) => {
        received += values.length
        return emit(values)
      }
      return {
        send: (endpoint, body) =>
          travel(
            endpoint,
            jobs.run(endpoint, body),
            ({ id: jobId }) =>
              JobStream.run({ jobs, endpoint, jobId }, wire.reader(endpoint, jobId, "beginning"), counting)
          ),
        outcome: (endpoint, parcel, job) =>
          Effect.mapError(parcel.outcome(endpoint, job), (error) =>
            // the worker that had it is lost, and another one has no code for its second run
            error._tag === "CodeMissing" && received > 0
              ? new RemoteError.StreamBroken({
                endpoint: endpoint.name,
                jobId: job.id,
                received,
                reason: ChunkReader.anew
              })
              : error),
        end: Effect.succeed
      }
    }

    const callerOf = (procedure: Procedure): RpcEndpoint.Caller => ({
      call: (payload, span, options) =>
        send(procedure, payload, span, options, options?.mode === "runsync" ? runsync : run),
      stream: (payload, span, options, emit) =>
        Effect.suspend(() => send(procedure, payload, span, options, streaming(wireOf(procedure), emit)))
    })

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

type Outcome = Exit.Exit<unknown, unknown>

/** One call on its way. */
interface Sending<A, E> {
  readonly procedure: Procedure
  readonly request: unknown
  readonly fields: CallOptions.JobFields
  readonly way: Way<A, E>
}

interface Way<A, E> {
  /** Sends the job, and succeeds when it is over. */
  readonly send: (endpoint: EndpointRef, body: string) => Effect.Effect<JobState, RemoteError.RemoteError>
  readonly outcome: (
    endpoint: EndpointRef,
    parcel: Wire.Parcel,
    job: JobState
  ) => Effect.Effect<Outcome, RemoteError.RemoteError | Wire.CodeMissing>
  /** What becomes of the outcome. */
  readonly end: (outcome: Outcome) => Effect.Effect<A, E>
}

const none = Either.right<CallOptions.JobFields>({})

const fieldsOf = (
  procedure: Procedure,
  options: CallOptions.CallOptions | undefined
): Either.Either<CallOptions.JobFields, RemoteError.InvalidOptions> =>
  options === undefined ? none : Either.mapLeft(
    CallOptions.encode(options),
    (issue) => new RemoteError.InvalidOptions({ function: procedure._tag, issue })
  )
