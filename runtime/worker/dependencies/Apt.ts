/**
 * System packages of a function, by apt.
 *
 * In a container of its own a worker installs them. On the embedded platform a worker runs on a person's machine: there
 * it only looks, and the job's log says what is missing.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as FileLock from "../../../src/provision/FileLock.ts"
import * as Command from "./Command.ts"
import { InstallFailed } from "./Npm.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type Mode = "install" | "look"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly mode: Mode
  readonly env: NodeJS.ProcessEnv
  /** Folder of the lock that lets one process at a time install. Default: that of temporary files. */
  readonly lockFolder?: string
  /** Milliseconds, for each of the two commands. Default: ten minutes. */
  readonly timeLimit?: number
}

/**
 * What npm packages are compiled with.
 *
 * @since 0.1.0
 * @category constants
 */
export const buildTools: ReadonlyArray<string> = ["build-essential", "python3"]

/**
 * Installs the packages that are not there yet.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ensure = (
  packages: ReadonlyArray<string>,
  options: Options
): Effect.Effect<void, Command.CommandFailed | InstallFailed> =>
  Effect.gen(function*() {
    const missing = yield* missingOf(packages, options)
    if (missing.length === 0) return
    if (options.mode === "look") {
      yield* Effect.logWarning(
        `not installed on this machine: ${missing.join(", ")}; a worker on RunPod would install them with apt`
      )
      return
    }
    const { lockFolder = tmpdir(), timeLimit = 10 * 60_000 } = options
    yield* FileLock.acquire(join(lockFolder, "effect-flash-apt.lock"), { timeout: `${timeLimit * 2} millis` }).pipe(
      Effect.mapError(({ message }) => new InstallFailed({ message })),
      // another process may have installed them meanwhile
      Effect.zipRight(missingOf(missing, options)),
      Effect.flatMap((missing) => missing.length === 0 ? Effect.void : install(missing, options.env, timeLimit)),
      Effect.scoped
    )
  })

const install = (packages: ReadonlyArray<string>, env: NodeJS.ProcessEnv, timeLimit: number) => {
  const aptGet = (...args: ReadonlyArray<string>) =>
    Command.run("apt-get", ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3", ...args], {
      timeLimit,
      env: { ...env, DEBIAN_FRONTEND: "noninteractive" }
    })
  return Effect.zipRight(
    aptGet("update", "-qq"),
    aptGet("install", "-y", "-qq", "--no-install-recommends", "--", ...packages)
  )
}

const missingOf = (packages: ReadonlyArray<string>, { env }: Options) =>
  Effect.filter(packages, (name) => Effect.map(isInstalled(name, env), (installed) => !installed), { concurrency: 4 })

/** With its version, where one is wanted. */
const isInstalled = (dependency: string, env: NodeJS.ProcessEnv) =>
  Effect.async<boolean>((resume) => {
    const [name = "", version] = dependency.split("=")
    execFile("dpkg-query", ["-W", "-f", "${Status}\t${Version}", "--", name], { env }, (error, stdout) => {
      const [status = "", actual] = stdout.split("\t")
      resume(Effect.succeed(
        error === null && status.includes("install ok installed") && (version === undefined || version === actual)
      ))
    })
  })
