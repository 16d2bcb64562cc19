import * as Schema from "effect/Schema"
import { shown } from "./shown.ts"

/** A list; what is none is told so, without the type of what is in it. */
export const listOf = <A, I>(
  item: Schema.Schema<A, I>,
  what: string
): Schema.Schema<ReadonlyArray<A>, ReadonlyArray<I>> =>
  Schema.Array(item).annotations({ message: ({ actual }) => `expected a list of ${what}, not ${shown(actual)}` })
