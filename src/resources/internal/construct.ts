import type * as Schema from "effect/Schema"
import { InvalidResource } from "../InvalidResource.ts"
import { lookUp } from "./lookUp.ts"
import { suggestion } from "./nearest.ts"
import { read } from "./read.ts"

/** The fields that were given: one that is `undefined` was not. */
export const givenOf = (options: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

/** Makes a value that belongs to resources. Throws `InvalidResource` with all that is wrong. */
export const construct = <A extends { readonly _tag: string }, I>(
  schema: Schema.Schema<A, I> & { readonly fields: object },
  tag: A["_tag"],
  name: string,
  options: object,
  /** What to use instead of fields that others have. */
  instead: Readonly<Record<string, string>> = {}
): A => {
  const known = Object.keys(schema.fields)
  const given = Object.entries(givenOf(options)).filter(([field]) => field !== "_tag")
  const unknown = given.filter(([field]) => !known.includes(field)).map(([field]) => ({
    path: field,
    message: lookUp(instead, field) ?? `there is no such field${suggestion(field, known)}`
  }))
  const { issues, value } = read(schema, {
    ...Object.fromEntries(given.filter(([field]) => known.includes(field))),
    _tag: tag
  })
  if (value === undefined || issues.length > 0 || unknown.length > 0) {
    throw new InvalidResource({ type: tag, resource: name, issues: [...unknown, ...issues] })
  }
  return value
}
