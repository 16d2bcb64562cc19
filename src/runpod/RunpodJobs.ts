/**
 * The data plane: submits jobs to an endpoint, waits for them, cancels them.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Metrics from "../observability/Metrics.ts"
import * as PlatformSpans from "../observability/PlatformSpans.ts"
import * as Limits from "../protocol/Limits.ts"
import { ReliabilityConfig } from "../reliability/ReliabilityConfig.ts"
import * as RetryPolicy from "../reliability/RetryPolicy.ts"
import * as RemoteError from "../RemoteError.ts"
import { HttpTransport } from "./HttpTransport.ts"
import type { HttpRequest, HttpResponse } from "./HttpTransport.ts"
import { RunpodConfig } from "./RunpodConfig.ts"

/**
 * An endpoint on the platform: its id in URLs, and the name it was declared with, for messages.
 *
 * @since 0.1.0
 * @category models
 */
export interface EndpointRef {
  readonly id: string
  readonly name: string
}

/**
 * A job as the platform shows it. Only `id` and `status` are always there.
 *
 * @since 0.1.0
 * @category schemas
 */
export const JobState = Schema.Struct({
  id: Schema.String,
  status: Schema.String,
  output: Schema.optionalWith(Schema.Unknown, { exact: true }),
  error: Schema.optionalWith(Schema.Unknown, { exact: true }),
  workerId: Schema.optionalWith(Schema.String, { nullable: true, exact: true }),
  /** Milliseconds in the queue, before the last attempt. */
  delayTime: Schema.optionalWith(Schema.Number, { nullable: true, exact: true }),
  /** Milliseconds of the last attempt. */
  executionTime: Schema.optionalWith(Schema.Number, { nullable: true, exact: true }),
  retries: Schema.optionalWith(Schema.Number, { nullable: true, exact: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export type JobState = typeof JobState.Type

/**
 * Whether a status is final. A status that this version does not know is not.
 *
 * @since 0.1.0
 * @category guards
 */
export const isTerminal = (status: string): boolean =>
  status === "COMPLETED" || status === "FAILED" || status === "CANCELLED" || status === "TIMED_OUT"

/**
 * Errors of talking to the job API.
 *
 * @since 0.1.0
 * @category errors
 */
export type JobsError =
  | RemoteError.Unauthorized
  | RemoteError.RateLimited
  | RemoteError.ProvisionFailed
  | RemoteError.PayloadTooLarge
  | RemoteError.TransportFailed
  | RemoteError.UnexpectedStatus

/**
 * @since 0.1.0
 * @category services
 */
export class RunpodJobs extends Context.Tag("effect-flash/runpod/RunpodJobs")<RunpodJobs, {
  /** `POST /run` with a body that is JSON text already. Succeeds with the job's id. */
  readonly run: (endpoint: EndpointRef, body: string) => Effect.Effect<string, JobsError>
  /** The job as soon as its status is final: on the long poll, or by polling where the platform has none. */
  readonly await: (endpoint: EndpointRef, jobId: string) => Effect.Effect<JobState, JobsError | RemoteError.JobNotFound>
  readonly status: (
    endpoint: EndpointRef,
    jobId: string
  ) => Effect.Effect<JobState, JobsError | RemoteError.JobNotFound>
  readonly cancel: (endpoint: EndpointRef, jobId: string) => Effect.Effect<void, JobsError | RemoteError.JobNotFound>
}>() {}

/** How long one long poll is held; the platform allows 90 s, edges in front of it cut idle connections at 100 s. */
const longPollWait = Duration.seconds(60)

/** Milliseconds. A long poll that is not held is not asked for again in a hot loop. */
const shortestPoll = 100

/** Waits longer where the platform asks for it. */
const patiently = <Out>(schedule: Schedule.Schedule<Out>) =>
  Schedule.identity<AskError>().pipe(
    Schedule.intersect(schedule),
    Schedule.modifyDelay(([error], delay) =>
      error._tag === "RateLimited" ? Duration.max(delay, Duration.millis(error.retryAfterMs ?? 0)) : delay
    )
  )

/** A status that cannot be read is asked for again: the job runs on, whatever became of one poll. */
const pollRetries = Schedule.exponential("100 millis").pipe(
  Schedule.jittered,
  Schedule.either(Schedule.spaced("5 seconds")),
  patiently,
  Schedule.upTo("2 minutes")
)

type AskError = JobsError | RemoteError.JobNotFound

/** Polls at 100 ms, doubling to 5 s, until the job is over or its status is another than `last`. */
const untilChanged = (last: string) =>
  Schedule.identity<JobState>().pipe(
    Schedule.untilInput((job: JobState) => isTerminal(job.status) || job.status !== last),
    Schedule.intersect(
      Schedule.exponential("100 millis").pipe(Schedule.jittered, Schedule.either(Schedule.spaced("5 seconds")))
    ),
    Schedule.map(([job]) => job)
  )

const mayPass = (error: AskError): boolean =>
  error._tag === "TransportFailed" || error._tag === "RateLimited" ||
  (error._tag === "UnexpectedStatus" && error.status >= 500)

/**
 * `Effect.retry`, prepared only where the first try has failed: the schedule's driver costs more than a good answer.
 */
const retrying = <A, E, Out>(
  effect: Effect.Effect<A, E>,
  options: { readonly schedule: Schedule.Schedule<Out, E>; readonly while: (error: E) => boolean }
): Effect.Effect<A, E> =>
  Effect.catchAll(effect, (error) => {
    if (!options.while(error)) return Effect.fail(error)
    let isFirst = true
    return Effect.retry(
      Effect.suspend(() => {
        if (!isFirst) return effect
        isFirst = false
        return Effect.fail(error)
      }),
      options
    )
  })

/** An accepted job may still be running where it cannot be asked for any more: the error names it. */
const about = (jobId: string, error: AskError): AskError => {
  switch (error._tag) {
    case "TransportFailed":
      return new RemoteError.TransportFailed({ ...error, jobId })
    case "RateLimited":
      return new RemoteError.RateLimited({ ...error, jobId })
    case "UnexpectedStatus":
      return new RemoteError.UnexpectedStatus({ ...error, jobId })
    default:
      return error
  }
}

const isJobState = Schema.is(JobState)

/** The usual answer is read without the decoder; it drops nulls and reports nothing either. */
const decodeJob = (body: string): JobState | undefined => {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return undefined
  }
  return isJobState(parsed) ? parsed : Option.getOrUndefined(decodeJobState(parsed))
}

const decodeJobState = Schema.decodeUnknownOption(JobState)

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<RunpodJobs, never, RunpodConfig | HttpTransport> = Layer.effect(
  RunpodJobs,
  Effect.gen(function*() {
    const config = yield* RunpodConfig
    const transport = yield* HttpTransport
    const base = new URL(config.endpointBaseUrl)
    const prefix = base.pathname.replace(/\/$/, "")
    const apiKey = Redacted.value(config.apiKey)
    const settings = yield* ReliabilityConfig
    const metrics = Metrics.make(settings.metrics)
    const headers = {
      authorization: `Bearer ${apiKey}`,
      "content-type": "application/json",
      accept: "application/json"
    }

    const request = (
      endpoint: EndpointRef,
      method: HttpRequest["method"],
      path: string,
      options: { readonly body?: string; readonly longPoll?: boolean } = {}
    ): HttpRequest => ({
      method,
      origin: base.origin,
      path: `${prefix}/${endpoint.id}${path}`,
      headers,
      ...options
    })

    /** The first kilobyte of an answer. Some servers say back what they were sent: never the key. */
    const excerpt = ({ body }: HttpResponse): string =>
      (apiKey === "" ? body : body.replaceAll(apiKey, "<redacted>")).slice(0, 1024)

    const refusal = (endpoint: EndpointRef, sent: HttpRequest, response: HttpResponse): JobsError => {
      switch (response.status) {
        case 401:
        case 403:
          return new RemoteError.Unauthorized({
            endpoint: endpoint.name,
            keyOrigin: config.apiKeyOrigin,
            detail: excerpt(response)
          })
        case 413:
          return new RemoteError.PayloadTooLarge({
            endpoint: endpoint.name,
            operation: "/run",
            size: Buffer.byteLength(sent.body ?? ""),
            limit: Limits.runBody
          })
        case 429: {
          const seconds = Number(response.headers["retry-after"])
          return new RemoteError.RateLimited({
            endpoint: endpoint.name,
            ...(Number.isFinite(seconds) ? { retryAfterMs: seconds * 1000 } : {})
          })
        }
        default:
          return new RemoteError.UnexpectedStatus({
            request: `${sent.method} ${sent.origin}${sent.path}`,
            status: response.status,
            body: excerpt(response)
          })
      }
    }

    const readJob = (
      endpoint: EndpointRef,
      sent: HttpRequest,
      response: HttpResponse
    ): Effect.Effect<JobState, JobsError> => {
      if (response.status !== 200) return Effect.fail(refusal(endpoint, sent, response))
      const job = decodeJob(response.body)
      if (job !== undefined && isTerminal(job.status)) {
        metrics.jobs(endpoint.name).received(Buffer.byteLength(response.body))
      }
      return job !== undefined ? Effect.succeed(job) : Effect.fail(
        new RemoteError.UnexpectedStatus({
          request: `${sent.method} ${sent.origin}${sent.path}`,
          status: response.status,
          body: `not a job: ${excerpt(response)}`
        })
      )
    }

    const ask = (endpoint: EndpointRef, jobId: string, sent: HttpRequest): Effect.Effect<JobState, AskError> =>
      Effect.flatMap(transport.request(sent), (response): Effect.Effect<JobState, AskError> =>
        response.status === 404
          ? Effect.fail(new RemoteError.JobNotFound({ endpoint: endpoint.name, jobId }))
          : readJob(endpoint, sent, response))

    const run = (endpoint: EndpointRef, body: string): Effect.Effect<string, JobsError> => {
      const size = Buffer.byteLength(body)
      if (size > Limits.runBody) {
        return Effect.fail(
          new RemoteError.PayloadTooLarge({ endpoint: endpoint.name, operation: "/run", size, limit: Limits.runBody })
        )
      }
      const sent = request(endpoint, "POST", "/run", { body })
      const submit = Effect.flatMap(
        transport.request(sent),
        (response): Effect.Effect<string, JobsError> => {
          metrics.jobs(endpoint.name).sent(size)
          return response.status === 404
            ? Effect.fail(
              new RemoteError.ProvisionFailed({
                endpoint: endpoint.name,
                reason: `the platform knows no endpoint ${endpoint.id}`
              })
            )
            : Effect.map(readJob(endpoint, sent, response), (job) => job.id)
        }
      )
      // only what was certainly not accepted is sent again
      return RetryPolicy.retry(submit, {
        config: settings.retry,
        while: RetryPolicy.wasNotAccepted,
        metrics: metrics.retry(endpoint.name)
      })
    }

    const status = (endpoint: EndpointRef, jobId: string) =>
      ask(endpoint, jobId, request(endpoint, "GET", `/status/${jobId}`))

    const longPoll = (endpoint: EndpointRef, jobId: string) =>
      ask(
        endpoint,
        jobId,
        request(endpoint, "GET", `/status-sync/${jobId}?wait=${Duration.toMillis(longPollWait)}`, { longPoll: true })
      )

    const asking = (jobId: string, poll: Effect.Effect<JobState, AskError>): Effect.Effect<JobState, AskError> =>
      Effect.mapError(retrying(poll, { schedule: pollRetries, while: mayPass }), (error) => about(jobId, error))

    const ended = (endpoint: EndpointRef, job: JobState): Effect.Effect<JobState> => {
      metrics.jobs(endpoint.name).finished(job.delayTime, job.executionTime)
      return PlatformSpans.record(endpoint.name, job)
    }

    const poll = (endpoint: EndpointRef, jobId: string, known: JobState): Effect.Effect<JobState, AskError> =>
      isTerminal(known.status) ? ended(endpoint, known) : asking(jobId, status(endpoint, jobId)).pipe(
        Effect.scheduleFrom(known, untilChanged(known.status)),
        Effect.flatMap((job) => poll(endpoint, jobId, job))
      )

    const longPolls = Effect.fnUntraced(function*(endpoint: EndpointRef, jobId: string) {
      while (true) {
        const start = yield* Clock.currentTimeMillis
        const job = yield* asking(jobId, longPoll(endpoint, jobId))
        if (isTerminal(job.status)) return yield* ended(endpoint, job)
        const took = (yield* Clock.currentTimeMillis) - start
        if (took < shortestPoll) yield* Effect.sleep(shortestPoll - took)
      }
    })

    // a 404 to the long poll means no such job or no such route; the plain status tells which
    const wait = (endpoint: EndpointRef, jobId: string): Effect.Effect<JobState, AskError> =>
      Effect.catchTag(
        longPolls(endpoint, jobId),
        "JobNotFound",
        () => Effect.flatMap(asking(jobId, status(endpoint, jobId)), (job) => poll(endpoint, jobId, job))
      )

    return RunpodJobs.of({
      run,
      status,
      await: wait,
      cancel: (endpoint, jobId) => Effect.asVoid(ask(endpoint, jobId, request(endpoint, "POST", `/cancel/${jobId}`)))
    })
  })
)
