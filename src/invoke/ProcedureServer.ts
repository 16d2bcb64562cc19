/**
 * Serves one procedure: decodes a request, runs the handler or the method of an instance, encodes what came of it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import type * as Endpoint from "../Endpoint.ts"
import * as Procedure from "../Procedure.ts"
import type * as Codec from "../protocol/Codec.ts"
import { protocolVersion } from "../protocol/FunctionRequest.ts"
import type { FunctionRequest } from "../protocol/FunctionRequest.ts"
import * as FunctionResponse from "../protocol/FunctionResponse.ts"
import { CallChain } from "./CallChain.ts"
import type * as Channel from "./Channel.ts"
import * as ExitResponse from "./ExitResponse.ts"
import * as InstanceCalls from "./InstanceCalls.ts"
import type * as Instances from "./Instances.ts"
import * as ProcedureCalls from "./ProcedureCalls.ts"
import * as Tracing from "./Tracing.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface ProcedureServer {
  /** Never fails: whatever the handler does is in the response. */
  readonly execute: (
    request: FunctionRequest,
    channel: Channel.Channel
  ) => Effect.Effect<FunctionResponse.FunctionResponse>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly codec: Codec.Codec
  /** Whether the stack of a defect goes back to the caller. */
  readonly stacks: boolean
  /** What layers have built already, of this procedure and of others. */
  readonly memo: Layer.MemoMap
  readonly instances: Instances.Instances
}

/** Runs a payload that is decoded. */
type Perform = (
  payload: unknown,
  request: FunctionRequest,
  channel: Channel.Channel
) => Effect.Effect<FunctionResponse.FunctionResponse>

/**
 * Builds the layer of the procedure, which lives as long as the scope, and fails where that cannot be built.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  procedure: Procedure.Procedure,
  { codec, instances, memo, stacks }: Options
): Effect.Effect<ProcedureServer, unknown, Scope.Scope | Endpoint.Flash> =>
  Effect.gen(function*() {
    const { handler, layer, method } = procedure[Procedure.DefinitionId]
    const runs = handler ?? method
    if (runs === undefined || (typeof runs === "object" && runs.class.make === undefined)) {
      const message = `"${procedure._tag}" is a contract without a handler here`
      return { execute: () => Effect.succeed(FunctionResponse.reject("function_missing", message)) }
    }
    const scope = yield* Effect.scope
    const services = layer === undefined ? Context.empty() : yield* Layer.buildWithMemoMap(layer, memo, scope)
    const environment = Context.merge(yield* Effect.context<Endpoint.Flash>(), services)
    const call = yield* ProcedureCalls.make(procedure, environment)
    const isStream = Procedure.isStream(procedure)
    const decodePayload = Schema.decodeUnknown(Procedure.payloadSchema(procedure), { errors: "all" })
    const encodeExit = Schema.encode(Procedure.exitSchema(procedure))

    const respond = (
      format: Codec.Format,
      exit: Exit.Exit<unknown, unknown>,
      emitted: number,
      codec: Codec.Codec
    ) => {
      const undeliverable = ProcedureCalls.undeliverable(exit)
      if (undeliverable !== undefined) return Effect.succeed(FunctionResponse.reject("refused", undeliverable))
      return encodeExit(exit).pipe(
        Effect.mapError(({ message }) => message),
        Effect.flatMap((encoded) =>
          Effect.try({
            try: () => ExitResponse.make(codec, format, exit, encoded as ExitResponse.EncodedExit),
            catch: (error) => error instanceof Error ? error.message : String(error)
          })
        ),
        Effect.map((response) => isStream ? { ...response, stream_length: emitted } : response),
        Effect.catchAll((issue) =>
          Effect.succeed(
            FunctionResponse.reject(
              "refused",
              `what it returned does not fit its schema: ${ProcedureCalls.excerpt(issue)}`
            )
          )
        )
      )
    }

    const answer = (
      request: FunctionRequest,
      channel: Channel.Channel,
      exit: Exit.Exit<unknown, unknown>,
      emitted: number
    ) =>
      respond(
        request.serialization_format,
        stacks ? exit : ExitResponse.withoutStacks(exit),
        emitted,
        channel.codec ?? codec
      )

    const runWith = (handler: Procedure.Handler): Perform => (payload, request, channel) =>
      Effect.flatMap(
        call(handler, payload, { channel, span: spanOf(request) }),
        ({ emitted, exit }) => answer(request, channel, exit, emitted)
      )

    const onInstance = (method: Procedure.Method): Perform => {
      const find = InstanceCalls.make({ codec, environment, instances, method })
      return (payload, request, channel) =>
        find(request, {
          method: (handler) => runWith(handler)(payload, request, channel),
          failed: (cause) => answer(request, channel, Exit.failCause(cause), 0),
          span: spanOf(request)
        })
    }

    const perform = typeof runs === "function" ? runWith(runs) : onInstance(runs)

    return {
      execute(request, channel) {
        if (request.protocol_version > protocolVersion) {
          return Effect.succeed(
            FunctionResponse.reject(
              "protocol",
              `protocol version ${request.protocol_version} is newer than ${protocolVersion}`,
              { supported: protocolVersion }
            )
          )
        }
        const format = request.serialization_format
        const { codec: own = codec } = channel
        return Effect.try(() => own.decode(format, request.args[0])).pipe(
          Effect.mapError((error) => String(error.cause)),
          Effect.flatMap((encoded) => Effect.mapError(decodePayload(encoded), (error) => error.message)),
          Effect.matchEffect({
            onFailure: (issue) => Effect.succeed(FunctionResponse.reject("payload", ProcedureCalls.excerpt(issue))),
            onSuccess: (payload) =>
              Effect.provideService(perform(payload, request, channel), CallChain, request.call_chain ?? [])
          })
        )
      }
    }
  })

const spanOf = ({ trace }: FunctionRequest): Tracer.ExternalSpan | undefined =>
  trace === undefined ? undefined : Tracing.fromTraceparent(trace.traceparent)
