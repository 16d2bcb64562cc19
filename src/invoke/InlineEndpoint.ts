/**
 * Calls that run in the caller's process, through the same requests, responses and schemas as on a worker.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import type { EndpointService, Procedure } from "../Endpoint.ts"
import * as CallOptions from "../protocol/CallOptions.ts"
import type * as Codec from "../protocol/Codec.ts"
import * as FunctionRequest from "../protocol/FunctionRequest.ts"
import { InvalidOptions, InvalidPayload, JobTimedOut, NotSupported } from "../RemoteError.ts"
import type { RemoteError } from "../RemoteError.ts"
import * as Envelope from "./Envelope.ts"
import type { FunctionServer } from "./FunctionServer.ts"
import * as RpcEndpoint from "./RpcEndpoint.ts"

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
export const make = ({ codec, name, server }: Options, scope: Scope.Scope): EndpointService =>
  RpcEndpoint.fromCallers(name, (procedure) => {
    const envelope = Envelope.make(procedure, { name, codec, format: "msgpack" })
    return {
      call(payload, span, options) {
        const running = envelope.request(payload, span).pipe(
          Effect.flatMap((request) => decode(procedure, request)),
          Effect.flatMap((request) => server.execute(procedure, request)),
          Effect.flatMap((response) => envelope.outcome({ response }))
        )
        return options === undefined ? running : withOptions(name, procedure, options, running)
      }
    }
  }, scope)

const decode = (
  procedure: Procedure,
  request: FunctionRequest.FunctionRequestEncoded
): Effect.Effect<FunctionRequest.FunctionRequest, InvalidPayload> =>
  Effect.mapError(
    FunctionRequest.decode(request),
    (error) => new InvalidPayload({ function: procedure._tag, issue: error.message })
  )

/** Nothing waits here, so that a time to live and a low priority mean nothing; a time limit does. */
const withOptions = <A>(
  endpoint: string,
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
      new NotSupported({ endpoint, operation: "webhook", reason: "its functions run in this process, not as jobs" })
    )
  }
  const limit = policy?.executionTimeout
  return limit === undefined ? running : Effect.timeoutFail(running, {
    duration: limit,
    onTimeout: () =>
      new JobTimedOut({ endpoint, jobId: "inline", error: `it ran longer than its execution timeout of ${limit} ms` })
  })
}
