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
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Endpoint from "../Endpoint.ts"
import type { Procedure } from "../Endpoint.ts"
import type * as Codec from "../protocol/Codec.ts"
import { protocolVersion } from "../protocol/FunctionRequest.ts"
import type { FunctionRequest } from "../protocol/FunctionRequest.ts"
import * as FunctionResponse from "../protocol/FunctionResponse.ts"
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
    request: FunctionRequest
  ) => Effect.Effect<FunctionResponse.FunctionResponse>
  /** Releases the services that only this function holds; its next call builds them again. No call of it may run. */
  readonly release: (procedure: Procedure) => Effect.Effect<void>
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
    const scope = yield* Effect.scope
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
          start(procedure, memo, options).pipe(
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
          servers.delete(procedure)
          scopes.delete(procedure)
          return own === undefined ? Effect.void : Scope.close(own, Exit.void)
        }),
      execute: (procedure, request) =>
        Effect.matchCauseEffect(serverOf(procedure), {
          onSuccess: (server) => server.execute(request),
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
  readonly execute: (request: FunctionRequest) => Effect.Effect<FunctionResponse.FunctionResponse>
}

const start = (
  procedure: Procedure,
  memo: Layer.MemoMap,
  { codec, stacks }: Options
): Effect.Effect<ProcedureServer, unknown, Scope.Scope | Endpoint.Flash> =>
  Effect.gen(function*() {
    const { handler, layer } = procedure[Endpoint.DefinitionId]
    if (handler === undefined) {
      const message = `"${procedure._tag}" is a contract without a handler here`
      return { execute: () => Effect.succeed(FunctionResponse.reject("function_missing", message)) }
    }
    const scope = yield* Effect.scope
    const services = layer === undefined ? Context.empty() : yield* Layer.buildWithMemoMap(layer, memo, scope)
    const calls = new Map<number, Deferred.Deferred<Exit.Exit<unknown, unknown>>>()
    const environment = yield* Effect.context<Endpoint.Flash>()

    // the erased procedure is an rpc whose handler and middleware are known only at run time
    const group = RpcGroup.make(procedure as unknown as Rpc.Rpc<string>)
    const handlers = Context.unsafeMake<Rpc.ToHandler<Rpc.Rpc<string>>>(
      new Map<string, unknown>([[procedure.key, {
        tag: procedure._tag,
        handler: (payload: never) => Effect.suspend(() => handler(payload)),
        context: Context.merge(environment, services)
      }]])
    )
    const server = yield* RpcServer.makeNoSerialization(group, {
      disableFatalDefects: true,
      disableClientAcks: true,
      onFromServer: (response) => {
        const call = calls.get(response.clientId)
        if (call === undefined) return Effect.void
        switch (response._tag) {
          case "Exit":
            return Effect.asVoid(Deferred.succeed(call, response.exit))
          case "Defect":
            return Effect.asVoid(Deferred.succeed(call, Exit.die(response.defect)))
          default:
            return Effect.void
        }
      }
    }).pipe(Effect.provide(handlers))

    const decodePayload = Schema.decodeUnknown(Endpoint.payloadSchema(procedure), { errors: "all" })
    const encodeExit = Schema.encode(Endpoint.exitSchema(procedure))
    let nextCall = 0

    const call = (payload: unknown, request: FunctionRequest) =>
      Effect.uninterruptibleMask((restore) => {
        const clientId = nextCall++
        const done = Deferred.unsafeMake<Exit.Exit<unknown, unknown>>(FiberId.none)
        calls.set(clientId, done)
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
          Effect.zipRight(restore(Deferred.await(done))),
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

    const respond = (format: Codec.Format, exit: Exit.Exit<unknown, unknown>) =>
      encodeExit(exit).pipe(
        Effect.mapError(({ message }) => message),
        Effect.flatMap((encoded) =>
          Effect.try({
            try: () => response(codec, format, exit, encoded as EncodedExit),
            catch: (error) => error instanceof Error ? error.message : String(error)
          })
        ),
        Effect.catchAll((issue) =>
          Effect.succeed(FunctionResponse.reject("refused", `what it returned does not fit its schema: ${issue}`))
        )
      )

    return {
      execute(request) {
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
        return Effect.try(() => codec.decode(format, request.args[0])).pipe(
          Effect.mapError((error) => String(error.cause)),
          Effect.flatMap((encoded) => Effect.mapError(decodePayload(encoded), (error) => error.message)),
          Effect.matchEffect({
            onFailure: (issue) => Effect.succeed(FunctionResponse.reject("payload", issue)),
            onSuccess: (payload) =>
              Effect.flatMap(call(payload, request), (exit) => respond(format, stacks ? exit : withoutStacks(exit)))
          })
        )
      }
    }
  })

/** A schema-encoded `Exit`. */
type EncodedExit =
  | { readonly _tag: "Success"; readonly value: unknown }
  | { readonly _tag: "Failure"; readonly cause: unknown }

const response = (
  codec: Codec.Codec,
  format: Codec.Format,
  exit: Exit.Exit<unknown, unknown>,
  encoded: EncodedExit
): FunctionResponse.FunctionResponse => {
  const head = { protocol_version: protocolVersion, serialization_format: format }
  if (encoded._tag === "Success") {
    // JSON has no `undefined`: a function without a result answers without the field
    return format === "json" && encoded.value === undefined
      ? { ...head, success: true }
      : { ...head, success: true, result: codec.encode(format, encoded.value) }
  }
  const cause = Exit.isFailure(exit) ? exit.cause : Cause.empty
  return {
    ...head,
    success: false,
    error: { ...describe(cause), cause: codec.encode(format, encoded.cause) }
  }
}

const describe = (cause: Cause.Cause<unknown>): { readonly _tag: "fail" | "die" | "interrupt"; message: string } => {
  if (Cause.isInterruptedOnly(cause)) return { _tag: "interrupt", message: "the handler was interrupted" }
  const failure = Cause.failureOption(cause)
  return Option.isSome(failure)
    ? { _tag: "fail", message: messageOf(failure.value) }
    : { _tag: "die", message: messageOf(Cause.squash(cause)) }
}

const messageOf = (error: unknown): string => {
  const tag = Predicate.hasProperty(error, "_tag") ? String(error._tag) : undefined
  const message = Predicate.hasProperty(error, "message") && Predicate.isString(error.message) ? error.message : ""
  // an error class without fields and without a message of its own says `{  }`
  if (message === "" || message === "{  }") return tag ?? String(error)
  return tag === undefined ? message : `${tag}: ${message}`
}

const withoutStacks = (exit: Exit.Exit<unknown, unknown>): Exit.Exit<unknown, unknown> =>
  Exit.isSuccess(exit) ? exit : Exit.failCause(Cause.match(exit.cause, {
    onEmpty: Cause.empty as Cause.Cause<unknown>,
    onFail: Cause.fail,
    onDie: (defect) => Cause.die(defect instanceof Error ? { name: defect.name, message: defect.message } : defect),
    onInterrupt: Cause.interrupt,
    onSequential: Cause.sequential,
    onParallel: Cause.parallel
  }))

/** The span of the caller, from a W3C `traceparent`: `00-<trace>-<span>-<flags>`. */
const traceOf = (request: FunctionRequest): { traceId?: string; spanId?: string; sampled?: boolean } => {
  const parts = request.trace?.traceparent.split("-")
  const [version, traceId, spanId, flags] = parts ?? []
  return version === "00" && traceId?.length === 32 && spanId?.length === 16
    ? { traceId, spanId, sampled: flags === "01" }
    : {}
}
