/**
 * One worker: a child process that runs the worker program, in an environment like a container's.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { Readable } from "node:stream"
import type { Endpoint } from "../Endpoints.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly id: string
  readonly endpoint: Endpoint
  /** A GPU type, or `CPU`. */
  readonly hardware: string
  /** The endpoint's variables as its workers see them. */
  readonly env: Readonly<Record<string, string>>
  /** Base URL of the platform. */
  readonly url: string
  /** Path of the worker program. */
  readonly program: string
  readonly onLine: (line: string) => void
}

/**
 * @since 0.1.0
 * @category models
 */
export interface WorkerProcess {
  readonly id: string
  readonly pid: number | undefined
  /** How the process ended, in words; at once where it did not start. */
  readonly exited: Effect.Effect<string>
  /** Asks it to finish its jobs and go. */
  readonly terminate: Effect.Effect<void>
  readonly kill: Effect.Effect<void>
}

/**
 * Starts a worker. Closing the scope ends it without waiting for its jobs.
 *
 * @since 0.1.0
 * @category constructors
 */
export const start = (options: Options): Effect.Effect<WorkerProcess, never, Scope.Scope> =>
  Effect.gen(function*() {
    const exited = yield* Deferred.make<string>()
    const directory = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-"))),
      (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
    )
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const child = spawn(process.execPath, [options.program], {
          env: { ...environment(options), FLASH_CODE_DIRECTORY: directory },
          // its standard input ends with this process, however this process ends, and the worker with it
          stdio: ["pipe", "pipe", "pipe"],
          // Ctrl+C in a terminal is for the program; it ends its workers itself
          detached: true
        })
        const end = (how: string) => Deferred.unsafeDone(exited, Effect.succeed(how))
        child.once("error", (error) => end(`it did not start: ${error.message}`))
        child.once(
          "exit",
          (code, signal) => end(signal === null ? `it exited with code ${code}` : `${signal} ended it`)
        )
        child.stdin.on("error", () => {})
        lines(child.stdout, options.onLine)
        lines(child.stderr, options.onLine)
        return child
      }),
      (child) =>
        Effect.sync(() => child.stdin.end()).pipe(
          Effect.zipRight(signal(child, "SIGTERM")),
          Effect.zipRight(Effect.timeoutTo(Effect.interruptible(Deferred.await(exited)), {
            duration: "2 seconds",
            onSuccess: () => false,
            onTimeout: () => true
          })),
          Effect.flatMap((isStuck) =>
            isStuck ? Effect.zipRight(signal(child, "SIGKILL"), Deferred.await(exited)) : Effect.void
          )
        )
    )
    return {
      id: options.id,
      pid: child.pid,
      exited: Deferred.await(exited),
      terminate: signal(child, "SIGTERM"),
      kill: signal(child, "SIGKILL")
    }
  })

const signal = (child: ChildProcess, name: "SIGTERM" | "SIGKILL"): Effect.Effect<void> =>
  Effect.sync(() => {
    if (child.exitCode === null && child.signalCode === null) child.kill(name)
  })

const lines = (stream: Readable, onLine: (line: string) => void): void => {
  createInterface({ input: stream, crlfDelay: Infinity }).on("line", onLine)
}

/**
 * Of this machine only what a process needs to run: a worker that works here must not do so by our environment. And
 * where telemetry goes: a trace is one where its callers' and its workers' spans go to the same place.
 */
const inherited = [
  "PATH",
  "HOME",
  "XDG_CACHE_HOME",
  "TMPDIR",
  "TMP",
  "TEMP",
  "LANG",
  "LC_ALL",
  "TZ",
  "SYSTEMROOT",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_HEADERS",
  "OTEL_EXPORTER_OTLP_PROTOCOL",
  "OTEL_RESOURCE_ATTRIBUTES",
  "OTEL_SDK_DISABLED"
] as const

const environment = ({ endpoint, env, hardware, id, url }: Options): Record<string, string> => {
  const base = `${url}/v2/${endpoint.id}`
  const [dataCenter] = endpoint.config.dataCenterIds
  const query = `gpu=${encodeURIComponent(hardware)}`
  return {
    ...Object.fromEntries(inherited.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    })),
    FLASH_RESOURCE_NAME: endpoint.config.name,
    FLASH_IS_LIVE_PROVISIONING: "true",
    ...env,
    // what the platform says of itself and of this worker is not the endpoint's to change
    RUNPOD_WEBHOOK_GET_JOB: `${base}/job-take/${id}?${query}`,
    RUNPOD_WEBHOOK_POST_OUTPUT: `${base}/job-done/$RUNPOD_POD_ID/$ID?${query}`,
    RUNPOD_WEBHOOK_POST_STREAM: `${base}/job-stream/$RUNPOD_POD_ID/$ID?${query}`,
    RUNPOD_WEBHOOK_PING: `${base}/ping/$RUNPOD_POD_ID?${query}`,
    RUNPOD_PING_INTERVAL: "4000",
    RUNPOD_AI_API_KEY: Redacted.value(endpoint.workerKey),
    RUNPOD_AI_API_ID: endpoint.id,
    RUNPOD_ENDPOINT_ID: endpoint.id,
    RUNPOD_POD_ID: id,
    RUNPOD_POD_HOSTNAME: `${id}-64410af4`,
    RUNPOD_GPU_TYPE_ID: hardware,
    ...(dataCenter === undefined ? {} : { RUNPOD_DC_ID: dataCenter }),
    RUNPOD_ENDPOINT_BASE_URL: `${url}/v2`,
    RUNPOD_API_BASE_URL: url,
    RUNPOD_REST_API_URL: `${url}/v1`,
    FLASH_TARGET: "worker",
    FLASH_MAX_CONCURRENCY: String(endpoint.config.maxConcurrency),
    // a person's machine: its packages are theirs to install
    FLASH_SYSTEM_DEPENDENCIES: "look",
    // and it is as it is
    RUNPOD_SKIP_AUTO_SYSTEM_CHECKS: "true",
    RUNPOD_SKIP_GPU_CHECK: "true",
    FLASH_EXIT_WITH_STDIN: "true"
  }
}
