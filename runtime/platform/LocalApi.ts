/**
 * The job API of one endpoint on this machine, without a key and without an endpoint's id in its addresses: what a
 * worker's module is tried out with.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Control from "./control/Control.ts"
import type { EndpointDraft } from "./control/EndpointControl.ts"
import * as TemplateControl from "./control/TemplateControl.ts"
import * as Endpoints from "./Endpoints.ts"
import * as HttpServer from "./http/HttpServer.ts"
import type { Reply, Request } from "./http/HttpServer.ts"
import * as jobRoutes from "./http/jobRoutes.ts"
import type { Context } from "./http/Route.ts"
import * as routes from "./http/routes.ts"
import * as ids from "./ids.ts"
import * as Jobs from "./jobs/Jobs.ts"
import * as JobStore from "./jobs/JobStore.ts"
import * as Webhooks from "./jobs/Webhooks.ts"
import * as Supervisor from "./workers/Supervisor.ts"
import * as WorkerProgram from "./workers/WorkerProgram.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly host: string
  readonly port: number
  /** Jobs at a time. */
  readonly maxConcurrency: number
  /** Variables of the worker; `FLASH_MODULE` names its functions. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** One worker, always. */
const draft: EndpointDraft = {
  name: "local",
  kind: "QUEUE",
  workers: { min: 1, max: 1, idleTimeout: 3600 },
  scaling: { type: "QUEUE_DELAY", queueDelay: 4 },
  timeout: 0,
  flashboot: "OFF",
  compute: { type: "CPU", instances: [{ id: "cpu3c", vcpuCount: 2 }] },
  env: {},
  dataCenterIds: [],
  networkVolumes: [],
  modelReferences: [],
  flashEnvironmentId: null
}

/** The largest body: that of `/runsync`, and a little. */
const bodyLimit = 21 * 1024 * 1024

/**
 * Serves with the scope, and keeps one worker up. Succeeds with the URL.
 *
 * @since 0.1.0
 * @category constructors
 */
export const serve = (
  options: Options
): Effect.Effect<string, { readonly message: string }, Scope.Scope> =>
  Effect.gen(function*() {
    const control = Control.memory()
    const endpoints = Endpoints.make(Redacted.make(ids.apiKey()), control)
    const { endpoint: { id } } = yield* control.endpoints.create(draft, {
      ...TemplateControl.empty,
      name: draft.name,
      image: "local",
      serverless: true,
      env: { FLASH_MAX_CONCURRENCY: String(options.maxConcurrency) }
    })
    const endpoint = yield* Effect.fromNullable(endpoints.get(id)).pipe(
      Effect.orDieWith(() => new Error("the endpoint that was made is not there"))
    )
    let url = ""
    const supervisor: Supervisor.Supervisor = yield* Supervisor.make({
      jobs: () => jobs,
      url: () => url,
      program: yield* WorkerProgram.find,
      // with its own functions it is a deployed worker, as in a container
      environment: () => ({ ...defined(options.env), FLASH_IS_LIVE_PROVISIONING: "false" })
    })
    const webhooks = yield* Webhooks.make()
    const store = yield* JobStore.make(":memory:")
    const jobs: Jobs.Jobs = yield* Jobs.make(store, () => supervisor.demand(endpoint), webhooks.deliver)
    const context: Context = {
      endpoints,
      jobs,
      workers: supervisor.counts,
      readyWorkers: supervisor.ready,
      sawWorker: supervisor.saw,
      unfitWorker: supervisor.unfit,
      recycleWorker: supervisor.recycle
    }
    const port = yield* HttpServer.serve({
      host: options.host,
      port: options.port,
      bodyLimit,
      handle: handle(context, endpoint)
    })
    url = `http://${options.host}:${port}`
    yield* Effect.addFinalizer(() => supervisor.shutdown)
    supervisor.demand(endpoint)
    return url
  })

const defined = (env: Options["env"]): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => value === undefined ? [] : [[name, value]]))

/** Callers leave out what says which endpoint it is; the worker does not. */
const handle = (context: Context, endpoint: Endpoints.Endpoint) => {
  const platform = routes.handle(context)
  return (request: Request): Effect.Effect<Reply> => {
    const [verb = "", ...rest] = request.path
    const route = jobRoutes.routes[`${request.method} ${verb}`]
    if (route !== undefined) return route(context, endpoint, request, rest)
    if (verb === "v2") return platform(request)
    return Effect.succeed(
      HttpServer.problem(404, "Not Found", `there are ${Object.keys(jobRoutes.routes).join(", ")}`)
    )
  }
}
