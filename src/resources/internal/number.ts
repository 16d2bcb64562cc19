import * as Schema from "effect/Schema"
import { shown } from "./shown.ts"

/** A whole number between two, both included. */
export const wholeNumber = ({ max, min }: { readonly min: number; readonly max: number }): Schema.Schema<number> =>
  Schema.Int.pipe(Schema.between(min, max)).annotations({
    message: ({ actual }) => ({
      message: `expected a whole number from ${min} to ${max}, not ${shown(actual)}`,
      override: true
    })
  })
