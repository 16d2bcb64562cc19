/**
 * Why a worker and its caller do not understand each other.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The answer cannot be read with the function's schemas: the worker runs another version of the function.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidResponse
  extends Schema.TaggedError<InvalidResponse>("effect-flash/InvalidResponse")("InvalidResponse", {
    function: Schema.String,
    jobId: Schema.optional(Schema.String),
    issue: Schema.String
  })
{
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
export class ProtocolMismatch
  extends Schema.TaggedError<ProtocolMismatch>("effect-flash/ProtocolMismatch")("ProtocolMismatch", {
    function: Schema.String,
    /** The newest version the refusing side understands. */
    supported: Schema.Int,
    received: Schema.Int
  })
{
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
export class FunctionNotFound
  extends Schema.TaggedError<FunctionNotFound>("effect-flash/FunctionNotFound")("FunctionNotFound", {
    function: Schema.String,
    /** Where the worker looked: the module of the live bundle, or its deployed build. */
    module: Schema.optional(Schema.String),
    /** The remote functions it did find there. */
    known: Schema.Array(Schema.String)
  })
{
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
export class RequestRefused
  extends Schema.TaggedError<RequestRefused>("effect-flash/RequestRefused")("RequestRefused", {
    function: Schema.String,
    reason: Schema.String
  })
{
  override get message() {
    return `The worker refused to run "${this.function}": ${this.reason}`
  }
}
