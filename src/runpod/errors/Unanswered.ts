/**
 * There is no answer that says what became of a request.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { request } from "./fields.ts"

/**
 * The platform failed, and still did after the retries.
 *
 * @since 0.1.0
 * @category errors
 */
export class ServerError extends Schema.TaggedError<ServerError>()("ServerError", {
  request,
  status: Schema.Int,
  detail: Schema.String
}) {
  override get message() {
    return `${this.request} failed on RunPod's side with status ${this.status}: ${this.detail}. Try again later; ` +
      `https://uptime.runpod.io shows the platform's state.`
  }
}

/**
 * No answer within the time limit.
 *
 * @since 0.1.0
 * @category errors
 */
export class RequestTimedOut extends Schema.TaggedError<RequestTimedOut>()("RequestTimedOut", {
  request,
  /** The limit, in milliseconds. */
  limitMs: Schema.Number
}) {
  override get message() {
    return `${this.request} was not answered within ${this.limitMs} ms. Check the connection to RunPod and try again.`
  }
}

/**
 * The answer cannot be read.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnexpectedResponse extends Schema.TaggedError<UnexpectedResponse>()("UnexpectedResponse", {
  request,
  status: Schema.Int,
  /** What does not fit. */
  issue: Schema.String,
  /** The first kilobyte of the answer, without keys and signatures. */
  body: Schema.String
}) {
  override get message() {
    return `${this.request} was answered (${this.status}) with what this version of effect-flash cannot read: ` +
      `${this.issue}\nThe answer began: ${this.body}\nUpdate effect-flash, or look for a proxy that answers for RunPod.`
  }
}

/**
 * A request that makes something was sent and its outcome is not known: the thing may exist. It was not sent again, since
 * that could make a second one.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutcomeUnknown extends Schema.TaggedError<OutcomeUnknown>()("OutcomeUnknown", {
  request,
  /** `endpoint`, `template`, `flash app`, … */
  kind: Schema.String,
  /** The name it was to have, where it has one. */
  name: Schema.optional(Schema.String),
  /** What happened instead of an answer. */
  cause: Schema.Defect
}) {
  override get message() {
    const what = this.name === undefined ? this.kind : `${this.kind} "${this.name}"`
    const why = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `The ${what} may or may not have been created. ${why}\nLook for it before you create it again.`
  }
}
