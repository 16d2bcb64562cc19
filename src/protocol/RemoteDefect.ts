/**
 * The schema of a defect that crosses the wire: unlike `Schema.Defect` it keeps the stack, so that the caller sees the
 * file and line in which a handler threw.
 *
 * @since 0.1.0
 */
import * as Inspectable from "effect/Inspectable"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

const Encoded = Schema.Union(
  Schema.Struct({
    name: Schema.String,
    message: Schema.String,
    stack: Schema.optional(Schema.String)
  }),
  Schema.Struct({ text: Schema.String })
)

const revive = (encoded: typeof Encoded.Type): unknown => {
  if ("text" in encoded) return encoded.text
  const error = new Error(encoded.message)
  error.name = encoded.name
  error.stack = encoded.stack ?? `${encoded.name}: ${encoded.message}`
  return error
}

const flatten = (defect: unknown): typeof Encoded.Type =>
  defect instanceof Error || (Predicate.hasProperty(defect, "message") && Predicate.isString(defect.message))
    ? {
      name: Predicate.hasProperty(defect, "name") && Predicate.isString(defect.name) ? defect.name : "Error",
      message: String(defect.message),
      ...(Predicate.hasProperty(defect, "stack") && Predicate.isString(defect.stack) ? { stack: defect.stack } : {})
    }
    : { text: textOf(defect) }

/** Anything can be thrown, also what has no text. */
const textOf = (defect: unknown): string => {
  try {
    return Inspectable.toStringUnknown(defect)
  } catch {
    return Object.prototype.toString.call(defect)
  }
}

/**
 * An `Error` travels as name, message and stack and arrives as a plain `Error` with these; anything else arrives as
 * its text.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RemoteDefect: Schema.Schema<unknown, typeof Encoded.Type> = Schema.transform(Encoded, Schema.Unknown, {
  strict: true,
  decode: revive,
  encode: flatten
})
