/**
 * One function's calls in the dialect of effect-flash: a `FunctionRequest` there, a `FunctionResponse` back.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type * as Tracer from "effect/Tracer"
import * as Procedure from "../Procedure.ts"
import type * as Codec from "../protocol/Codec.ts"
import { protocolVersion } from "../protocol/FunctionRequest.ts"
import type { FunctionRequestEncoded } from "../protocol/FunctionRequest.ts"
import type { FunctionResponse, ResponseError } from "../protocol/FunctionResponse.ts"
import { isMethodCall, payloadOf } from "../protocol/MethodCall.ts"
import * as RemoteError from "../RemoteError.ts"
import * as CallChain from "./CallChain.ts"
import * as Tracing from "./Tracing.ts"

/**
 * A response, with what is known of the job it came from.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reply {
  readonly response: FunctionResponse
  readonly jobId?: string | undefined
  readonly workerId?: string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Envelope {
  readonly request: (
    payload: unknown,
    span: Tracer.AnySpan | undefined
  ) => Effect.Effect<FunctionRequestEncoded, RemoteError.InvalidPayload | RemoteError.NestedTooDeep>
  /** What was printed, by an installation or by the handler, goes to the caller's log. */
  readonly log: (reply: Reply) => Effect.Effect<void>
  /** What the function did; what was printed is logged. */
  readonly outcome: (reply: Reply) => Effect.Effect<Exit.Exit<unknown, unknown>, RemoteError.RemoteError>
  /** Values of the function's stream, encoded by their schema. Fails with what is wrong with them. */
  readonly decodeValues: (encoded: ReadonlyArray<unknown>) => Effect.Effect<ReadonlyArray<unknown>, string>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends CallChain.Place {
  readonly codec: Codec.Codec
  readonly format: Codec.Format
}

/** Fails with the message of what was thrown. */
const attempt = <A>(evaluate: () => A): Effect.Effect<A, string> =>
  Effect.try({ try: evaluate, catch: (error) => error instanceof Error ? error.message : String(error) })

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (procedure: Procedure.Procedure, options: Options): Envelope => {
  const { codec, format, name } = options
  const encodePayload = Procedure.payloadEncoder(procedure)
  const decodeExit = Schema.decodeUnknown(Procedure.exitSchema(procedure))
  const decodeValues = Schema.decodeUnknown(Schema.Array(Procedure.successSchema(procedure)))
  const { dependencies, method, systemDependencies } = procedure[Procedure.DefinitionId]
  const constant = {
    protocol_version: protocolVersion,
    function_name: procedure._tag,
    execution_type: method === undefined ? "function" as const : "class" as const,
    ...(method === undefined ? {} : { class_name: method.class.name, method_name: method.name }),
    serialization_format: format,
    kwargs: {},
    ...(dependencies.length === 0 ? {} : { dependencies }),
    ...(systemDependencies.length === 0 ? {} : { system_dependencies: systemDependencies })
  }

  /** JSON has no `undefined`: without a payload there is no argument. */
  const argument = (encoded: unknown): ReadonlyArray<unknown> =>
    format === "json" && encoded === undefined ? [] : [codec.encode(format, encoded)]

  /** As the original has it, the worker makes an instance that it does not know. */
  const instanceOf = (payload: unknown) =>
    isMethodCall(payload)
      ? {
        instance_id: payload.instance.id,
        constructor_args: argument(payload.instance.args),
        create_new_instance: false
      }
      : {}

  const exitOf = ({ jobId, response }: Reply): Effect.Effect<Exit.Exit<unknown, unknown>, RemoteError.RemoteError> => {
    const { error, result, serialization_format: format } = response
    const invalid = (issue: string) => new RemoteError.InvalidResponse({ function: procedure._tag, jobId, issue })
    if (response.protocol_version > protocolVersion) {
      return Effect.fail(
        new RemoteError.ProtocolMismatch({
          function: procedure._tag,
          supported: protocolVersion,
          received: response.protocol_version
        })
      )
    }
    if (!response.success && (error === undefined || error === null)) {
      return Effect.fail(invalid("it failed without saying how"))
    }
    if (error?._tag === "reject") return Effect.fail(rejection(procedure, name, error))
    return attempt(() =>
      error === undefined || error === null
        ? { _tag: "Success", value: result === undefined ? undefined : codec.decode(format, result) }
        : { _tag: "Failure", cause: codec.decode(format, error.cause) }
    ).pipe(
      Effect.flatMap((encoded) => Effect.mapError(decodeExit(encoded), (error) => error.message)),
      Effect.mapError(invalid),
      Effect.flatMap((exit) =>
        // an interruption over there is a failure here: this fiber was not interrupted
        Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause)
          ? Effect.fail(
            new RemoteError.JobFailed({
              endpoint: name,
              jobId: jobId ?? "inline",
              error: "the handler was interrupted on its worker"
            })
          )
          : Effect.succeed(exit)
      )
    )
  }

  return {
    request: (payload, span) =>
      Effect.flatMap(CallChain.extend(procedure, options), (chain) =>
        encodePayload(payloadOf(payload)).pipe(
          Effect.flatMap((encoded) =>
            attempt((): FunctionRequestEncoded => ({
              ...constant,
              args: argument(encoded),
              ...instanceOf(payload),
              call_chain: chain,
              ...(span === undefined ? {} : { trace: { traceparent: Tracing.traceparent(span) } })
            }))
          ),
          Effect.mapError((issue) => new RemoteError.InvalidPayload({ function: procedure._tag, issue }))
        )),
    decodeValues: (encoded) => Effect.mapError(decodeValues(encoded), ({ message }) => message),
    log: (reply) => logOutput(procedure, reply),
    outcome: (reply) => hasPrinted(reply) ? Effect.zipRight(logOutput(procedure, reply), exitOf(reply)) : exitOf(reply)
  }
}

const rejection = (
  procedure: Procedure.Procedure,
  endpoint: string,
  error: Extract<ResponseError, { readonly _tag: "reject" }>
): RemoteError.RemoteError => {
  const name = procedure._tag
  switch (error.reason) {
    case "payload":
      return new RemoteError.InvalidPayload({ function: name, issue: error.message })
    case "protocol":
      return new RemoteError.ProtocolMismatch({
        function: name,
        supported: error.supported ?? 0,
        received: protocolVersion
      })
    case "function_missing":
      return new RemoteError.FunctionNotFound({
        function: name,
        module: procedure[Procedure.DefinitionId].module,
        known: error.known ?? []
      })
    default:
      return new RemoteError.RequestRefused({ function: name, reason: `${error.message} (endpoint "${endpoint}")` })
  }
}

const hasPrinted = ({ response }: Reply): boolean => response.stdout !== undefined && response.stdout !== ""

/** It shows up a line each. */
const logOutput = (
  procedure: Procedure.Procedure,
  { response: { stdout = "" }, workerId }: Reply
): Effect.Effect<void> =>
  stdout === "" ? Effect.void : Effect.forEach(
    stdout.replace(/\n$/, "").split("\n"),
    (line) => Effect.logInfo(line),
    { discard: true }
  ).pipe(Effect.annotateLogs({ remote: procedure._tag, ...(workerId === undefined ? {} : { worker: workerId }) }))
