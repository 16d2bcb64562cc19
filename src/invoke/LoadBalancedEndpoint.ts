/**
 * Calls that travel as HTTP requests to a worker of a load-balanced endpoint: to the function's route, or in live mode
 * to `/execute`, with its code. Interruption aborts the request, and with it the handler.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import type { Declared, EndpointService, Procedure } from "../Endpoint.ts"
import type { CallOptions } from "../protocol/CallOptions.ts"
import type * as Codec from "../protocol/Codec.ts"
import { Ensuring } from "../provision/Ensuring.ts"
import type { RemoteError } from "../RemoteError.ts"
import { EndpointHttp } from "../runpod/EndpointHttp.ts"
import { CodeBundler } from "./CodeBundler.ts"
import * as Dialect from "./Dialect.ts"
import * as Exchange from "./http/Exchange.ts"
import * as ExecuteCaller from "./http/ExecuteCaller.ts"
import * as RouteCaller from "./http/RouteCaller.ts"
import { withOptions } from "./InlineEndpoint.ts"
import * as RpcEndpoint from "./RpcEndpoint.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly codec: Codec.Codec
  /** Default: by the type of the resource. */
  readonly dialect?: Dialect.Dialect
}

/**
 * The endpoint of a resource, provisioned by its first call. It has no queue, and so no jobs.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  resource: Declared,
  { codec, dialect = Dialect.of(resource.config) }: Options
): Effect.Effect<EndpointService, never, Scope.Scope | EndpointHttp | Ensuring | CodeBundler> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const manager = yield* Ensuring
    const exchange = Exchange.make(yield* EndpointHttp)
    const bundler = yield* CodeBundler
    const interruptible = RpcEndpoint.interruptedBy(scope)
    const live = { name: resource.name, codec, format: "msgpack" as const, bundler, delivered: new Set<string>() }

    const callerOf = (procedure: Procedure): RpcEndpoint.Caller => {
      const caller = dialect === "live"
        ? ExecuteCaller.make(procedure, live, exchange)
        : RouteCaller.make(procedure, { name: resource.name, codec }, exchange)
      /** A request of its own for each call, by whose id its errors and its worker's log know it. */
      const run = (
        options: CallOptions | undefined,
        call: (at: Exchange.At) => Effect.Effect<Exit.Exit<unknown, unknown>, RemoteError>
      ) =>
        Effect.suspend(() => {
          const jobId = crypto.randomUUID()
          const calling = Effect.flatMap(manager.ensure(resource), (endpoint) => call({ endpoint, requestId: jobId }))
          return options === undefined
            ? calling
            : withOptions({ endpoint: resource.name, jobId }, procedure, options, calling)
        })
      return {
        call: (payload, span, options) =>
          interruptible(Effect.flatten(run(options, (at) => caller.call(at, payload, span)))),
        stream: (payload, span, options, emit) => run(options, (at) => caller.stream(at, payload, span, emit))
      }
    }
    return RpcEndpoint.fromCallers(resource.name, callerOf, scope)
  })
