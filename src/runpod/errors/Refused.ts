/**
 * The platform has answered, and does not do what it was asked.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { request } from "./fields.ts"

/**
 * The key is good, and may not do this.
 *
 * @since 0.1.0
 * @category errors
 */
export class Forbidden extends Schema.TaggedError<Forbidden>()("Forbidden", {
  request,
  /** Where the key came from, never the key. */
  keyOrigin: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.request}: the API key from ${this.keyOrigin} has no permission for this (${this.detail}). Use a key ` +
      `with read and write access, or widen this one at https://console.runpod.io/user/settings.`
  }
}

/**
 * The platform says that there is no such thing. This alone means "gone"; every other error leaves that open.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotFound extends Schema.TaggedError<NotFound>()("NotFound", {
  /** `endpoint`, `template`, `flash app`, … */
  kind: Schema.String,
  /** Id or name that was asked for. */
  id: Schema.String,
  /** What the platform said. */
  detail: Schema.String
}) {
  override get message() {
    return `RunPod has no ${this.kind} "${this.id}" (${this.detail}). It was never made, was deleted, or belongs to ` +
      `another account than the API key.`
  }
}

/**
 * The thing is in a state that does not allow this, or there is one of that name already.
 *
 * @since 0.1.0
 * @category errors
 */
export class Conflict extends Schema.TaggedError<Conflict>()("Conflict", { request, detail: Schema.String }) {
  override get message() {
    return `${this.request} conflicts with what is there: ${this.detail}. Look at its present state and try again.`
  }
}

/**
 * The request does not fit the API: found before it was sent, or by the platform.
 *
 * @since 0.1.0
 * @category errors
 */
export class ValidationFailed extends Schema.TaggedError<ValidationFailed>()("ValidationFailed", {
  request,
  detail: Schema.String,
  /** What is wrong with which field; a field's path is as `gpu.pools[0]`, and empty for the body as a whole. */
  fields: Schema.Array(Schema.Struct({ path: Schema.String, problem: Schema.String }))
}) {
  override get message() {
    const fields = this.fields.map(({ path, problem }) => `\n  - ${path === "" ? "" : `${path}: `}${problem}`).join("")
    return `${this.request} is not a valid request: ${this.detail}${fields}\nCorrect ${
      this.fields.length === 0 ? "it" : "these fields"
    } and try again.`
  }
}

/**
 * The platform refused the request for a reason that has no class of its own here.
 *
 * @since 0.1.0
 * @category errors
 */
export class RequestRejected extends Schema.TaggedError<RequestRejected>()("RequestRejected", {
  request,
  status: Schema.Int,
  detail: Schema.String
}) {
  override get message() {
    return `${this.request} was refused with status ${this.status}: ${this.detail}. The request has to change; sending ` +
      `it again will not help.`
  }
}

/**
 * There is no capacity for what was asked.
 *
 * @since 0.1.0
 * @category errors
 */
export class CapacityUnavailable extends Schema.TaggedError<CapacityUnavailable>()("CapacityUnavailable", {
  request,
  detail: Schema.String
}) {
  override get message() {
    return `${this.request}: RunPod has no capacity for it now (${this.detail}). Allow more GPU pools or data centers, ` +
      `or try again later.`
  }
}

/**
 * The API that was asked does not exist any more.
 *
 * @since 0.1.0
 * @category errors
 */
export class ApiRetired extends Schema.TaggedError<ApiRetired>()("ApiRetired", {
  request,
  /** `REST v1`, `REST v2`, `GraphQL` or `job`. */
  api: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.request}: RunPod has retired its ${this.api} API (${this.detail}). Update effect-flash; what needs ` +
      `this API cannot work without it.`
  }
}

/**
 * GraphQL answered with errors that have no class of their own here. What it answered besides is not used.
 *
 * @since 0.1.0
 * @category errors
 */
export class GraphqlErrors extends Schema.TaggedError<GraphqlErrors>()("GraphqlErrors", {
  request,
  errors: Schema.Array(Schema.Struct({
    message: Schema.String,
    /** `extensions.code`, where there is one. */
    code: Schema.optional(Schema.String),
    path: Schema.optional(Schema.String)
  }))
}) {
  override get message() {
    const all = this.errors.map(({ message, path }) => path === undefined ? message : `${message} (${path})`)
    return `${this.request} was refused: ${all.join("; ")}. Check what it was given.`
  }
}
