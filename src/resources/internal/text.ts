import * as Schema from "effect/Schema"
import { shown } from "./shown.ts"

/** A string that is not empty. */
export const text = (what: string): Schema.Schema<string> =>
  Schema.NonEmptyString.annotations({
    message: ({ actual }) => ({ message: `expected ${what}, not ${shown(actual)}`, override: true })
  })

/** A string of that form. */
export const textLike = (pattern: RegExp, what: string): Schema.Schema<string> =>
  Schema.String.pipe(Schema.pattern(pattern)).annotations({
    message: ({ actual }) => ({ message: `expected ${what}, not ${shown(actual)}`, override: true })
  })
