/** The `flash` command: its commands, and how a run of it is told and ends. */
import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as ValidationError from "@effect/cli/ValidationError"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as NodePath from "@effect/platform-node/NodePath"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import { ExitCode } from "./CliError.ts"
import { app } from "./commands/app.ts"
import { build } from "./commands/build.ts"
import { call } from "./commands/call.ts"
import { completions } from "./commands/completions.ts"
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
import { ProgramArguments, run } from "./commands/run.ts"
import { status } from "./commands/status.ts"
import { undeploy } from "./commands/undeploy.ts"
import { whoami } from "./commands/whoami.ts"
import { worker } from "./commands/worker.ts"
import { ExitStatus } from "./ExitStatus.ts"
import { exitCodeOf, problemOfCause } from "./failures.ts"
import * as Output from "./Output.ts"
import { findPackage } from "./Package.ts"
import { problemJson, problemLines } from "./problem.ts"
import { splitProgram } from "./splitProgram.ts"
import { wantsJson } from "./surface/early.ts"

/** All commands, in the order of the help. */
export const flash = Command.make("flash").pipe(
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
    completions,
    worker
  ])
)

/** Says what went wrong, in a line or two; with `--log-level debug` also where. */
const report = (cause: Cause.Cause<unknown>, asJson: boolean): Effect.Effect<void> =>
  Effect.gen(function*() {
    const problem = problemOfCause(cause)
    if (problem === undefined) return
    if (asJson) yield* Console.log(problemJson(problem))
    for (const line of problemLines(problem)) yield* Console.error(line)
    if (LogLevel.lessThanEqual(yield* FiberRef.get(FiberRef.currentMinimumLogLevel), LogLevel.Debug)) {
      yield* Console.error(Cause.pretty(cause, { renderErrorCause: true }))
    }
  })

/** The wish for help passes as a failure to @effect/cli, which sees to it. */
const isHelp = (cause: Cause.Cause<unknown>): boolean =>
  Option.exists(
    Cause.failureOption(cause),
    (error) => ValidationError.isValidationError(error) && ValidationError.isHelpRequested(error)
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

const codeOf = (exit: Exit.Exit<unknown, unknown>, status: number | undefined): number =>
  status ?? Exit.match(exit, {
    onSuccess: () => ExitCode.ok,
    onFailure: (cause) =>
      Cause.isInterruptedOnly(cause)
        ? ExitCode.interrupted
        : exitCodeOf(Option.getOrElse(Cause.failureOption(cause), () => Cause.squash(cause)))
  })

/** One run of a command line, as `process.argv` holds it. */
export interface Run {
  readonly effect: Effect.Effect<void, unknown>
  /** The code for the process to end with. */
  readonly exitCode: (exit: Exit.Exit<unknown, unknown>) => number
}

export const make = (argv: ReadonlyArray<string>): Run => {
  const [own, program] = splitProgram(argv)
  const asJson = wantsJson(own)
  let status: number | undefined
  const effect = Effect.gen(function*() {
    const console = yield* Effect.console
    // Failures of a command are reported inside of it, where `--log-level` is known, and what @effect/cli itself prints
    // of a line that it does not understand is told as every other failure is.
    const reported = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A | void, E, R> =>
      Effect.catchAllCause(self, (cause) =>
        isHelp(cause) || Cause.isInterruptedOnly(cause)
          ? Effect.failCause(cause)
          : Effect.zipRight(
            report(cause, asJson),
            Effect.sync(() => {
              status ??= codeOf(Exit.failCause(cause), undefined)
            })
          )).pipe(Effect.withConsole(console))
    const cli = Command.run(Command.transformHandler(flash, reported), {
      name: "flash",
      executable: "flash",
      version: findPackage().version
    })
    yield* cli(own).pipe(
      Effect.withConsole({ ...console, error: () => Effect.void }),
      Effect.tapErrorCause((cause) => report(cause, asJson))
    )
  }).pipe(
    Effect.provideService(ProgramArguments, program),
    Effect.provideService(ExitStatus, {
      set: (code) =>
        Effect.sync(() => {
          status = code
        })
    }),
    Effect.provide(layer)
  )
  return { effect, exitCode: (exit) => codeOf(exit, status) }
}

/** Runs a command line and ends the process with its exit code. */
export const main = (argv: ReadonlyArray<string>): void => {
  const { effect, exitCode } = make(argv)
  NodeRuntime.runMain(effect, {
    disableErrorReporting: true,
    disablePrettyLogger: true,
    teardown: (exit, onExit) => onExit(exitCode(exit))
  })
}
