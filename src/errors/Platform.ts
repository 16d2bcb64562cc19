/**
 * What the platform refuses, or what stands between it and the caller.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The endpoint could not be made ready.
 *
 * @since 0.1.0
 * @category errors
 */
export class ProvisionFailed
  extends Schema.TaggedError<ProvisionFailed>("effect-flash/ProvisionFailed")("ProvisionFailed", {
    endpoint: Schema.String,
    reason: Schema.String,
    cause: Schema.optional(Schema.Defect)
  })
{
  override get message() {
    return `Endpoint "${this.endpoint}" is not available: ${this.reason}`
  }
}

/**
 * There is no API key, and the request needs one. Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class ApiKeyMissing extends Schema.TaggedError<ApiKeyMissing>("effect-flash/ApiKeyMissing")("ApiKeyMissing", {
  /** Where a key was looked for, in order, and what was found there. */
  searched: Schema.Array(Schema.Struct({ place: Schema.String, found: Schema.String }))
}) {
  override get message() {
    const places = this.searched.map(({ found, place }) => `\n  - ${place}: ${found}`).join("")
    return `There is no RunPod API key.${places}\nRun \`flash login\`, or set RUNPOD_API_KEY to a key made at ` +
      `https://console.runpod.io/user/settings.`
  }
}

/**
 * The platform refused the API key.
 *
 * @since 0.1.0
 * @category errors
 */
export class Unauthorized extends Schema.TaggedError<Unauthorized>("effect-flash/Unauthorized")("Unauthorized", {
  /** The endpoint that was called, where it was a call. */
  endpoint: Schema.optional(Schema.String),
  /** Where the key came from, never the key. */
  keyOrigin: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `The platform refused the API key from ${this.keyOrigin}${
      this.endpoint === undefined ? "" : ` for endpoint "${this.endpoint}"`
    }: ${this.detail}. Run \`flash login\`, or use a key made at https://console.runpod.io/user/settings.`
  }
}

/**
 * Too many requests, still so after the retries.
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimited extends Schema.TaggedError<RateLimited>("effect-flash/RateLimited")("RateLimited", {
  /** The endpoint that was called, where it was a call. */
  endpoint: Schema.optional(Schema.String),
  /** What the platform asked to wait, in milliseconds, where it said so. */
  retryAfterMs: Schema.optional(Schema.Number),
  /** The job this was about, where it had been accepted already: it may still be running. */
  jobId: Schema.optional(Schema.String)
}) {
  override get message() {
    const wait = (this.retryAfterMs === undefined ? "" : `; the platform asks to wait ${this.retryAfterMs} ms`) +
      mayStillRun(this.jobId)
    return this.endpoint === undefined
      ? `The platform's API is rate limited${wait}. Wait, and ask less often.`
      : `Endpoint "${this.endpoint}" is rate limited${wait}. Lower the concurrency of the calls.`
  }
}

/**
 * The platform could not be reached, or the connection broke.
 *
 * @since 0.1.0
 * @category errors
 */
export class TransportFailed
  extends Schema.TaggedError<TransportFailed>("effect-flash/TransportFailed")("TransportFailed", {
    /** Method and URL. */
    request: Schema.String,
    /** System code, as `ECONNREFUSED`, or the kind of failure. */
    code: Schema.String,
    /** The job this was about, where it had been accepted already: it may still be running. */
    jobId: Schema.optional(Schema.String),
    cause: Schema.optional(Schema.Defect)
  })
{
  override get message() {
    return `${this.request} failed (${this.code})${mayStillRun(this.jobId)}.`
  }
}

/**
 * The platform answered with a status that has no meaning here.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnexpectedStatus
  extends Schema.TaggedError<UnexpectedStatus>("effect-flash/UnexpectedStatus")("UnexpectedStatus", {
    request: Schema.String,
    status: Schema.Int,
    /** The first kilobyte of the answer. */
    body: Schema.String,
    /** The job this was about, where it had been accepted already: it may still be running. */
    jobId: Schema.optional(Schema.String)
  })
{
  override get message() {
    return `${this.request} answered ${this.status}${mayStillRun(this.jobId)}: ${this.body}`
  }
}

/**
 * The target a program was to run on is not to be had.
 *
 * @since 0.1.0
 * @category errors
 */
export class TargetUnavailable
  extends Schema.TaggedError<TargetUnavailable>("effect-flash/TargetUnavailable")("TargetUnavailable", {
    /** `local`, `live`, … */
    target: Schema.String,
    reason: Schema.String,
    cause: Schema.optional(Schema.Defect)
  })
{
  override get message() {
    return `Target "${this.target}" is not available: ${this.reason}`
  }
}

const mayStillRun = (jobId: string | undefined): string =>
  jobId === undefined ? "" : `; job ${jobId} may still be running`
