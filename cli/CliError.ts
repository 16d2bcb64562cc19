import * as Data from "effect/Data"

export { ExitCode } from "./ExitCode.ts"

/** A failure to tell the user about: what is wrong, and what to do where that is known. */
export class CliError extends Data.TaggedError("CliError")<{
  readonly message: string
  readonly hint?: string | undefined
  /** @default ExitCode.failure */
  readonly exitCode?: number | undefined
  readonly cause?: unknown
}> {}
