import { Deferred, Effect, type Scope } from "effect"
import * as ChildProcess from "node:child_process"
import * as Path from "node:path"
import { projectRoot } from "../../scripts/build.mjs"

/** How a command ended, and what it wrote. */
export interface Result {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A command that is running. Its standard streams are pipes. */
export interface Flash {
  readonly pid: number
  /** Sends a signal to the command alone, not to what it started. */
  readonly kill: (signal: NodeJS.Signals) => Effect.Effect<void>
  /** Nobody reads any more what it writes. */
  readonly turnAway: Effect.Effect<void>
  /** Writes to its standard input. */
  readonly write: (text: string) => Effect.Effect<void>
  /** Writes to its standard input, and ends that. */
  readonly end: (text: string) => Effect.Effect<void>
  /** Waits until it has written this text to stdout. */
  readonly wrote: (text: string) => Effect.Effect<void>
  /** What it has written to stdout so far. */
  readonly printed: Effect.Effect<string>
  /** Closes its standard output for reading. */
  readonly stopReading: Effect.Effect<void>
  /** What it has written to stderr so far. */
  readonly complaints: Effect.Effect<string>
  readonly result: Effect.Effect<Result>
}

/** How the built `flash` is started: node and its file. */
export const command = [process.execPath, Path.join(projectRoot, "dist/cli/main.mjs")] as const

/** Starts the built `flash`, as a user's shell does, in a folder. It is killed when the scope closes. */
export const start = (
  args: ReadonlyArray<string>,
  env: Record<string, string> = {},
  cwd = projectRoot
): Effect.Effect<Flash, never, Scope.Scope> => startProgram([...command, ...args], env, cwd)

/** Starts a program by its name and arguments. */
export const startProgram = (
  [program = "", ...args]: ReadonlyArray<string>,
  env: Record<string, string>,
  cwd: string
): Effect.Effect<Flash, never, Scope.Scope> =>
  Effect.gen(function*() {
    const exited = yield* Deferred.make<Result>()
    const child = yield* Effect.acquireRelease(
      Effect.sync(() =>
        ChildProcess.spawn(program, args, {
          cwd,
          env: { ...process.env, ...env }
        })
      ),
      (child) =>
        Effect.sync(() => {
          child.kill("SIGKILL")
        })
    )
    let stdout = ""
    let stderr = ""
    const waiting = new Set<() => void>()
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text
      for (const look of waiting) look()
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text
    })
    child.once("close", (code) => {
      Deferred.unsafeDone(exited, Effect.succeed({ code, stdout, stderr }))
    })
    return {
      pid: child.pid ?? 0,
      kill: (signal) =>
        Effect.sync(() => {
          child.kill(signal)
        }),
      turnAway: Effect.sync(() => {
        child.stdout.destroy()
        child.stderr.destroy()
      }),
      write: (text) =>
        Effect.sync(() => {
          child.stdin.write(text)
        }),
      end: (text) =>
        Effect.sync(() => {
          child.stdin.end(text)
        }),
      wrote: (text) =>
        Effect.async((resume) => {
          const look = () => {
            if (!stdout.includes(text)) return
            waiting.delete(look)
            resume(Effect.void)
          }
          waiting.add(look)
          look()
        }),
      printed: Effect.sync(() => stdout),
      stopReading: Effect.sync(() => {
        child.stdout.destroy()
      }),
      complaints: Effect.sync(() => stderr),
      result: Deferred.await(exited)
    }
  })

/** Runs the built `flash` to its end. */
export const flash = (
  args: ReadonlyArray<string>,
  env?: Record<string, string>,
  cwd?: string
): Effect.Effect<Result> => start(args, env, cwd).pipe(Effect.flatMap((started) => started.result), Effect.scoped)
