/**
 * Installs npm packages for a function: each set of them once, into a folder named by its hash, which the workers of
 * this machine (or of this network volume) share.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { createHash, randomUUID } from "node:crypto"
import { existsSync, mkdirSync, renameSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import * as Command from "./Command.ts"

/**
 * The packages could not be installed; `reason` ends with the installer's words.
 *
 * @since 0.1.0
 * @category errors
 */
export class InstallFailed extends Data.TaggedError("InstallFailed")<{ readonly reason: string }> {}

const volume = "/runpod-volume"

/**
 * The folder that sets of packages are kept in: on the network volume where there is one, else in the user's cache.
 *
 * @since 0.1.0
 * @category accessors
 */
export const cacheDirectory = (env: NodeJS.ProcessEnv): string => {
  const base = env["FLASH_DEPENDENCY_CACHE"]
  if (base !== undefined) return base
  const home = existsSync(volume) ? join(volume, ".cache") : env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache")
  return join(home, "effect-flash", "dependencies")
}

/** An installation that takes longer is given up; its lock counts no more then. */
const timeLimit = 10 * 60_000

/**
 * The folder whose `node_modules` holds these packages. Waits where another worker installs them already.
 *
 * @since 0.1.0
 * @category constructors
 */
export const install = (
  dependencies: ReadonlyArray<string>,
  cache: string
): Effect.Effect<string, InstallFailed | Command.CommandFailed> =>
  Effect.suspend(() => {
    const set = [...new Set(dependencies)].sort()
    const key = createHash("sha256")
      // compiled packages differ by these
      .update([process.platform, process.arch, process.versions.modules, ...set].join("\n"))
      .digest("hex")
      .slice(0, 32)
    const directory = join(cache, key)
    if (existsSync(directory)) return Effect.succeed(directory)
    return Effect.acquireUseRelease(
      lock(`${directory}.lock`, cache),
      () => existsSync(directory) ? Effect.void : run(set, directory),
      () => Effect.sync(() => unlinkSync(`${directory}.lock`))
    ).pipe(Effect.as(directory))
  })

/** The folder appears under its name when it is whole. */
const run = (set: ReadonlyArray<string>, directory: string) => {
  const staging = `${directory}.${randomUUID()}`
  return Effect.sync(() => {
    mkdirSync(staging, { recursive: true })
    writeFileSync(join(staging, "package.json"), `{ "private": true }`)
  }).pipe(
    Effect.zipRight(Command.run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", "--", ...set], {
      cwd: staging,
      timeLimit
    })),
    Effect.zipRight(Effect.sync(() => renameSync(staging, directory))),
    Effect.onError(() => Effect.sync(() => rmSync(staging, { recursive: true, force: true })))
  )
}

class LockHeld extends Data.TaggedError("LockHeld")<{}> {}

const lock = (path: string, cache: string) =>
  Effect.try({
    try: () => {
      mkdirSync(cache, { recursive: true })
      writeFileSync(path, String(process.pid), { flag: "wx" })
    },
    catch: (error) =>
      error instanceof Error && "code" in error && error.code === "EEXIST"
        ? new LockHeld()
        : new InstallFailed({ reason: `${path} cannot be written: ${error}` })
  }).pipe(
    Effect.tapErrorTag("LockHeld", () => removeStale(path)),
    Effect.retry({ schedule: Schedule.spaced("200 millis"), while: (error) => error._tag === "LockHeld" }),
    // waited for without an end: only the lock's owner, or its age, ends that
    Effect.catchTag("LockHeld", () => new InstallFailed({ reason: `${path} is held by another worker` }))
  )

const removeStale = (path: string) =>
  Effect.sync(() => {
    try {
      if (Date.now() - statSync(path).mtimeMs > timeLimit) unlinkSync(path)
    } catch {
      // its owner has just removed it
    }
  })
