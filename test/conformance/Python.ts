/** Programs of the Python packages, in an environment of their own. */
import { Effect } from "effect"
import type { Scope } from "effect"
import type { ChildProcess } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { scratch } from "../../bench/harness/Paths.ts"
import * as Processes from "../../bench/harness/Processes.ts"

const packages = ["runpod==1.12.0", "runpod-flash==1.3.0"]

const folder = join(scratch, `conformance-${packages.join("-").replaceAll("==", "-")}`)
const bin = join(folder, process.platform === "win32" ? "Scripts" : "bin")

/** The interpreter. */
export const python = join(bin, "python")

/** The command line of runpod-flash. */
export const flash = join(bin, "flash")

const isThere = ["-c", "import runpod, runpod_flash"]

/** Makes the environment once; it stays for the next run. Fails with what the tools said. */
export const install: Effect.Effect<void, Processes.ProcessFailed> = Effect.suspend(() =>
  existsSync(python)
    ? Processes.run(python, isThere)
    : Effect.fail(new Processes.ProcessFailed({ message: "not installed" }))
).pipe(
  Effect.orElse(() =>
    Processes.run("python3", ["-m", "venv", "--clear", folder]).pipe(
      Effect.zipRight(Processes.run(python, ["-m", "pip", "install", "--quiet", ...packages], { env: process.env })),
      Effect.zipRight(Processes.run(python, isThere))
    )
  ),
  Effect.asVoid
)

/** The folder of these programs. */
export const programs = fileURLToPath(new URL("python", import.meta.url))

/** A worker of the platform's own SDK. It pings from a process of its own; both end with the scope. */
export const worker = (env: Readonly<Record<string, string>>): Effect.Effect<ChildProcess, never, Scope.Scope> =>
  Processes.start(python, [join(programs, "worker.py")], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: Processes.environment({
      ...env,
      RUNPOD_SKIP_AUTO_SYSTEM_CHECKS: "true",
      RUNPOD_SKIP_GPU_CHECK: "true"
    })
  })
