/**
 * What a caller asks of a worker: the `input` of a job.
 *
 * The field names are those of runpod-flash; `protocol_version`, `code_hash`, `serialization_format`, `trace`,
 * `call_chain` and `http_request` are additions. Unknown fields are tolerated, so that an older worker reads a newer caller's request as far as it goes.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Format } from "./Codec.ts"

/**
 * The version written into requests and the newest one understood.
 *
 * @since 0.1.0
 * @category constants
 */
export const protocolVersion = 1

const withDefault = <A, I>(schema: Schema.Schema<A, I>, value: () => A) =>
  Schema.optionalWith(schema, { default: value, nullable: true })

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { nullable: true, exact: true })

/**
 * `args[0]` is the schema-encoded payload, in `serialization_format`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FunctionRequest = Schema.Struct({
  protocol_version: Schema.Int,
  function_name: Schema.String,
  serialization_format: withDefault(Format, () => "json" as const),
  args: withDefault(Schema.Array(Schema.Unknown), () => []),
  kwargs: withDefault(Schema.Record({ key: Schema.String, value: Schema.Unknown }), () => ({})),
  /** Text of an ES module whose exports hold the function; live calls only. */
  function_code: optional(Schema.String),
  /** Hexadecimal sha256 of `function_code`; alone, it names code that the worker may hold already. */
  code_hash: optional(Schema.String),
  dependencies: optional(Schema.Array(Schema.String)),
  system_dependencies: optional(Schema.Array(Schema.String)),
  execution_type: withDefault(Schema.Literal("function", "class"), () => "function" as const),
  class_name: optional(Schema.String),
  class_code: optional(Schema.String),
  constructor_args: withDefault(Schema.Array(Schema.Unknown), () => []),
  constructor_kwargs: withDefault(Schema.Record({ key: Schema.String, value: Schema.Unknown }), () => ({})),
  method_name: withDefault(Schema.String, () => "__call__"),
  instance_id: optional(Schema.String),
  create_new_instance: withDefault(Schema.Boolean, () => true),
  accelerate_downloads: withDefault(Schema.Boolean, () => true),
  /** W3C trace context of the caller's span. */
  trace: optional(Schema.Struct({ traceparent: Schema.String })),
  /** The calls that led to this one, which is the last. */
  call_chain: optional(Schema.Array(Schema.String)),
  /**
   * Of a load balancer's function whose code comes with the call: the request as its route is to see it, in place of
   * `args`. The answer is the route's own, and no envelope.
   */
  http_request: optional(Schema.Struct({
    method: Schema.String,
    /** Path and query. */
    target: Schema.String,
    /** By names in lower case. */
    headers: Schema.Record({ key: Schema.String, value: Schema.String }),
    /** base64. */
    body: Schema.String
  }))
})

/**
 * @since 0.1.0
 * @category models
 */
export type FunctionRequest = typeof FunctionRequest.Type

/**
 * The JSON of a request.
 *
 * @since 0.1.0
 * @category models
 */
export type FunctionRequestEncoded = typeof FunctionRequest.Encoded

/**
 * Whether an `input` is an envelope of this protocol; anything else is a plain JSON payload.
 *
 * @since 0.1.0
 * @category guards
 */
export const isEnvelope = (input: unknown): boolean =>
  typeof input === "object" && input !== null && "protocol_version" in input && "function_name" in input

/**
 * @since 0.1.0
 * @category decoding
 */
export const decode = Schema.decodeUnknown(FunctionRequest)
