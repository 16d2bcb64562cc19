/**
 * What a worker answers: the `output` of a job, and for a defect the text of its `error`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Format } from "./Codec.ts"
import { protocolVersion } from "./FunctionRequest.ts"

/**
 * Why a worker did not run the function at all.
 *
 * - `payload`: the payload does not fit the function's schema
 * - `protocol`: the request is of a newer protocol
 * - `code_missing`: the worker does not hold the code of that hash; send it along
 * - `function_missing`: the code, or the build, has no such function
 * - `refused`: anything else, in `message`
 *
 * @since 0.1.0
 * @category schemas
 */
export const RejectReason = Schema.Literal("payload", "protocol", "code_missing", "function_missing", "refused")

/**
 * How a call failed. `fail`, `die` and `interrupt` are what the handler did, `cause` holds all of it, encoded by the
 * function's exit schema; `reject` means that the handler did not run.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ResponseError = Schema.Union(
  Schema.Struct({
    _tag: Schema.Literal("fail", "die", "interrupt"),
    /** For people: the error's own message. */
    message: Schema.String,
    cause: Schema.Unknown
  }),
  Schema.Struct({
    _tag: Schema.Literal("reject"),
    reason: RejectReason,
    message: Schema.String,
    /** With `function_missing`: the functions that are there. */
    known: Schema.optional(Schema.Array(Schema.String)),
    /** With `protocol`: the newest version understood. */
    supported: Schema.optional(Schema.Int)
  })
)

/**
 * @since 0.1.0
 * @category models
 */
export type ResponseError = typeof ResponseError.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const FunctionResponse = Schema.Struct({
  protocol_version: Schema.Int,
  success: Schema.Boolean,
  serialization_format: Schema.optionalWith(Format, { default: () => "json" }),
  /** The schema-encoded success value, in `serialization_format`. */
  result: Schema.optionalWith(Schema.Unknown, { exact: true }),
  error: Schema.optionalWith(ResponseError, { nullable: true, exact: true }),
  /** Of a function that streams: how many values it gave. They came before, as chunks. */
  stream_length: Schema.optionalWith(Schema.Int, { nullable: true, exact: true }),
  /** What the handler printed and logged, the last part of it where it was long. */
  stdout: Schema.optionalWith(Schema.String, { nullable: true, exact: true }),
  instance_id: Schema.optionalWith(Schema.String, { nullable: true, exact: true }),
  instance_info: Schema.optionalWith(Schema.Record({ key: Schema.String, value: Schema.Unknown }), {
    nullable: true,
    exact: true
  })
})

/**
 * @since 0.1.0
 * @category models
 */
export type FunctionResponse = typeof FunctionResponse.Type

/**
 * @since 0.1.0
 * @category decoding
 */
export const decode = Schema.decodeUnknown(FunctionResponse)

/**
 * The answer of a worker that did not run the function.
 *
 * @since 0.1.0
 * @category constructors
 */
export const reject = (
  reason: typeof RejectReason.Type,
  message: string,
  details: { readonly known?: ReadonlyArray<string>; readonly supported?: number } = {}
): FunctionResponse => ({
  protocol_version: protocolVersion,
  success: false,
  serialization_format: "json",
  error: { _tag: "reject", reason, message, ...details }
})

/**
 * An error in the form in which the platform's own worker reports an exception.
 *
 * @since 0.1.0
 * @category encoding
 */
export const plainError = (error: ResponseError): {
  readonly error_type: string
  readonly error_message: string
  readonly error_detail?: unknown
} => ({
  error_type: error._tag === "reject" ? error.reason : error._tag,
  error_message: error.message,
  ...(error._tag === "reject" ? {} : { error_detail: error.cause })
})
