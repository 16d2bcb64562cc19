/**
 * The worker's side of the worker API: takes jobs, posts results, pings, asks what to stop.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { Agent, request } from "node:http"
import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http"
import { Agent as SecureAgent, request as secureRequest } from "node:https"
import { version } from "./version.ts"
import type { WorkerConfig } from "./WorkerConfig.ts"

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
  /** JSON text, `{"output":…}` or `{"error":"…"}`. */
  readonly body: string
  /** Whether it ends a stream or is all there is. */
  readonly kind: "value" | "stream"
}

/**
 * An answer that is not what the route promises, or none.
 *
 * @since 0.1.0
 * @category errors
 */
export class WorkerApiError extends Data.TaggedError("WorkerApiError")<{
  readonly route: string
  /** 0 where there was no answer. */
  readonly status: number
  readonly detail: string
}> {
  override get message() {
    return `${this.route} failed${this.status === 0 ? "" : ` with ${this.status}`}: ${this.detail}`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface PlatformClient {
  /** One long poll. `holdsJobs`: whether the worker holds any already. */
  readonly take: (holdsJobs: boolean) => Effect.Effect<Option.Option<TakenJob>, WorkerApiError>
  /** Posts a result until it is accepted or refused for good. */
  readonly done: (jobId: string, result: Result) => Effect.Effect<void, WorkerApiError>
  /** Posts a part of a job's stream, JSON text, until it is accepted or refused for good. */
  readonly stream: (jobId: string, body: string) => Effect.Effect<void, WorkerApiError>
  /** Posts a job's progress, JSON text, once: there may be newer soon. */
  readonly progress: (jobId: string, body: string) => Effect.Effect<void, WorkerApiError>
  readonly ping: (jobIds: ReadonlyArray<string>) => Effect.Effect<void, WorkerApiError>
  /** One long poll for the ids of jobs to stop; where the platform has no such channel it never answers. */
  readonly stops: Effect.Effect<ReadonlyArray<string>, WorkerApiError>
}

/** A poll that brings nothing for so long is given up and asked again. */
const pollTimeout = Duration.seconds(90)

/** Milliseconds. The platform holds a poll; where one is answered at once with nothing, that is no hot loop. */
const shortestPoll = 100

/** A result is worth waiting for: it is posted again for as long as the platform may take it. */
const postRetries = Schedule.exponential("200 millis").pipe(
  Schedule.jittered,
  Schedule.either(Schedule.spaced("10 seconds")),
  Schedule.upTo("10 minutes")
)

const mayPass = ({ status }: WorkerApiError): boolean => status === 0 || status === 429 || status >= 500

interface Answer {
  readonly status: number
  readonly body: string
}

/**
 * Its connections close with the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (config: WorkerConfig): Effect.Effect<PlatformClient, never, Scope.Scope> =>
  Effect.gen(function*() {
    const agents = yield* Effect.acquireRelease(
      Effect.sync(() => ({
        http: new Agent({ keepAlive: true, maxSockets: Infinity }),
        https: new SecureAgent({ keepAlive: true, maxSockets: Infinity })
      })),
      ({ http, https }) =>
        Effect.sync(() => {
          http.destroy()
          https.destroy()
        })
    )
    // the worker API takes the key bare
    const authorization = Redacted.value(config.apiKey)

    const exchange = (
      route: string,
      method: "GET" | "POST",
      url: string,
      headers: Record<string, string> = {},
      body?: string
    ): Effect.Effect<Answer, WorkerApiError> =>
      Effect.async((resume) => {
        const fail = (error: Error) =>
          resume(Effect.fail(new WorkerApiError({ route, status: 0, detail: error.message })))
        const isSecure = url.startsWith("https:")
        const options: RequestOptions = {
          method,
          agent: isSecure ? agents.https : agents.http,
          headers: {
            authorization,
            "user-agent": `effect-flash/${version}`,
            ...headers,
            ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) })
          }
        }
        const onResponse = (response: IncomingMessage) => {
          const chunks: Array<Buffer> = []
          response.on("data", (chunk: Buffer) => chunks.push(chunk))
          response.on("end", () =>
            resume(Effect.succeed({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() })))
          response.on("error", fail)
        }
        const sent: ClientRequest = isSecure
          ? secureRequest(url, options, onResponse)
          : request(url, options, onResponse)
        sent.on("error", fail)
        sent.end(body)
        return Effect.sync(() =>
          sent.destroy()
        )
      })

    const unexpected = (route: string, { body, status }: Answer) =>
      new WorkerApiError({ route, status, detail: body.slice(0, 512) })

    const parse = (route: string, answer: Answer): Effect.Effect<unknown, WorkerApiError> =>
      Effect.try({
        try: (): unknown => JSON.parse(answer.body),
        catch: () => new WorkerApiError({ route, status: answer.status, detail: "the answer is not JSON" })
      })

    const longPoll = <A>(
      route: string,
      url: string,
      read: (answer: Answer) => Effect.Effect<A, WorkerApiError>,
      isNothing: (value: A) => boolean
    ): Effect.Effect<A, WorkerApiError> =>
      Effect.gen(function*() {
        const start = yield* Clock.currentTimeMillis
        const answer = yield* exchange(route, "GET", url).pipe(
          Effect.timeoutTo({
            duration: pollTimeout,
            onSuccess: (answer) => answer,
            onTimeout: (): Answer => ({ status: 204, body: "" })
          })
        )
        // asked again five seconds later
        if (answer.status === 429) yield* Effect.sleep("5 seconds")
        const value = yield* read(answer)
        const took = (yield* Clock.currentTimeMillis) - start
        if (isNothing(value) && took < shortestPoll) yield* Effect.sleep(shortestPoll - took)
        return value
      })

    const take = (holdsJobs: boolean) =>
      longPoll(
        "job-take",
        `${config.takeUrl}&job_in_progress=${holdsJobs ? 1 : 0}`,
        (answer): Effect.Effect<Option.Option<TakenJob>, WorkerApiError> => {
          // 400 comes after a worker has been parked and woken
          if (answer.status === 204 || answer.status === 400 || answer.status === 429) return Effect.succeedNone
          if (answer.status !== 200) return Effect.fail(unexpected("job-take", answer))
          if (answer.body === "") return Effect.succeedNone
          return Effect.flatMap(parse("job-take", answer), (job) =>
            isJob(job)
              // the platform leaves out an empty input
              ? Effect.succeedSome({ input: {}, ...job })
              : Effect.fail(new WorkerApiError({ route: "job-take", status: 200, detail: "a job without id" })))
        },
        Option.isNone
      )

    const stops = Option.match(config.stopUrl, {
      onNone: () => Effect.never,
      onSome: (url) =>
        longPoll("job-stop", url, (answer): Effect.Effect<ReadonlyArray<string>, WorkerApiError> => {
          if (answer.status === 204 || answer.status === 429) return Effect.succeed([])
          if (answer.status !== 200) return Effect.fail(unexpected("job-stop", answer))
          return Effect.flatMap(parse("job-stop", answer), (body) => {
            const ids = idsIn(body)
            return ids === undefined
              ? Effect.fail(new WorkerApiError({ route: "job-stop", status: 200, detail: "not a list of jobs" }))
              : Effect.succeed(ids)
          })
        }, (ids) => ids.length === 0)
    })

    const post = (route: string, url: string, jobId: string, body: string) =>
      exchange(route, "POST", url, {
        // what the platform's own worker sends
        "content-type": "application/x-www-form-urlencoded",
        "x-request-id": jobId
      }, body).pipe(
        Effect.flatMap((answer) => answer.status < 300 ? Effect.void : Effect.fail(unexpected(route, answer)))
      )

    const persistently = Effect.retry<WorkerApiError, { schedule: typeof postRetries; while: typeof mayPass }>({
      schedule: postRetries,
      while: mayPass
    })

    const done = (jobId: string, { body, kind }: Result) =>
      persistently(post("job-done", `${config.doneUrl(jobId)}&isStream=${kind === "stream"}`, jobId, body))

    const progress = (jobId: string, body: string) =>
      post("job-done", `${config.doneUrl(jobId)}&isStream=false`, jobId, body)

    const stream = (jobId: string, body: string) =>
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

    const ping = (jobIds: ReadonlyArray<string>) =>
      Option.match(config.pingUrl, {
        onNone: () => Effect.void,
        onSome: (url) => {
          const ids = jobIds.length === 0 ? "" : `&job_id=${encodeURIComponent(jobIds.join(","))}`
          return exchange("ping", "GET", `${url}${ids}&runpod_version=${version}`).pipe(
            Effect.timeoutFail({
              duration: Duration.millis(config.pingInterval * 2),
              onTimeout: () => new WorkerApiError({ route: "ping", status: 0, detail: "no answer in time" })
            }),
            Effect.flatMap((answer) => answer.status < 300 ? Effect.void : Effect.fail(unexpected("ping", answer)))
          )
        }
      })

    return { take, done, stream, progress, ping, stops }
  })

const isJob = (value: unknown): value is { readonly id: string } =>
  typeof value === "object" && value !== null && "id" in value && typeof value.id === "string"

/** The ids in an answer of the stop channel; `undefined` where it is no such answer. */
const idsIn = (body: unknown): ReadonlyArray<string> | undefined => {
  if (typeof body !== "object" || body === null) return undefined
  const ids: unknown = "jobsToStop" in body ? body.jobsToStop : []
  return Array.isArray(ids) ? ids.filter((id) => typeof id === "string") : undefined
}
