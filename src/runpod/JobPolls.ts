/**
 * Asking for a job until it is over, or is another: on the long poll, or by a schedule where the platform has none. A
 * poll that is lost is asked again, since the job runs on.
 *
 * @since 0.1.0
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as RemoteError from "../RemoteError.ts"
import type { HttpRequest } from "./HttpTransport.ts"
import { answer, ask } from "./JobsApi.ts"
import type { AskError, EndpointRef, JobsApi } from "./JobsApi.ts"
import { isTerminal, sameOutput } from "./JobState.ts"
import type { JobState, StreamPage } from "./JobState.ts"

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

/**
 * @since 0.1.0
 * @category models
 */
export interface JobPolls {
  readonly status: (endpoint: EndpointRef, jobId: string) => Effect.Effect<JobState, AskError>
  /** The job when it is over. */
  readonly wait: (endpoint: EndpointRef, jobId: string) => Effect.Effect<JobState, AskError>
  /** The job as it is, and whenever its status or its output is another. */
  readonly changes: (endpoint: EndpointRef, jobId: string) => Stream.Stream<JobState, AskError>
  /** What has gathered in its stream. */
  readonly stream: (endpoint: EndpointRef, jobId: string) => Effect.Effect<StreamPage, AskError>
}

/**
 * `ended` is told of each job that was waited for.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  api: JobsApi,
  ended: (endpoint: EndpointRef, job: JobState) => Effect.Effect<JobState>
): JobPolls => {
  const jobOf = (endpoint: EndpointRef, jobId: string, sent: HttpRequest): Effect.Effect<JobState, AskError> =>
    ask(api, api.readJob, endpoint, jobId, sent)

  // a schedule's driver costs more than a good answer: it is made where the first try has failed
  const asking = <A>(jobId: string, poll: Effect.Effect<A, AskError>): Effect.Effect<A, AskError> =>
    Effect.catchAll(poll, (error) => askAgain(jobId, poll, error))

  const askAgain = <A>(jobId: string, poll: Effect.Effect<A, AskError>, error: AskError) =>
    Effect.mapError(pollAgain(poll, error), (error) => about(jobId, error))

  const status = (endpoint: EndpointRef, jobId: string) =>
    asking(jobId, jobOf(endpoint, jobId, api.request(endpoint, "GET", `/status/${jobId}`)))

  const longPoll = (endpoint: EndpointRef, jobId: string) =>
    api.request(endpoint, "GET", `/status-sync/${jobId}?wait=${Duration.toMillis(longPollWait)}`, { longPoll: true })

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
      held(jobId, jobOf(endpoint, jobId, longPoll(endpoint, jobId)), ({ status }) => !isTerminal(status)),
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
        orPoll(endpoint, jobId, Effect.flatMap(askAgain(jobId, jobOf(endpoint, jobId, sent), error), onSuccess))
      return Effect.matchEffect(api.send(sent), {
        onFailure,
        onSuccess: (response) =>
          Effect.matchEffect(answer(api.readJob, endpoint, jobId, sent, response), { onFailure, onSuccess })
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

  const stream = (endpoint: EndpointRef, jobId: string) => {
    const path = `/stream/${jobId}?wait=${Duration.toMillis(longPollWait)}`
    const poll = ask(api, api.readPage, endpoint, jobId, api.request(endpoint, "GET", path, { longPoll: true }))
    return held(jobId, poll, ({ status, stream }) => stream.length === 0 && !isTerminal(status))
  }

  return { status, wait, changes, stream }
}
