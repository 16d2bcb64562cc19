/**
 * The embedded platform: RunPod's job API, its worker API and a supervisor of worker processes, on one loopback port.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { TargetUnavailable } from "../../src/RemoteError.ts"
import type { ResourceConfig } from "../../src/resources/ResourceConfig.ts"
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
  /** Path of the SQLite file that jobs are kept in. Default: `:memory:`. */
  readonly database?: string
  /** The account's key. Default: a new one. */
  readonly apiKey?: Redacted.Redacted
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
  /** The endpoint of that name; a new one where there is none. Its workers start with its first job. */
  readonly ensureEndpoint: (config: ResourceConfig) => Effect.Effect<{ readonly id: string; readonly name: string }>
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
    const endpoints = Endpoints.make(apiKey)
    const program = yield* attempt("its worker program is missing", WorkerProgram.find)
    const store = yield* attempt("its database does not open", JobStore.make(options.database ?? ":memory:"))

    // The three know each other: jobs want workers, workers want the address, the address serves jobs. Each is told
    // the others when they exist, which is before the first request can come.
    let url = ""
    const supervisor: Supervisor.Supervisor = yield* Supervisor.make({ jobs: () => jobs, url: () => url, program })
    const webhooks = yield* Webhooks.make()
    const jobs: Jobs.Jobs = yield* Jobs.make(store, (endpointId) => {
      const endpoint = endpoints.get(endpointId)
      if (endpoint !== undefined) supervisor.demand(endpoint)
    }, webhooks.deliver)
    const port = yield* attempt(
      "its port cannot be had",
      HttpServer.serve({
        host: "127.0.0.1",
        port: options.port ?? 0,
        bodyLimit,
        handle: routes.handle({
          endpoints,
          jobs,
          workers: supervisor.counts,
          readyWorkers: supervisor.ready,
          sawWorker: supervisor.saw,
          strictEmptyInput: options.strictEmptyInput ?? true
        })
      })
    )
    url = `http://127.0.0.1:${port}`
    // last in, first out: the workers go while there is a server to say good-bye to
    yield* Effect.addFinalizer(() => supervisor.shutdown)

    return Platform.of({
      url,
      apiKey,
      ensureEndpoint: (config) =>
        Effect.sync(() => {
          const endpoint = endpoints.ensure(config)
          supervisor.demand(endpoint)
          return { id: endpoint.id, name: config.name }
        }),
      workerPids: (endpointId) => Effect.sync(() => supervisor.pids(endpointId))
    })
  })

const attempt = <A, R>(
  what: string,
  effect: Effect.Effect<A, { readonly message: string }, R>
): Effect.Effect<A, TargetUnavailable, R> =>
  Effect.mapError(
    effect,
    (cause) => new TargetUnavailable({ target: "local", reason: `${what}: ${cause.message}`, cause })
  )
