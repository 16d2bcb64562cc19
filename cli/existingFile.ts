import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { CliError, ExitCode } from "./CliError.ts"

/** The absolute path of a file that a user named. Fails where there is none, or a folder. */
export const existingFile = (path: string): Effect.Effect<string, CliError> =>
  Effect.suspend(() => {
    const absolute = Path.resolve(path)
    const stat = Fs.statSync(absolute, { throwIfNoEntry: false })
    if (stat?.isFile() === true) return Effect.succeed(absolute)
    return new CliError({
      message: stat === undefined ? `there is no file ${absolute}` : `${absolute} is not a file`,
      exitCode: stat === undefined ? ExitCode.notFound : ExitCode.usage
    })
  })
