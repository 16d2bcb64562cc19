/** Runs the process that evaluates a project's modules, within bounds. */
import * as Effect from "effect/Effect"
import * as ChildProcess from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
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

/** Milliseconds for all modules. */
const timeLimit = 60_000

/** What is kept of what the modules write. */
const maxOutput = 64 * 1024

/** Evaluates modules. The process ends with this effect, whatever it is at. */
export const evaluate = (root: string, task: Task): Effect.Effect<Evaluated, BuildError> =>
  Effect.scoped(Effect.gen(function*() {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "flash-build-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
    )
    const file = join(folder, "task.json")
    yield* Effect.sync(() => writeFileSync(file, JSON.stringify(task)))
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => start(root, file)),
      (child) =>
        Effect.sync(() => {
          child.kill("SIGKILL")
        })
    )
    return yield* answerOf(child)
  }))

const start = (root: string, file: string): ChildProcess.ChildProcess =>
  ChildProcess.spawn(process.execPath, [
    ...permissions(),
    // warnings of the flags, which the user has not chosen
    "--no-warnings",
    "--enable-source-maps",
    ...conditions().flatMap((condition) => ["--conditions", condition]),
    join(findPackage().root, "dist", "cli", "evaluate.mjs"),
    file
  ], { cwd: root, env: environment(), stdio: ["ignore", "pipe", "pipe", "ipc"], serialization: "json" })

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

const answerOf = (child: ChildProcess.ChildProcess): Effect.Effect<Evaluated, BuildError> => {
  let loading: string | undefined
  let output = ""
  const failed = (what: string) =>
    new BuildError({
      problems: [
        `${loading === undefined ? "the project's modules" : shown(loading)}: ${what}${
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
  }).pipe(
    Effect.timeoutFail({
      duration: timeLimit,
      onTimeout: () => failed(`it was not loaded within ${timeLimit / 1000} seconds; what waits belongs into a handler`)
    })
  )
}

const shown = (url: string): string => {
  const path = decodeURIComponent(new URL(url).pathname)
  return path.startsWith(`${process.cwd()}/`) ? path.slice(process.cwd().length + 1) : path
}
