/** What can be answered from the command line alone, before Effect and the commands are loaded. */
import { ExitCode } from "../ExitCode.ts"
import { problemJson, problemLines } from "../problem.ts"
import { read } from "./CommandLine.ts"
import { helpText } from "./helpText.ts"
import { root } from "./Surface.ts"

export interface Early {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

export interface EarlyOptions {
  readonly version: string
  /** Columns of the terminals; absent where there is none. */
  readonly columns?: number | undefined
}

/** The answer to the words after `flash`; absent where a command has to run. */
export const early = (words: ReadonlyArray<string>, { columns, version }: EarlyOptions): Early | undefined => {
  const reading = read(root, words)
  switch (reading._tag) {
    case "Command":
      return undefined
    case "Version":
      return { stdout: `${version}\n`, stderr: "", exitCode: ExitCode.ok }
    case "Help": {
      const text = `${helpText(reading.path, version, columns)}\n`
      return reading.isAsked
        ? { stdout: text, stderr: "", exitCode: ExitCode.ok }
        : { stdout: "", stderr: text, exitCode: ExitCode.usage }
    }
    case "Wrong": {
      const problem = { message: reading.message, hint: reading.hint, exitCode: ExitCode.usage }
      return {
        stdout: wantsJson(words) ? `${problemJson(problem)}\n` : "",
        stderr: `${problemLines(problem).join("\n")}\n`,
        exitCode: ExitCode.usage
      }
    }
  }
}

/** Whether a script reads the answer. */
export const wantsJson = (words: ReadonlyArray<string>): boolean => {
  const end = words.indexOf("--")
  return (end === -1 ? words : words.slice(0, end)).includes("--json")
}
