/**
 * The caller's half of a remote call: an rpc client for each function, over anything that carries a `FunctionRequest`
 * to a worker and its `FunctionResponse` back.
 *
 * @since 0.1.0
 */
import * as Rpc from "@effect/rpc/Rpc"
import * as RpcClient from "@effect/rpc/RpcClient"
import * as RpcGroup from "@effect/rpc/RpcGroup"
import type * as RpcMessage from "@effect/rpc/RpcMessage"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import * as Endpoint from "../Endpoint.ts"
import type { EndpointService, Procedure } from "../Endpoint.ts"
import type * as Codec from "../protocol/Codec.ts"
import { protocolVersion } from "../protocol/FunctionRequest.ts"
import type { FunctionRequestEncoded } from "../protocol/FunctionRequest.ts"
import type { FunctionResponse, ResponseError } from "../protocol/FunctionResponse.ts"
import * as RemoteError from "../RemoteError.ts"
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
 * Carries one request. Interrupting it withdraws the request.
 *
 * @since 0.1.0
 * @category models
 */
export type Send = (
  procedure: Procedure,
  request: FunctionRequestEncoded
) => Effect.Effect<Reply, RemoteError.RemoteError>

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly name: string
  readonly codec: Codec.Codec
  readonly format: Codec.Format
  readonly send: Send
}

type Call = (payload: unknown) => Effect.Effect<unknown, unknown>

/**
 * An endpoint over a carrier. Its clients live as long as the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options, scope: Scope.Scope): EndpointService => {
  const clients = new Map<Procedure, Call>()
  return {
    name: options.name,
    execute(procedure, payload) {
      let call = clients.get(procedure)
      if (call === undefined) {
        // making a client takes no time: it only remembers the scope
        call = Effect.runSync(Effect.provideService(makeClient(procedure, options), Scope.Scope, scope))
        clients.set(procedure, call)
      }
      return call(payload)
    }
  }
}

/** Fails with the message of what was thrown. */
const attempt = <A>(evaluate: () => A): Effect.Effect<A, string> =>
  Effect.try({ try: evaluate, catch: (error) => error instanceof Error ? error.message : String(error) })

const makeClient = (procedure: Procedure, options: Options): Effect.Effect<Call, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { codec, format, send } = options
    const encodePayload = Endpoint.payloadEncoder(procedure)
    const decodeExit = Schema.decodeUnknown(Endpoint.exitSchema(procedure))
    const { dependencies, systemDependencies } = procedure[Endpoint.DefinitionId]
    const constant = {
      protocol_version: protocolVersion,
      function_name: procedure._tag,
      execution_type: "function" as const,
      serialization_format: format,
      kwargs: {},
      ...(dependencies.length === 0 ? {} : { dependencies }),
      ...(systemDependencies.length === 0 ? {} : { system_dependencies: systemDependencies })
    }

    const encode = (message: RpcMessage.Request<Rpc.Any>, span: Tracer.AnySpan | undefined) =>
      encodePayload(message.payload).pipe(
        Effect.flatMap((encoded) =>
          attempt((): FunctionRequestEncoded => ({
            ...constant,
            // JSON has no `undefined`: a function without a payload is called without an argument
            args: format === "json" && encoded === undefined ? [] : [codec.encode(format, encoded)],
            ...(span === undefined ? {} : { trace: { traceparent: Tracing.traceparent(span) } })
          }))
        ),
        Effect.mapError((issue) => new RemoteError.InvalidPayload({ function: procedure._tag, issue }))
      )

    const exitOf = (
      { jobId, response }: Reply
    ): Effect.Effect<Exit.Exit<unknown, unknown>, RemoteError.RemoteError> => {
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
      if (error?._tag === "reject") return Effect.fail(rejection(procedure, options.name, error))
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
                endpoint: options.name,
                jobId: jobId ?? "inline",
                error: "the handler was interrupted on its worker"
              })
            )
            : Effect.succeed(exit)
        )
      )
    }

    // The client would construct the payload itself and throw what is wrong with it: its copy of the rpc has a schema
    // without a constructor, and `encode` reports instead. Of an erased procedure the type says only that it is an rpc.
    const group = RpcGroup.make(
      (procedure as unknown as Rpc.Rpc<string>).setPayload(Schema.make(procedure.payloadSchema.ast) as never)
    )
    const { client, write } = yield* RpcClient.makeNoSerialization(group, {
      supportsAck: false,
      flatten: true,
      // its span is made here, where somebody looks at spans
      disableTracing: true,
      onFromClient: ({ message }): Effect.Effect<void, RemoteError.RemoteError> =>
        message._tag !== "Request" ? Effect.void : Effect.flatMap(Tracing.parent, (span) => encode(message, span)).pipe(
          Effect.flatMap((request) => send(procedure, request)),
          Effect.tap(logOutput(procedure)),
          Effect.flatMap(exitOf),
          Effect.flatMap((exit) =>
            write({ _tag: "Exit", clientId: 0, requestId: message.id, exit: exit as Exit.Exit<void> })
          )
        )
    })
    return (payload) => Tracing.traced(`Flash.${procedure._tag}`, client(procedure._tag, payload as never))
  })

const rejection = (
  procedure: Procedure,
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
        module: procedure[Endpoint.DefinitionId].module,
        known: error.known ?? []
      })
    default:
      return new RemoteError.RequestRefused({ function: name, reason: `${error.message} (endpoint "${endpoint}")` })
  }
}

/** What the handler printed shows up in the caller's log, a line each. */
const logOutput = (procedure: Procedure) => ({ response, workerId }: Reply): Effect.Effect<void> =>
  response.stdout === undefined || response.stdout === ""
    ? Effect.void
    : Effect.forEach(
      response.stdout.replace(/\n$/, "").split("\n"),
      (line) => Effect.logInfo(line),
      { discard: true }
    ).pipe(Effect.annotateLogs({ remote: procedure._tag, ...(workerId === undefined ? {} : { worker: workerId }) }))
