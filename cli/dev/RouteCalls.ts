/** Sends requests for routes to the workers of load balancers, whose code comes with the request. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Exchange from "../../src/invoke/http/Exchange.ts"
import * as Limits from "../../src/protocol/Limits.ts"
import { outcomeHeader, reserved } from "../../src/protocol/Route.ts"
import type { RemoteError } from "../../src/RemoteError.ts"
import type { HttpAnswer } from "../../src/runpod/EndpointHttp.ts"
import type { Generation } from "./Generation.ts"
import type { Reply, Request as HttpRequest } from "./Http.ts"
import type { RouteOperation } from "./Operation.ts"
import * as Request from "./Request.ts"
import type { Target } from "./Target.ts"
import type { Trace, Tracing } from "./Trace.ts"

export interface RouteCalls {
  /** The answer of the route, as a deployed worker gives it. */
  readonly run: (
    generation: Generation,
    operation: RouteOperation,
    request: HttpRequest
  ) => Effect.Effect<Reply, RemoteError>
}

/** What is between us and the worker, and not for the function. */
const notForwarded = new Set(["host", "connection", "content-length", "transfer-encoding", "expect"])

/** What is ours to say to the client. */
const notReturned = new Set(["connection", "content-length", "transfer-encoding", "keep-alive", "date"])

export const make = (target: typeof Target.Service, tracing: Tracing): RouteCalls => {
  const exchange = Exchange.make(target.http)
  const delivered = new Set<string>()

  const attempt = (
    generation: Generation,
    operation: RouteOperation,
    request: HttpRequest,
    always: boolean
  ): Effect.Effect<Reply, RemoteError> =>
    Effect.gen(function*() {
      const endpoint = yield* target.provision(operation.resource)
      const code = generation.codeOf(operation)
      const key = `${endpoint.id} ${code.hash}`
      const travels = always || code.text.length <= Limits.codeWithEveryCall || !delivered.has(key) ? "code" : "hash"
      const requestId = crypto.randomUUID()
      const trace = yield* tracing.begin({
        endpoint,
        function: operation.function.name,
        job: requestId,
        generation,
        kind: "request"
      })
      const http = {
        method: request.method === "HEAD" ? "GET" : request.method,
        target: below(operation.prefix, request.target),
        headers: Object.fromEntries(Object.entries(request.headers).filter(([name]) => !notForwarded.has(name))),
        body: Buffer.from(request.body).toString("base64")
      }
      const sent = JSON.stringify(Request.ofRoute(operation, http, code, travels))
      // it is read to its end after this effect
      const scope = yield* Scope.make()
      const answer = yield* exchange.send({ endpoint, requestId }, {
        method: "POST",
        target: reserved.execute,
        headers: { "content-type": "application/json" },
        body: sent
      }).pipe(
        Scope.extend(scope),
        Effect.onExit((exit) => Exit.isFailure(exit) ? Scope.close(scope, exit) : Effect.void),
        Effect.tapError((error) => trace.end({ status: error._tag, ok: false, error: error.message })),
        Effect.onInterrupt(() => trace.end({ status: "CANCELLED", ok: false, error: "its caller went away" }))
      )
      if (answer.headers[outcomeHeader] === undefined && answer.status >= 400) {
        const body = yield* Effect.ensuring(answer.bytes, Scope.close(scope, Exit.void))
        const error = yield* exchange.refusal({ endpoint, requestId }, answer, body)
        yield* trace.end({ status: String(answer.status), ok: false, error: error.message })
        return yield* Effect.fail(error)
      }
      const isRejected = answer.headers[outcomeHeader] === "rejected"
      if (isRejected || answer.headers["content-length"] !== undefined) {
        const body = yield* Effect.ensuring(answer.bytes, Scope.close(scope, Exit.void))
        if (isRejected && travels === "hash" && isCodeMissing(body)) {
          delivered.delete(key)
          yield* trace.end({ status: "RESENT", ok: true })
          return yield* attempt(generation, operation, request, true)
        }
        delivered.add(key)
        yield* ended(trace, answer, body)
        return { status: answer.status, headers: headersOf(answer), body }
      }
      delivered.add(key)
      return {
        status: answer.status,
        headers: headersOf(answer),
        body: answer.chunks.pipe(Stream.ensuringWith((exit) =>
          Effect.zipRight(
            trace.end({
              status: String(answer.status),
              ok: Exit.isSuccess(exit),
              error: Exit.isSuccess(exit) ? undefined : "its stream broke off, or its reader went away"
            }),
            Scope.close(scope, exit)
          )
        ))
      }
    })

  return { run: (generation, operation, request) => attempt(generation, operation, request, false) }
}

/** Names may be written in several ways, slashes in one. */
const below = (prefix: string, target: string): string =>
  `/${target.split("/").slice(prefix.split("/").length).join("/")}`

const headersOf = ({ headers }: HttpAnswer): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !notReturned.has(name)))

const isCodeMissing = (body: Uint8Array): boolean => Buffer.from(body).includes(`"reason":"code_missing"`)

const ended = (trace: Trace, { headers, status }: HttpAnswer, body: Uint8Array) => {
  const outcome = headers[outcomeHeader]
  const ok = outcome === "success" || (outcome === undefined && status < 400)
  return trace.end({
    status: String(status),
    ok,
    error: ok ? undefined : Buffer.from(body).toString().slice(0, 500)
  })
}
