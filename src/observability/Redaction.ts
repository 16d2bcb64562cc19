/**
 * Keeps secrets out of what is written down: those that are known, whatever surrounds them, and what looks like one.
 *
 * It is the second line. The first is `Redacted`, which prints as `<redacted>` by itself; but a text that somebody else
 * wrote, an error or an answer, has no types. Where it cannot tell, it takes too much rather than too little, and where
 * it fails itself, nothing of the text is left.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import { isSecretName, placeholder, redact } from "./SecretPatterns.ts"

export {
  /**
   * What stands in the place of a secret.
   *
   * @since 0.1.0
   * @category constants
   */
  placeholder
} from "./SecretPatterns.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Redaction {
  /** A text without its secrets. */
  readonly text: (text: string) => string
  /**
   * A copy without secrets, made of plain data: what a name says to be secret is replaced whole, every text in it is
   * redacted, errors stay errors. Whatever the value does when it is looked at, this does not throw.
   */
  readonly value: (value: unknown) => unknown
  readonly cause: <E>(cause: Cause.Cause<E>) => Cause.Cause<unknown>
  /** A logger that gets nothing secret: neither in messages nor in annotations nor in causes. */
  readonly logger: <Output>(logger: Logger.Logger<unknown, Output>) => Logger.Logger<unknown, Output>
}

/** A secret of fewer characters is a word: every text with that word would lose it. */
const shortestSecret = 4

/** What is nested deeper, or comes after so many values, is left out. */
const maxDepth = 12
const maxValues = 10_000

/**
 * Redacts by patterns, and the values of `known` wherever they appear: as they are, or encoded for a URL, in JSON or in
 * base64.
 *
 * @example
 * import { Redaction } from "effect-flash"
 * import { Redacted } from "effect"
 *
 * const redaction = Redaction.make({ known: [Redacted.make("correct horse")] })
 *
 * redaction.text(`{"api_key": "rpa_ABC"} correct horse`) // {"api_key": "***REDACTED***"} ***REDACTED***
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: { readonly known?: ReadonlyArray<Redacted.Redacted> } = {}): Redaction => {
  const known = variantsOf(options.known ?? [])

  const text = (text: string): string => {
    try {
      return redact(known.reduce((text, secret) => text.replaceAll(secret, placeholder), text))
    } catch {
      return placeholder
    }
  }

  const value = (input: unknown): unknown => {
    try {
      return copy(input, { text, ancestors: new Set(), left: maxValues }, 0)
    } catch {
      return placeholder
    }
  }

  const cause = <E>(cause: Cause.Cause<E>): Cause.Cause<unknown> =>
    Cause.isEmpty(cause) ? cause : Cause.match<Cause.Cause<unknown>, E>(cause, {
      onEmpty: Cause.empty,
      onFail: (error) => Cause.fail(value(error)),
      onDie: (defect) => Cause.die(value(defect)),
      onInterrupt: Cause.interrupt,
      onSequential: Cause.sequential,
      onParallel: Cause.parallel
    })

  return {
    text,
    value,
    cause,
    logger: (logger) =>
      Logger.mapInputOptions<unknown, unknown>((options) => ({
        ...options,
        message: Array.isArray(options.message) ? options.message.map(value) : value(options.message),
        cause: cause(options.cause),
        annotations: HashMap.map(options.annotations, (annotation, name) =>
          isSecretName(name) ? placeholder : value(annotation))
      }))(logger)
  }
}

/** Long ones first: one may be a part of another. */
const variantsOf = (known: ReadonlyArray<Redacted.Redacted>): ReadonlyArray<string> =>
  Array.from(
    new Set(
      known.map(Redacted.value).filter(({ length }) => length >= shortestSecret).flatMap((secret) => [
        secret,
        JSON.stringify(secret).slice(1, -1),
        forUrl(secret),
        Buffer.from(secret).toString("base64")
      ])
    )
  ).sort((a, b) => b.length - a.length)

const forUrl = (secret: string): string => {
  try {
    return encodeURIComponent(secret)
  } catch {
    // half of a surrogate pair has no place in a URL
    return secret
  }
}

interface Copying {
  readonly text: (text: string) => string
  /** What is being copied, from the outside in. */
  readonly ancestors: Set<object>
  /** How many values more are copied. */
  left: number
}

const copy = (value: unknown, copying: Copying, depth: number): unknown => {
  switch (typeof value) {
    case "string":
      return copying.text(value)
    case "number":
    case "boolean":
    case "undefined":
      return value
    case "object":
      if (value === null) return value
      return copyObject(value, copying, depth)
    default:
      return copying.text(String(value))
  }
}

const copyObject = (value: object, copying: Copying, depth: number): unknown => {
  if (Redacted.isRedacted(value)) return "<redacted>"
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `<${value.byteLength} bytes>`
  if (copying.ancestors.has(value)) return "<circular>"
  if (depth > maxDepth || copying.left-- <= 0) return placeholder
  copying.ancestors.add(value)
  try {
    return copyParts(value, copying, depth + 1)
  } catch {
    // a getter, a proxy or a `toJSON` that throws
    return placeholder
  } finally {
    copying.ancestors.delete(value)
  }
}

const copyParts = (value: object, copying: Copying, depth: number): unknown => {
  if (value instanceof Error) return copyError(value, copying, depth)
  if (Array.isArray(value)) {
    // a list may be names and values by turns, as the raw headers of a message are
    return Array.from(value, (item, index) => {
      const name: unknown = value[index - 1]
      return index > 0 && typeof name === "string" && isSecretName(name) ? placeholder : copy(item, copying, depth)
    })
  }
  if ("toJSON" in value && typeof value.toJSON === "function") return copy(value.toJSON(), copying, depth)
  if (value instanceof Map) return copyEntries(value.entries(), copying, depth)
  if (value instanceof Set) return Array.from(value, (item) => copy(item, copying, depth))
  return copyEntries(Object.entries(value), copying, depth)
}

const copyEntries = (
  entries: Iterable<readonly [unknown, unknown]>,
  copying: Copying,
  depth: number
): Record<string, unknown> => {
  const result: Record<string, unknown> = {}
  for (const [key, item] of entries) {
    const name = typeof key === "string" ? key : String(copy(key, copying, depth))
    define(result, copying.text(name), isSecretName(name) ? placeholder : copy(item, copying, depth))
  }
  // `{ key: "api_key", value: … }`: how headers, tags and attributes are often listed
  const named = result["key"] ?? result["name"]
  if ("value" in result && typeof named === "string" && isSecretName(named)) result["value"] = placeholder
  return result
}

/** A property of any name, `__proto__` too. */
const define = (target: object, name: string, value: unknown): void => {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true })
}

const spanAnnotation = Symbol.for("effect/SpanAnnotation")

/** What of an error is copied by itself. */
const ownOfErrors = new Set(["cause", "message", "name", "stack"])

const copyError = (error: Error, copying: Copying, depth: number): Error => {
  const result = new Error(copying.text(error.message))
  result.name = copying.text(error.name)
  result.stack = copying.text(error.stack ?? `${error.name}: ${error.message}`)
  if (error.cause !== undefined) result.cause = copy(error.cause, copying, depth)
  const fields = copyEntries(Object.entries(error).filter(([name]) => !ownOfErrors.has(name)), copying, depth)
  for (const [name, value] of Object.entries(fields)) define(result, name, value)
  if (error instanceof AggregateError) define(result, "errors", copy(error.errors, copying, depth))
  // as JSON an error is `{}`
  Object.defineProperty(result, "toJSON", {
    value: () => ({ ...fields, name: result.name, message: result.message, cause: result.cause, stack: result.stack })
  })
  // which span an error came from, for the trace that `Cause.pretty` prints
  if (spanAnnotation in error) Object.defineProperty(result, spanAnnotation, { value: error[spanAnnotation] })
  return result
}
