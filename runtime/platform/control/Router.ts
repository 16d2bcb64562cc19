/**
 * Who answers a request: the control plane's APIs where the path is theirs, and the job API otherwise.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Endpoints } from "../Endpoints.ts"
import { problem } from "../http/HttpServer.ts"
import type { Reply, Request } from "../http/HttpServer.ts"
import * as jobApi from "../http/routes.ts"
import * as WorkerLogs from "../workers/WorkerLogs.ts"
import type { Context } from "./Context.ts"
import type * as Graphql from "./graphql/Graphql.ts"
import * as known from "./graphql/known.ts"
import * as loginPage from "./loginPage.ts"
import type { RateLimits } from "./RateLimits.ts"
import * as Rehearsal from "./Rehearsal.ts"
import * as Rest from "./rest/Rest.ts"
import * as Routes from "./rest/Routes.ts"
import * as RestV1 from "./restV1/RestV1.ts"

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
  /** What tests and rehearsals may change, as far as this platform has it. */
  readonly rehearsal: Rehearsal.Rehearsal
  /** The job API and the worker API. */
  readonly jobs: (request: Request) => Effect.Effect<Reply>
}

/**
 * An API: whose requests are below its paths.
 *
 * @since 0.1.0
 * @category models
 */
export interface Front {
  readonly name: string
  readonly takes: (path: ReadonlyArray<string>) => boolean
  readonly answer: (request: Request) => Effect.Effect<Reply>
  /** Whom it answers: who has the account's key, or anyone. GraphQL has fields for either. */
  readonly access: "key" | "anyone"
  /** Each method and path, with `:name` where a path may have anything. */
  readonly routes: ReadonlyArray<string>
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
 * Every API there is. A request is answered by the first that takes it.
 *
 * @since 0.1.0
 * @category routes
 */
export const fronts = (
  { context, endpoints, jobs, limits, loginApproval, rehearsal, restV1 }: Options
): ReadonlyArray<Front> => {
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

  const admin = Rehearsal.make(rehearsal)
  const restRoutes = Object.keys(Rest.table(context))
  const below = (prefix: string, routes: ReadonlyArray<string>) =>
    routes.map((route) => route.replace(" ", ` ${prefix}`))
  const jobRoutes = below("/:endpointId/", Object.keys(jobApi.routes))

  return [
    {
      name: "rehearsals",
      takes: ([first]) => first === "_platform",
      answer: (request) => forAccount(request, () => admin(request, request.path.slice(1)), unauthorized),
      access: "key",
      routes: below("/_platform", Object.keys(Rehearsal.table(rehearsal)))
    },
    {
      name: "jobs by name",
      takes: ([first, second]) => first === "v2" && second === "flash",
      answer: byName,
      access: "key",
      routes: below("/v2/flash/", Object.keys(jobApi.routes))
    },
    {
      name: "REST v2",
      takes: ([first, second = ""]) => first === "v2" && Rest.collections.has(second),
      answer: (request) => restOf(request, request.path.slice(1)),
      access: "key",
      routes: below("/v2", restRoutes)
    },
    {
      name: "REST v2 alone",
      takes: ([first, second]) => first === "rest" && second === "v2",
      answer: (request) => restOf(request, request.path.slice(2)),
      access: "key",
      routes: below("/rest/v2", restRoutes)
    },
    {
      name: "jobs",
      takes: ([first]) => first === "v2",
      answer: (request) => jobsOf(request, request.path[1] ?? "", request.path[2] ?? ""),
      access: "key",
      routes: below("/v2", jobRoutes)
    },
    {
      name: "REST v1",
      takes: ([first]) => first === "v1",
      answer: restV1Of,
      access: "key",
      routes: [...below("/v1", Object.keys(RestV1.table(context))), "GET /v1/pod/:workerId/logs"]
    },
    {
      name: "GraphQL",
      takes: ([first]) => first === "graphql",
      answer: graphqlOf,
      access: "key",
      routes: ["POST /graphql"]
    },
    {
      // whoever opens it shows the key, or needs none where the platform was told so
      name: "login",
      takes: ([first, second]) => first === "flash" && second === "login",
      answer: (request) => Effect.sync(() => login(request)),
      access: "anyone",
      routes: ["GET /flash/login", "POST /flash/login"]
    },
    // says that there is nothing, to who has a key
    { name: "nothing", takes: () => true, answer: jobs, access: "key", routes: ["GET /", "GET /:any", "POST /:any"] }
  ]
}

/**
 * Answers a request.
 *
 * @since 0.1.0
 * @category routes
 */
export const make = (options: Options) => {
  const apis = fronts(options)
  const { faults } = options.rehearsal
  const route = (request: Request): Effect.Effect<Reply> => {
    const front = apis.find(({ takes }) => takes(request.path))
    return front === undefined ? options.jobs(request) : front.answer(request)
  }
  return (request: Request): Effect.Effect<Reply> =>
    // what tells the faults is spared them
    request.path[0] === "_platform" ? route(request) : faults.strike(request, () => route(request))
}

const unauthorized = (status: number, detail: string): Reply => Routes.problem(status, "Unauthorized", detail)

/** A worker's lines as RunPod's log service has them, which is on another host there. */
const podLogs = ({ logs }: Context, workerId: string): Reply => {
  if (logs.endpointOf(workerId) === undefined) return Routes.problem(404, "Not Found", `worker ${workerId} not found`)
  const lines = (source: WorkerLogs.LogLine["source"]) =>
    logs.read(workerId, { _tag: "Tail", lines: WorkerLogs.maxLines }, source).map(({ line }) => line)
  return Routes.json(200, { container: lines("container"), system: lines("system") })
}
