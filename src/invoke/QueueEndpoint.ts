/**
 * Calls that travel as jobs of a queue endpoint: submit, wait, read the answer; interruption cancels the job.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { Declared, EndpointService, Procedure } from "../Endpoint.ts"
import * as CallOptions from "../protocol/CallOptions.ts"
import type * as Codec from "../protocol/Codec.ts"
import { ResourceManager } from "../provision/ResourceManager.ts"
import * as RemoteError from "../RemoteError.ts"
import { isTerminal, RunpodJobs } from "../runpod/RunpodJobs.ts"
import type { EndpointRef, JobState } from "../runpod/RunpodJobs.ts"
import { CodeBundler } from "./CodeBundler.ts"
import * as Dialect from "./Dialect.ts"
import * as LiveWire from "./LiveWire.ts"
import * as PlainWire from "./PlainWire.ts"
import * as RpcEndpoint from "./RpcEndpoint.ts"
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
): Effect.Effect<EndpointService, never, Scope.Scope | RunpodJobs | ResourceManager | CodeBundler> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const jobs = yield* RunpodJobs
    const manager = yield* ResourceManager
    const live = {
      name: resource.name,
      codec,
      format: "msgpack" as const,
      bundler: yield* CodeBundler,
      delivered: new Set<string>()
    }
    const wireOf = (procedure: Procedure): Wire.Wire =>
      // a wire is given back only what it made itself
      (dialect === "plain" ? PlainWire.make(procedure) : LiveWire.make(procedure, live)) as Wire.Wire

    const submit = (endpoint: EndpointRef, body: string, mode: CallOptions.CallOptions["mode"]) =>
      mode === "runsync" ? jobs.runsync(endpoint, body) : jobs.run(endpoint, body)

    const travel = (
      endpoint: EndpointRef,
      body: string,
      mode: CallOptions.CallOptions["mode"]
    ): Effect.Effect<JobState, RemoteError.RemoteError> =>
      Effect.uninterruptibleMask((restore) =>
        // in a fiber of its own: a submission that is under way has to end, so that its job can be cancelled
        Effect.flatMap(Effect.forkDaemon(submit(endpoint, body, mode)), (submission) =>
          restore(
            Effect.flatMap(Fiber.join(submission), (job) =>
              isTerminal(job.status) ? Effect.succeed(job) : jobs.await(endpoint, job.id))
          ).pipe(Effect.onInterrupt(() =>
            Effect.forkIn(withdraw(endpoint, submission), scope)
          )))
      )

    /** Outlives the interrupted caller, and the scope's end waits for it. */
    const withdraw = (endpoint: EndpointRef, submission: Fiber.Fiber<JobState, unknown>) =>
      Effect.flatMap(
        Fiber.await(submission),
        (exit) =>
          exit._tag === "Failure" || isTerminal(exit.value.status)
            ? Effect.void
            : cancel(endpoint, exit.value.id)
      )

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

    const callerOf = (procedure: Procedure): RpcEndpoint.Caller => {
      const wire = wireOf(procedure)
      return {
        call(payload, span, options) {
          const fields = fieldsOf(procedure, options)
          if (Either.isLeft(fields)) return Effect.fail(fields.left)
          const attempt = (request: unknown, code: Wire.Code) =>
            Effect.flatMap(
              manager.ensure(resource),
              (endpoint) =>
                Effect.flatMap(wire.pack(request, code), (parcel) =>
                  Effect.flatMap(
                    travel(endpoint, JSON.stringify({ input: parcel.input, ...fields.right }), options?.mode),
                    (job) => parcel.outcome(endpoint, job)
                  ))
            )
          // a webhook is to hear of one job, and of its result
          const first = options?.webhook === undefined ? "where missing" : "always"
          return Effect.flatMap(wire.request(payload, span), (request) =>
            Effect.catchTag(
              attempt(request, first),
              "CodeMissing",
              () => Effect.catchTag(attempt(request, "always"), "CodeMissing", Effect.die)
            ))
        }
      }
    }
    return RpcEndpoint.fromCallers(resource.name, callerOf, scope)
  })

const none = Either.right<CallOptions.JobFields>({})

const fieldsOf = (
  procedure: Procedure,
  options: CallOptions.CallOptions | undefined
): Either.Either<CallOptions.JobFields, RemoteError.InvalidOptions> =>
  options === undefined ? none : Either.mapLeft(
    CallOptions.encode(options),
    (issue) => new RemoteError.InvalidOptions({ function: procedure._tag, issue })
  )
