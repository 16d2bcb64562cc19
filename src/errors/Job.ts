/**
 * What became of a job whose function gave no answer.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

const job = {
  /** Name of the endpoint, as declared by the resource. */
  endpoint: Schema.String,
  /** Id the platform gave the job. */
  jobId: Schema.String
}

/**
 * The platform ended the job as `FAILED` and the reason is not an answer of a Flash worker: the text is the platform's
 * or a foreign worker's own.
 *
 * @since 0.1.0
 * @category errors
 */
export class JobFailed extends Schema.TaggedError<JobFailed>("effect-flash/JobFailed")("JobFailed", {
  ...job,
  /** The platform's `error` text, whole. */
  error: Schema.String,
  /** Worker that ran the last attempt, where the platform said so. */
  workerId: Schema.optional(Schema.String),
  /** What a foreign worker answered beside its error. */
  output: Schema.optional(Schema.Unknown)
}) {
  override get message() {
    return `Job ${this.jobId} on endpoint "${this.endpoint}" failed: ${this.error}`
  }
}

/**
 * The job ran longer than its execution timeout, or waited longer than its time to live.
 *
 * @since 0.1.0
 * @category errors
 */
export class JobTimedOut extends Schema.TaggedError<JobTimedOut>("effect-flash/JobTimedOut")("JobTimedOut", {
  ...job,
  error: Schema.optional(Schema.String)
}) {
  override get message() {
    return `Job ${this.jobId} on endpoint "${this.endpoint}" timed out${
      this.error === undefined ? "" : `: ${this.error}`
    }. Raise executionTimeoutMs on the resource or executionTimeout in the call's policy, or make the function do ` +
      `less per call.`
  }
}

/**
 * Somebody else cancelled the job (this caller's own interruption is an interruption, not this error).
 *
 * @since 0.1.0
 * @category errors
 */
export class JobCancelled extends Schema.TaggedError<JobCancelled>("effect-flash/JobCancelled")("JobCancelled", job) {
  override get message() {
    return `Job ${this.jobId} on endpoint "${this.endpoint}" was cancelled by somebody else.`
  }
}

/**
 * The worker that held the job went away, and so did the one that tried it again.
 *
 * @since 0.1.0
 * @category errors
 */
export class WorkerLost extends Schema.TaggedError<WorkerLost>("effect-flash/WorkerLost")("WorkerLost", {
  ...job,
  /** How often the platform gave the job to another worker. */
  retries: Schema.Int,
  error: Schema.String
}) {
  override get message() {
    return `Job ${this.jobId} on endpoint "${this.endpoint}" was lost with its worker after ${this.retries} ` +
      `${
        this.retries === 1 ? "retry" : "retries"
      } (${this.error}). Look at the worker's log for a crash or a lack of memory.`
  }
}

/**
 * The platform does not know the job: its result was kept no longer (30 minutes after `/run`, one minute after
 * `/runsync`), or the id belongs to another endpoint.
 *
 * @since 0.1.0
 * @category errors
 */
export class JobNotFound extends Schema.TaggedError<JobNotFound>("effect-flash/JobNotFound")("JobNotFound", job) {
  override get message() {
    return `Endpoint "${this.endpoint}" knows no job ${this.jobId}: it expired or was never accepted there.`
  }
}

/**
 * Values of a stream did not arrive, though its job ran: somebody else read them, they were not read for too long, or
 * the worker was lost and the job began anew after values had been delivered.
 *
 * @since 0.1.0
 * @category errors
 */
export class StreamBroken extends Schema.TaggedError<StreamBroken>("effect-flash/StreamBroken")("StreamBroken", {
  ...job,
  /** How many values came before it broke. */
  received: Schema.Int,
  reason: Schema.String
}) {
  override get message() {
    return `The stream of job ${this.jobId} on endpoint "${this.endpoint}" broke after ${this.received} ` +
      `${this.received === 1 ? "value" : "values"}: ${this.reason}.`
  }
}
