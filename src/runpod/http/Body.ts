/**
 * Bodies: requests are encoded by their schemas, exactly; answers are decoded by theirs.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { UnexpectedResponse, ValidationFailed } from "../RunpodError.ts"
import { cut, excerpt, redact, secretsIn, secretsOf } from "./Excerpt.ts"
import type { Exchanged } from "./Exchange.ts"

/** A client knows many operations and is asked for a few: the codec of one is made when it is first needed. */
const once = <A>(make: () => A): () => A => {
  let made: A | undefined
  return () => made ??= make()
}

interface Issue {
  /** As `gpu.pools[0]`; empty for the whole. */
  readonly path: string
  readonly problem: string
}

const pathOf = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (text, key) => typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`,
    ""
  )

/** Messages quote values, and a value may be a secret. */
const issuesOf = (error: ParseResult.ParseError, secrets: ReadonlyArray<string>): ReadonlyArray<Issue> =>
  ParseResult.ArrayFormatter.formatErrorSync(error).map(({ message, path }) => ({
    path: pathOf(path),
    problem: cut(redact(message, secrets), 200)
  }))

/**
 * What a request sends, as JSON, and what of it must not be shown.
 *
 * @since 0.1.0
 */
export interface Encoded {
  readonly json: unknown
  readonly secrets: ReadonlyArray<string>
}

/**
 * A request's value as JSON. A field that the API does not know, or a value that
 * it would refuse, fails before anything is sent.
 *
 * @since 0.1.0
 */
export const encode = <A, I>(schema: Schema.Schema<A, I>) => {
  const toJson = once(() => Schema.encode(schema, { onExcessProperty: "error", errors: "all" }))
  return (
    request: string,
    value: A
  ): Effect.Effect<Encoded, ValidationFailed> => {
    const secrets = secretsOf(value)
    return toJson()(value).pipe(
      Effect.map((json) => ({ json, secrets })),
      Effect.mapError((error) =>
        new ValidationFailed({ request, detail: "it was not sent", fields: issuesOf(error, secrets) })
      )
    )
  }
}

const unreadable = ({ asked, body, status }: Exchanged, issue: string): UnexpectedResponse =>
  new UnexpectedResponse({ request: asked.request, status, issue, body: excerpt(body, asked.secrets) })

/**
 * An answer as JSON.
 *
 * @since 0.1.0
 */
export const parse = (answer: Exchanged): Effect.Effect<unknown, UnexpectedResponse> =>
  Effect.try({
    try: (): unknown => JSON.parse(answer.body),
    catch: () => unreadable(answer, answer.body === "" ? "it is empty" : "it is not JSON")
  })

/**
 * A value out of an answer, by its schema.
 *
 * @since 0.1.0
 */
export const decode = <A, I>(schema: Schema.Schema<A, I>) => {
  const fromJson = once(() => Schema.decodeUnknown(schema, { errors: "all" }))
  return (answer: Exchanged, value: unknown): Effect.Effect<A, UnexpectedResponse> =>
    Effect.mapError(fromJson()(value), (error) => {
      const issues = issuesOf(error, [...answer.asked.secrets, ...secretsIn(value)]).map(({ path, problem }) =>
        path === "" ? problem : `${path}: ${problem}`
      )
      return unreadable(answer, cut(issues.join("; "), 1024))
    })
}

/**
 * That an answer cannot be used, in other words than a schema's.
 *
 * @since 0.1.0
 */
export { unreadable }
