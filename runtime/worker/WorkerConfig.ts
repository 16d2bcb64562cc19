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

/**
 * @since 0.1.0
 * @category models
 */
export interface WorkerConfig {
  readonly workerId: string
  /** URL of the job take, with its query. */
  readonly takeUrl: string
  /** URL of the stop channel; only where the take URL has the platform's form. */
  readonly stopUrl: Option.Option<string>
  readonly doneUrl: (jobId: string) => string
  /** Where the values of a stream go; only where the platform says so, or its other URLs have the platform's form. */
  readonly streamUrl: Option.Option<(jobId: string) => string>
  readonly pingUrl: Option.Option<string>
  /** Milliseconds between pings. */
  readonly pingInterval: number
  readonly apiKey: Redacted.Redacted
  /** Jobs at a time. */
  readonly maxConcurrency: number
  /** Standard input is a pipe of the parent: its end means that the parent is gone. */
  readonly exitWithStdin: boolean
}

const variables = Config.all({
  podId: Config.option(Config.string("RUNPOD_POD_ID")),
  getJob: Config.string("RUNPOD_WEBHOOK_GET_JOB"),
  postOutput: Config.string("RUNPOD_WEBHOOK_POST_OUTPUT"),
  postStream: Config.option(Config.string("RUNPOD_WEBHOOK_POST_STREAM")),
  ping: Config.option(Config.string("RUNPOD_WEBHOOK_PING")),
  pingInterval: Config.withDefault(Config.integer("RUNPOD_PING_INTERVAL"), 10_000),
  apiKey: Config.redacted("RUNPOD_AI_API_KEY"),
  maxConcurrency: Config.withDefault(Config.integer("FLASH_MAX_CONCURRENCY"), 1),
  exitWithStdin: Config.withDefault(Config.boolean("FLASH_EXIT_WITH_STDIN"), false)
})

/** Parameters are appended with `&`: a URL without a query gets an empty one. */
const withQuery = (url: string): string => url.includes("?") ? url : `${url}?`

/**
 * Read from the environment; fails with a `ConfigError` that names the variable.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromEnvironment: Effect.Effect<WorkerConfig, ConfigError.ConfigError> = Effect.gen(function*() {
  const env = yield* variables
  const workerId = Option.getOrElse(env.podId, () => randomUUID())
  const expand = (url: string) => withQuery(url.replaceAll("$RUNPOD_POD_ID", workerId))
  const takeUrl = withQuery(env.getJob.replaceAll("$RUNPOD_POD_ID", workerId).replaceAll("$ID", workerId))
  const doneUrl = expand(env.postOutput)
  const streamUrl = Option.orElse(
    Option.map(env.postStream, expand),
    () => doneUrl.includes("/job-done/") ? Option.some(doneUrl.replace("/job-done/", "/job-stream/")) : Option.none()
  )
  const ofJob = (url: string) => (jobId: string) => url.replaceAll("$ID", jobId)
  return {
    workerId,
    takeUrl,
    stopUrl: takeUrl.includes("/job-take/")
      ? Option.some(takeUrl.replace("/job-take/", "/job-stop/"))
      : Option.none(),
    doneUrl: ofJob(doneUrl),
    streamUrl: Option.map(streamUrl, ofJob),
    pingUrl: Option.map(env.ping, expand),
    pingInterval: env.pingInterval,
    apiKey: env.apiKey,
    maxConcurrency: Math.max(1, env.maxConcurrency),
    exitWithStdin: env.exitWithStdin
  }
})
