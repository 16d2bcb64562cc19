/**
 * The data plane: submits jobs to an endpoint, waits for them, cancels them.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import * as Metrics from "../observability/Metrics.ts"
import * as PlatformSpans from "../observability/PlatformSpans.ts"
import { ReliabilityConfig } from "../reliability/ReliabilityConfig.ts"
import * as RetryPolicy from "../reliability/RetryPolicy.ts"
import * as RemoteError from "../RemoteError.ts"
import type { HttpTransport } from "./HttpTransport.ts"
import * as JobPolls from "./JobPolls.ts"
import * as JobsApi from "./JobsApi.ts"
import type { EndpointRef, JobsError } from "./JobsApi.ts"
import { isTerminal } from "./JobState.ts"
import type { JobState, StreamPage } from "./JobState.ts"
import type { RunpodConfig } from "./RunpodConfig.ts"

export { type EndpointRef, type JobsError } from "./JobsApi.ts"

export { isTerminal, JobState, StreamPage } from "./JobState.ts"

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

/** How long `/runsync` is held: until it answers, its job cannot be cancelled. */
const runsyncWait = Duration.seconds(10)

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<RunpodJobs, never, RunpodConfig | HttpTransport> = Layer.effect(
  RunpodJobs,
  Effect.gen(function*() {
    const settings = yield* ReliabilityConfig
    const metrics = Metrics.make(settings.metrics)
    const api = yield* JobsApi.make(metrics)

    /** Measures what the platform tells of a job that somebody waited for. */
    const ended = (endpoint: EndpointRef, job: JobState): Effect.Effect<JobState> => {
      metrics.jobs(endpoint.name).finished(job.delayTime, job.executionTime)
      return PlatformSpans.record(endpoint.name, job)
    }

    const polls = JobPolls.make(api, ended)

    const submit = (endpoint: EndpointRef, path: string, body: string): Effect.Effect<JobState, JobsError> => {
      const { limit, name } = JobsApi.submission(path)
      const size = Buffer.byteLength(body)
      if (size > limit) {
        return Effect.fail(
          new RemoteError.PayloadTooLarge({ endpoint: endpoint.name, operation: name, size, limit })
        )
      }
      const sent = api.request(endpoint, "POST", path, { body, ...(path === "/run" ? {} : { longPoll: true }) })
      const submitting = Effect.flatMap(
        api.send(sent),
        (response): Effect.Effect<JobState, JobsError> =>
          response.status === 404
            ? Effect.fail(
              new RemoteError.ProvisionFailed({
                endpoint: endpoint.name,
                reason: `the platform knows no endpoint ${endpoint.id}`
              })
            )
            : api.readJob(endpoint, sent, response)
      )
      metrics.jobs(endpoint.name).sent(size)
      // only what was certainly not accepted is sent again
      return RetryPolicy.retry(submitting, {
        config: settings.retry,
        while: RetryPolicy.wasNotAccepted,
        metrics: metrics.retry(endpoint.name)
      })
    }

    const post = (endpoint: EndpointRef, jobId: string, verb: "retry" | "cancel") =>
      Effect.asVoid(
        JobsApi.ask(api, api.readJob, endpoint, jobId, api.request(endpoint, "POST", `/${verb}/${jobId}`))
      )

    const retry = (endpoint: EndpointRef, jobId: string) =>
      Effect.catchIf(
        post(endpoint, jobId, "retry"),
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

    return RunpodJobs.of({
      status: polls.status,
      await: polls.wait,
      changes: polls.changes,
      stream: polls.stream,
      retry,
      run: (endpoint, body) => submit(endpoint, "/run", body),
      runsync: (endpoint, body) =>
        Effect.flatMap(
          submit(endpoint, `/runsync?wait=${Duration.toMillis(runsyncWait)}`, body),
          (job) => isTerminal(job.status) ? ended(endpoint, job) : Effect.succeed(job)
        ),
      cancel: (endpoint, jobId) => post(endpoint, jobId, "cancel")
    })
  })
)
