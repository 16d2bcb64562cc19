/**
 * The job API and the worker API over HTTP: `/v2/<endpoint>/<verb>/…`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { problem } from "./HttpServer.ts"
import type { Reply, Request } from "./HttpServer.ts"
import * as jobRoutes from "./jobRoutes.ts"
import type { Context, Route } from "./Route.ts"
import * as workerRoutes from "./workerRoutes.ts"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Context
} from "./Route.ts"

/**
 * Answers a request.
 *
 * @since 0.1.0
 * @category routes
 */
export const handle = (context: Context) => (request: Request): Effect.Effect<Reply> =>
  Effect.suspend(() => {
    const [version, endpointId = "", first = "", ...rest] = request.path
    // the SDK appends `&…` to URLs that have no query: it then stands in the last segment
    const verb = first.split("&", 1)[0] ?? ""
    const endpoint = context.endpoints.get(endpointId)
    const caller = context.endpoints.authorize(endpoint, request.headers.authorization)
    if (caller === "nobody") return Effect.succeed(problem(401, "Unauthorized", "no token provided"))
    if (caller === "stranger" || (caller === "worker" && !isWorkerVerb(verb))) {
      return Effect.succeed(problem(401, "Unauthorized", "invalid api key"))
    }
    const route = version === "v2" ? routes[`${request.method} ${verb}`] : undefined
    if (route === undefined) return Effect.succeed(problem(404, "Not Found", "no such route"))
    if (endpoint === undefined) return Effect.succeed(problem(404, "Not Found", `endpoint ${endpointId} not found`))
    const reply = route(context, endpoint, request, rest)
    return context.limited?.(endpoint.id, verb, reply) ?? reply
  })

/** What the key of an endpoint's workers opens; the account's key opens all. */
const isWorkerVerb = (verb: string): boolean => verb.startsWith("job-") || verb === "ping"

/**
 * What is served below `/v2/<endpoint>/`, by method and verb.
 *
 * @since 0.1.0
 * @category routes
 */
export const routes: Readonly<Record<string, Route>> = { ...jobRoutes.routes, ...workerRoutes.routes }
