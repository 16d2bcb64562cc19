/**
 * Runs one worker from the creation of its process to its end.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { reserved } from "../../../src/protocol/Route.ts"
import type { Balancer } from "../balancer/Balancer.ts"
import * as FreePort from "../balancer/FreePort.ts"
import type { Endpoint } from "../Endpoints.ts"
import type { Worker } from "./Fleet.ts"
import type { WorkerLogs } from "./WorkerLogs.ts"
import * as WorkerProcess from "./WorkerProcess.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Takes the workers that serve requests. */
  readonly balancer?: () => Balancer
  /** Base URL of the platform. */
  readonly url: () => string
  readonly program: string
  /** The variables of an endpoint's workers. */
  readonly environment: (endpoint: Endpoint) => Readonly<Record<string, string>>
  /** Where the lines of workers go. */
  readonly logs: WorkerLogs
}

/** Lines that are kept of what a worker printed. */
const maxTail = 50

/**
 * Succeeds with how it ended, in words.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make =
  ({ environment, logs, ...options }: Options) =>
  (worker: Worker, hardware: string): Effect.Effect<string, never, Scope.Scope> =>
    Effect.gen(function*() {
      const { endpoint, id } = worker
      const { image, kind } = endpoint.config
      logs.open(id, endpoint.id)
      logs.append(id, "system", `create container ${image}`)
      logs.append(id, "system", `start container for ${image}: begin`)
      const balancer = kind === "LOAD_BALANCER" ? options.balancer?.() : undefined
      const env = environment(endpoint)
      const port = balancer === undefined ? undefined : yield* FreePort.find
      const process = yield* WorkerProcess.start({
        id,
        endpoint,
        hardware,
        env: balancer === undefined || port === undefined ? env : { ...env, ...serving(balancer, port) },
        url: options.url(),
        program: options.program,
        onLine(line) {
          logs.append(id, "container", line)
          worker.tail.push(line)
          if (worker.tail.length > maxTail) worker.tail.shift()
        }
      })
      worker.process = process
      if (balancer !== undefined && port !== undefined) {
        const health = { port, path: env["HEALTH_CHECK_PATH"] ?? reserved.health }
        balancer.join({ id, endpointId: endpoint.id, port, health })
      }
      if (worker.isStopping) yield* process.terminate
      yield* Effect.logDebug(`Worker ${id} started as process ${process.pid}`)
      const how = yield* process.exited
      yield* Effect.logDebug(`Worker ${id} ended: ${how}`)
      return how
    })

/** What the worker of a load balancer is told beside. */
const serving = ({ token }: Balancer, port: number): Readonly<Record<string, string>> => ({
  PORT: String(port),
  PORT_HEALTH: String(port),
  FLASH_ENDPOINT_TYPE: "lb",
  // this machine's, and nobody's else
  FLASH_HOST: "127.0.0.1",
  FLASH_GATEWAY_TOKEN: token
})
