/**
 * One request of a load-balanced endpoint from its text to its answer, in the thread that runs handlers: the declared
 * routes, `/openapi.json`, and in live mode `/execute`, where code comes with the call.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { isStream } from "../../../src/Endpoint.ts"
import * as HttpRoute from "../../../src/invoke/http/HttpRoute.ts"
import * as RouteRequest from "../../../src/invoke/http/RouteRequest.ts"
import * as RouteResponse from "../../../src/invoke/http/RouteResponse.ts"
import * as SingleFlight from "../../../src/invoke/SingleFlight.ts"
import * as FunctionRequest from "../../../src/protocol/FunctionRequest.ts"
import * as FunctionResponse from "../../../src/protocol/FunctionResponse.ts"
import * as Limits from "../../../src/protocol/Limits.ts"
import { reserved } from "../../../src/protocol/Route.ts"
import type { FunctionLoader } from "../FunctionLoader.ts"
import * as JobHandler from "../JobHandler.ts"
import * as StreamWriter from "../StreamWriter.ts"
import type { Head, HttpCall, HttpResult } from "./HttpCall.ts"
import * as RouteTable from "./RouteTable.ts"
import * as StreamFormat from "./StreamFormat.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends JobHandler.Options {
  readonly loader: FunctionLoader
  /** Whether `/execute` is served. */
  readonly live: boolean
  /** Whether the worker has a module of its own. */
  readonly hasModule: boolean
  /** Name of the endpoint. */
  readonly name: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface HttpHandler {
  /** Done when requests can be run; succeeds with why they never can, where that is so. */
  readonly ready: Effect.Effect<string | undefined>
  readonly handle: (requestId: string, call: HttpCall, port: JobHandler.Port) => Effect.Effect<HttpResult>
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): HttpHandler => {
  const table = SingleFlight.make(
    options.hasModule
      ? Effect.flatMap(
        Effect.mapError(options.loader.own, ({ error }) => error?.message ?? "its module does not load"),
        RouteTable.make
      )
      : RouteTable.make(new Map())
  )

  const route = (requestId: string, call: HttpCall, port: JobHandler.Port): Effect.Effect<HttpResult> =>
    Effect.matchEffect(table, {
      onFailure: (problem) => Effect.succeed(refused("refused", problem)),
      onSuccess: (table): Effect.Effect<HttpResult> => {
        const url = new URL(call.target, "http://worker")
        const match = table.match(call.method, url.pathname)
        switch (match._tag) {
          case "Found":
            return run(options, requestId, call, port, { ...match, query: url.searchParams })
          case "NoMethod": {
            const reply = refused("refused", `${url.pathname} is served for ${match.allow.join(", ")}`, 405)
            return Effect.succeed({ ...reply, headers: { ...reply.headers, allow: match.allow.join(", ") } })
          }
          case "NoPath":
            return call.method === "GET" && url.pathname === reserved.document
              ? document(options.name, table)
              : Effect.succeed(refused("function_missing", `no function is served at ${url.pathname}`))
        }
      }
    })

  return {
    ready: Effect.match(table, { onFailure: (problem) => problem, onSuccess: () => undefined }),
    handle: (requestId, call, port) =>
      options.live && call.method === "POST" && call.target.split("?", 1)[0] === reserved.execute
        ? execute(options, requestId, call, port)
        : route(requestId, call, port)
  }
}

/**
 * The answer of a request that was not run.
 *
 * @since 0.1.0
 * @category constructors
 */
export const refused = (
  reason: typeof FunctionResponse.RejectReason.Type,
  message: string,
  status?: number
): Extract<HttpResult, { _tag: "Reply" }> => ({
  _tag: "Reply",
  ...RouteResponse.problem({ _tag: "reject", reason, message }, status)
})

const document = (name: string, table: RouteTable.RouteTable): Effect.Effect<HttpResult> =>
  // few workers are asked for it
  Effect.map(Effect.promise(() => import("./OpenApiDocument.ts")), ({ make }) => ({
    _tag: "Reply",
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(make(name, table.entries))
  }))

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()

/** Nothing that is larger gets through. */
const bounded = (reply: RouteResponse.HttpReply): HttpResult => {
  const size = typeof reply.body === "string" ? Buffer.byteLength(reply.body) : reply.body.length
  return size <= Limits.loadBalancerBody
    ? { _tag: "Reply", ...reply }
    : refused("refused", `its answer is ${size} bytes; a load balancer carries ${Limits.loadBalancerBody}`)
}

/** A port whose first post says what the others are part of. */
const opened = (port: JobHandler.Port, head: Head) => {
  let isOpen = false
  return {
    isOpen: () => isOpen,
    stream: ((bodies, done) => {
      const first = isOpen ? [] : [JSON.stringify(head)]
      isOpen = true
      port.stream([...first, ...bodies], done)
    }) satisfies StreamWriter.Post
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// routes
// ---------------------------------------------------------------------------------------------------------------------

interface Found {
  readonly entry: RouteTable.Entry
  readonly path: Readonly<Record<string, string>>
  readonly query: URLSearchParams
}

const run = (
  options: Options,
  requestId: string,
  { body, headers }: HttpCall,
  port: JobHandler.Port,
  { entry: { procedure, route }, path, query }: Found
): Effect.Effect<HttpResult> => {
  const { output, server } = options
  const format = isStream(procedure) ? StreamFormat.of(headers["accept"]) : undefined
  const out = opened(port, {
    status: route.response.status === 204 ? 200 : route.response.status,
    headers: { "content-type": format?.contentType ?? "", "cache-control": "no-store" }
  })
  const writer = format === undefined ? undefined : StreamWriter.make(format.layout, out.stream)

  const running = Effect.gen(function*() {
    const payload = yield* RouteRequest.decode(route.payload, {
      path,
      query,
      contentType: headers["content-type"],
      body
    })
      .pipe(Effect.mapError((issue) => FunctionResponse.reject("payload", issue)))
    const request = yield* Effect.orDie(FunctionRequest.decode({
      protocol_version: FunctionRequest.protocolVersion,
      function_name: procedure._tag,
      args: [payload],
      ...(headers["traceparent"] === undefined ? {} : { trace: { traceparent: headers["traceparent"] } })
    }))
    const response = yield* server.execute(procedure, request, {
      codec: HttpRoute.codec,
      emit: writer?.write ?? (() => Effect.fail("it does not stream")),
      progress: () => Effect.void
    })
    if (writer !== undefined) {
      yield* Effect.mapError(writer.end, (problem) => FunctionResponse.reject("refused", problem))
    }
    return response
  })

  return Effect.map(output.capture(requestId, Effect.merge(running)), ([response]): HttpResult => {
    if (format === undefined || (!out.isOpen() && !response.success)) {
      return bounded(RouteResponse.encode(route.response, response))
    }
    const end = format.end(route.response, response)
    if (out.isOpen() || end._tag !== "End") return end
    return { _tag: "Reply", status: 200, headers: { "content-type": format.contentType }, body: end.rest }
  })
}

// ---------------------------------------------------------------------------------------------------------------------
// live calls
// ---------------------------------------------------------------------------------------------------------------------

/** An envelope, perhaps as the `input` of a job. */
const envelopeOf = (body: Uint8Array): Either.Either<unknown, string> =>
  Either.flatMap(
    Either.try({ try: (): unknown => JSON.parse(textOf(body)), catch: (error) => `the body is not JSON: ${error}` }),
    (value) => {
      const input = typeof value === "object" && value !== null && "input" in value ? value.input : value
      return FunctionRequest.isEnvelope(input) ? Either.right(input) : Either.left("the body is not a FunctionRequest")
    }
  )

/** As a job of a queue; what it did is in the response, whatever it did. The parts of a stream are lines of JSON. */
const execute = (
  options: Options,
  requestId: string,
  { body }: HttpCall,
  port: JobHandler.Port
): Effect.Effect<HttpResult> => {
  const input = envelopeOf(body)
  if (Either.isLeft(input)) return Effect.succeed(answer(FunctionResponse.reject("refused", input.left)))
  if (isRoutedRequest(input.right)) return executeRoute(options, requestId, input.right, port)
  const out = opened(port, { status: 200, headers: { "content-type": "application/x-ndjson" } })
  const stream: StreamWriter.Post = (bodies, done) => out.stream(bodies.map((body) => `${body}\n`), done)
  return Effect.map(
    JobHandler.respond(options, requestId, input.right, { ...port, stream }),
    (response): HttpResult =>
      out.isOpen() ? { _tag: "End", rest: `${JSON.stringify({ output: response })}\n` } : answer(response)
  )
}

const isRoutedRequest = (input: unknown): boolean =>
  typeof input === "object" && input !== null && "http_request" in input && input.http_request !== null

/** As the worker that a build is deployed to answers the same request: at the route that the code declares. */
const executeRoute = (
  options: Options,
  requestId: string,
  input: unknown,
  port: JobHandler.Port
): Effect.Effect<HttpResult> => {
  const running = Effect.gen(function*() {
    const request = yield* Effect.mapError(
      FunctionRequest.decode(input),
      (error) => FunctionResponse.reject("refused", error.message)
    )
    const { http_request: http } = request
    if (http === undefined) return refused("refused", "it holds no request")
    // what an installation prints is this request's
    const [procedure] = yield* options.output.capture(requestId, options.loader.load(request))
    const table = RouteTable.make(new Map([[procedure._tag, procedure]]))
    if (Either.isLeft(table)) return refused("refused", table.left)
    const url = new URL(http.target, "http://worker")
    const match = table.right.match(http.method, url.pathname)
    if (match._tag !== "Found") {
      return refused("function_missing", `"${procedure._tag}" is not served at ${http.target}`)
    }
    if (JobHandler.keepsState(procedure, request) && port.claim !== undefined) yield* port.claim
    const call: HttpCall = { ...http, body: Buffer.from(http.body, "base64") }
    return yield* run(options, requestId, call, port, { ...match, query: url.searchParams })
  })
  return Effect.scoped(Effect.catchAll(running, ({ error }) =>
    Effect.succeed(
      bounded(RouteResponse.problem(error ?? { _tag: "reject", reason: "refused", message: "it was not run" }))
    )))
}

const answer = (response: FunctionResponse.FunctionResponse): HttpResult =>
  bounded({ status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(response) })
