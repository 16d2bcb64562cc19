/**
 * Calls that run in the caller's process, through the same requests, responses and schemas as on a worker.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import type { EndpointService } from "../Endpoint.ts"
import * as InProcessJobs from "../InProcessJobs.ts"
import { isStream } from "../Procedure.ts"
import type { Procedure } from "../Procedure.ts"
import * as CallOptions from "../protocol/CallOptions.ts"
import type * as Codec from "../protocol/Codec.ts"
import * as FunctionRequest from "../protocol/FunctionRequest.ts"
import { InvalidOptions, InvalidPayload, JobTimedOut, NotSupported } from "../RemoteError.ts"
import type { RemoteError } from "../RemoteError.ts"
import type { Channel } from "./Channel.ts"
import * as Envelope from "./Envelope.ts"
import type { FunctionServer } from "./FunctionServer.ts"
import * as PerProcedure from "./PerProcedure.ts"
import * as RpcEndpoint from "./RpcEndpoint.ts"
import * as Tracing from "./Tracing.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly name: string
  readonly codec: Codec.Codec
  readonly server: FunctionServer
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ codec, name, server }: Options, scope: Scope.Scope): EndpointService => {
  const format = "msgpack"
  const jobs = InProcessJobs.make(name, scope)
  const interruptible = RpcEndpoint.interruptedBy(scope)
  const envelopeOf = PerProcedure.make((procedure) => Envelope.make(procedure, { name, codec, format }))

  const run = (
    procedure: Procedure,
    payload: unknown,
    span: Tracer.AnySpan | undefined,
    options: CallOptions.CallOptions | undefined,
    report: InProcessJobs.Report,
    jobId = "inline"
  ): Effect.Effect<Exit.Exit<unknown, unknown>, RemoteError> => {
    const envelope = envelopeOf(procedure)
    const channel: Channel = {
      emit: (values) =>
        Effect.try({ try: () => codec.decode(format, codec.encode(format, values)), catch: String }).pipe(
          // an array went in
          Effect.flatMap((encoded) => envelope.decodeValues(encoded as ReadonlyArray<unknown>)),
          Effect.flatMap(report.emit)
        ),
      progress: report.progress
    }
    const running = envelope.request(payload, span).pipe(
      Effect.flatMap((request) => decode(procedure, request)),
      Effect.flatMap((request) => server.execute(procedure, request, channel)),
      Effect.flatMap((response) => envelope.outcome({ response, jobId }))
    )
    return options === undefined ? running : withOptions({ endpoint: name, jobId }, procedure, options, running)
  }

  return {
    ...RpcEndpoint.fromCallers(name, (procedure) => ({
      call: (payload, span, options) => interruptible(Effect.flatten(run(procedure, payload, span, options, unheard))),
      stream: (payload, span, options, emit) => run(procedure, payload, span, options, { ...unheard, emit })
    }), scope),
    jobs: {
      submit: (procedure, payload, options) =>
        Effect.gen(function*() {
          const span = yield* Tracing.parent
          // what is wrong with it is known before there is a job
          yield* envelopeOf(procedure).request(payload, span)
          if (options !== undefined) yield* withOptions({ endpoint: name, jobId: "" }, procedure, options, Effect.void)
          return yield* jobs.submit({
            isStream: isStream(procedure),
            run: (report, jobId) => run(procedure, payload, span, options, report, jobId)
          })
        }),
      attach: (_, jobId) => jobs.attach(jobId)
    }
  }
}

const unheard: InProcessJobs.Report = { emit: () => Effect.void, progress: () => Effect.void }

const decode = (
  procedure: Procedure,
  request: FunctionRequest.FunctionRequestEncoded
): Effect.Effect<FunctionRequest.FunctionRequest, InvalidPayload> =>
  Effect.mapError(
    FunctionRequest.decode(request),
    (error) => new InvalidPayload({ function: procedure._tag, issue: error.message })
  )

/**
 * A call that is no job, with the options of one: nothing waits, so that a time to live and a low priority mean nothing;
 * a time limit does, and a webhook is not to be had.
 *
 * @since 0.1.0
 * @category combinators
 */
export const withOptions = <A>(
  at: { readonly endpoint: string; readonly jobId: string },
  procedure: Procedure,
  options: CallOptions.CallOptions,
  running: Effect.Effect<A, RemoteError>
): Effect.Effect<A, RemoteError> => {
  const fields = CallOptions.encode(options)
  if (Either.isLeft(fields)) {
    return Effect.fail(new InvalidOptions({ function: procedure._tag, issue: fields.left }))
  }
  const { policy, webhook } = fields.right
  if (webhook !== undefined) {
    return Effect.fail(
      new NotSupported({
        endpoint: at.endpoint,
        operation: "webhook",
        reason: "its calls are not jobs"
      })
    )
  }
  const limit = policy?.executionTimeout
  return limit === undefined ? running : Effect.timeoutFail(running, {
    duration: limit,
    onTimeout: () => new JobTimedOut({ ...at, error: `it ran longer than its execution timeout of ${limit} ms` })
  })
}
