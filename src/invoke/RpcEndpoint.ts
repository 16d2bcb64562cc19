/**
 * The caller's half of a remote call, over anything that brings a payload to its function and the outcome back. A call is
 * an effect of the fiber that makes it; the values of a stream come through an rpc client.
 *
 * @since 0.1.0
 */
import type * as Rpc from "@effect/rpc/Rpc"
import * as RpcClient from "@effect/rpc/RpcClient"
import * as RpcGroup from "@effect/rpc/RpcGroup"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Tracer from "effect/Tracer"
import type { EndpointService } from "../Endpoint.ts"
import type { Procedure } from "../Procedure.ts"
import type { CallOptions, SubmitOptions } from "../protocol/CallOptions.ts"
import type { RemoteError } from "../RemoteError.ts"
import * as PerProcedure from "./PerProcedure.ts"
import * as Tracing from "./Tracing.ts"

/**
 * How one function is called: it fails as the function does, and with `RemoteError`. Interrupting a call withdraws it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Caller {
  readonly call: (
    payload: unknown,
    span: Tracer.AnySpan | undefined,
    options: CallOptions | undefined
  ) => Effect.Effect<unknown, unknown>
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
  const callers = PerProcedure.make((procedure) => ({ ...callerOf(procedure), span: `Flash.${procedure._tag}` }))
  const streams = PerProcedure.make((procedure) =>
    // making a client takes no time: it only remembers the scope
    Effect.runSync(Effect.provideService(makeStream(procedure, callers(procedure)), Scope.Scope, scope))
  )
  return {
    name,
    execute: (procedure, payload, options) => {
      const { call, span: name } = callers(procedure)
      return Tracing.traced(name, (span) => call(payload, span, options))
    },
    stream: (procedure, payload, options) => streams(procedure)(payload, options)
  }
}

/**
 * Calls that the end of the scope interrupts, each in the fiber of its caller.
 *
 * @since 0.1.0
 * @category combinators
 */
export const interruptedBy = (scope: Scope.Scope): <A, E>(call: Effect.Effect<A, E>) => Effect.Effect<A, E> => {
  let isOver = false
  const calls = new Set<{ readonly fiber: Fiber.RuntimeFiber<unknown, unknown> }>()
  const interrupt = Effect.fiberIdWith((id) =>
    Effect.sync(() => {
      isOver = true
      for (const { fiber } of calls) fiber.unsafeInterruptAsFork(id)
    })
  )
  Effect.runSync(Scope.addFinalizer(scope, interrupt))
  return (call) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.withFiberRuntime((fiber) => {
        if (isOver) return Effect.interrupt
        const running = { fiber }
        calls.add(running)
        return Effect.ensuring(restore(call), Effect.sync(() => calls.delete(running)))
      })
    )
}

/** Carries the options of a call through its rpc client. */
const Options = Context.GenericTag<SubmitOptions>("effect-flash/invoke/CallOptions")

const contextOf = (options: SubmitOptions | undefined) =>
  // the client takes a context of services that nobody requires
  options === undefined ? undefined : { context: Context.make(Options, options) as Context.Context<never> }

type Values = (payload: unknown, options: SubmitOptions | undefined) => Stream.Stream<unknown, unknown>

const makeStream = (procedure: Procedure, caller: Caller): Effect.Effect<Values, never, Scope.Scope> =>
  Effect.gen(function*() {
    // The client would construct the payload itself and throw what is wrong with it: its copy of the rpc has a schema
    // without a constructor, and the caller reports instead. Of an erased procedure the type says only that it is an rpc.
    const group = RpcGroup.make(
      (procedure as unknown as Rpc.Rpc<string>).setPayload(Schema.make(procedure.payloadSchema.ast) as never)
    )
    const { client, write } = yield* RpcClient.makeNoSerialization(group, {
      supportsAck: false,
      flatten: true,
      // its span is made here, where somebody looks at spans
      disableTracing: true,
      onFromClient: ({ context, message }): Effect.Effect<void, RemoteError> => {
        if (message._tag !== "Request") return Effect.void
        const options: SubmitOptions | undefined = context.unsafeMap.get(Options.key)
        const ended = Effect.flatMap(
          Tracing.parent,
          (span) =>
            caller.stream(
              message.payload,
              span,
              options,
              (values) => write({ _tag: "Chunk", clientId: 0, requestId: message.id, values: [values as never] })
            )
        )
        return Effect.flatMap(
          ended,
          (exit) => write({ _tag: "Exit", clientId: 0, requestId: message.id, exit: exit as Exit.Exit<void> })
        )
      }
    })
    return (payload, options) =>
      Tracing.tracedStream(
        `Flash.${procedure._tag}`,
        // its values are arrays of the function's: one is read while the next is on its way
        Stream.flattenIterables(
          client(
            procedure._tag,
            payload as never,
            { ...contextOf(options), streamBufferSize: 1 } as never
          ) as unknown as Stream.Stream<ReadonlyArray<unknown>, unknown>
        )
      )
  })
