/** Reads the fields of a resource one by one, so that all that is wrong is told at once. */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type { Issue } from "./rules.ts"

/** What could be read of some fields, and what is wrong with the others. */
export interface Read<A> {
  /** Without the wrong fields; `undefined` where they cannot be left out. */
  readonly value: A | undefined
  readonly issues: ReadonlyArray<Issue>
  /** The wrong fields. */
  readonly wrong: ReadonlyArray<string>
}

/** Decodes fields, each as far as it is legal. Wrong ones are replaced by their `standIn`, if any, or left out. */
export const read = <S extends Schema.Schema.AnyNoContext>(
  schema: S,
  fields: Readonly<Record<string, unknown>>,
  standIn: Readonly<Record<string, unknown>> = {}
): Read<Schema.Schema.Type<S>> => {
  const decode: (fields: unknown) => Either.Either<Schema.Schema.Type<S>, ParseResult.ParseError> = Schema
    .decodeUnknownEither(schema, { errors: "all", onExcessProperty: "error" })
  const result = decode(fields)
  if (Either.isRight(result)) return { value: result.right, issues: [], wrong: [] }
  const found = ParseResult.ArrayFormatter.formatErrorSync(result.left)
  const wrong = [...new Set(found.map(({ path }) => String(path[0])))]
  const legal = Object.fromEntries(Object.entries(fields).filter(([field]) => !wrong.includes(field)))
  return {
    value: Either.getOrUndefined(decode({ ...standIn, ...legal })),
    issues: found.filter(isTheFieldsOwn).map(toIssue),
    wrong
  }
}

/** An optional field reports twice, the second time that leaving it out would do. */
const isTheFieldsOwn = ({ message }: ParseResult.ArrayFormatterIssue) => !message.startsWith("Expected undefined")

const toIssue = ({ _tag, message, path }: ParseResult.ArrayFormatterIssue): Issue => ({
  path: path.map(String).join("."),
  message: _tag === "Unexpected" ? unexpected(path) : _tag === "Missing" ? missing(path) : message
})

const missing = (path: ReadonlyArray<PropertyKey>) => {
  const last = path.at(-1)
  if (typeof last === "number") return "at least one is needed"
  return last === "_tag" ? "is missing: make the value with its constructor" : "is missing"
}

const unexpected = (path: ReadonlyArray<PropertyKey>) =>
  path.at(-2) === "env"
    ? "not the name of a variable: letters, digits and _, at most 255, not starting with a digit"
    : "there is no such field"
