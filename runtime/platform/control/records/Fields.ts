/**
 * What the records of the control plane have in common.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/** Variables by their names. */
export const Env = Schema.Record({ key: Schema.String, value: Schema.String })

export const Texts = Schema.Array(Schema.String)

/** What a container is, of a template and of a pod. */
export const container = {
  id: Schema.String,
  name: Schema.String,
  image: Schema.String,
  /** Shell words. */
  args: Schema.String,
  entrypoint: Texts,
  /** GB. */
  disk: Schema.Number,
  env: Env,
  /** As `8888/http`. */
  ports: Texts,
  registry: Schema.NullOr(Schema.String),
  /** GB; 0 is none. */
  volume: Schema.Struct({ size: Schema.Number, path: Schema.String })
}

/** Milliseconds since the epoch. */
export const Time = Schema.Number
