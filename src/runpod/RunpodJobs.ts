/**
 * The data plane: submits jobs to an endpoint, waits for them, cancels them.
 *
 * @since 0.1.0
 */
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as Metrics from "../observability/Metrics.ts"
import * as PlatformSpans from "../observability/PlatformSpans.ts"
import * as Limits from "../protocol/Limits.ts"
import { ReliabilityConfig } from "../reliability/ReliabilityConfig.ts"
import * as RetryPolicy from "../reliability/RetryPolicy.ts"
import * as RemoteError from "../RemoteError.ts"
import { HttpTransport } from "./HttpTransport.ts"
import type { HttpRequest, HttpResponse } from "./HttpTransport.ts"
import { decodeJob, decodePage, isTerminal, sameOutput } from "./JobState.ts"
import type { JobState, StreamPage } from "./JobState.ts"
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

export { isTerminal, JobState, StreamPage } from "./JobState.ts"

/**
 * Errors of talking to the job API.
 *
 * @since 0.1.0
 * @category errors
 */
export type JobsError =
  | RemoteError.ApiKeyMissing
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
  /** `POST /run` with a body that is JSON text already. Succeeds with the job, which waits in the queue. */
  readonly run: (endpoint: EndpointRef, body: string) => Effect.Effect<JobState, JobsError>
  /** `POST /runsync`: the job as it is when it is over, or after ten seconds. */
  readonly runsync: (endpoint: EndpointRef, body: string) => Effect.Effect<JobState, JobsError>
  /** The job as soon as its status is final: on the long poll, or by polling where the platform has none. */
  readonly await: (endpoint: EndpointRef, jobId: string) => Effect.Effect<JobState, JobsError | RemoteError.JobNotFound>
  readonly status: (
    endpoint: EndpointRef,
    jobId: string
  ) => Effect.Effect<JobState, JobsError | RemoteError.JobNotFound>
  readonly cancel: (endpoint: EndpointRef, jobId: string) => Effect.Effect<void, JobsError | RemoteError.JobNotFound>
  /** Queues a job again that failed or timed out; fails with `NotSupported` where it did neither. */
  readonly retry: (
    endpoint: EndpointRef,
    jobId: string
  ) => Effect.Effect<void, JobsError | RemoteError.JobNotFound | RemoteError.NotSupported>
  /** The job as it is, and then whenever its status or its output is another; ends when it is over. */
  readonly changes: (
    endpoint: EndpointRef,
    jobId: string
  ) => Stream.Stream<JobState, JobsError | RemoteError.JobNotFound>
  /** Takes what has gathered in the stream of a job, on a long poll; what was taken is gone. */
  readonly stream: (
    endpoint: EndpointRef,
    jobId: string
  ) => Effect.Effect<StreamPage, JobsError | RemoteError.JobNotFound>
}>() {}

/** How long one long poll is held; the platform allows 90 s, edges in front of it cut idle connections at 100 s. */
const longPollWait = Duration.seconds(60)

/** How long `/runsync` is held: until it answers, its job cannot be cancelled. */
const runsyncWait = Duration.seconds(10)

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

/** Polls at 100 ms, doubling to 5 s, until the job is over or is news. */
const until = (isNews: (job: JobState) => boolean) =>
  Schedule.identity<JobState>().pipe(
    Schedule.untilInput((job: JobState) => isTerminal(job.status) || isNews(job)),
    Schedule.intersect(
      Schedule.exponential("100 millis").pipe(Schedule.jittered, Schedule.either(Schedule.spaced("5 seconds")))
    ),
    Schedule.map(([job]) => job)
  )

/** The route may be unknown, or known and not served. */
const hasNoLongPoll = (error: AskError): boolean =>
  error._tag === "JobNotFound" ||
  (error._tag === "UnexpectedStatus" && (error.status === 405 || error.status === 501))

/** Waits where a long poll that was begun then was not held. */
const paced = (start: number, clock: Clock.Clock): Effect.Effect<void> => {
  const took = clock.unsafeCurrentTimeMillis() - start
  return took < shortestPoll ? Effect.sleep(shortestPoll - took) : Effect.void
}

const mayPass = (error: AskError): boolean =>
  error._tag === "TransportFailed" || error._tag === "RateLimited" ||
  (error._tag === "UnexpectedStatus" && error.status >= 500 && error.status !== 501)

/** Polls once more, as often as `pollRetries` says, after a first poll that failed with that error. */
const pollAgain = <A>(poll: Effect.Effect<A, AskError>, error: AskError): Effect.Effect<A, AskError> => {
  if (!mayPass(error)) return Effect.fail(error)
  let isFirst = true
  return Effect.retry(
    Effect.suspend(() => {
      if (!isFirst) return poll
      isFirst = false
      return Effect.fail(error)
    }),
    { schedule: pollRetries, while: mayPass }
  )
}

/** The two ways to submit, by their path. */
const submission = (path: string) =>
  path.includes("/runsync?")
    ? { name: "/runsync", limit: Limits.runsyncBody }
    : { name: "/run", limit: Limits.runBody }

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

/** Without a key nothing is sent. */
interface Transport {
  readonly request: (
    request: HttpRequest
  ) => Effect.Effect<HttpResponse, RemoteError.TransportFailed | RemoteError.ApiKeyMissing>
}

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<RunpodJobs, never, RunpodConfig | HttpTransport> = Layer.effect(
  RunpodJobs,
  Effect.gen(function*() {
    const config = yield* RunpodConfig
    const key = yield* Effect.either(config.apiKey)
    const transport: Transport = Either.isRight(key) ? yield* HttpTransport : { request: () => Effect.fail(key.left) }
    const { origin, pathname } = new URL(config.endpointBaseUrl)
    const prefix = pathname.replace(/\/$/, "")
    const apiKey = Either.isRight(key) ? Redacted.value(key.right.value) : ""
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
      origin,
      // one string, which a waiting call keeps, instead of a tree of them
      path: [prefix, "/", endpoint.id, path].join(""),
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
            keyOrigin: Either.isRight(key) ? key.right.origin : "nowhere",
            detail: excerpt(response)
          })
        case 413: {
          const { limit, name } = submission(sent.path)
          return new RemoteError.PayloadTooLarge({
            endpoint: endpoint.name,
            operation: name,
            size: Buffer.byteLength(sent.body ?? ""),
            limit
          })
        }
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

    const reading =
      <A>(what: string, decode: (body: string) => A | undefined) =>
      (endpoint: EndpointRef, sent: HttpRequest, response: HttpResponse): Effect.Effect<A, JobsError> => {
        if (response.status !== 200) return Effect.fail(refusal(endpoint, sent, response))
        const decoded = decode(response.body)
        return decoded !== undefined ? Effect.succeed(decoded) : Effect.fail(
          new RemoteError.UnexpectedStatus({
            request: `${sent.method} ${sent.origin}${sent.path}`,
            status: response.status,
            body: `not ${what}: ${excerpt(response)}`
          })
        )
      }
    const readAnyJob = reading("a job", decodeJob)
    const readJob = (endpoint: EndpointRef, sent: HttpRequest, response: HttpResponse) =>
      Effect.map(readAnyJob(endpoint, sent, response), (job) => {
        if (isTerminal(job.status)) metrics.jobs(endpoint.name).received(Buffer.byteLength(response.body))
        return job
      })
    const readPage = reading("a stream", decodePage)

    const answerOf = <A>(
      endpoint: EndpointRef,
      jobId: string,
      sent: HttpRequest,
      response: HttpResponse,
      read: (endpoint: EndpointRef, sent: HttpRequest, response: HttpResponse) => Effect.Effect<A, JobsError>
    ): Effect.Effect<A, AskError> =>
      response.status === 404
        ? Effect.fail(new RemoteError.JobNotFound({ endpoint: endpoint.name, jobId }))
        : read(endpoint, sent, response)

    const ask = (endpoint: EndpointRef, jobId: string, sent: HttpRequest): Effect.Effect<JobState, AskError> =>
      Effect.flatMap(transport.request(sent), (response) => answerOf(endpoint, jobId, sent, response, readJob))

    /** Measures what the platform tells of a job that somebody waited for. */
    const ended = (endpoint: EndpointRef, job: JobState): Effect.Effect<JobState> => {
      metrics.jobs(endpoint.name).finished(job.delayTime, job.executionTime)
      return PlatformSpans.record(endpoint.name, job)
    }

    const submit = (endpoint: EndpointRef, path: string, body: string): Effect.Effect<JobState, JobsError> => {
      const { limit, name } = submission(path)
      const size = Buffer.byteLength(body)
      if (size > limit) {
        return Effect.fail(
          new RemoteError.PayloadTooLarge({ endpoint: endpoint.name, operation: name, size, limit })
        )
      }
      const sent = request(endpoint, "POST", path, { body, ...(path === "/run" ? {} : { longPoll: true }) })
      const submitting = Effect.flatMap(
        transport.request(sent),
        (response): Effect.Effect<JobState, JobsError> =>
          response.status === 404
            ? Effect.fail(
              new RemoteError.ProvisionFailed({
                endpoint: endpoint.name,
                reason: `the platform knows no endpoint ${endpoint.id}`
              })
            )
            : readJob(endpoint, sent, response)
      )
      metrics.jobs(endpoint.name).sent(size)
      // only what was certainly not accepted is sent again
      return RetryPolicy.retry(submitting, {
        config: settings.retry,
        while: RetryPolicy.wasNotAccepted,
        metrics: metrics.retry(endpoint.name)
      })
    }

    // a schedule's driver costs more than a good answer: it is made where the first try has failed
    const asking = <A>(jobId: string, poll: Effect.Effect<A, AskError>): Effect.Effect<A, AskError> =>
      Effect.catchAll(poll, (error) => askAgain(jobId, poll, error))

    const askAgain = <A>(jobId: string, poll: Effect.Effect<A, AskError>, error: AskError) =>
      Effect.mapError(pollAgain(poll, error), (error) => about(jobId, error))

    const status = (endpoint: EndpointRef, jobId: string) =>
      asking(jobId, ask(endpoint, jobId, request(endpoint, "GET", `/status/${jobId}`)))

    const longPoll = (endpoint: EndpointRef, jobId: string) =>
      request(endpoint, "GET", `/status-sync/${jobId}?wait=${Duration.toMillis(longPollWait)}`, { longPoll: true })

    const poll = (endpoint: EndpointRef, jobId: string, known: JobState): Effect.Effect<JobState, AskError> =>
      isTerminal(known.status) ? ended(endpoint, known) : status(endpoint, jobId).pipe(
        Effect.scheduleFrom(known, until(({ status }) => status !== known.status)),
        Effect.flatMap((job) => poll(endpoint, jobId, job))
      )

    /** Asks a long poll; where it brings nothing without being held, the next one has to wait. */
    const held = <A>(jobId: string, poll: Effect.Effect<A, AskError>, isNothing: (answer: A) => boolean) =>
      Effect.clockWith((clock) => {
        const start = clock.unsafeCurrentTimeMillis()
        return Effect.flatMap(
          asking(jobId, poll),
          (answer) => isNothing(answer) ? Effect.as(paced(start, clock), answer) : Effect.succeed(answer)
        )
      })

    const longPolls = (endpoint: EndpointRef, jobId: string): Effect.Effect<JobState, AskError> =>
      Effect.flatMap(
        held(jobId, ask(endpoint, jobId, longPoll(endpoint, jobId)), ({ status }) => !isTerminal(status)),
        (job) => isTerminal(job.status) ? ended(endpoint, job) : longPolls(endpoint, jobId)
      )

    // a 404 to the long poll means no such job or no such route; the plain status tells which
    const orPoll = (endpoint: EndpointRef, jobId: string, job: Effect.Effect<JobState, AskError>) =>
      Effect.catchIf(
        job,
        hasNoLongPoll,
        () => Effect.flatMap(status(endpoint, jobId), (job) => poll(endpoint, jobId, job))
      )

    /**
     * Ten thousand callers may wait at once, and each keeps what its fiber is to do next. So one handler stands behind the
     * first poll, which is the last one of most jobs; all that can become necessary is made when it does.
     */
    const wait = (endpoint: EndpointRef, jobId: string): Effect.Effect<JobState, AskError> =>
      Effect.clockWith((clock) => {
        const start = clock.unsafeCurrentTimeMillis()
        const sent = longPoll(endpoint, jobId)
        const onSuccess = (job: JobState): Effect.Effect<JobState, AskError> =>
          isTerminal(job.status) ? ended(endpoint, job) : orPoll(
            endpoint,
            jobId,
            Effect.zipRight(paced(start, clock), longPolls(endpoint, jobId))
          )
        const onFailure = (error: AskError) =>
          orPoll(endpoint, jobId, Effect.flatMap(askAgain(jobId, ask(endpoint, jobId, sent), error), onSuccess))
        return Effect.matchEffect(transport.request(sent), {
          onFailure,
          onSuccess: (response) =>
            Effect.matchEffect(answerOf(endpoint, jobId, sent, response, readJob), { onFailure, onSuccess })
        })
      })

    const changes = (endpoint: EndpointRef, jobId: string) => {
      const poll = status(endpoint, jobId)
      const next = (last: JobState) =>
        Effect.scheduleFrom(poll, last, until((job) => job.status !== last.status || !sameOutput(job, last)))
      return Stream.paginateEffect(
        poll,
        (look) =>
          Effect.map(look, (job) => [job, isTerminal(job.status) ? Option.none() : Option.some(next(job))] as const)
      )
    }

    const retry = (endpoint: EndpointRef, jobId: string) =>
      Effect.catchIf(
        Effect.asVoid(ask(endpoint, jobId, request(endpoint, "POST", `/retry/${jobId}`))),
        (error) => error._tag === "UnexpectedStatus" && error.status === 400,
        ({ message }) =>
          Effect.fail(
            new RemoteError.NotSupported({
              endpoint: endpoint.name,
              operation: "retry",
              reason: `a job can be retried that failed or timed out (${message})`
            })
          )
      )

    const stream = (endpoint: EndpointRef, jobId: string) => {
      const path = `/stream/${jobId}?wait=${Duration.toMillis(longPollWait)}`
      const sent = request(endpoint, "GET", path, { longPoll: true })
      const poll = Effect.flatMap(
        transport.request(sent),
        (response) => answerOf(endpoint, jobId, sent, response, readPage)
      )
      return held(jobId, poll, ({ status, stream }) => stream.length === 0 && !isTerminal(status))
    }

    return RunpodJobs.of({
      retry,
      changes,
      stream,
      run: (endpoint, body) => submit(endpoint, "/run", body),
      runsync: (endpoint, body) =>
        Effect.flatMap(
          submit(endpoint, `/runsync?wait=${Duration.toMillis(runsyncWait)}`, body),
          (job) => isTerminal(job.status) ? ended(endpoint, job) : Effect.succeed(job)
        ),
      status,
      await: wait,
      cancel: (endpoint, jobId) => Effect.asVoid(ask(endpoint, jobId, request(endpoint, "POST", `/cancel/${jobId}`)))
    })
  })
)
