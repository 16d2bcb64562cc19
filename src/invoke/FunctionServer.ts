/**
 * Runs remote functions: a `FunctionRequest` in, a `FunctionResponse` out. Workers run jobs with it, and the inline
 * target runs calls with it, so both decode, execute and encode alike.
 *
 * Each function has an rpc server of its own and each call is a client of it: a defect then ends that call alone.
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
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import * as Endpoint from "../Endpoint.ts"
import type { Procedure } from "../Endpoint.ts"
import { assertJson } from "../protocol/Codec.ts"
import type * as Codec from "../protocol/Codec.ts"
import { protocolVersion } from "../protocol/FunctionRequest.ts"
import type { FunctionRequest } from "../protocol/FunctionRequest.ts"
import * as FunctionResponse from "../protocol/FunctionResponse.ts"
import { Progress } from "../RemoteJob.ts"
import { CallChain } from "./CallChain.ts"
import * as ExitResponse from "./ExitResponse.ts"
import * as InstanceCalls from "./InstanceCalls.ts"
import * as Instances from "./Instances.ts"
import * as SingleFlight from "./SingleFlight.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface FunctionServer {
  /**
   * Never fails: whatever the handler does is in the response. Interrupting it interrupts the handler and waits for
   * its finalizers.
   */
  readonly execute: (
    procedure: Procedure,
    request: FunctionRequest,
    channel?: Channel
  ) => Effect.Effect<FunctionResponse.FunctionResponse>
  /** Releases the services that only this function holds; its next call builds them again. No call of it may run. */
  readonly release: (procedure: Procedure) => Effect.Effect<void>
}

/**
 * What a handler tells while it runs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Channel {
  /**
   * Values of its stream, encoded by their schema. The stream is pulled again when this is done, and interrupted where
   * it fails, with why.
   */
  readonly emit: (values: ReadonlyArray<unknown>) => Effect.Effect<void, string>
  /** A JSON value. */
  readonly progress: (value: unknown) => Effect.Effect<void>
  /** How the payload and the result travel, in place of the server's codec. */
  readonly codec?: Codec.Codec
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly codec: Codec.Codec
  /** Whether the stack of a defect goes back to the caller. */
  readonly stacks: boolean
}

/**
 * A server whose functions' services live as long as the scope. Handlers find `Flash` and whatever else is in the
 * context it is made in.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<FunctionServer, never, Scope.Scope | Endpoint.Flash> =>
  Effect.gen(function*() {
    // the last to end: instances may need what is in it to the end
    const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
    const instances = yield* Instances.make
    const environment = yield* Effect.context<Endpoint.Flash>()
    let memo = yield* Layer.makeMemoMap
    const servers = new Map<Procedure, Effect.Effect<ProcedureServer, unknown>>()
    const scopes = new Map<Procedure, Scope.CloseableScope>()
    const forkScope = (procedure: Procedure) =>
      Effect.tap(
        Scope.fork(scope, ExecutionStrategy.sequential),
        (own) => Effect.sync(() => scopes.set(procedure, own))
      )

    const serverOf = (procedure: Procedure): Effect.Effect<ProcedureServer, unknown> => {
      const known = servers.get(procedure)
      if (known !== undefined) return known
      const starting = SingleFlight.make(
        Effect.flatMap(forkScope(procedure), (own) =>
          start(procedure, memo, instances, options).pipe(
            Scope.extend(own),
            Effect.provide(environment),
            // a layer that failed once may well succeed for the next call, but not in a map that remembers the failure
            Effect.tapErrorCause((cause) =>
              Effect.gen(function*() {
                memo = yield* Layer.makeMemoMap
                servers.delete(procedure)
                yield* Scope.close(own, Exit.failCause(cause))
              })
            )
          )),
        scope
      )
      servers.set(procedure, starting)
      return starting
    }

    return {
      release: (procedure) =>
        Effect.suspend(() => {
          const own = scopes.get(procedure)
          const { method } = procedure[Endpoint.DefinitionId]
          servers.delete(procedure)
          scopes.delete(procedure)
          return Effect.zipRight(
            method === undefined ? Effect.void : instances.release(method.class),
            own === undefined ? Effect.void : Scope.close(own, Exit.void)
          )
        }),
      execute: (procedure, request, channel = silent) =>
        Effect.matchCauseEffect(serverOf(procedure), {
          onSuccess: (server) => server.execute(request, channel),
          onFailure: (cause) =>
            Cause.isInterruptedOnly(cause)
              ? Effect.interrupt
              : Effect.succeed(
                FunctionResponse.reject("refused", `its layer could not be built: ${Cause.pretty(cause)}`)
              )
        })
    }
  })

interface ProcedureServer {
  readonly execute: (request: FunctionRequest, channel: Channel) => Effect.Effect<FunctionResponse.FunctionResponse>
}

/** Of a call that nobody listens to meanwhile. */
const silent: Channel = {
  emit: () => Effect.fail("nobody reads its stream here"),
  progress: () => Effect.void
}

/** Ends a handler whose values cannot be delivered. */
class Undeliverable {
  readonly issue: string
  constructor(issue: string) {
    this.issue = issue
  }
}

/** Runs a payload that is decoded. */
type Perform = (
  payload: unknown,
  request: FunctionRequest,
  channel: Channel
) => Effect.Effect<FunctionResponse.FunctionResponse>

interface Call {
  readonly handler: Endpoint.Handler
  readonly done: Deferred.Deferred<Exit.Exit<unknown, unknown>>
  readonly channel: Channel
  /** How many values of its stream were delivered. */
  emitted: number
}

const start = (
  procedure: Procedure,
  memo: Layer.MemoMap,
  instances: Instances.Instances,
  { codec, stacks }: Options
): Effect.Effect<ProcedureServer, unknown, Scope.Scope | Endpoint.Flash> =>
  Effect.gen(function*() {
    const { handler, layer, method } = procedure[Endpoint.DefinitionId]
    const runs = handler ?? method
    if (runs === undefined || (typeof runs === "object" && runs.class.make === undefined)) {
      const message = `"${procedure._tag}" is a contract without a handler here`
      return { execute: () => Effect.succeed(FunctionResponse.reject("function_missing", message)) }
    }
    const scope = yield* Effect.scope
    const services = layer === undefined ? Context.empty() : yield* Layer.buildWithMemoMap(layer, memo, scope)
    const calls = new Map<number, Call>()
    const isStream = Endpoint.isStream(procedure)
    const encodeValues = Schema.encode(Schema.Array(Endpoint.successSchema(procedure)))
    const environment = Context.merge(yield* Effect.context<Endpoint.Flash>(), services)

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

    const decodePayload = Schema.decodeUnknown(Endpoint.payloadSchema(procedure), { errors: "all" })
    const encodeExit = Schema.encode(Endpoint.exitSchema(procedure))
    let nextCall = 0

    const emit = (call: Call, values: ReadonlyArray<unknown>): Effect.Effect<void> =>
      encodeValues(values).pipe(
        Effect.mapError(({ message }) => `a value of its stream does not fit its schema: ${excerpt(message)}`),
        Effect.flatMap(call.channel.emit),
        Effect.matchEffect({
          onFailure: (issue) => Effect.die(new Undeliverable(issue)),
          onSuccess: () => Effect.sync(() => void (call.emitted += values.length))
        })
      )

    const call = (handler: Endpoint.Handler, payload: unknown, request: FunctionRequest, channel: Channel) =>
      Effect.uninterruptibleMask((restore) => {
        const clientId = nextCall++
        const done = Deferred.unsafeMake<Exit.Exit<unknown, unknown>>(FiberId.none)
        const call: Call = { handler, done, channel, emitted: 0 }
        calls.set(clientId, call)
        const requestId = RequestId(BigInt(clientId))
        const message: RpcMessage.Request<Rpc.Rpc<string>> = {
          _tag: "Request",
          id: requestId,
          tag: procedure._tag,
          payload: payload as void,
          headers: Headers.empty,
          ...traceOf(request)
        }
        return server.write(clientId, message).pipe(
          Effect.provideService(Progress, reportTo(channel)),
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

    const respond = (
      format: Codec.Format,
      exit: Exit.Exit<unknown, unknown>,
      emitted: number,
      codec: Codec.Codec
    ) => {
      const undeliverable = issueOf(exit)
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
            FunctionResponse.reject("refused", `what it returned does not fit its schema: ${excerpt(issue)}`)
          )
        )
      )
    }

    const answer = (request: FunctionRequest, channel: Channel, exit: Exit.Exit<unknown, unknown>, emitted: number) =>
      respond(
        request.serialization_format,
        stacks ? exit : ExitResponse.withoutStacks(exit),
        emitted,
        channel.codec ?? codec
      )

    const runWith = (handler: Endpoint.Handler): Perform => (payload, request, channel) =>
      Effect.flatMap(
        call(handler, payload, request, channel),
        ({ emitted, exit }) => answer(request, channel, exit, emitted)
      )

    const onInstance = (method: Endpoint.Method): Perform => {
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
            onFailure: (issue) => Effect.succeed(FunctionResponse.reject("payload", excerpt(issue))),
            onSuccess: (payload) =>
              Effect.provideService(perform(payload, request, channel), CallChain, request.call_chain ?? [])
          })
        )
      }
    }
  })

/** A schema's report holds the value that does not fit, however large that is. */
const excerpt = (issue: string): string => issue.length <= 8192 ? issue : `${issue.slice(0, 8192)} …`

/** A handler that throws does so when it runs, not when it is called. */
const run = (handler: Endpoint.Handler, payload: never, isStream: boolean) =>
  // what a handler returns is what its schema says: the compiler saw to it where it was declared
  isStream
    ? Stream.suspend(() => handler(payload) as Stream.Stream<unknown, unknown>)
    : Effect.suspend(() => handler(payload) as Effect.Effect<unknown, unknown>)

const reportTo = ({ progress }: Channel) => (value: unknown): Effect.Effect<void> =>
  Effect.suspend(() => {
    let json: unknown
    try {
      json = JSON.parse(JSON.stringify(assertJson(value)))
    } catch (error) {
      return Effect.logWarning(`This progress is not reported: ${error instanceof Error ? error.message : error}`)
    }
    return progress(json)
  })

const issueOf = (exit: Exit.Exit<unknown, unknown>): string | undefined => {
  if (Exit.isSuccess(exit)) return undefined
  for (const defect of Cause.defects(exit.cause)) if (defect instanceof Undeliverable) return defect.issue
  return undefined
}

/** The span of the caller, from a W3C `traceparent`: `00-<trace>-<span>-<flags>`. */
const spanOf = (request: FunctionRequest): Tracer.ExternalSpan | undefined => {
  const parts = request.trace?.traceparent.split("-")
  const [version, traceId, spanId, flags] = parts ?? []
  return version === "00" && traceId?.length === 32 && spanId?.length === 16
    ? Tracer.externalSpan({ traceId, spanId, sampled: flags === "01" })
    : undefined
}

const traceOf = (request: FunctionRequest): { traceId?: string; spanId?: string; sampled?: boolean } => {
  const span = spanOf(request)
  return span === undefined ? {} : { traceId: span.traceId, spanId: span.spanId, sampled: span.sampled }
}
