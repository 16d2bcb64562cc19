/**
 * Runs a program whose output belongs in the job's log.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import type { ChildProcess } from "node:child_process"

/**
 * A program that did not start, did not end in time, or ended with another code than 0.
 *
 * @since 0.1.0
 * @category errors
 */
export class CommandFailed extends Data.TaggedError("CommandFailed")<{
  readonly command: string
  /** How it ended. */
  readonly reason: string
  /** The last of what it printed, at most 64 kB. */
  readonly output: string
}> {
  override get message() {
    // of what a tool says, the end is what matters
    const words = this.output.trim().slice(-2_000)
    return `${this.command}: ${this.reason}${words === "" ? "" : `: ${words}`}`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly cwd?: string
  /** Milliseconds. */
  readonly timeLimit: number
  readonly env: NodeJS.ProcessEnv
}

/** What is kept of its output for the error, in characters. */
const kept = 64 * 1024

/**
 * Succeeds when the program has ended well. Interruption and the end of its time end it and what it has started.
 *
 * @since 0.1.0
 * @category constructors
 */
export const run = (
  program: string,
  args: ReadonlyArray<string>,
  { timeLimit, ...options }: Options
): Effect.Effect<void, CommandFailed> => {
  const command = [program, ...args].join(" ")
  let output = ""
  const failed = (reason: string) => new CommandFailed({ command, reason, output })
  return Effect.async<void, CommandFailed>((resume) => {
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"], detached: true })
    const note = (chunk: Buffer) => {
      output = `${output}${chunk}`.slice(-kept)
      process.stdout.write(chunk)
    }
    child.stdout.on("data", note)
    child.stderr.on("data", note)
    child.once("error", (error) => resume(failed(error.message)))
    child.once(
      "close",
      (code, signal) => resume(code === 0 ? Effect.void : failed(`it ended with ${signal ?? `code ${code}`}`))
    )
    return Effect.async<void>((stopped) => {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return stopped(Effect.void)
      child.once("close", () => stopped(Effect.void))
      killGroup(child)
    })
  }).pipe(
    Effect.timeoutFail({
      duration: Duration.millis(timeLimit),
      onTimeout: () => failed(`it did not end within ${timeLimit / 1000} seconds`)
    })
  )
}

/** A detached child leads the group of what it starts, as compilers. */
const killGroup = ({ pid }: ChildProcess): void => {
  if (pid === undefined) return
  try {
    process.kill(-pid, "SIGKILL")
  } catch {
    // it has just ended
  }
}
