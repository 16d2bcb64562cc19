import * as Schema from "effect/Schema"
import { suggestion } from "./nearest.ts"
import { shown } from "./shown.ts"

/** One of some strings; what is none of them is told which one it may have been. */
export const oneOf = <const A extends string>(
  /** As `a GPU pool`. */
  what: string,
  values: ReadonlyArray<A>,
  /** Names that stand for the values, as enum members do: who writes one for a value is told the value. */
  names: Readonly<Record<string, unknown>> = {}
): Schema.Schema<A> =>
  Schema.Literal(...values).annotations({
    message: ({ actual }) => ({
      message: `${shown(actual)} is not ${what}${
        typeof actual === "string" ? suggestedValue(actual, values, names) : ""
      }`,
      override: true
    })
  })

const suggestedValue = (
  wrong: string,
  values: ReadonlyArray<string>,
  names: Readonly<Record<string, unknown>>
): string => {
  const named = names[wrong]
  return typeof named !== "string" ? suggestion(wrong, values) : `; did you mean ${named}?`
}
