/**
 * Who answers a request: the control plane's APIs where the path is theirs, and the job API otherwise.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Endpoints } from "../Endpoints.ts"
import type { Reply, Request } from "../HttpServer.ts"
import type { Context } from "./Context.ts"
import type { RateLimits } from "./RateLimits.ts"
import * as Rest from "./rest/Rest.ts"
import * as Routes from "./rest/Routes.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly context: Context
  readonly endpoints: Endpoints
  readonly limits: RateLimits
  /** The job API and the worker API. */
  readonly jobs: (request: Request) => Effect.Effect<Reply>
}

const queueVerbs = new Set([
  "batch",
  "cancel",
  "openai",
  "purge-queue",
  "retry",
  "run",
  "runsync",
  "status",
  "status-sync",
  "stream"
])

/**
 * Answers a request.
 *
 * @since 0.1.0
 * @category routes
 */
export const make = ({ context, endpoints, jobs, limits }: Options) => {
  const rest = Rest.make(context, limits)

  const restOf = (request: Request, path: ReadonlyArray<string>): Effect.Effect<Reply> => {
    switch (endpoints.authorize(undefined, request.headers.authorization)) {
      case "account":
        return rest(request, path)
      case "nobody":
        return Effect.succeed(Routes.problem(401, "Unauthorized", "missing bearer token"))
      default:
        return Effect.succeed(Routes.problem(401, "Unauthorized", "invalid api key"))
    }
  }

  /** A load-balancing endpoint has no queue: a job would wait there for ever. */
  const jobsOf = (request: Request, endpointId: string, verb: string): Effect.Effect<Reply> => {
    const endpoint = endpoints.get(endpointId)
    return endpoint?.config.kind === "LOAD_BALANCER" && queueVerbs.has(verb) &&
        endpoints.authorize(endpoint, request.headers.authorization) === "account"
      ? Effect.succeed(Routes.json(400, { error: "not allowed for QB API" }))
      : jobs(request)
  }

  return (request: Request): Effect.Effect<Reply> => {
    const [first, second = "", third = ""] = request.path
    if (first === "v2") {
      return Rest.collections.has(second)
        ? restOf(request, request.path.slice(1))
        : jobsOf(request, second, third)
    }
    if (first === "rest" && second === "v2") return restOf(request, request.path.slice(2))
    return jobs(request)
  }
}
