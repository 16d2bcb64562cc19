/**
 * Fields of request bodies, with the words in which the platform refuses them.
 *
 * @since 0.1.0
 */
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

const typeName = (value: unknown): string => value === null ? "null" : Array.isArray(value) ? "array" : typeof value

const want = (type: string) => ({
  message: (issue: ParseResult.ParseIssue) => `got ${typeName(issue.actual)}, want ${type}`
})

const say = (message: string) => ({ message: () => message })

/**
 * @since 0.1.0
 * @category schemas
 */
export const text = Schema.String.annotations(want("string"))

/**
 * @since 0.1.0
 * @category schemas
 */
export const filled = text.pipe(Schema.minLength(1, say("minLength: got 0, want 1")))

/**
 * @since 0.1.0
 * @category schemas
 */
export const matching = (pattern: RegExp) =>
  text.pipe(Schema.pattern(pattern, {
    message: ({ actual }) => `${JSON.stringify(actual)} does not match pattern '${pattern.source}'`
  }))

/**
 * @since 0.1.0
 * @category schemas
 */
export const number = (limits: { readonly min: number }) =>
  Schema.Number.annotations(want("number")).pipe(
    Schema.filter((value) => value >= limits.min || `minimum: got ${value}, want ${limits.min}`)
  )

/**
 * A part of a whole: 0 to 1.
 *
 * @since 0.1.0
 * @category schemas
 */
export const share = number({ min: 0 }).pipe(Schema.filter((value) => value <= 1 || `maximum: got ${value}, want 1`))

/**
 * @since 0.1.0
 * @category schemas
 */
export const integer = (limits: { readonly min?: number; readonly max?: number } = {}) =>
  Schema.Number.annotations(want("integer")).pipe(
    Schema.filter((value) => {
      const { max = Infinity, min = -Infinity } = limits
      if (!Number.isInteger(value)) return "got number, want integer"
      if (value < min) return `minimum: got ${value}, want ${min}`
      return value <= max || `maximum: got ${value}, want ${max}`
    })
  )

/**
 * @since 0.1.0
 * @category schemas
 */
export const flag = Schema.Boolean.annotations(want("boolean"))

/**
 * @since 0.1.0
 * @category schemas
 */
export const oneOf = <const A extends readonly [string, ...Array<string>]>(...values: A) =>
  Schema.Literal(...values).annotations({
    message: () => ({
      message: values.length === 1
        ? `value must be '${values[0]}'`
        : `value must be one of ${values.map((value) => `'${value}'`).join(", ")}`,
      // one message for all of them, not one for each
      override: true
    })
  })

/**
 * @since 0.1.0
 * @category schemas
 */
export const list = <A>(item: Schema.Schema<A>, limits: { readonly min?: number } = {}) =>
  Schema.Array(item).annotations(want("array")).pipe(
    Schema.filter((items) => {
      const { min = 0 } = limits
      return items.length >= min || `minItems: got ${items.length}, want ${min}`
    })
  )

/**
 * @since 0.1.0
 * @category schemas
 */
export const unique = <A>(items: Schema.Schema<ReadonlyArray<A>>) =>
  items.pipe(
    Schema.filter((items) => {
      const texts = items.map((item) => JSON.stringify(item, sorted))
      const at = texts.findIndex((text, index) => texts.indexOf(text) !== index)
      return at === -1 || `items at ${texts.indexOf(texts[at] ?? "")} and ${at} are equal`
    })
  )

const sorted = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1))
    : value

/**
 * @since 0.1.0
 * @category schemas
 */
export const variables = Schema.Record({ key: Schema.String, value: text }).annotations(want("object"))

/**
 * @since 0.1.0
 * @category schemas
 */
export const nullable = <A>(schema: Schema.Schema<A>) =>
  Schema.NullOr(schema).annotations({
    message: (issue) => ({ message: `got ${typeName(issue.actual)}, want string or null`, override: true })
  })

/**
 * @since 0.1.0
 * @category schemas
 */
export const object = <Fields extends Schema.Struct.Fields>(fields: Fields) =>
  Schema.Struct(fields).annotations(want("object"))

/**
 * A field that may be absent, and may not be null.
 *
 * @since 0.1.0
 * @category schemas
 */
export const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })
