/**
 * Who answers a request: the control plane's APIs where the path is theirs, and the job API otherwise.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Endpoints } from "../Endpoints.ts"
import { problem } from "../HttpServer.ts"
import type { Reply, Request } from "../HttpServer.ts"
import type { Context } from "./Context.ts"
import * as Faults from "./Faults.ts"
import type * as Graphql from "./graphql/Graphql.ts"
import * as known from "./graphql/known.ts"
import * as loginPage from "./loginPage.ts"
import type { RateLimits } from "./RateLimits.ts"
import * as Rest from "./rest/Rest.ts"
import * as Routes from "./rest/Routes.ts"
import * as RestV1 from "./restV1/RestV1.ts"
import * as WorkerLogs from "./WorkerLogs.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly context: Context
  readonly endpoints: Endpoints
  readonly limits: RateLimits
  readonly restV1: RestV1.Mode
  readonly loginApproval: loginPage.Approval
  readonly faults: Faults.Faults
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
export const make = ({ context, endpoints, faults, jobs, limits, loginApproval, restV1 }: Options) => {
  const rest = Rest.make(context, limits)
  const v1 = RestV1.make(context, restV1)
  const login = loginPage.make(context.logins, loginApproval, (key) => endpoints.authorize(undefined, key))

  /** What the account is answered; others are told why not, in the form of the API. */
  const forAccount = (
    request: Request,
    answer: () => Effect.Effect<Reply>,
    refusal: (status: number, detail: string) => Reply
  ): Effect.Effect<Reply> => {
    switch (endpoints.authorize(undefined, request.headers.authorization)) {
      case "account":
        return answer()
      case "nobody":
        return Effect.succeed(refusal(401, "missing bearer token"))
      default:
        return Effect.succeed(refusal(401, "invalid api key"))
    }
  }

  const restOf = (request: Request, path: ReadonlyArray<string>): Effect.Effect<Reply> =>
    forAccount(request, () => rest(request, path), unauthorized)

  const restV1Of = (request: Request): Effect.Effect<Reply> => {
    const path = request.path.slice(1)
    const [collection, workerId = "", verb] = path
    return forAccount(
      request,
      () =>
        collection === "pod" && verb === "logs" && request.method === "GET"
          ? Effect.succeed(podLogs(context, workerId))
          : v1(request, path),
      RestV1.failure
    )
  }

  /** A load-balancing endpoint has no queue: a job would wait there for ever. */
  const jobsOf = (request: Request, endpointId: string, verb: string): Effect.Effect<Reply> => {
    const endpoint = endpoints.get(endpointId)
    return endpoint?.config.kind === "LOAD_BALANCER" && queueVerbs.has(verb) &&
        endpoints.authorize(endpoint, request.headers.authorization) === "account"
      ? Effect.succeed(Routes.json(400, { error: "not allowed for QB API" }))
      : jobs(request)
  }

  /** Jobs for an endpoint that is called by its names: of the flash app, the environment and the endpoint in it. */
  const byName = (request: Request): Effect.Effect<Reply> => {
    if (endpoints.authorize(undefined, request.headers.authorization) !== "account") return jobs(request)
    const names = ["x-flash-app", "x-flash-environment", "x-flash-endpoint"].map((name) => request.headers[name])
    const [app, environment, name] = names
    if (typeof app !== "string" || typeof environment !== "string" || typeof name !== "string") {
      return Effect.succeed(problem(
        400,
        "Bad Request",
        "the headers X-Flash-App, X-Flash-Environment and X-Flash-Endpoint say whom the job is for"
      ))
    }
    const endpoint = context.control.flash.resolve(app, environment, name)
    if (endpoint === undefined) {
      const detail = `endpoint "${name}" is not deployed to environment "${environment}" of flash app "${app}"`
      return Effect.succeed(problem(404, "Not Found", detail))
    }
    const [, , verb = "", ...rest] = request.path
    return jobsOf({ ...request, path: ["v2", endpoint.id, verb, ...rest] }, endpoint.id, verb)
  }

  const ownGraphql = known.make(context)
  let loading: Promise<ReturnType<typeof Graphql.make>> | undefined
  /** Loaded with the first request for it, also where that is interrupted. */
  const graphql = Effect.promise(() => loading ??= import("./graphql/Graphql.ts").then(({ make }) => make(context)))

  const graphqlOf = (request: Request): Effect.Effect<Reply> => {
    if (request.method !== "POST") {
      const reply = Routes.json(405, { errors: [{ message: "GraphQL is asked by POST" }] })
      return Effect.succeed({ ...reply, headers: { allow: "POST" } })
    }
    const key = request.headers.authorization ?? request.query.get("api_key") ?? undefined
    const caller = endpoints.authorize(undefined, key)
    const reply = caller === "account" ? ownGraphql(request) : undefined
    return reply === undefined ? Effect.map(graphql, (answer) => answer(request, caller)) : Effect.succeed(reply)
  }

  const faultsRoute = Faults.route(faults)

  const route = (request: Request): Effect.Effect<Reply> => {
    const [first, second = "", third = ""] = request.path
    if (first === "v2") {
      if (second === "flash") return byName(request)
      return Rest.collections.has(second)
        ? restOf(request, request.path.slice(1))
        : jobsOf(request, second, third)
    }
    if (first === "v1") return restV1Of(request)
    if (first === "graphql") return graphqlOf(request)
    if (first === "flash" && second === "login") return Effect.sync(() => login(request))
    if (first === "rest" && second === "v2") return restOf(request, request.path.slice(2))
    return jobs(request)
  }

  return (request: Request): Effect.Effect<Reply> => {
    const [first, second] = request.path
    // what tells the faults is spared them
    return first === "_platform" && second === "faults"
      ? forAccount(request, () => Effect.sync(() => faultsRoute(request)), unauthorized)
      : faults.strike(request, () => route(request))
  }
}

const unauthorized = (status: number, detail: string): Reply => Routes.problem(status, "Unauthorized", detail)

/** A worker's lines as RunPod's log service has them, which is on another host there. */
const podLogs = ({ logs }: Context, workerId: string): Reply => {
  if (logs.endpointOf(workerId) === undefined) return Routes.problem(404, "Not Found", `worker ${workerId} not found`)
  const lines = (source: WorkerLogs.LogLine["source"]) =>
    logs.read(workerId, { _tag: "Tail", lines: WorkerLogs.maxLines }, source).map(({ line }) => line)
  return Routes.json(200, { container: lines("container"), system: lines("system") })
}
