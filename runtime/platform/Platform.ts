/**
 * The embedded platform: RunPod's job API, its worker API, the APIs of its control plane and a supervisor of worker
 * processes, on one loopback port.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { TargetUnavailable } from "../../src/RemoteError.ts"
import * as Balancer from "./balancer/Balancer.ts"
import * as Gateway from "./balancer/Gateway.ts"
import * as Work from "./balancer/Work.ts"
import * as ClockSpeed from "./ClockSpeed.ts"
import * as Artifacts from "./control/Artifacts.ts"
import * as Stock from "./control/catalog/Stock.ts"
import type { Context as ControlContext } from "./control/Context.ts"
import * as Control from "./control/Control.ts"
import * as Faults from "./control/Faults.ts"
import * as Logins from "./control/Logins.ts"
import * as RateLimits from "./control/RateLimits.ts"
import * as ResourceStore from "./control/ResourceStore.ts"
import * as Router from "./control/Router.ts"
import * as Endpoints from "./Endpoints.ts"
import * as HttpServer from "./http/HttpServer.ts"
import * as RequestLimits from "./http/RequestLimits.ts"
import * as routes from "./http/routes.ts"
import * as ids from "./ids.ts"
import * as Jobs from "./jobs/Jobs.ts"
import * as JobStore from "./jobs/JobStore.ts"
import * as Webhooks from "./jobs/Webhooks.ts"
import type { Options } from "./PlatformOptions.ts"
import * as Volumes from "./Volumes.ts"
import * as EndpointEnvironment from "./workers/EndpointEnvironment.ts"
import * as Supervisor from "./workers/Supervisor.ts"
import * as WorkerLogs from "./workers/WorkerLogs.ts"
import * as WorkerProgram from "./workers/WorkerProgram.ts"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  Options
} from "./PlatformOptions.ts"

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
  /** What is to be had. */
  readonly stocks: Stock.Stocks
  /** Its `speed` may be changed. */
  readonly clock: ClockSpeed.ClockSpeed
  /** Process ids of an endpoint's workers. */
  readonly workerPids: (endpointId: string) => Effect.Effect<ReadonlyArray<number>>
}>() {}

/** This machine, and nobody else. */
const loopback = "127.0.0.1"

/** Where this machine reaches a server that listens on an address. */
const reachable = (host: string): string => host === "0.0.0.0" || host === "::" ? loopback : host

/** The largest body any route takes: a `/runsync` request. What a route allows is its own business. */
const bodyLimit = 21 * 1024 * 1024

/**
 * The platform, for as long as the layer's scope is open; its workers end with it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<Platform, TargetUnavailable> =>
  Layer.scoped(
    Platform,
    Effect.flatMap(Effect.clock, (machine) => {
      const clock = new ClockSpeed.ClockSpeed(machine, options.clockSpeed ?? 1)
      return Effect.withClock(make(options, clock), clock)
    })
  )

const make = (options: Options, clock: ClockSpeed.ClockSpeed) =>
  Effect.gen(function*() {
    const apiKey = options.apiKey ?? Redacted.make(ids.apiKey())
    const database = options.database ?? ":memory:"
    const beside = (name: string) => database === ":memory:" ? undefined : `${database}-${name}`
    const program = yield* attempt("its worker program is missing", WorkerProgram.find)
    const { control, store } = yield* openDatabase(database)
    const faults = Faults.make(options.faults)
    const stocks = Stock.make(options.stock)
    const volumes = yield* Volumes.make(options.volumes ?? beside("volumes"))
    const endpoints = Endpoints.make(apiKey, control)
    const now = () => clock.unsafeCurrentTimeMillis()
    const logs = WorkerLogs.make(now)
    const context: ControlContext = {
      control,
      artifacts: yield* Artifacts.make({
        folder: options.artifacts ?? beside("artifacts"),
        signingKey: control.account().signingKey,
        url: () => url,
        now
      }),
      logins: Logins.make(apiKey, now),
      logs,
      workers: (endpointId) => supervisor.workers(endpointId),
      stock: stocks.stock,
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
    const balancer: Balancer.Balancer = yield* Effect.withClock(
      Balancer.make({ want, saw: (workerId) => supervisor.saw(workerId) }),
      clock.machine
    )
    const supervisor: Supervisor.Supervisor = yield* Supervisor.make({
      jobs: () => work,
      balancer: () => balancer,
      url: () => url,
      program,
      environment: (endpoint) => EndpointEnvironment.of(context, volumes, apiKey, endpoint),
      place: ({ config }) => Stock.place(stocks.stock, config.choices, config.dataCenterIds),
      scaling: options.scaling ?? "prompt",
      parking: options.parking ?? {},
      logs
    })
    const webhooks = yield* Webhooks.make(store)
    const jobs: Jobs.Jobs = yield* Jobs.make(store, want, webhooks.deliver)
    // those that the last platform was about to tell
    store.untold().forEach(webhooks.deliver)
    const work = Work.both(jobs, balancer)
    const gateway = yield* Effect.withClock(
      Gateway.make({
        endpoints,
        balancer,
        resolve: (app, environment, name) => control.flash.resolve(app, environment, name)?.id,
        strike: (message) => faults.strikeBefore(HttpServer.headOf(message))
      }),
      clock.machine
    )
    const handle = Router.make({
      context,
      endpoints,
      rehearsal: { faults, stocks, clock },
      limits: RateLimits.make({ ...RateLimits.defaultQuotas, ...options.rateLimits }, now),
      restV1: options.restV1 ?? "serve",
      loginApproval: options.loginApproval ?? "key",
      jobs: routes.handle({
        endpoints,
        jobs,
        workers: supervisor.counts,
        readyWorkers: supervisor.ready,
        sawWorker: supervisor.saw,
        unfitWorker: supervisor.unfit,
        recycleWorker: supervisor.recycle,
        strictEmptyInput: options.strictEmptyInput ?? true,
        limited: RequestLimits.make(
          options.requestLimits ?? "none",
          () => clock.machine.unsafeCurrentTimeMillis()
        )
      })
    })
    const port = yield* attempt(
      "its port cannot be had",
      HttpServer.serve({
        host: options.host ?? loopback,
        port: options.port ?? 0,
        bodyLimit,
        gateway,
        // archives are read as they come
        receive: (head, body) =>
          Artifacts.isFor(head) ? faults.strike(head, () => context.artifacts.answer(head, body)) : undefined,
        handle
      })
    )
    url = `http://${reachable(options.host ?? loopback)}:${port}`
    // last in, first out: the workers go while there is a server to say good-bye to
    yield* Effect.addFinalizer(() => supervisor.shutdown)
    follow(control, { endpoints, jobs, supervisor, volumes })
    // those of an earlier platform on this file
    for (const { endpoint: { id } } of control.endpoints.list()) {
      const endpoint = endpoints.get(id)
      if (endpoint !== undefined) supervisor.demand(endpoint)
    }

    return Platform.of({
      url,
      apiKey,
      faults,
      stocks,
      clock,
      handle,
      workerPids: (endpointId) => Effect.sync(() => supervisor.pids(endpointId))
    })
  })

/** Resources and jobs, in one file. */
const openDatabase = (database: string) =>
  Effect.gen(function*() {
    const resources = yield* attempt("its database does not open", ResourceStore.make(database))
    const control = yield* attempt("its database cannot be written", Control.make(resources))
    const store = yield* attempt("its database does not open", JobStore.make(database))
    return { control, store }
  })

/** Workers and jobs do what the control plane says of their endpoint. */
const follow = (
  control: Control.Control,
  { endpoints, jobs, supervisor, volumes }: {
    readonly endpoints: Endpoints.Endpoints
    readonly jobs: Jobs.Jobs
    readonly supervisor: Supervisor.Supervisor
    readonly volumes: Volumes.Volumes
  }
): void => {
  control.onVolumeRemoved(volumes.remove)
  control.onEndpoint(({ _tag, id }) => {
    const endpoint = _tag === "Saved" ? endpoints.get(id) : undefined
    if (endpoint !== undefined) return supervisor.update(endpoint)
    jobs.cancelAll(id)
    supervisor.remove(id)
  })
}

const attempt = <A, R>(
  what: string,
  effect: Effect.Effect<A, { readonly message: string }, R>
): Effect.Effect<A, TargetUnavailable, R> =>
  Effect.mapError(
    effect,
    (cause) => new TargetUnavailable({ target: "local", reason: `${what}: ${cause.message}`, cause })
  )
