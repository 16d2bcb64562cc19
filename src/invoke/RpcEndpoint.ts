/**
 * The caller's half of a remote call: an rpc client for each function, over anything that brings a payload to its
 * function and the outcome back.
 *
 * @since 0.1.0
 */
import type * as Rpc from "@effect/rpc/Rpc"
import * as RpcClient from "@effect/rpc/RpcClient"
import * as RpcGroup from "@effect/rpc/RpcGroup"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Tracer from "effect/Tracer"
import { isStream as isStreamProcedure } from "../Endpoint.ts"
import type { EndpointService, Procedure } from "../Endpoint.ts"
import type { CallOptions, SubmitOptions } from "../protocol/CallOptions.ts"
import type { FunctionRequestEncoded } from "../protocol/FunctionRequest.ts"
import { NotSupported } from "../RemoteError.ts"
import type { RemoteError } from "../RemoteError.ts"
import * as Envelope from "./Envelope.ts"
import * as Tracing from "./Tracing.ts"

/**
 * How one function is called. Interrupting a call withdraws it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Caller {
  readonly call: (
    payload: unknown,
    span: Tracer.AnySpan | undefined,
    options: CallOptions | undefined
  ) => Effect.Effect<Exit.Exit<unknown, unknown>, RemoteError>
  /** Of a function that streams: gives `emit` the values, and goes on when it is done with them. */
  readonly stream: (
    payload: unknown,
    span: Tracer.AnySpan | undefined,
    options: SubmitOptions | undefined,
    emit: Emit
  ) => Effect.Effect<Exit.Exit<unknown, unknown>, RemoteError>
}

/**
 * @since 0.1.0
 * @category models
 */
export type Emit = (values: ReadonlyArray<unknown>) => Effect.Effect<void>

/**
 * @since 0.1.0
 * @category models
 */
export type Reply = Envelope.Reply

/**
 * Carries one request. Interrupting it withdraws the request.
 *
 * @since 0.1.0
 * @category models
 */
export type Send = (
  procedure: Procedure,
  request: FunctionRequestEncoded
) => Effect.Effect<Reply, RemoteError>

/**
 * An endpoint over what carries envelopes, one for one. Its clients live as long as the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Envelope.Options & { readonly send: Send }, scope: Scope.Scope): EndpointService =>
  fromCallers(options.name, (procedure) => {
    const envelope = Envelope.make(procedure, options)
    return {
      call: (payload, span) =>
        envelope.request(payload, span).pipe(
          Effect.flatMap((request) => options.send(procedure, request)),
          Effect.flatMap(envelope.outcome)
        ),
      stream: () =>
        Effect.fail(
          new NotSupported({ endpoint: options.name, operation: "stream", reason: "it answers a request at once" })
        )
    }
  }, scope)

/**
 * An endpoint over the callers of its functions, each made by the first call. Its clients live as long as the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromCallers = (
  name: string,
  callerOf: (procedure: Procedure) => Caller,
  scope: Scope.Scope
): EndpointService & Required<Pick<EndpointService, "stream">> => {
  const clients = new Map<Procedure, Client>()
  const clientOf = (procedure: Procedure): Client => {
    const known = clients.get(procedure)
    if (known !== undefined) return known
    // making a client takes no time: it only remembers the scope
    const client = Effect.runSync(
      Effect.provideService(makeClient(procedure, callerOf(procedure)), Scope.Scope, scope)
    )
    clients.set(procedure, client)
    return client
  }
  return {
    name,
    execute: (procedure, payload, options) => clientOf(procedure).execute(payload, options),
    stream: (procedure, payload, options) => clientOf(procedure).stream(payload, options)
  }
}

interface Client {
  readonly execute: (payload: unknown, options: CallOptions | undefined) => Effect.Effect<unknown, unknown>
  readonly stream: (payload: unknown, options: SubmitOptions | undefined) => Stream.Stream<unknown, unknown>
}

/** Carries the options of a call through its rpc client. */
const Options = Context.GenericTag<CallOptions>("effect-flash/invoke/CallOptions")

const contextOf = (options: CallOptions | undefined) =>
  // the client takes a context of services that nobody requires
  options === undefined ? undefined : { context: Context.make(Options, options) as Context.Context<never> }

const makeClient = (procedure: Procedure, caller: Caller): Effect.Effect<Client, never, Scope.Scope> =>
  Effect.gen(function*() {
    // The client would construct the payload itself and throw what is wrong with it: its copy of the rpc has a schema
    // without a constructor, and the caller reports instead. Of an erased procedure the type says only that it is an rpc.
    const group = RpcGroup.make(
      (procedure as unknown as Rpc.Rpc<string>).setPayload(Schema.make(procedure.payloadSchema.ast) as never)
    )
    const isStream = isStreamProcedure(procedure)
    const { client, write } = yield* RpcClient.makeNoSerialization(group, {
      supportsAck: false,
      flatten: true,
      // its span is made here, where somebody looks at spans
      disableTracing: true,
      onFromClient: ({ context, message }): Effect.Effect<void, RemoteError> => {
        if (message._tag !== "Request") return Effect.void
        const options: CallOptions | undefined = context.unsafeMap.get(Options.key)
        const answered = Effect.flatMap(Tracing.parent, (span) =>
          isStream
            ? caller.stream(message.payload, span, options, (values) =>
              write({ _tag: "Chunk", clientId: 0, requestId: message.id, values: [values as never] }))
            : caller.call(message.payload, span, options))
        return Effect.flatMap(
          answered,
          (exit) => write({ _tag: "Exit", clientId: 0, requestId: message.id, exit: exit as Exit.Exit<void> })
        )
      }
    })
    const name = `Flash.${procedure._tag}`
    return {
      execute: (payload, options) => Tracing.traced(name, client(procedure._tag, payload as never, contextOf(options))),
      stream: (payload, options) =>
        Tracing.tracedStream(
          name,
          // its values are arrays of the function's: one is read while the next is on its way
          Stream.flattenIterables(
            client(
              procedure._tag,
              payload as never,
              { ...contextOf(options), streamBufferSize: 1 } as never
            ) as unknown as Stream.Stream<ReadonlyArray<unknown>, unknown>
          )
        )
    }
  })
