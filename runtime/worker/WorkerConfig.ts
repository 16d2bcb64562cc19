/**
 * What the platform tells a worker by its environment.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { randomUUID } from "node:crypto"
import { heapLimitOf } from "./Heap.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface WorkerConfig {
  readonly workerId: string
  /** URL of the job take, with its query. */
  readonly takeUrl: string
  /** Where several jobs are taken at once; only where the take URL has the platform's form. */
  readonly takeBatchUrl: Option.Option<string>
  /** URL of the stop channel; only where the take URL has the platform's form. */
  readonly stopUrl: Option.Option<string>
  readonly doneUrl: (jobId: string) => string
  /** Where the values of a stream go; only where the platform says so, or its other URLs have the platform's form. */
  readonly streamUrl: Option.Option<(jobId: string) => string>
  readonly pingUrl: Option.Option<string>
  /** Milliseconds between pings. */
  readonly pingInterval: number
  /** As it is; the client finds out whether the platform wants `Bearer` before it. */
  readonly apiKey: Redacted.Redacted
  /** Jobs at a time. */
  readonly maxConcurrency: number
  /** Threads that run jobs. */
  readonly maxThreads: number
  /** Megabytes of JavaScript values that one of them may hold. */
  readonly heapLimit: number
  /** Whether this worker is replaced after each job. */
  readonly refresh: boolean
  /** Standard input is a pipe of the parent: its end means that the parent is gone. */
  readonly exitWithStdin: boolean
}

/**
 * Jobs that run side by side have a thread each, up to so many. A thread takes some memory (docs/decisions/0004-worker.md).
 */
const defaultThreads = 4

/** Milliseconds: a platform that asks for pings without a pause is not pinged without one. */
const shortestInterval = 50

const variableHeap = Config.withDefault(Config.integer("FLASH_MAX_HEAP_MB"), 0)

const variables = Config.all({
  podId: Config.option(Config.string("RUNPOD_POD_ID")),
  gpuType: Config.withDefault(Config.string("RUNPOD_GPU_TYPE_ID"), ""),
  getJob: Config.string("RUNPOD_WEBHOOK_GET_JOB"),
  postOutput: Config.string("RUNPOD_WEBHOOK_POST_OUTPUT"),
  postStream: Config.option(Config.string("RUNPOD_WEBHOOK_POST_STREAM")),
  ping: Config.option(Config.string("RUNPOD_WEBHOOK_PING")),
  pingInterval: Config.withDefault(Config.integer("RUNPOD_PING_INTERVAL"), 10_000),
  apiKey: Config.redacted("RUNPOD_AI_API_KEY"),
  maxConcurrency: Config.withDefault(Config.integer("FLASH_MAX_CONCURRENCY"), 1),
  maxThreads: Config.withDefault(Config.integer("FLASH_MAX_THREADS"), defaultThreads),
  heapLimit: variableHeap,
  refresh: Config.withDefault(Config.boolean("FLASH_REFRESH_WORKER"), false),
  exitWithStdin: Config.withDefault(Config.boolean("FLASH_EXIT_WITH_STDIN"), false)
})

/**
 * Of a worker that runs one job and ends.
 *
 * @since 0.1.0
 * @category accessors
 */
export const heapLimit: Effect.Effect<number, ConfigError.ConfigError> = Effect.map(variableHeap, heapLimitOf)

/** Parameters are appended with `&`: a URL without a query gets an empty one. */
const withQuery = (url: string): string => url.includes("?") ? url : `${url}?`

/** An id may hold what means something in a replacement, or in a URL. */
const fill = (url: string, name: string, value: string): string => url.replaceAll(name, () => encodeURIComponent(value))

/** The same route of the platform, by another verb. */
const sibling = (url: string, verb: string, other: string): Option.Option<string> =>
  url.includes(`/${verb}/`) ? Option.some(url.replace(`/${verb}/`, `/${other}/`)) : Option.none()

/**
 * Read from the environment; fails with a `ConfigError` that names the variable.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromEnvironment: Effect.Effect<WorkerConfig, ConfigError.ConfigError> = Effect.gen(function*() {
  const env = yield* variables
  const workerId = Option.getOrElse(env.podId, () => randomUUID())
  const expand = (url: string) =>
    withQuery(fill(fill(url, "$RUNPOD_POD_ID", workerId), "$RUNPOD_GPU_TYPE_ID", env.gpuType))
  const takeUrl = fill(expand(env.getJob), "$ID", workerId)
  const doneUrl = expand(env.postOutput)
  const streamUrl = Option.orElse(
    Option.map(env.postStream, expand),
    () => sibling(doneUrl, "job-done", "job-stream")
  )
  const ofJob = (url: string) => (jobId: string) => fill(url, "$ID", jobId)
  const maxConcurrency = Math.max(1, env.maxConcurrency)
  return {
    workerId,
    takeUrl,
    takeBatchUrl: sibling(takeUrl, "job-take", "job-take-batch"),
    stopUrl: sibling(takeUrl, "job-take", "job-stop"),
    doneUrl: ofJob(doneUrl),
    streamUrl: Option.map(streamUrl, ofJob),
    pingUrl: Option.map(env.ping, expand),
    pingInterval: Math.max(shortestInterval, env.pingInterval),
    apiKey: env.apiKey,
    maxConcurrency,
    maxThreads: Math.min(maxConcurrency, Math.max(1, env.maxThreads)),
    heapLimit: heapLimitOf(env.heapLimit),
    refresh: env.refresh,
    exitWithStdin: env.exitWithStdin
  }
})
