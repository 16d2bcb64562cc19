/**
 * Why a call was not sent.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The request or the answer is larger than the platform carries. Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class PayloadTooLarge
  extends Schema.TaggedError<PayloadTooLarge>("effect-flash/PayloadTooLarge")("PayloadTooLarge", {
    endpoint: Schema.String,
    /** `/run`, `/runsync` or `result`. */
    operation: Schema.String,
    /** Size in bytes. */
    size: Schema.Int,
    /** Limit in bytes. */
    limit: Schema.Int
  })
{
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
export class InvalidPayload
  extends Schema.TaggedError<InvalidPayload>("effect-flash/InvalidPayload")("InvalidPayload", {
    function: Schema.String,
    /** The schema's own report, a tree that names the field. */
    issue: Schema.String
  })
{
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
export class InvalidOptions
  extends Schema.TaggedError<InvalidOptions>("effect-flash/InvalidOptions")("InvalidOptions", {
    function: Schema.String,
    /** A line for each wrong option, which begins with its path. */
    issue: Schema.String
  })
{
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
export class NotSupported extends Schema.TaggedError<NotSupported>("effect-flash/NotSupported")("NotSupported", {
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
 * The code of a function could not be made ready to travel to a worker.
 *
 * @since 0.1.0
 * @category errors
 */
export class BundleFailed extends Schema.TaggedError<BundleFailed>("effect-flash/BundleFailed")("BundleFailed", {
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
 * A handler called a function that called a function … too often: they go in a circle, or every worker that could take
 * the call waits for it. Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class NestedTooDeep extends Schema.TaggedError<NestedTooDeep>("effect-flash/NestedTooDeep")("NestedTooDeep", {
  function: Schema.String,
  endpoint: Schema.String,
  /**
   * The calls in one another, the refused one last: `endpoint/function`, or `function` where it runs in the process that
   * calls it.
   */
  chain: Schema.Array(Schema.String),
  /** How many calls may be in one another, or how many jobs the endpoint's workers run at a time. */
  limit: Schema.Int,
  reason: Schema.Literal("depth", "capacity")
}) {
  override get message() {
    const chain = this.chain.join(" → ")
    return this.reason === "depth"
      ? `"${this.function}" is not called, since ${this.limit} calls are in one another already: ${chain}. Let them ` +
        `return before they call, or end the circle.`
      : `"${this.function}" is not called: endpoint "${this.endpoint}" runs ${this.limit} at a time, and as many wait ` +
        `for this call: ${chain}. Call functions of one endpoint from one another, or raise workersMax or maxConcurrency.`
  }
}
