/**
 * What the records of the control plane have in common.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/** Variables by their names. */
export const Env = Schema.Record({ key: Schema.String, value: Schema.String })

export const Texts = Schema.Array(Schema.String)

/** Milliseconds since the epoch. */
export const Time = Schema.Number
