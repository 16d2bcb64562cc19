/** Which request is for what, and how it is answered. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { RemoteError } from "../../src/RemoteError.ts"
import * as Answer from "./Answer.ts"
import type { Calls } from "./Calls.ts"
import { docsPage } from "./docsPage.ts"
import type { Generation } from "./Generation.ts"
import * as Guard from "./Guard.ts"
import type { Reply, Request as HttpRequest } from "./Http.ts"
import { json } from "./Http.ts"
import { listOf } from "./listOf.ts"
import * as Matching from "./Matching.ts"
import * as OpenApi from "./OpenApi.ts"
import type { QueueOperation } from "./Operation.ts"
import type { Reloads } from "./Reloads.ts"
import * as Request from "./Request.ts"
import type { RouteCalls } from "./RouteCalls.ts"

export interface Options {
  /** Where the server listens. */
  readonly host: string
  readonly calls: Calls
  readonly routes: RouteCalls
  readonly reloads: Reloads
}

export const make = ({ calls, host, reloads, routes }: Options) => {
  const answer = (request: HttpRequest): Effect.Effect<Reply> => {
    const isRead = request.method === "GET" || request.method === "HEAD"
    const path = `/${request.path.join("/")}`
    // it says that the server is there, whatever the project is up to
    if (isRead && path === "/ping") return Effect.succeed(json({ status: "healthy" }))
    if (isRead && path === "/docs") return Effect.succeed(docsPage)
    return Effect.flatMap(reloads.current, (generation) => {
      if (isRead && path === "/") return Effect.succeed(index(generation))
      if (isRead && path === "/openapi.json") return Effect.succeed(json(OpenApi.make(generation.operations)))
      return call(generation, request)
    })
  }

  const call = (generation: Generation, request: HttpRequest): Effect.Effect<Reply> => {
    const match = Matching.find(generation.operations, request.method, request.path)
    switch (match._tag) {
      case "NoPath":
        return Effect.succeed(
          elsewhere(generation, request) ?? json({ detail: "Not Found", ...problemOf(generation) }, 404)
        )
      case "NoMethod":
        return Effect.succeed(notAllowed(match.allow))
      case "Route":
        return Effect.catchAll(
          routes.run(generation, match.operation, request),
          (error) => Effect.succeed(failed(error))
        )
      case "Queue":
        return Effect.catchAll(
          queue(generation, match, request),
          (error) => Effect.succeed(failed(error))
        )
    }
  }

  const queue = (
    generation: Generation,
    { action, job, operation }: Extract<Matching.Match, { readonly _tag: "Queue" }>,
    request: HttpRequest
  ): Effect.Effect<Reply, RemoteError> => {
    switch (action) {
      case "run_sync":
      case "runsync":
      case "run": {
        const input = Request.read(operation, Buffer.from(request.body).toString())
        if (Either.isLeft(input)) return Effect.succeed(unprocessable(input.left))
        return action === "run"
          ? Effect.map(calls.submit(generation, operation, input.right), ({ id, status }) => json({ id, status }))
          : runSync(generation, operation, input.right)
      }
      case "status":
        return Effect.map(calls.status(operation, job), (state) => json(Answer.plain(state)))
      case "cancel":
        return Effect.map(calls.cancel(operation, job), (state) => json(Answer.plain(state)))
      case "stream":
        return Effect.map(calls.stream(operation, job), (page) => json(page))
    }
  }

  const runSync = (generation: Generation, operation: QueueOperation, input: Request.Input) =>
    Effect.map(calls.run(generation, operation, input), ({ job, values }): Reply => {
      const problem = Answer.payloadProblem(Answer.responseOf(job))
      return problem === undefined
        ? json(Answer.plain(job, values))
        : unprocessable({ type: "payload_invalid", loc: ["body"], msg: problem, input: input.payload })
    })

  return (request: HttpRequest): Effect.Effect<Reply> => {
    const refusal = Guard.refusal(request, host)
    if (refusal !== undefined) return Effect.succeed(refusal)
    const preflight = Guard.preflight(request)
    return Effect.map(
      preflight === undefined ? answer(request) : Effect.succeed(preflight),
      (reply) => Guard.shared(request, reply)
    )
  }
}

const index = (generation: Generation): Reply =>
  json({
    message: "Flash Dev Server",
    docs: "/docs",
    openapi: "/openapi.json",
    generation: generation.number,
    functions: listOf(generation.operations),
    ...problemOf(generation)
  })

/** What somebody looks for may be in what does not load. */
const problemOf = ({ problem }: Generation) => problem === undefined ? {} : { problem }

/** Says of a function that only a deployment serves why it is not served here. */
const elsewhere = ({ elsewhere }: Generation, { method, path }: HttpRequest): Reply | undefined => {
  const match = Matching.find(elsewhere, method, path)
  if (match._tag === "NoMethod") return notAllowed(match.allow)
  if (match._tag !== "Queue" && match._tag !== "Route") return undefined
  const { function: { name }, resource } = match.operation
  const detail =
    `"${resource.name}" is a ${resource.config._tag}, whose own image serves ${name}: call it where it is ` +
    "deployed, with `flash call` or the endpoint's URL"
  return json({ detail, error: "OwnImage", resource: resource.name, function: name }, 501)
}

const notAllowed = (methods: ReadonlyArray<string>): Reply => ({
  ...json({ detail: "Method Not Allowed" }, 405),
  headers: { "content-type": "application/json", allow: methods.join(", ") }
})

const unprocessable = (detail: Request.Detail): Reply => json({ detail: [detail] }, 422)

/** What became of a call that has no outcome. */
const failed = (error: RemoteError): Reply => {
  const detail = "endpoint" in error ? { endpoint: error.endpoint } : {}
  return json({ detail: error.message, error: error._tag, ...detail }, statusOf(error))
}

const statusOf = (error: RemoteError): number => {
  switch (error._tag) {
    case "ApiKeyMissing":
    case "Unauthorized":
      return 401
    case "JobNotFound":
      return 404
    case "PayloadTooLarge":
      return 413
    case "InvalidPayload":
    case "InvalidOptions":
      return 422
    case "RateLimited":
      return 429
    case "ProvisionFailed":
      return 503
    case "JobTimedOut":
      return 504
    case "TransportFailed":
    case "WorkerLost":
    case "UnexpectedStatus":
      return 502
    default:
      return 500
  }
}
