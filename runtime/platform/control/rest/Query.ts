/**
 * Reads the parameters of a query.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { Malformed } from "../ControlError.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type Read<A> = Either.Either<A | undefined, Malformed>

const wrong = (name: string, why: string): Either.Either<never, Malformed> =>
  Either.left(new Malformed({ errors: [`query.${name}: ${why}`] }))

const given = <A>(query: URLSearchParams, name: string, read: (text: string) => Read<A>): Read<A> => {
  const text = query.get(name)
  return text === null ? Either.right(undefined) : read(text)
}

/**
 * @since 0.1.0
 * @category decoding
 */
export const one = <const A extends string>(query: URLSearchParams, name: string, values: ReadonlyArray<A>): Read<A> =>
  given(query, name, (text) => {
    const value = values.find((value) => value === text)
    return value === undefined ? wrong(name, `value must be one of ${quoted(values)}`) : Either.right(value)
  })

/**
 * Values with commas between them.
 *
 * @since 0.1.0
 * @category decoding
 */
export const many = <const A extends string>(
  query: URLSearchParams,
  name: string,
  values: ReadonlyArray<A>
): Read<ReadonlyArray<A>> =>
  given(query, name, (text) => {
    const found = text.split(",").map((part) => values.find((value) => value === part))
    const known = found.flatMap((value) => value ?? [])
    return known.length < found.length
      ? wrong(name, `values must be some of ${quoted(values)}`)
      : Either.right(known)
  })

/**
 * @since 0.1.0
 * @category decoding
 */
export const matching = (query: URLSearchParams, name: string, pattern: RegExp): Read<string> =>
  given(query, name, (text) =>
    pattern.test(text)
      ? Either.right(text)
      : wrong(name, `${JSON.stringify(text)} does not match pattern '${pattern.source}'`))

/**
 * @since 0.1.0
 * @category decoding
 */
export const manyMatching = (query: URLSearchParams, name: string, pattern: RegExp): Read<ReadonlyArray<string>> =>
  given(query, name, (text) => {
    const parts = text.split(",")
    const stranger = parts.find((part) => !pattern.test(part))
    return stranger === undefined
      ? Either.right(parts)
      : wrong(name, `${JSON.stringify(stranger)} does not match pattern '${pattern.source}'`)
  })

/**
 * @since 0.1.0
 * @category decoding
 */
export const integer = (
  query: URLSearchParams,
  name: string,
  limits: { readonly min: number; readonly max?: number }
): Read<number> =>
  given(query, name, (text) => {
    const { max = Number.MAX_SAFE_INTEGER, min } = limits
    const value = Number(text)
    if (!/^-?\d+$/.test(text)) return wrong(name, "got string, want integer")
    if (value < min) return wrong(name, `minimum: got ${value}, want ${min}`)
    return value > max ? wrong(name, `maximum: got ${value}, want ${max}`) : Either.right(value)
  })

/**
 * Milliseconds since the epoch of a time in RFC 3339.
 *
 * @since 0.1.0
 * @category decoding
 */
export const time = (query: URLSearchParams, name: string): Read<number> =>
  given(query, name, (text) => {
    const millis = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d/.test(text) ? Date.parse(text) : Number.NaN
    return Number.isNaN(millis) ? wrong(name, `${JSON.stringify(text)} is not a valid date-time`) : Either.right(millis)
  })

const quoted = (values: ReadonlyArray<string>): string => values.map((value) => `'${value}'`).join(", ")
