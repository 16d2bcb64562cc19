/** Failures of a command, in words and as an exit code. */
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Terminal from "@effect/platform/Terminal"
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import { stripVTControlCharacters } from "node:util"
import { wordsOf } from "../src/errors/words.ts"
import { CliError, ExitCode } from "./CliError.ts"
import { entryOf } from "./errors/Registry.ts"
import type { Problem } from "./problem.ts"

/** The exit code that stands for an error. */
export const exitCodeOf = (error: unknown): number =>
  Terminal.isQuitException(error)
    ? ExitCode.interrupted
    : ValidationError.isValidationError(error)
    ? ExitCode.usage
    : (error instanceof CliError ? error : entryOf(error))?.exitCode ?? ExitCode.failure

/** What a message says, with the code of the error where it has one. */
export const codedWordsOf = (error: unknown): string => {
  const code = entryOf(error)?.code
  return code === undefined ? wordsOf(error) : `${wordsOf(error)} (${code})`
}

const textOf = (doc: HelpDoc.HelpDoc): string =>
  stripVTControlCharacters(HelpDoc.toAnsiText(doc)).replaceAll(/\s+/g, " ").trim()

const nameOf = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "_tag" in error && typeof error._tag === "string"
    ? error._tag
    : undefined

/** Where it was interrupted there is nothing to tell: the user knows. */
export const problemOfCause = (cause: Cause.Cause<unknown>): Problem | undefined =>
  Cause.isInterruptedOnly(cause)
    ? undefined
    : problemOf(Option.getOrElse(Cause.failureOption(cause), () => Cause.squash(cause)))

export const problemOf = (error: unknown): Problem => {
  const exitCode = exitCodeOf(error)
  if (Terminal.isQuitException(error)) return { message: "cancelled: nothing was done", exitCode }
  if (ValidationError.isValidationError(error)) {
    return { message: textOf(error.error), hint: "`flash --help` says what there is", exitCode }
  }
  if (error instanceof CliError) return { message: error.message, hint: error.hint, exitCode }
  const code = entryOf(error)?.code
  return {
    message: wordsOf(error),
    hint: code === undefined
      ? "`--log-level debug` shows where it comes from"
      : `\`flash explain ${code}\` says more`,
    code,
    name: nameOf(error),
    exitCode
  }
}
