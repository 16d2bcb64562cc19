/**
 * What can go wrong between a caller and a remote function, apart from the function's own typed errors.
 *
 * Every class carries the fields a program needs to react and a message that says what happened and what to do.
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
export class JobFailed extends Schema.TaggedError<JobFailed>()("JobFailed", {
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
export class JobTimedOut extends Schema.TaggedError<JobTimedOut>()("JobTimedOut", {
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
export class JobCancelled extends Schema.TaggedError<JobCancelled>()("JobCancelled", job) {
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
export class WorkerLost extends Schema.TaggedError<WorkerLost>()("WorkerLost", {
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
export class JobNotFound extends Schema.TaggedError<JobNotFound>()("JobNotFound", job) {
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
export class StreamBroken extends Schema.TaggedError<StreamBroken>()("StreamBroken", {
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

/**
 * The request or the answer is larger than the platform carries. Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class PayloadTooLarge extends Schema.TaggedError<PayloadTooLarge>()("PayloadTooLarge", {
  endpoint: Schema.String,
  /** `/run`, `/runsync` or `result`. */
  operation: Schema.String,
  /** Size in bytes. */
  size: Schema.Int,
  /** Limit in bytes. */
  limit: Schema.Int
}) {
  override get message() {
    return `${this.operation} to endpoint "${this.endpoint}" is ${this.size} bytes, the limit is ${this.limit}. ` +
      `Put large data in storage and pass a reference.`
  }
}

/**
 * A value does not fit its schema: the payload before it was sent, or as the worker read it.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidPayload extends Schema.TaggedError<InvalidPayload>()("InvalidPayload", {
  function: Schema.String,
  /** The schema's own report, a tree that names the field. */
  issue: Schema.String
}) {
  override get message() {
    return `The payload of "${this.function}" does not fit its schema:\n${this.issue}`
  }
}

/**
 * The options of a call are not legal. Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidOptions extends Schema.TaggedError<InvalidOptions>()("InvalidOptions", {
  function: Schema.String,
  /** A line for each wrong option, which begins with its path. */
  issue: Schema.String
}) {
  override get message() {
    return `The options of a call of "${this.function}" are not legal:\n${this.issue}`
  }
}

/**
 * What was asked for is not to be had from this endpoint.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotSupported extends Schema.TaggedError<NotSupported>()("NotSupported", {
  endpoint: Schema.String,
  /** `submit`, `webhook`, `retry`, … */
  operation: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `"${this.operation}" is not to be had from endpoint "${this.endpoint}": ${this.reason}`
  }
}

/**
 * The answer cannot be read with the function's schemas: the worker runs another version of the function.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidResponse extends Schema.TaggedError<InvalidResponse>()("InvalidResponse", {
  function: Schema.String,
  jobId: Schema.optional(Schema.String),
  issue: Schema.String
}) {
  override get message() {
    return `The answer of "${this.function}" does not fit its schema; is the worker of the same version?\n${this.issue}`
  }
}

/**
 * Caller and worker speak different versions of the protocol.
 *
 * @since 0.1.0
 * @category errors
 */
export class ProtocolMismatch extends Schema.TaggedError<ProtocolMismatch>()("ProtocolMismatch", {
  function: Schema.String,
  /** The newest version the refusing side understands. */
  supported: Schema.Int,
  received: Schema.Int
}) {
  override get message() {
    return `"${this.function}" was sent in protocol version ${this.received}, the other end understands up to ` +
      `${this.supported}. Use the same effect-flash version on both ends.`
  }
}

/**
 * The worker has no function of that name: the code it got does not export one, or its build is another.
 *
 * @since 0.1.0
 * @category errors
 */
export class FunctionNotFound extends Schema.TaggedError<FunctionNotFound>()("FunctionNotFound", {
  function: Schema.String,
  /** Where the worker looked: the module of the live bundle, or its deployed build. */
  module: Schema.optional(Schema.String),
  /** The remote functions it did find there. */
  known: Schema.Array(Schema.String)
}) {
  override get message() {
    const where = this.module === undefined ? "The worker" : `Module ${this.module}`
    const known = this.known.length === 0 ? "no remote function" : `only ${this.known.join(", ")}`
    return `${where} exports ${known}; "${this.function}" must be exported from the module that defines it ` +
      `(or name that module with \`module: import.meta.url\`).`
  }
}

/**
 * The worker refused to run the request, for a reason that is not the function's.
 *
 * @since 0.1.0
 * @category errors
 */
export class RequestRefused extends Schema.TaggedError<RequestRefused>()("RequestRefused", {
  function: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `The worker refused to run "${this.function}": ${this.reason}`
  }
}

/**
 * The code of a function could not be made ready to travel to a worker.
 *
 * @since 0.1.0
 * @category errors
 */
export class BundleFailed extends Schema.TaggedError<BundleFailed>()("BundleFailed", {
  function: Schema.String,
  module: Schema.optional(Schema.String),
  reason: Schema.String
}) {
  override get message() {
    return `The code of "${this.function}"${this.module === undefined ? "" : ` (${this.module})`} ` +
      `cannot be sent to a worker: ${this.reason}`
  }
}

/**
 * The endpoint could not be made ready.
 *
 * @since 0.1.0
 * @category errors
 */
export class ProvisionFailed extends Schema.TaggedError<ProvisionFailed>()("ProvisionFailed", {
  endpoint: Schema.String,
  reason: Schema.String,
  cause: Schema.optional(Schema.Defect)
}) {
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
export class ApiKeyMissing extends Schema.TaggedError<ApiKeyMissing>()("ApiKeyMissing", {
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
export class Unauthorized extends Schema.TaggedError<Unauthorized>()("Unauthorized", {
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
export class RateLimited extends Schema.TaggedError<RateLimited>()("RateLimited", {
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
export class TransportFailed extends Schema.TaggedError<TransportFailed>()("TransportFailed", {
  /** Method and URL. */
  request: Schema.String,
  /** System code, as `ECONNREFUSED`, or the kind of failure. */
  code: Schema.String,
  /** The job this was about, where it had been accepted already: it may still be running. */
  jobId: Schema.optional(Schema.String),
  cause: Schema.optional(Schema.Defect)
}) {
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
export class UnexpectedStatus extends Schema.TaggedError<UnexpectedStatus>()("UnexpectedStatus", {
  request: Schema.String,
  status: Schema.Int,
  /** The first kilobyte of the answer. */
  body: Schema.String,
  /** The job this was about, where it had been accepted already: it may still be running. */
  jobId: Schema.optional(Schema.String)
}) {
  override get message() {
    return `${this.request} answered ${this.status}${mayStillRun(this.jobId)}: ${this.body}`
  }
}

const mayStillRun = (jobId: string | undefined): string =>
  jobId === undefined ? "" : `; job ${jobId} may still be running`

/**
 * The endpoint is not called for a while, since too many of its last calls failed for reasons of the infrastructure.
 * Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class CircuitOpen extends Schema.TaggedError<CircuitOpen>()("CircuitOpen", {
  endpoint: Schema.String,
  /** When the next call is let through, in milliseconds since the epoch. */
  retryAt: Schema.Number,
  /** What the last of the failed calls failed with. */
  reason: Schema.String
}) {
  override get message() {
    return `Endpoint "${this.endpoint}" is not called before ${
      instant(this.retryAt)
    }, since too many of its last calls ` +
      `failed, the last one so: ${this.reason}`
  }
}

/**
 * None of the endpoints that a call may go to takes it: the circuit of each is open. Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class NoEndpointAvailable extends Schema.TaggedError<NoEndpointAvailable>()("NoEndpointAvailable", {
  /** The endpoints there were to choose from. */
  endpoints: Schema.Array(Schema.String),
  /** When the first of them lets a call through again, in milliseconds since the epoch; absent where there is none. */
  retryAt: Schema.optional(Schema.Number)
}) {
  override get message() {
    return this.retryAt === undefined
      ? "There is no endpoint to choose from: name at least one."
      : `No endpoint is available before ${instant(this.retryAt)}: the circuits of ${
        this.endpoints.join(", ")
      } are open.`
  }
}

const instant = (millis: number): string => {
  const date = new Date(millis)
  return Number.isNaN(date.getTime()) ? `${millis} ms` : date.toISOString()
}

/**
 * The target a program was to run on is not to be had.
 *
 * @since 0.1.0
 * @category errors
 */
export class TargetUnavailable extends Schema.TaggedError<TargetUnavailable>()("TargetUnavailable", {
  /** `local`, `live`, … */
  target: Schema.String,
  reason: Schema.String,
  cause: Schema.optional(Schema.Defect)
}) {
  override get message() {
    return `Target "${this.target}" is not available: ${this.reason}`
  }
}

/**
 * Every infrastructure error of a remote call. A function's own errors stand beside it in the error channel.
 *
 * @since 0.1.0
 * @category errors
 */
export type RemoteError =
  | JobFailed
  | JobTimedOut
  | JobCancelled
  | WorkerLost
  | JobNotFound
  | StreamBroken
  | PayloadTooLarge
  | InvalidPayload
  | InvalidOptions
  | NotSupported
  | InvalidResponse
  | ProtocolMismatch
  | FunctionNotFound
  | RequestRefused
  | BundleFailed
  | ProvisionFailed
  | ApiKeyMissing
  | Unauthorized
  | RateLimited
  | TransportFailed
  | UnexpectedStatus
  | CircuitOpen
  | NoEndpointAvailable

const classes = [
  JobFailed,
  JobTimedOut,
  JobCancelled,
  WorkerLost,
  JobNotFound,
  StreamBroken,
  PayloadTooLarge,
  InvalidPayload,
  InvalidOptions,
  NotSupported,
  InvalidResponse,
  ProtocolMismatch,
  FunctionNotFound,
  RequestRefused,
  BundleFailed,
  ProvisionFailed,
  ApiKeyMissing,
  Unauthorized,
  RateLimited,
  TransportFailed,
  UnexpectedStatus,
  CircuitOpen,
  NoEndpointAvailable
]

/**
 * @since 0.1.0
 * @category guards
 */
export const isRemoteError = (u: unknown): u is RemoteError => classes.some((error) => u instanceof error)
