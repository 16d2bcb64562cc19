/** Child processes that end with their scope, so that no benchmark leaves one behind. */
import { Data, Effect } from "effect"
import type { Scope } from "effect"
import { spawn } from "node:child_process"
import type { ChildProcess, SpawnOptions } from "node:child_process"

export class ProcessFailed extends Data.TaggedError("ProcessFailed")<{ readonly message: string }> {}

/** Of this process' environment only what others need to run: no options for Node, no settings of ours. */
export const environment = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  ...Object.fromEntries(
    ["PATH", "HOME", "TMPDIR", "LANG", "SYSTEMROOT"].flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    })
  ),
  ...more
})

/** How long a process that was asked to stop may take for it. */
const grace = 10_000

/**
 * Starts a process and ends it with the scope: by a signal to stop, and by force where it does not. A `detached` one
 * leads a group of processes and is ended by force with all of them.
 */
export const start = (
  command: string,
  args: ReadonlyArray<string>,
  options: SpawnOptions = {}
): Effect.Effect<ChildProcess, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(command, args, { env: environment(), stdio: ["ignore", "ignore", "inherit"], ...options })
      // whoever waits for it is told by `close`
      child.on("error", () => {})
      return child
    }),
    (child) =>
      Effect.async<void>((resume) => {
        const { pid } = child
        if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
        const timer = setTimeout(() => child.kill("SIGKILL"), grace)
        child.once("exit", () => {
          clearTimeout(timer)
          resume(Effect.void)
        })
        if (options.detached === true) process.kill(-pid, "SIGKILL")
        else child.kill("SIGTERM")
      })
  )

/** Runs a process to its end and gives its standard output; fails where it fails. */
export const run = (
  command: string,
  args: ReadonlyArray<string>,
  options: SpawnOptions = {}
): Effect.Effect<string, ProcessFailed> =>
  Effect.scoped(Effect.flatMap(
    start(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options }),
    (child) =>
      Effect.async<string, ProcessFailed>((resume) => {
        let output = ""
        let errors = ""
        child.stdout?.on("data", (chunk) => output += chunk)
        child.stderr?.on("data", (chunk) => errors += chunk)
        const failed = (how: string) =>
          resume(
            Effect.fail(new ProcessFailed({ message: `${[command, ...args].join(" ")} ${how}\n${output}${errors}` }))
          )
        child.once("error", (error) => failed(error.message))
        child.once("close", (code, signal) => {
          if (code === 0) resume(Effect.succeed(output))
          else failed(signal === null ? `exited with ${code}` : `was ended by ${signal}`)
        })
      })
  ))

/** Milliseconds from the spawn of a process to its end. */
export const timeToExit = (
  command: string,
  args: ReadonlyArray<string>,
  options: SpawnOptions = {}
): Effect.Effect<number, ProcessFailed> =>
  Effect.suspend(() => {
    const start = performance.now()
    return Effect.map(run(command, args, options), () => performance.now() - start)
  })

/** Runs a module that prints one number. */
export const runForNumber = (module: string, args: ReadonlyArray<string> = []): Effect.Effect<number, ProcessFailed> =>
  Effect.flatMap(run(process.execPath, [module, ...args]), (output) => {
    const value = Number.parseFloat(output)
    return Number.isFinite(value)
      ? Effect.succeed(value)
      : Effect.fail(new ProcessFailed({ message: `${module} printed no number: ${output}` }))
  })

/** Starts a module that sends one message when it is ready. Gives that message. */
export const startModule = <Ready>(
  module: string,
  env: Readonly<Record<string, string>> = {}
): Effect.Effect<Ready, ProcessFailed, Scope.Scope> =>
  Effect.flatMap(
    start(process.execPath, [module], {
      env: environment(env),
      stdio: ["ignore", "inherit", "inherit", "ipc"]
    }),
    (child) =>
      Effect.async<Ready, ProcessFailed>((resume) => {
        child.once("message", (message) => resume(Effect.succeed(message as Ready)))
        child.once(
          "exit",
          (code) =>
            resume(Effect.fail(new ProcessFailed({ message: `${module} exited with ${code} before it was ready` })))
        )
      })
  )
