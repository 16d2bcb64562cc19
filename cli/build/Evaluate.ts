/** Runs the processes that evaluate a project's modules, within bounds. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as ChildProcess from "node:child_process"
import { join } from "node:path"
import { conditions } from "../../src/invoke/bundle/Esbuild.ts"
import { findPackage } from "../Package.ts"
import { BuildError } from "./BuildError.ts"
import type { Message, Report, Task } from "./child/Report.ts"

export interface Evaluated {
  readonly report: Report
  /** What the modules wrote while they were loaded. */
  readonly output: string
}

/** Evaluates modules in a process of their own, which ends with the effect, whatever it is at. */
export type Evaluator = (task: Task) => Effect.Effect<Evaluated, BuildError>

/** Milliseconds for all modules. */
const timeLimit = 60_000

/** What is kept of what the modules write. */
const maxOutput = 64 * 1024

export const evaluate: Evaluator = (task) =>
  Effect.acquireUseRelease(
    Effect.sync(() => start()),
    (child) => answerOf(child, task),
    end
  )

/**
 * For who looks at a project again and again: a process that has loaded what it looks for is ready before it is needed,
 * and each is used once. The one that waits ends with the scope.
 */
export const makeWarm: Effect.Effect<Evaluator, never, Scope.Scope> = Effect.gen(function*() {
  let spare: ChildProcess.ChildProcess | undefined
  let isClosed = false
  const prepare = () => {
    if (isClosed) return
    const child = start(usual)
    spare = child
    // one that does not live to see its task is replaced when there is one
    child.once("exit", () => spare === child ? spare = undefined : undefined).once("error", () => {})
  }
  yield* Effect.acquireRelease(
    Effect.sync(prepare),
    () =>
      Effect.sync(() => {
        isClosed = true
        spare?.kill("SIGKILL")
      })
  )
  return (task) =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        const child = spare ?? start()
        spare = undefined
        return child
      }),
      (child) => answerOf(child, task),
      (child) => Effect.zipRight(end(child), Effect.sync(() => spare ?? prepare()))
    )
})

const end = (child: ChildProcess.ChildProcess): Effect.Effect<void> =>
  Effect.sync(() => {
    child.kill("SIGKILL")
  })

/** What every project loads. */
const usual = ["effect-flash", "effect"]

const start = (ahead: ReadonlyArray<string> = []): ChildProcess.ChildProcess =>
  ChildProcess.spawn(process.execPath, [
    ...permissions(),
    // warnings of the flags, which the user has not chosen
    "--no-warnings",
    "--enable-source-maps",
    ...conditions().flatMap((condition) => ["--conditions", condition]),
    join(findPackage().root, "dist", "cli", "evaluate.mjs"),
    ...ahead
  ], {
    // the child goes to the project's folder itself: a thread of Node's never starts in one that is removed meanwhile
    cwd: findPackage().root,
    env: environment(),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    serialization: "json"
  })

/** Files may be read and packages with compiled parts loaded; the thread is the one that Node runs our hooks in. */
const permissions = (): ReadonlyArray<string> => [
  process.allowedNodeEnvironmentFlags.has("--permission") ? "--permission" : "--experimental-permission",
  "--allow-fs-read=*",
  "--allow-addons",
  "--allow-worker"
]

/**
 * What a build makes must not depend on who builds it, nor on where: the modules see none of the caller's variables, and
 * so none of its secrets. `none` is the target of modules that are only looked at.
 */
const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    ["PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TEMP"].flatMap((name) =>
      process.env[name] === undefined ? [] : [[name, process.env[name]]]
    )
  ),
  FLASH_TARGET: "none",
  LANG: "C.UTF-8",
  LC_ALL: "C.UTF-8",
  NODE_ENV: "production",
  TZ: "UTC"
})

const answerOf = (
  child: ChildProcess.ChildProcess,
  task: Task
): Effect.Effect<Evaluated, BuildError> => {
  let loading: string | undefined
  let output = ""
  const failed = (what: string) =>
    new BuildError({
      problems: [
        `${loading === undefined ? "the project's modules" : shown(task.root, loading)}: ${what}${
          output.trim() === "" ? "" : `; it wrote:\n${output.trim().slice(-2000)}`
        }`
      ]
    })
  return Effect.async<Evaluated, BuildError>((resume) => {
    const take = (text: string) => {
      output = (output + text).slice(-maxOutput)
    }
    child.stdout?.setEncoding("utf8").on("data", take)
    child.stderr?.setEncoding("utf8").on("data", take)
    // what it sends is what `evaluate.ts` sends, which is built with this file
    child.on("message", (message: Message) => {
      if (message._tag === "Loading") loading = message.module
      else resume(Effect.sync(() => ({ report: message.report, output })))
    })
    child.once("error", ({ message }) => resume(failed(`node could not be started: ${message}`)))
    child.once(
      "close",
      (code, signal) =>
        resume(failed(`the process that loaded it ended (${signal ?? `code ${code}`}) before it was loaded`))
    )
    // one that is gone is told of by its end
    child.send(task, () => {})
  }).pipe(
    Effect.timeoutFail({
      duration: timeLimit,
      onTimeout: () => failed(`it was not loaded within ${timeLimit / 1000} seconds; what waits belongs into a handler`)
    })
  )
}

const shown = (root: string, url: string): string => {
  const path = decodeURIComponent(new URL(url).pathname)
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path
}
