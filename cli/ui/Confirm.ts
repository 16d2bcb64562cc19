/** Questions before something is lost. */
import * as Options from "@effect/cli/Options"
import * as Prompt from "@effect/cli/Prompt"
import type * as Terminal from "@effect/platform/Terminal"
import * as Effect from "effect/Effect"
import { CliError, ExitCode } from "../CliError.ts"
import { isInteractive } from "../Output.ts"
import { printable } from "./Text.ts"
import { yesNo } from "./YesNo.ts"

export const yes = Options.boolean("yes").pipe(Options.withAlias("y"), Options.withDescription("Do not ask"))

/** Asks where there is somebody to answer. Elsewhere it is an error to have to ask: a script says what `hint` tells. */
export const ask = <A>(
  message: string,
  hint: string,
  prompt: Prompt.Prompt<A>
): Effect.Effect<A, CliError | Terminal.QuitException, Prompt.Prompt.Environment> =>
  Effect.gen(function*() {
    if (isInteractive()) return yield* Prompt.run(prompt)
    return yield* new CliError({
      message: `${message} There is no terminal to answer on.`,
      hint,
      exitCode: ExitCode.usage
    })
  })

/** Whether to go on; not where there is no answer. */
export const confirm = (
  options: { readonly yes: boolean },
  message: string,
  hint = "say --yes"
): Effect.Effect<boolean, CliError | Terminal.QuitException, Prompt.Prompt.Environment> =>
  options.yes
    ? Effect.succeed(true)
    : ask(message, hint, yesNo(printable(message)))
