/** What a command answers: text for people, or JSON for scripts. */
import * as Options from "@effect/cli/Options"
import * as Console from "effect/Console"
import type * as Effect from "effect/Effect"

export const json = Options.boolean("json").pipe(Options.withDescription("Print JSON, for scripts"))

/** Prints an answer on stdout. */
export const answer = (
  options: { readonly json: boolean },
  value: unknown,
  text: () => string
): Effect.Effect<void> => Console.log(options.json ? JSON.stringify(value, undefined, 2) : text())
