/** `flash run`: runs a program against the embedded platform; without one it is `flash dev`. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ChildProcess from "node:child_process"
import { createRequire } from "node:module"
import * as Os from "node:os"
import { pathToFileURL } from "node:url"
import { CliError } from "../CliError.ts"
import { existingFile } from "../existingFile.ts"
import { ExitStatus } from "../ExitStatus.ts"
import { isFolder } from "../isFolder.ts"
import { devOptions, serve } from "./dev.ts"

/** The words after `flash run <file>`. They belong to the program and are kept from the parser of our own options. */
export class ProgramArguments extends Context.Tag("effect-flash/cli/ProgramArguments")<
  ProgramArguments,
  ReadonlyArray<string>
>() {}

/** The loader that lets node run TypeScript, from the package's own dependencies. */
const loader = (): string => pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href

const forwarded: ReadonlyArray<NodeJS.Signals> = ["SIGINT", "SIGTERM", "SIGHUP"]

/**
 * A terminal sends ctrl-c, and its own end, to every process it runs: the program has had the signal when we get it.
 * Once more would be one too many, since a second signal means "now" to most programs.
 */
const sentByTerminal = (signal: NodeJS.Signals): boolean =>
  signal !== "SIGTERM" && [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY)

const forwardSignals = (child: ChildProcess.ChildProcess) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const forward = (signal: NodeJS.Signals) => {
        if (!sentByTerminal(signal)) child.kill(signal)
      }
      for (const signal of forwarded) process.on(signal, forward)
      return forward
    }),
    (forward) =>
      Effect.sync(() => {
        for (const signal of forwarded) process.off(signal, forward)
      })
  )

/**
 * node's own spawn, not the CommandExecutor of @effect/platform: that one starts a process group of its own, which has
 * no terminal to read from, and tells an exit by a signal as an error without the signal's name.
 */
const exitOf = (child: ChildProcess.ChildProcess): Effect.Effect<number, CliError> =>
  Effect.async((resume) => {
    child.once("error", (cause) => {
      resume(new CliError({ message: `node could not be started: ${cause.message}`, cause }))
    })
    child.once("exit", (code, signal) => {
      resume(Effect.succeed(signal === null ? code ?? 1 : 128 + Os.constants.signals[signal]))
    })
  })

const runProgram = (file: string, args: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const child = yield* Effect.sync(() =>
      ChildProcess.spawn(process.execPath, ["--import", loader(), file, ...args], {
        stdio: "inherit",
        env: { ...process.env, FLASH_TARGET: "local" }
      })
    )
    yield* forwardSignals(child)
    const code = yield* exitOf(child)
    yield* (yield* ExitStatus).set(code)
  }).pipe(
    Effect.scoped,
    // A signal is for the program to act on: we end when it has ended, with its code.
    Effect.uninterruptible
  )

const file = Args.text({ name: "file" }).pipe(
  Args.withDescription("The program, in TypeScript or JavaScript. Without one, or with a folder: the dev server"),
  Args.optional
)

const args = Args.text({ name: "args" }).pipe(Args.withDescription("What the program is given"), Args.repeated)

export const run = Command.make("run", { ...devOptions, file, args }, (input) =>
  Effect.gen(function*() {
    if (Option.isNone(input.file) || isFolder(input.file.value)) return yield* serve({ ...input, folder: input.file })
    const program = yield* existingFile(input.file.value)
    yield* runProgram(program, [...input.args, ...yield* ProgramArguments])
  })).pipe(Command.withDescription("Serve the project, or run a program, on the embedded platform, without an account"))
