/**
 * Reads the bodies of requests.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { Malformed, Refused } from "../ControlError.ts"

/**
 * A reader of one kind of body. What is not in the schema is refused, or passed over.
 *
 * @since 0.1.0
 * @category constructors
 */
export const reader = <A, I>(
  schema: Schema.Schema<A, I>,
  onExcessProperty: "error" | "ignore"
): (body: string) => Either.Either<A, Refused | Malformed> => {
  const decode = Schema.decodeUnknownEither(schema, { errors: "all", onExcessProperty })
  return (body) =>
    Either.flatMap(
      parse(body),
      (value) => Either.mapLeft(decode(value), (error) => new Malformed({ errors: describe(error) }))
    )
}

const parse = (body: string): Either.Either<unknown, Refused> =>
  Either.try({
    try: (): unknown => JSON.parse(body),
    catch: () => new Refused({ message: body === "" ? "the request has no body" : "the body is not JSON" })
  })

const describe = (error: ParseResult.ParseError): ReadonlyArray<string> => {
  const errors = ParseResult.ArrayFormatter.formatErrorSync(error).map(({ _tag, message, path }) => {
    const name = `'${String(path.at(-1))}'`
    if (_tag === "Missing") return `${place(path.slice(0, -1))}: missing property ${name}`
    if (_tag === "Unexpected") return `${place(path.slice(0, -1))}: additional properties ${name} not allowed`
    return `${place(path)}: ${message}`
  })
  return [...new Set(errors)]
}

const place = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>((text, key) => typeof key === "number" ? `${text}[${key}]` : `${text}.${String(key)}`, "$")
