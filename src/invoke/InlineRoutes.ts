/**
 * Functions of load balancers that run in the caller's process: a call becomes the request it would be, and its answer
 * is read as any other. What HTTP cannot carry does not get through here either.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { EndpointService } from "../Endpoint.ts"
import type { Procedure } from "../Procedure.ts"
import * as FunctionRequest from "../protocol/FunctionRequest.ts"
import * as FunctionResponse from "../protocol/FunctionResponse.ts"
import * as Route from "../protocol/Route.ts"
import type { HttpAnswer, HttpRequest } from "../runpod/EndpointHttp.ts"
import type { Channel } from "./Channel.ts"
import type { FunctionServer } from "./FunctionServer.ts"
import type { Exchange } from "./http/Exchange.ts"
import * as HttpRoute from "./http/HttpRoute.ts"
import * as RouteCaller from "./http/RouteCaller.ts"
import * as RouteRequest from "./http/RouteRequest.ts"
import * as RouteResponse from "./http/RouteResponse.ts"
import { withOptions } from "./InlineEndpoint.ts"
import type { Options } from "./InlineEndpoint.ts"
import * as RpcEndpoint from "./RpcEndpoint.ts"

/**
 * The endpoint of a load balancer over the one that runs functions here. Streams are that one's; jobs it has none.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  { codec, name, server }: Options,
  inline: EndpointService,
  scope: Scope.Scope
): EndpointService => {
  const interruptible = RpcEndpoint.interruptedBy(scope)
  const callerOf = (procedure: Procedure): RpcEndpoint.Caller => {
    const caller = RouteCaller.make(procedure, { name, codec }, exchangeOf(procedure, server))
    const at = { endpoint: { id: name, name }, requestId: "inline" }
    return {
      call(payload, span, options) {
        const running = caller.call(at, payload, span)
        return interruptible(Effect.flatten(
          options === undefined
            ? running
            : withOptions({ endpoint: name, jobId: at.requestId }, procedure, options, running)
        ))
      },
      stream: () => Effect.dieMessage("a stream is read of the endpoint itself")
    }
  }
  const { execute } = RpcEndpoint.fromCallers(name, callerOf, scope)
  return { name, execute, ...(inline.stream === undefined ? {} : { stream: inline.stream }) }
}

const unheard: Channel = {
  codec: HttpRoute.codec,
  emit: () => Effect.fail("it does not stream"),
  progress: () => Effect.void
}

/** Runs a request where it would be sent. */
const exchangeOf = (procedure: Procedure, server: FunctionServer): Exchange => {
  const run = (route: HttpRoute.HttpRoute, request: HttpRequest): Effect.Effect<RouteResponse.HttpReply> => {
    const received = receive(route, request)
    return RouteRequest.decode(route.payload, received).pipe(
      Effect.mapError((issue) => FunctionResponse.reject("payload", issue)),
      Effect.flatMap((payload) =>
        Effect.orDie(FunctionRequest.decode({
          protocol_version: FunctionRequest.protocolVersion,
          function_name: procedure._tag,
          args: [payload],
          ...(request.headers["traceparent"] === undefined
            ? {}
            : { trace: { traceparent: request.headers["traceparent"] } })
        }))
      ),
      Effect.flatMap((request) => server.execute(procedure, request, unheard)),
      Effect.merge,
      Effect.map((response) => RouteResponse.encode(route.response, response))
    )
  }
  const ask: Exchange["ask"] = (_, request) =>
    Effect.map(
      // a route that is none was told to the caller already
      Effect.flatMap(Effect.orDie(HttpRoute.make(procedure)), (route) => run(route, request)),
      ({ body, headers, status }): HttpAnswer => {
        const bytes = typeof body === "string" ? Buffer.from(body) : body
        return {
          request: `${request.method} ${request.target}`,
          status,
          headers,
          bytes: Effect.succeed(bytes),
          chunks: Stream.make(bytes)
        }
      }
    )
  return {
    ask,
    send: ask,
    refusal: (_, { request, status }) =>
      Effect.dieMessage(`${request} gave ${status}, which is no answer of a function`)
  }
}

/** A request as the server of its route has it. */
const receive = ({ path }: Route.Route, { body = "", headers, target }: HttpRequest): RouteRequest.Received => {
  const { pathname, searchParams } = new URL(target, "http://inline")
  const parts = pathname.split("/").slice(1)
  const texts = Route.segmentsOf(path).flatMap((segment, index) =>
    segment._tag === "Field" ? [[segment.name, decodeURIComponent(parts[index] ?? "")] as const] : []
  )
  return {
    path: Object.fromEntries(texts),
    query: searchParams,
    contentType: headers["content-type"],
    body: typeof body === "string" ? Buffer.from(body) : body
  }
}
