/**
 * Calls a function at its route, as anybody would: the worker has the code, and may not be ours.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Tracer from "effect/Tracer"
import * as Endpoint from "../../Endpoint.ts"
import type { Procedure } from "../../Endpoint.ts"
import type * as Codec from "../../protocol/Codec.ts"
import type { FunctionResponse } from "../../protocol/FunctionResponse.ts"
import { InvalidPayload, InvalidResponse, RequestRefused, StreamBroken } from "../../RemoteError.ts"
import type { RemoteError } from "../../RemoteError.ts"
import type { HttpAnswer, HttpRequest } from "../../runpod/EndpointHttp.ts"
import * as Envelope from "../Envelope.ts"
import * as Tracing from "../Tracing.ts"
import type { At, Caller, Exchange } from "./Exchange.ts"
import * as HttpRoute from "./HttpRoute.ts"
import * as RouteRequest from "./RouteRequest.ts"
import * as RouteResponse from "./RouteResponse.ts"
import * as StreamReader from "./StreamReader.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Name of the endpoint. */
  readonly name: string
  readonly codec: Codec.Codec
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (procedure: Procedure, { codec, name }: Options, exchange: Exchange): Caller => {
  const made = HttpRoute.make(procedure)
  if (Either.isLeft(made)) {
    const failure = Effect.fail(new RequestRefused({ function: procedure._tag, reason: made.left }))
    return { call: () => failure, stream: () => failure }
  }
  const route = made.right
  const encode = Endpoint.payloadEncoder(procedure)
  // its responses are made here, with values as JSON has them
  const envelope = Envelope.make(procedure, { name, codec, format: "json" })

  const send = <R>(
    by: (at: At, request: HttpRequest) => Effect.Effect<HttpAnswer, RemoteError, R>,
    at: At,
    payload: unknown,
    span: Tracer.AnySpan | undefined,
    accept: string
  ) =>
    encode(payload).pipe(
      Effect.flatMap((encoded) => RouteRequest.encode(route, route.payload, encoded)),
      Effect.mapError((issue) => new InvalidPayload({ function: procedure._tag, issue })),
      Effect.flatMap((request) =>
        by(at, {
          ...request,
          headers: {
            ...request.headers,
            accept,
            ...(span === undefined ? {} : { traceparent: Tracing.traceparent(span) })
          }
        })
      )
    )

  const outcome = (at: At, answer: HttpAnswer, response: FunctionResponse) =>
    envelope.outcome({ response, jobId: at.requestId, workerId: answer.headers["x-runpod-worker-id"] })

  const invalid = (at: At, issue: string) =>
    new InvalidResponse({ function: procedure._tag, jobId: at.requestId, issue })

  const whole = (at: At, answer: HttpAnswer) =>
    Effect.flatMap(answer.bytes, (body) =>
      Either.match(RouteResponse.decode(route.response, { ...answer, body }), {
        onLeft: (issue) => Effect.fail(invalid(at, issue)),
        onRight: (response) =>
          response === undefined
            ? Effect.flatMap(exchange.refusal(at, answer, body), Effect.fail)
            : outcome(at, answer, response)
      }))

  return {
    call: (at, payload, span) =>
      Effect.flatMap(send(exchange.ask, at, payload, span, "*/*"), (answer) => whole(at, answer)),
    stream: (at, payload, span, emit) =>
      Effect.scoped(
        Effect.flatMap(send(exchange.send, at, payload, span, "text/event-stream"), (answer) => {
          const type = answer.headers["content-type"] ?? ""
          const isEvents = /^text\/event-stream\b/i.test(type)
          if (answer.status >= 400 || (!isEvents && !/\bndjson\b|\bjsonl\b/i.test(type))) return whole(at, answer)
          let received = 0
          const parts = isEvents
            ? StreamReader.events(route.response, answer.chunks)
            : StreamReader.lines(answer.chunks)
          return StreamReader.run<RemoteError>(
            parts,
            (encoded) =>
              Effect.mapError(envelope.decodeValues(encoded), (issue) => invalid(at, issue)).pipe(
                Effect.flatMap((values) => {
                  received += values.length
                  return emit(values)
                })
              ),
            (issue) => invalid(at, issue)
          ).pipe(Effect.flatMap((end) => {
            const isWhole = isEvents ? end !== undefined && (end.length ?? received) === received : true
            return isWhole ? outcome(at, answer, end?.response ?? RouteResponse.succeeded) : Effect.fail(
              new StreamBroken({
                endpoint: name,
                jobId: at.requestId,
                received,
                reason: "its worker broke it off"
              })
            )
          }))
        })
      )
  }
}
