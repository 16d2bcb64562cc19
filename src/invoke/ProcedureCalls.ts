/**
 * Calls of one procedure whose payload is decoded: an rpc server of the procedure, and for each call a client of it. A
 * defect then ends that call alone.
 *
 * @since 0.1.0
 */
import * as Headers from "@effect/platform/Headers"
import type * as Rpc from "@effect/rpc/Rpc"
import * as RpcGroup from "@effect/rpc/RpcGroup"
import type * as RpcMessage from "@effect/rpc/RpcMessage"
import { RequestId } from "@effect/rpc/RpcMessage"
import * as RpcServer from "@effect/rpc/RpcServer"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Tracer from "effect/Tracer"
import type * as Endpoint from "../Endpoint.ts"
import * as Procedure from "../Procedure.ts"
import { Progress } from "../RemoteJob.ts"
import * as Channel from "./Channel.ts"

/**
 * How a call ended.
 *
 * @since 0.1.0
 * @category models
 */
export interface Outcome {
  readonly exit: Exit.Exit<unknown, unknown>
  /** How many values of its stream were delivered. */
  readonly emitted: number
}

/**
 * Runs a handler with a payload. Interrupting it interrupts the handler and waits for its finalizers.
 *
 * @since 0.1.0
 * @category models
 */
export type Call = (
  handler: Procedure.Handler,
  payload: unknown,
  options: {
    readonly channel: Channel.Channel
    /** The caller's span. */
    readonly span: Tracer.ExternalSpan | undefined
  }
) => Effect.Effect<Outcome>

/** A call that runs. */
interface Running {
  readonly handler: Procedure.Handler
  readonly done: Deferred.Deferred<Exit.Exit<unknown, unknown>>
  readonly channel: Channel.Channel
  /** How many values of its stream were delivered. */
  emitted: number
}

/**
 * The calls of a procedure, until the end of the scope. Handlers find what is in the environment.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  procedure: Procedure.Procedure,
  environment: Context.Context<Endpoint.Flash>
): Effect.Effect<Call, never, Scope.Scope> =>
  Effect.gen(function*() {
    const calls = new Map<number, Running>()
    const isStream = Procedure.isStream(procedure)
    const encodeValues = Schema.encode(Schema.Array(Procedure.successSchema(procedure)))

    // the erased procedure is an rpc whose handler and middleware are known only at run time
    const group = RpcGroup.make(procedure as unknown as Rpc.Rpc<string>)
    const handlers = Context.unsafeMake<Rpc.ToHandler<Rpc.Rpc<string>>>(
      new Map<string, unknown>([[procedure.key, {
        tag: procedure._tag,
        handler: (payload: never, { clientId }: { readonly clientId: number }) =>
          run(calls.get(clientId)!.handler, payload, isStream),
        context: environment
      }]])
    )
    const server = yield* RpcServer.makeNoSerialization(group, {
      disableFatalDefects: true,
      disableClientAcks: true,
      onFromServer: (response) => {
        const call = calls.get(response.clientId)
        if (call === undefined) return Effect.void
        switch (response._tag) {
          case "Chunk":
            return emit(call, response.values)
          case "Exit":
            return Effect.asVoid(Deferred.succeed(call.done, response.exit))
          case "Defect":
            return Effect.asVoid(Deferred.succeed(call.done, Exit.die(response.defect)))
          default:
            return Effect.void
        }
      }
    }).pipe(Effect.provide(handlers))

    let nextCall = 0

    const emit = (call: Running, values: ReadonlyArray<unknown>): Effect.Effect<void> =>
      encodeValues(values).pipe(
        Effect.mapError(({ message }) => `a value of its stream does not fit its schema: ${excerpt(message)}`),
        Effect.flatMap(call.channel.emit),
        Effect.matchEffect({
          onFailure: (issue) => Effect.die(new Undeliverable(issue)),
          onSuccess: () => Effect.sync(() => void (call.emitted += values.length))
        })
      )

    return (handler, payload, { channel, span }) =>
      Effect.uninterruptibleMask((restore) => {
        const clientId = nextCall++
        const done = Deferred.unsafeMake<Exit.Exit<unknown, unknown>>(FiberId.none)
        const call: Running = { handler, done, channel, emitted: 0 }
        calls.set(clientId, call)
        const requestId = RequestId(BigInt(clientId))
        const message: RpcMessage.Request<Rpc.Rpc<string>> = {
          _tag: "Request",
          id: requestId,
          tag: procedure._tag,
          payload: payload as void,
          headers: Headers.empty,
          ...traceOf(span)
        }
        return server.write(clientId, message).pipe(
          Effect.provideService(Progress, Channel.reporter(channel)),
          Effect.zipRight(restore(Deferred.await(done))),
          Effect.map((exit) => ({ exit, emitted: call.emitted })),
          Effect.onInterrupt(() =>
            Effect.zipRight(
              server.write(clientId, { _tag: "Interrupt", requestId, interruptors: [] }),
              Deferred.await(done)
            )
          ),
          // the end of a client comes after its exit, never before
          Effect.ensuring(Effect.suspend(() => {
            calls.delete(clientId)
            return server.write(clientId, { _tag: "Eof" })
          }))
        )
      })
  })

/** Ends a handler whose values cannot be delivered. */
class Undeliverable {
  readonly issue: string
  constructor(issue: string) {
    this.issue = issue
  }
}

/** A handler that throws does so when it runs, not when it is called. */
const run = (handler: Procedure.Handler, payload: never, isStream: boolean) =>
  // what a handler returns is what its schema says: the compiler saw to it where it was declared
  isStream
    ? Stream.suspend(() => handler(payload) as Stream.Stream<unknown, unknown>)
    : Effect.suspend(() => handler(payload) as Effect.Effect<unknown, unknown>)

const traceOf = (span: Tracer.ExternalSpan | undefined): { traceId?: string; spanId?: string; sampled?: boolean } =>
  span === undefined ? {} : { traceId: span.traceId, spanId: span.spanId, sampled: span.sampled }

/**
 * Why the values of a call's stream could not be delivered, where that ended it.
 *
 * @since 0.1.0
 * @category accessors
 */
export const undeliverable = (exit: Exit.Exit<unknown, unknown>): string | undefined => {
  if (Exit.isSuccess(exit)) return undefined
  for (const defect of Cause.defects(exit.cause)) if (defect instanceof Undeliverable) return defect.issue
  return undefined
}

/**
 * The report of a schema, cut: it holds the value that does not fit, however large that is.
 *
 * @since 0.1.0
 * @category accessors
 */
export const excerpt = (issue: string): string => issue.length <= 8192 ? issue : `${issue.slice(0, 8192)} …`
