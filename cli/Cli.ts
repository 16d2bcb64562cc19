import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Terminal from "@effect/platform/Terminal"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import { CliError, ExitCode } from "./CliError.ts"
import { app } from "./commands/app.ts"
import { build } from "./commands/build.ts"
import { call } from "./commands/call.ts"
import { deploy, plan } from "./commands/deploy.ts"
import { dev } from "./commands/dev.ts"
import { doctor } from "./commands/doctor.ts"
import { env } from "./commands/env.ts"
import { explain } from "./commands/explain.ts"
import { gpus } from "./commands/gpus.ts"
import { init } from "./commands/init.ts"
import { login } from "./commands/login.ts"
import { logout } from "./commands/logout.ts"
import { logs } from "./commands/logs.ts"
import { rollback } from "./commands/rollback.ts"
import { ProgramArguments, run, splitProgram } from "./commands/run.ts"
import { status } from "./commands/status.ts"
import { undeploy } from "./commands/undeploy.ts"
import { whoami } from "./commands/whoami.ts"
import { worker } from "./commands/worker.ts"
import { entryOf } from "./errors/Registry.ts"
import { ExitStatus } from "./ExitStatus.ts"
import * as Output from "./Output.ts"
import { findPackage } from "./Package.ts"

// ---------------------------------------------------------------------------------------------------------------------
// failures
// ---------------------------------------------------------------------------------------------------------------------

const failureOf = (cause: Cause.Cause<unknown>): unknown => Option.getOrUndefined(Cause.failureOption(cause))

const exitCodeOf = (cause: Cause.Cause<unknown>): number => {
  const failure = failureOf(cause)
  if (Cause.isInterruptedOnly(cause) || Terminal.isQuitException(failure)) return ExitCode.interrupted
  if (ValidationError.isValidationError(failure)) return ExitCode.usage
  return (failure instanceof CliError ? failure : entryOf(failure))?.exitCode ?? ExitCode.failure
}

const describe = (cause: Cause.Cause<unknown>): ReadonlyArray<string> => {
  const failure = failureOf(cause)
  if (Terminal.isQuitException(failure)) return ["error: this needs an answer, and there is no terminal to ask on"]
  if (failure instanceof CliError) {
    return [`error: ${failure.message}`, ...(failure.hint === undefined ? [] : [`hint: ${failure.hint}`])]
  }
  const error = failure ?? Cause.squash(cause)
  const entry = entryOf(error)
  const message = error instanceof Error ? error.message : String(error)
  return entry === undefined
    ? [`error: ${message}`, "hint: `--log-level debug` shows where it comes from"]
    : [`error[${entry.code}]: ${message}`, `hint: \`flash explain ${entry.code}\` says more`]
}

/** Says what went wrong, in a line or two; with `--log-level debug` also where. */
const report = (cause: Cause.Cause<unknown>): Effect.Effect<void> =>
  Effect.gen(function*() {
    for (const line of describe(cause)) yield* Console.error(line)
    if (LogLevel.lessThanEqual(yield* FiberRef.get(FiberRef.currentMinimumLogLevel), LogLevel.Debug)) {
      yield* Console.error(Cause.pretty(cause, { renderErrorCause: true }))
    }
  })

/** Whether the library has told the user already, or there is nothing to tell. */
const isTold = (cause: Cause.Cause<unknown>): boolean =>
  Cause.isInterruptedOnly(cause) || ValidationError.isValidationError(failureOf(cause))

/**
 * Failures of a command are reported inside of it, where `--log-level` is known. What passes is what @effect/cli looks
 * at itself: errors in the command line and the wish for help.
 */
const reported = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A | void, E, R | ExitStatus> =>
  Effect.catchAllCause(self, (cause) =>
    isTold(cause)
      ? Effect.failCause(cause)
      : Effect.zipRight(report(cause), Effect.flatMap(ExitStatus, ({ set }) => set(exitCodeOf(cause)))))

// ---------------------------------------------------------------------------------------------------------------------
// command line
// ---------------------------------------------------------------------------------------------------------------------

const flash = Command.make("flash").pipe(
  Command.withDescription("Typed remote functions on RunPod"),
  Command.withSubcommands([
    init,
    run,
    dev,
    build,
    plan,
    deploy,
    rollback,
    call,
    status,
    logs,
    undeploy,
    env,
    app,
    login,
    logout,
    whoami,
    gpus,
    doctor,
    explain,
    worker
  ]),
  Command.transformHandler(reported)
)

const layer = Layer.mergeAll(
  // With case folded, the library takes `--NAME x` for `--name` and loses the value.
  CliConfig.layer({ isCaseSensitive: true, finalCheckBuiltIn: true, showTypes: false }),
  Output.layerConsole,
  Output.layerLogger,
  Output.layerTerminal,
  NodeFileSystem.layer,
  NodePath.layer
)

/** Runs a command line, as `process.argv` holds it, and ends the process with its exit code. */
export const main = (argv: ReadonlyArray<string>): void => {
  const [own, program] = splitProgram(argv)
  const cli = Command.run(flash, { name: "flash", executable: "flash", version: findPackage().version })
  let status: number | undefined
  const exitCode = (exit: Exit.Exit<unknown, unknown>): number =>
    status ?? (exit._tag === "Success" ? ExitCode.ok : exitCodeOf(exit.cause))

  Effect.suspend(() => cli(own)).pipe(
    Effect.tapErrorCause((cause) => isTold(cause) ? Effect.void : report(cause)),
    Effect.provideService(ProgramArguments, program),
    Effect.provideService(ExitStatus, {
      set: (code) =>
        Effect.sync(() => {
          status = code
        })
    }),
    Effect.provide(layer),
    NodeRuntime.runMain({
      disableErrorReporting: true,
      disablePrettyLogger: true,
      teardown: (exit, onExit) => onExit(exitCode(exit))
    })
  )
}
