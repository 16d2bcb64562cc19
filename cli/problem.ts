/** How a failure is told: lines for people on stderr, and with `--json` an object for scripts on stdout. */
import { styledOn } from "./colors.ts"

export interface Problem {
  readonly message: string
  readonly hint?: string | undefined
  /** `FLASH-E102`, of errors that have one. */
  readonly code?: string | undefined
  /** What programs know the error by. */
  readonly name?: string | undefined
  readonly exitCode: number
}

export const problemLines = ({ code, hint, message }: Problem): ReadonlyArray<string> => [
  `${styledOn(process.stderr, "red", `error${code === undefined ? "" : `[${code}]`}:`)} ${message}`,
  ...(hint === undefined ? [] : [`${styledOn(process.stderr, "cyan", "hint:")} ${hint}`])
]

/** The same of every failure. */
export const problemObject = ({ code, exitCode, hint, message, name }: Problem) => ({
  error: { code: code ?? null, name: name ?? null, message, hint: hint ?? null, exitCode }
})

/** In one line, so that it may also end a list of lines. */
export const problemJson = (problem: Problem): string => JSON.stringify(problemObject(problem))
