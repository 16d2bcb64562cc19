/**
 * The worker's side of the worker API: takes jobs, posts results, pings, asks what to stop.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { runBody, runsyncBody } from "../../src/protocol/Limits.ts"
import * as Exchange from "./Exchange.ts"
import type { Answer } from "./Exchange.ts"
import { version } from "./version.ts"
import type { WorkerConfig } from "./WorkerConfig.ts"

export {
  /**
   * @since 0.1.0
   * @category errors
   */
  WorkerApiError
} from "./Exchange.ts"
import { WorkerApiError } from "./Exchange.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface TakenJob {
  readonly id: string
  readonly input: unknown
  /** It is never run again, also where that would not be its fault. Default false. */
  readonly runsOnce?: boolean
}

/**
 * How a job ended.
 *
 * @since 0.1.0
 * @category models
 */
export interface Result {
  /** JSON text of an object, `{"output":…}` or `{"error":"…"}`. */
  readonly body: string
  /** Whether it ends a stream or is all there is. */
  readonly kind: "value" | "stream"
}

/**
 * @since 0.1.0
 * @category models
 */
export interface PlatformClient {
  /**
   * One long poll for so many jobs at most; what came that is no job is logged. `holdsJobs`: whether the worker holds
   * any already.
   */
  readonly take: (size: number, holdsJobs: boolean) => Effect.Effect<ReadonlyArray<TakenJob>, WorkerApiError>
  /** Posts a result until it is accepted, or refused for good. */
  readonly done: (jobId: string, result: Result) => Effect.Effect<void, WorkerApiError>
  /** Posts a part of a job's stream, JSON text, until it is accepted or refused for good. */
  readonly stream: (jobId: string, body: string) => Effect.Effect<void, WorkerApiError>
  /** Posts a job's progress, JSON text, once: there may be newer soon. */
  readonly progress: (jobId: string, body: string) => Effect.Effect<void, WorkerApiError>
  readonly ping: (jobIds: ReadonlyArray<string>) => Effect.Effect<void, WorkerApiError>
  /** Says that this worker cannot work: which check failed, and why. */
  readonly unhealthy: (check: string, reason: string) => Effect.Effect<void, WorkerApiError>
  /** One long poll for the ids of jobs to stop; where the platform has no such channel it never answers. */
  readonly stops: Effect.Effect<ReadonlyArray<string>, WorkerApiError>
}

/** A poll that brings nothing for so long is given up and asked again. */
const pollTimeout = Duration.seconds(90)

/** A post that is not answered for so long is sent again. */
const postTimeout = Duration.minutes(2)

/** Milliseconds. The platform holds a poll; where one is answered at once with nothing, that is no hot loop. */
const shortestPoll = 100

/** Where the platform says that it is asked too often, and not for how long it wants to be left alone. */
const tooOften = Duration.seconds(5)

/** A result costs what its job cost: it is posted again until it is accepted, ever more rarely. */
const postRetries = Schedule.identity<WorkerApiError>().pipe(
  Schedule.intersect(
    Schedule.exponential("200 millis").pipe(Schedule.jittered, Schedule.either(Schedule.spaced("10 seconds")))
  ),
  Schedule.modifyDelay(([{ retryAfter }], delay) => retryAfter === undefined ? delay : Duration.max(delay, retryAfter))
)

/** Whether the platform may accept a post that it answered so. Its own load balancers and keys pass, a refusal stays. */
const mayPass = ({ status }: WorkerApiError): boolean => status === 0 || status >= 500 || passing.has(status)

const passing: ReadonlySet<number> = new Set([401, 403, 408, 425, 429])

/** Ids in one ping: a URL has a limit. */
const idsInPing = 100

/**
 * What the platform takes as the result of a job, in bytes: it tells jobs of `/runsync` by their ids.
 *
 * @since 0.1.0
 * @category limits
 */
export const resultLimit = (jobId: string): number => jobId.startsWith("sync-") ? runsyncBody : runBody

/**
 * Its connections close with the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (config: WorkerConfig): Effect.Effect<PlatformClient, never, Scope.Scope> =>
  Effect.map(Exchange.make(config.apiKey), (exchange) => ({
    ...polls(config, exchange),
    ...posts(config, exchange),
    ...signs(config, exchange)
  }))

const unexpected = (route: string, { body, retryAfter, status }: Answer) =>
  new WorkerApiError({ route, status, detail: body.slice(0, 512), retryAfter })

const accepted = (route: string) => (answer: Answer) =>
  answer.status >= 200 && answer.status < 300 ? Effect.void : Effect.fail(unexpected(route, answer))

const noAnswer = (route: string) => new WorkerApiError({ route, status: 0, detail: "no answer in time" })

// ---------------------------------------------------------------------------------------------------------------------
// polls
// ---------------------------------------------------------------------------------------------------------------------

const polls = (config: WorkerConfig, exchange: Exchange.Exchange): Pick<PlatformClient, "take" | "stops"> => {
  const longPoll = <A>(
    route: string,
    url: string,
    read: (answer: Answer) => Effect.Effect<ReadonlyArray<A>, WorkerApiError>
  ): Effect.Effect<ReadonlyArray<A>, WorkerApiError> =>
    Effect.gen(function*() {
      const start = yield* Clock.currentTimeMillis
      const answer = yield* exchange({ route, method: "GET", url }).pipe(
        Effect.timeoutTo({
          duration: pollTimeout,
          onSuccess: (answer) => answer,
          onTimeout: (): Answer => ({ status: 204, body: "", retryAfter: undefined })
        })
      )
      if (answer.status === 429) yield* Effect.sleep(answer.retryAfter ?? tooOften)
      const values = yield* read(answer)
      const took = (yield* Clock.currentTimeMillis) - start
      if (values.length === 0 && took < shortestPoll) yield* Effect.sleep(shortestPoll - took)
      return values
    })

  return {
    take(size, holdsJobs) {
      const query = `job_in_progress=${holdsJobs ? 1 : 0}`
      const url = size > 1
        ? Option.match(config.takeBatchUrl, {
          onNone: () => `${config.takeUrl}&${query}`,
          onSome: (url) => `${url}&batch_size=${size}&${query}`
        })
        : `${config.takeUrl}&${query}`
      return longPoll("job-take", url, (answer) => {
        // 400 comes after a worker has been parked and woken
        if (answer.status === 204 || answer.status === 400 || answer.status === 429) return Effect.succeed([])
        if (answer.status !== 200) return Effect.fail(unexpected("job-take", answer))
        return answer.body === "" ? Effect.succeed([]) : Effect.flatMap(parse("job-take", answer), jobsIn)
      })
    },
    stops: Option.match(config.stopUrl, {
      onNone: () => Effect.never,
      onSome: (url) =>
        longPoll("job-stop", url, (answer) => {
          if (answer.status === 204 || answer.status === 429) return Effect.succeed([])
          if (answer.status !== 200) return Effect.fail(unexpected("job-stop", answer))
          return answer.body === "" ? Effect.succeed([]) : Effect.flatMap(parse("job-stop", answer), idsIn)
        })
    })
  }
}

const parse = (route: string, answer: Answer): Effect.Effect<unknown, WorkerApiError> =>
  Effect.try({
    try: (): unknown => JSON.parse(answer.body),
    catch: () => new WorkerApiError({ route, status: answer.status, detail: "the answer is not JSON" })
  })

const isJob = (value: unknown): value is { readonly id: string } =>
  typeof value === "object" && value !== null && "id" in value && typeof value.id === "string"

const noJob = (detail: string) => new WorkerApiError({ route: "job-take", status: 200, detail })

/** Either route may answer with one job or with a list of them. */
const jobsIn = (body: unknown): Effect.Effect<ReadonlyArray<TakenJob>, WorkerApiError> => {
  const all = Array.isArray(body) ? body : [body]
  // the platform leaves out an empty input
  const jobs = all.filter(isJob).map((job): TakenJob => ({ input: {}, ...job }))
  const others = all.length - jobs.length
  if (others === 0) return Effect.succeed(jobs)
  return jobs.length === 0
    ? Effect.fail(noJob("a job without id"))
    : Effect.as(Effect.logWarning(noJob(`${others} of ${all.length} jobs without id`).message), jobs)
}

const idsIn = (body: unknown): Effect.Effect<ReadonlyArray<string>, WorkerApiError> => {
  const ids: unknown = typeof body !== "object" || body === null
    ? undefined
    : "jobsToStop" in body
    ? body.jobsToStop
    : []
  return Array.isArray(ids)
    ? Effect.succeed(ids.filter((id) => typeof id === "string"))
    : Effect.fail(new WorkerApiError({ route: "job-stop", status: 200, detail: "not a list of jobs" }))
}

// ---------------------------------------------------------------------------------------------------------------------
// posts
// ---------------------------------------------------------------------------------------------------------------------

const posts = (
  config: WorkerConfig,
  exchange: Exchange.Exchange
): Pick<PlatformClient, "done" | "stream" | "progress"> => {
  const post = (route: string, url: string, jobId: string, body: string) =>
    exchange({
      route,
      method: "POST",
      url,
      // what the platform's own worker sends
      headers: { "content-type": "application/x-www-form-urlencoded", "x-request-id": jobId },
      body
    }).pipe(
      Effect.timeoutFail({ duration: postTimeout, onTimeout: () => noAnswer(route) }),
      Effect.flatMap(accepted(route))
    )

  const persistently = (posting: Effect.Effect<void, WorkerApiError>) =>
    Effect.retry(posting, { schedule: postRetries, while: mayPass })

  return {
    done: (jobId, { body, kind }) =>
      persistently(post("job-done", `${config.doneUrl(jobId)}&isStream=${kind === "stream"}`, jobId, body)),
    progress: (jobId, body) => post("job-done", `${config.doneUrl(jobId)}&isStream=false`, jobId, body),
    stream: (jobId, body) =>
      Option.match(config.streamUrl, {
        onNone: () =>
          Effect.fail(
            new WorkerApiError({
              route: "job-stream",
              status: 400,
              detail: "this platform has no place for streams: RUNPOD_WEBHOOK_POST_STREAM is not set"
            })
          ),
        onSome: (url) => persistently(post("job-stream", `${url(jobId)}&isStream=false`, jobId, body))
      })
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// signs of life
// ---------------------------------------------------------------------------------------------------------------------

const signs = (
  config: WorkerConfig,
  exchange: Exchange.Exchange
): Pick<PlatformClient, "ping" | "unhealthy"> => {
  const sign = (query: string, timeout: Duration.DurationInput) =>
    Option.match(config.pingUrl, {
      onNone: () => Effect.void,
      onSome: (url) =>
        exchange({ route: "ping", method: "GET", url: `${url}${query}&runpod_version=${version}` }).pipe(
          Effect.timeoutFail({ duration: timeout, onTimeout: () => noAnswer("ping") }),
          Effect.flatMap(accepted("ping"))
        )
    })

  return {
    ping(jobIds) {
      const parts = Array.from(
        { length: Math.max(1, Math.ceil(jobIds.length / idsInPing)) },
        (_, index) => jobIds.slice(index * idsInPing, (index + 1) * idsInPing)
      )
      return Effect.forEach(parts, (ids) =>
        sign(
          ids.length === 0 ? "" : `&job_id=${encodeURIComponent(ids.join(","))}`,
          Duration.millis(config.pingInterval * 2)
        ), { concurrency: "unbounded", discard: true })
    },
    unhealthy: (check, reason) =>
      sign(
        `&status=unhealthy&check=${encodeURIComponent(check)}&reason=${encodeURIComponent(reason.slice(0, 256))}`,
        "2 seconds"
      )
  }
}
