/**
 * Runs a program whose output belongs in the job's log.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"

/**
 * A program that did not start, did not end in time, or ended with another code than 0.
 *
 * @since 0.1.0
 * @category errors
 */
export class CommandFailed extends Data.TaggedError("CommandFailed")<{
  readonly command: string
  /** How it ended and the last of what it printed. */
  readonly reason: string
}> {}

/** What is kept of its output for the error, in characters. */
const tail = 2_000

/**
 * Succeeds when the program has ended well. Interruption and the end of its time (milliseconds) end the program.
 *
 * @since 0.1.0
 * @category constructors
 */
export const run = (
  program: string,
  args: ReadonlyArray<string>,
  options: { readonly cwd?: string; readonly timeLimit: number; readonly env?: NodeJS.ProcessEnv }
): Effect.Effect<void, CommandFailed> => {
  const command = [program, ...args].join(" ")
  const failed = (reason: string) => new CommandFailed({ command, reason })
  return Effect.async<void, CommandFailed>((resume) => {
    const child = spawn(program, args, {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"]
    })
    let said = ""
    const note = (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-tail)
      process.stdout.write(chunk)
    }
    child.stdout.on("data", note)
    child.stderr.on("data", note)
    child.once("error", (error) => resume(failed(error.message)))
    child.once(
      "close",
      (code, signal) =>
        resume(code === 0 ? Effect.void : failed(`it ended with ${signal ?? `code ${code}`}: ${said.trim()}`))
    )
    return Effect.async<void>((stopped) => {
      if (child.exitCode !== null || child.signalCode !== null) return stopped(Effect.void)
      child.once("close", () => stopped(Effect.void))
      child.kill("SIGKILL")
    })
  }).pipe(
    Effect.timeoutFail({
      duration: Duration.millis(options.timeLimit),
      onTimeout: () => failed(`it did not end within ${options.timeLimit / 1000} seconds`)
    })
  )
}
