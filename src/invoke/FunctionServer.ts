/**
 * Runs remote functions: a `FunctionRequest` in, a `FunctionResponse` out. Workers run jobs with it, and the inline
 * target runs calls with it, so both decode, execute and encode alike.
 *
 * Each function has a server of its own (`ProcedureServer`), which its first call starts.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type * as Endpoint from "../Endpoint.ts"
import * as Procedure from "../Procedure.ts"
import type * as Codec from "../protocol/Codec.ts"
import type { FunctionRequest } from "../protocol/FunctionRequest.ts"
import * as FunctionResponse from "../protocol/FunctionResponse.ts"
import * as Channel from "./Channel.ts"
import * as Instances from "./Instances.ts"
import * as ProcedureServer from "./ProcedureServer.ts"
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
    procedure: Procedure.Procedure,
    request: FunctionRequest,
    channel?: Channel.Channel
  ) => Effect.Effect<FunctionResponse.FunctionResponse>
  /** Releases the services that only this function holds; its next call builds them again. No call of it may run. */
  readonly release: (procedure: Procedure.Procedure) => Effect.Effect<void>
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
    const servers = new Map<Procedure.Procedure, Effect.Effect<ProcedureServer.ProcedureServer, unknown>>()
    const scopes = new Map<Procedure.Procedure, Scope.CloseableScope>()
    const forkScope = (procedure: Procedure.Procedure) =>
      Effect.tap(
        Scope.fork(scope, ExecutionStrategy.sequential),
        (own) => Effect.sync(() => scopes.set(procedure, own))
      )

    const serverOf = (procedure: Procedure.Procedure): Effect.Effect<ProcedureServer.ProcedureServer, unknown> => {
      const known = servers.get(procedure)
      if (known !== undefined) return known
      const starting = SingleFlight.make(
        Effect.flatMap(
          forkScope(procedure),
          (own) =>
            ProcedureServer.make(procedure, { ...options, memo, instances }).pipe(
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
            )
        ),
        scope
      )
      servers.set(procedure, starting)
      return starting
    }

    return {
      release: (procedure) =>
        Effect.suspend(() => {
          const own = scopes.get(procedure)
          const { method } = procedure[Procedure.DefinitionId]
          servers.delete(procedure)
          scopes.delete(procedure)
          return Effect.zipRight(
            method === undefined ? Effect.void : instances.release(method.class),
            own === undefined ? Effect.void : Scope.close(own, Exit.void)
          )
        }),
      execute: (procedure, request, channel = Channel.silent) =>
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
