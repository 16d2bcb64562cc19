/**
 * The embedded platform: RunPod's job API, its worker API, the APIs of its control plane and a supervisor of worker
 * processes, on one loopback port.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type { IncomingMessage } from "node:http"
import { TargetUnavailable } from "../../src/RemoteError.ts"
import * as Balancer from "./balancer/Balancer.ts"
import * as Gateway from "./balancer/Gateway.ts"
import * as Work from "./balancer/Work.ts"
import * as Artifacts from "./control/Artifacts.ts"
import type { Stock } from "./control/catalog/Stock.ts"
import type { Context as ControlContext } from "./control/Context.ts"
import * as Control from "./control/Control.ts"
import * as Faults from "./control/Faults.ts"
import type { Approval } from "./control/loginPage.ts"
import * as Logins from "./control/Logins.ts"
import * as RateLimits from "./control/RateLimits.ts"
import * as ResourceStore from "./control/ResourceStore.ts"
import type * as RestV1 from "./control/restV1/RestV1.ts"
import * as Router from "./control/Router.ts"
import * as WorkerLogs from "./control/WorkerLogs.ts"
import * as Endpoints from "./Endpoints.ts"
import * as HttpServer from "./HttpServer.ts"
import * as ids from "./ids.ts"
import * as Jobs from "./Jobs.ts"
import * as JobStore from "./JobStore.ts"
import * as routes from "./routes.ts"
import * as Supervisor from "./Supervisor.ts"
import * as Webhooks from "./Webhooks.ts"
import * as WorkerProgram from "./WorkerProgram.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Port on 127.0.0.1. Default: a free one. */
  readonly port?: number
  /** Path of the SQLite file that endpoints and jobs are kept in. Default: `:memory:`. */
  readonly database?: string
  /** The account's key. Default: a new one. */
  readonly apiKey?: Redacted.Redacted
  /** What the catalog says is to be had, as `{ "ADA_24": "LOW" }`. Default: plenty of everything. */
  readonly stock?: Stock
  /** Requests that the REST API takes in a minute, an hour and a day. Default: more than one program makes. */
  readonly rateLimits?: Partial<RateLimits.Quotas>
  /** What goes wrong from the start. Default: nothing. */
  readonly faults?: ReadonlyArray<Faults.Fault>
  /** Whether REST v1 is served, or is gone as it is at RunPod. Default: `serve`. */
  readonly restV1?: RestV1.Mode
  /** Folder for the archives of builds. Default: beside the database, or one that goes with the platform. */
  readonly artifacts?: string
  /**
   * Who approves a `flash login` on the platform's page: who has its key, or anyone who can open the page, which is
   * everybody on this machine. Default: `key`.
   */
  readonly loginApproval?: Approval
  /**
   * RunPod drops an empty input: a worker of `{"input":{}}` gets a job without one, which its own SDK then loses. `false`
   * gives it `{}`. Default true.
   */
  readonly strictEmptyInput?: boolean
}

/**
 * @since 0.1.0
 * @category services
 */
export class Platform extends Context.Tag("effect-flash/platform/Platform")<Platform, {
  /** As `http://127.0.0.1:49152`. */
  readonly url: string
  readonly apiKey: Redacted.Redacted
  /** Answers a request as the server at `url` does, for who is in the same process. */
  readonly handle: (request: HttpServer.Request) => Effect.Effect<HttpServer.Reply>
  /** What goes wrong, for tests and rehearsals. */
  readonly faults: Faults.Faults
  /** Process ids of an endpoint's workers. */
  readonly workerPids: (endpointId: string) => Effect.Effect<ReadonlyArray<number>>
}>() {}

/** The largest body any route takes: a `/runsync` request. What a route allows is its own business. */
const bodyLimit = 21 * 1024 * 1024

/**
 * The platform, for as long as the layer's scope is open; its workers end with it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<Platform, TargetUnavailable> =>
  Layer.scoped(Platform, make(options))

const make = (options: Options) =>
  Effect.gen(function*() {
    const apiKey = options.apiKey ?? Redacted.make(ids.apiKey())
    const database = options.database ?? ":memory:"
    const clock = yield* Effect.clock
    const program = yield* attempt("its worker program is missing", WorkerProgram.find)
    const { control, store } = yield* openDatabase(database)
    const faults = Faults.make(options.faults)
    const endpoints = Endpoints.make(apiKey, control)
    const now = () => clock.unsafeCurrentTimeMillis()
    const logs = WorkerLogs.make(now)
    const context: ControlContext = {
      control,
      artifacts: yield* Artifacts.make({
        folder: options.artifacts ?? (database === ":memory:" ? undefined : `${database}-artifacts`),
        signingKey: control.account().signingKey,
        url: () => url,
        now
      }),
      logins: Logins.make(apiKey, now),
      logs,
      workers: (endpointId) => supervisor.workers(endpointId),
      stock: options.stock ?? {},
      url: () => url,
      now
    }

    // They know each other: jobs and requests want workers, workers want the address, the address serves jobs. Each is
    // told the others when they exist, which is before the first request can come.
    let url = ""
    const want = (endpointId: string) => {
      const endpoint = endpoints.get(endpointId)
      if (endpoint !== undefined) supervisor.demand(endpoint)
    }
    const balancer: Balancer.Balancer = yield* Balancer.make({ want, saw: (workerId) => supervisor.saw(workerId) })
    const supervisor: Supervisor.Supervisor = yield* Supervisor.make({
      jobs: () => work,
      balancer: () => balancer,
      url: () => url,
      program,
      environment: (endpoint) => environmentOf(context, apiKey, endpoint),
      logs
    })
    const webhooks = yield* Webhooks.make()
    const jobs: Jobs.Jobs = yield* Jobs.make(store, want, webhooks.deliver)
    const work = Work.both(jobs, balancer)
    const gateway = yield* Gateway.make({
      endpoints,
      balancer,
      resolve: (app, environment, name) => control.flash.resolve(app, environment, name)?.id,
      strike: (message) => passedBy(faults, message)
    })
    const handle = Router.make({
      context,
      endpoints,
      faults,
      limits: RateLimits.make({ ...RateLimits.defaultQuotas, ...options.rateLimits }, now),
      restV1: options.restV1 ?? "serve",
      loginApproval: options.loginApproval ?? "key",
      jobs: routes.handle({
        endpoints,
        jobs,
        workers: supervisor.counts,
        readyWorkers: supervisor.ready,
        sawWorker: supervisor.saw,
        recycleWorker: supervisor.recycle,
        strictEmptyInput: options.strictEmptyInput ?? true
      })
    })
    const port = yield* attempt(
      "its port cannot be had",
      HttpServer.serve({
        host: "127.0.0.1",
        port: options.port ?? 0,
        bodyLimit,
        gateway,
        // archives are read as they come
        receive: (head, body) =>
          Artifacts.isFor(head) ? faults.strike(head, () => context.artifacts.answer(head, body)) : undefined,
        handle
      })
    )
    url = `http://127.0.0.1:${port}`
    // last in, first out: the workers go while there is a server to say good-bye to
    yield* Effect.addFinalizer(() => supervisor.shutdown)
    follow(control, { endpoints, jobs, supervisor })
    // those of an earlier platform on this file
    for (const { endpoint: { id } } of control.endpoints.list()) {
      const endpoint = endpoints.get(id)
      if (endpoint !== undefined) supervisor.demand(endpoint)
    }

    return Platform.of({
      url,
      apiKey,
      faults,
      handle,
      workerPids: (endpointId) => Effect.sync(() => supervisor.pids(endpointId))
    })
  })

/** What a fault makes of a request that is to be passed on; `undefined` where it may go by. */
const passedBy = (faults: Faults.Faults, message: IncomingMessage): Effect.Effect<HttpServer.Reply | undefined> => {
  const untouched: HttpServer.Reply = { status: 200 }
  return Effect.map(
    faults.strike(HttpServer.headOf(message), () => Effect.succeed(untouched)),
    (reply) => reply === untouched ? undefined : reply
  )
}

/** Resources and jobs, in one file. */
const openDatabase = (database: string) =>
  Effect.gen(function*() {
    const resources = yield* attempt("its database does not open", ResourceStore.make(database))
    const control = yield* attempt("its database cannot be written", Control.make(resources))
    const store = yield* attempt("its database does not open", JobStore.make(database))
    return { control, store }
  })

/**
 * The variables of an endpoint's workers: its own with their secrets, the archive of the build they run, and the key that
 * they call other endpoints with. It opens this platform alone.
 */
const environmentOf = (
  { artifacts, control }: ControlContext,
  apiKey: Redacted.Redacted,
  { config, id }: Endpoints.Endpoint
) => {
  const deployment = Either.getOrUndefined(control.endpoints.find(id))
  const build = deployment && control.flash.buildOf(deployment.endpoint)
  const archive = build && artifacts.file(build.objectKey)
  return {
    ...control.secrets.reveal(config.env),
    RUNPOD_API_KEY: Redacted.value(apiKey),
    // a worker that has a build runs no other code
    ...(archive === undefined ? {} : { FLASH_BUILD_ARTIFACT_PATH: archive, FLASH_IS_LIVE_PROVISIONING: "false" })
  }
}

/** Workers and jobs do what the control plane says of their endpoint. */
const follow = (
  control: Control.Control,
  { endpoints, jobs, supervisor }: {
    readonly endpoints: Endpoints.Endpoints
    readonly jobs: Jobs.Jobs
    readonly supervisor: Supervisor.Supervisor
  }
): void =>
  control.onEndpoint(({ _tag, id }) => {
    const endpoint = _tag === "Saved" ? endpoints.get(id) : undefined
    if (endpoint !== undefined) return supervisor.update(endpoint)
    jobs.cancelAll(id)
    supervisor.remove(id)
  })

const attempt = <A, R>(
  what: string,
  effect: Effect.Effect<A, { readonly message: string }, R>
): Effect.Effect<A, TargetUnavailable, R> =>
  Effect.mapError(
    effect,
    (cause) => new TargetUnavailable({ target: "local", reason: `${what}: ${cause.message}`, cause })
  )
