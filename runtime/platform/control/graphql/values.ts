/**
 * The values of GraphQL: results that are thrown where they failed, and lists that are texts.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import type { ControlError } from "../ControlError.ts"

/**
 * What may be left out of an input.
 *
 * @since 0.1.0
 * @category models
 */
export type Maybe<A> = A | null | undefined

/**
 * A name and a value, as environments are written.
 *
 * @since 0.1.0
 * @category models
 */
export interface Variable {
  readonly key: string
  readonly value: string
}

/**
 * Throws the error, whose message becomes that of the field.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unwrap = <A>(result: Either.Either<A, ControlError>): A => Either.getOrThrowWith(result, (error) => error)

/**
 * @since 0.1.0
 * @category decoding
 */
export const fromCsv = (text: Maybe<string>): ReadonlyArray<string> =>
  (text ?? "").split(",").map((part) => part.trim()).filter((part) => part !== "")

/**
 * @since 0.1.0
 * @category decoding
 */
export const fromVariables = (variables: ReadonlyArray<Variable>): Record<string, string> =>
  Object.fromEntries(variables.map(({ key, value }) => [key, value]))

/**
 * @since 0.1.0
 * @category encoding
 */
export const toVariables = (env: Readonly<Record<string, string>>): ReadonlyArray<Variable> =>
  Object.entries(env).map(([key, value]) => ({ key, value }))

/**
 * @since 0.1.0
 * @category encoding
 */
export const iso = (millis: number): string => new Date(millis).toISOString()
