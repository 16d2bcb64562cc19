/**
 * A part of a stream between callers and workers of effect-flash: the `output` of one post to `job-stream`.
 *
 * One chunk carries whatever has gathered while the one before it was under way. It says which values it holds, so that
 * a reader knows of a chunk that came twice, that was lost, or that a second run of the job sent.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Format } from "./Codec.ts"

/**
 * @since 0.1.0
 * @category schemas
 */
export const StreamChunk = Schema.Struct({
  protocol_version: Schema.Int,
  serialization_format: Format,
  /** Names the run of the handler: a job that is tried again gets another. */
  run: Schema.String,
  /** How many values of the run came before these. */
  first: Schema.Int,
  /** Arrays of schema-encoded values, each in `serialization_format`. */
  frames: Schema.Array(Schema.Unknown),
  /** Of a frame that is too long for one post: `frames` holds one piece of its JSON text. */
  piece: Schema.optionalWith(Schema.Struct({ index: Schema.Int, count: Schema.Int }), { exact: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export type StreamChunk = typeof StreamChunk.Type

/**
 * @since 0.1.0
 * @category guards
 */
export const isStreamChunk = Schema.is(StreamChunk)
