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
import * as Command from "./Command.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type Mode = "install" | "look"

const timeLimit = 10 * 60_000

/**
 * Installs the packages that are not there yet.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ensure = (packages: ReadonlyArray<string>, mode: Mode): Effect.Effect<void, Command.CommandFailed> =>
  Effect.flatMap(missingOf(packages), (missing) => {
    if (missing.length === 0) return Effect.void
    if (mode === "look") {
      return Effect.logWarning(
        `not installed on this machine: ${missing.join(", ")}; a worker on RunPod would install them with apt`
      )
    }
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" }
    return Command.run("apt-get", ["update", "-qq"], { timeLimit, env }).pipe(
      Effect.zipRight(
        Command.run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "--", ...missing], {
          timeLimit,
          env
        })
      )
    )
  })

const missingOf = (packages: ReadonlyArray<string>) =>
  Effect.filter(packages, (name) => Effect.map(isInstalled(name.replace(/=.*$/, "")), (installed) => !installed), {
    concurrency: 4
  })

const isInstalled = (name: string) =>
  Effect.async<boolean>((resume) => {
    execFile("dpkg-query", ["-W", "-f", "${Status}", "--", name], (error, stdout) =>
      resume(Effect.succeed(error === null && stdout.includes("install ok installed"))))
  })
