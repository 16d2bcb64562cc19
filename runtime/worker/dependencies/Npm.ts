/**
 * Installs npm packages for a function: each set of them once, into a folder named by its hash, which the workers of
 * this machine (or of this network volume) share.
 *
 * What the registry resolved a set to is kept beside it: a set that has to be installed again gets the same packages,
 * checked by their digests, and from the cache where they are still in it.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { createHash, randomUUID } from "node:crypto"
import { accessSync, constants, existsSync } from "node:fs"
import * as fs from "node:fs/promises"
import { homedir } from "node:os"
import { dirname, join } from "node:path"
import * as Dependency from "../../../src/protocol/Dependency.ts"
import * as FileLock from "../../../src/provision/FileLock.ts"
import * as Command from "./Command.ts"
import * as PackageLock from "./PackageLock.ts"

/**
 * The packages could not be installed, for another reason than what the installer says.
 *
 * @since 0.1.0
 * @category errors
 */
export class InstallFailed extends Data.TaggedError("InstallFailed")<{ readonly message: string }> {}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Folder for sets of packages, their locks and what was downloaded. */
  readonly cache: string
  readonly env: NodeJS.ProcessEnv
  /** Milliseconds. Default: ten minutes. */
  readonly timeLimit?: number
  /** Brings a compiler, where there is none; its failure is the installation's. */
  readonly buildTools: Effect.Effect<void, Command.CommandFailed | InstallFailed>
}

/**
 * The folder that sets of packages are kept in: on the network volume where there is one, else in the user's cache.
 *
 * @since 0.1.0
 * @category accessors
 */
export const cacheDirectory = (env: NodeJS.ProcessEnv): string => {
  const base = env["FLASH_DEPENDENCY_CACHE"]
  if (base !== undefined) return base
  // on a machine where nothing can be mounted, the embedded platform says where it is
  const volume = env["FLASH_VOLUME_PATH"] ?? "/runpod-volume"
  const home = isWritable(volume) ? join(volume, ".cache") : env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache")
  return join(home, "effect-flash", "dependencies")
}

const isWritable = (folder: string): boolean => {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/**
 * The folder whose `node_modules` holds these packages. Waits where another worker installs them already.
 *
 * @since 0.1.0
 * @category constructors
 */
export const install = (
  dependencies: ReadonlyArray<string>,
  options: Options
): Effect.Effect<string, InstallFailed | Command.CommandFailed> =>
  Effect.gen(function*() {
    const wanted = yield* wantedOf(dependencies)
    const key = keyOf(wanted)
    const directory = join(options.cache, key)
    if ((yield* problemOf(directory)) === undefined) return directory
    return yield* FileLock.acquire(`${directory}.lock`, { timeout: `${timeLimitOf(options) * 2} millis` }).pipe(
      Effect.mapError(({ message }) => new InstallFailed({ message })),
      Effect.zipRight(problemOf(directory)),
      Effect.flatMap((problem) =>
        problem === undefined ? Effect.void : Effect.zipRight(
          Effect.logDebug(`Packages are installed in ${directory}: ${problem}`),
          renew({ directory, key, wanted }, options)
        )
      ),
      Effect.scoped,
      Effect.as(directory)
    )
  })

const timeLimitOf = ({ timeLimit = 10 * 60_000 }: Options): number => timeLimit

type Wanted = Readonly<Record<string, string>>

/** Versions by name, in the order of the names. Two versions of a package are one too many. */
const wantedOf = (dependencies: ReadonlyArray<string>): Effect.Effect<Wanted, InstallFailed> => {
  const wanted = new Map<string, string>()
  for (const dependency of [...new Set(dependencies)].sort()) {
    const name = Dependency.npmNameOf(dependency)
    const version = dependency.slice(name.length + 1)
    const other = wanted.get(name)
    if (other !== undefined && other !== version) {
      return new InstallFailed({
        message: `"${name}" is wanted twice, as "${other || "latest"}" and "${version || "latest"}"`
      })
    }
    wanted.set(name, version)
  }
  return Effect.succeed(Object.fromEntries(wanted))
}

const keyOf = (wanted: Wanted): string =>
  createHash("sha256")
    // compiled packages differ by these
    .update(JSON.stringify([process.platform, process.arch, process.versions.modules, Object.entries(wanted)]))
    .digest("hex")
    .slice(0, 32)

/** Why a set is not there as its lock says; `undefined` where it is. */
const problemOf = (directory: string): Effect.Effect<string | undefined> =>
  Effect.suspend(() =>
    existsSync(directory)
      ? Effect.promise(() => PackageLock.problemOf(directory))
      : Effect.succeed("it is not there")
  )

interface PackageSet {
  readonly directory: string
  readonly key: string
  readonly wanted: Wanted
}

/** The folder appears under its name when it is whole, in place of one that is damaged. */
const renew = ({ directory, key, wanted }: PackageSet, options: Options) => {
  const staging = `${directory}.${randomUUID()}`
  const kept = join(options.cache, "locks", `${key}.json`)
  return Effect.acquireUseRelease(
    attempt(async () => {
      await fs.mkdir(staging, { recursive: true })
      await fs.writeFile(
        join(staging, "package.json"),
        JSON.stringify({ private: true, dependencies: packagesOf(wanted) })
      )
      await fs.copyFile(kept, join(staging, PackageLock.fileName)).catch(() => {})
    }),
    () =>
      Effect.gen(function*() {
        yield* withBuildTools(runNpm(staging, options), options)
        const problem = yield* Effect.promise(() => PackageLock.problemOf(staging))
        if (problem !== undefined) {
          return yield* new InstallFailed({ message: `npm installed something else than it locked: ${problem}` })
        }
        yield* attempt(async () => {
          await fs.mkdir(dirname(kept), { recursive: true })
          await fs.copyFile(join(staging, PackageLock.fileName), `${kept}.${key}`)
          await fs.rename(`${kept}.${key}`, kept)
          await fs.rm(directory, { recursive: true, force: true })
          await fs.rename(staging, directory)
        })
      }),
    () => Effect.promise(() => fs.rm(staging, { recursive: true, force: true }))
  )
}

/** For package.json: names never become arguments. */
const packagesOf = (wanted: Wanted): Wanted =>
  Object.fromEntries(Object.entries(wanted).map(([name, version]) => [name, version === "" ? "latest" : version]))

const attempt = <A>(run: () => Promise<A>): Effect.Effect<A, InstallFailed> =>
  Effect.tryPromise({
    try: run,
    catch: (error) => new InstallFailed({ message: error instanceof Error ? error.message : String(error) })
  })

const flags = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error", "--fetch-retries=3"]

/** With a lock, just what it says, from what was downloaded before as far as that goes. */
const runNpm = (staging: string, options: Options) => {
  const args = existsSync(join(staging, PackageLock.fileName)) ? ["ci", "--prefer-offline"] : ["install"]
  return Command.run("npm", [...args, ...flags, "--cache", join(options.cache, "npm")], {
    cwd: staging,
    timeLimit: timeLimitOf(options),
    env: options.env
  })
}

const withBuildTools = (
  installing: Effect.Effect<void, Command.CommandFailed>,
  { buildTools }: Options
): Effect.Effect<void, Command.CommandFailed | InstallFailed> =>
  Effect.catchIf(
    installing,
    lacksCompiler,
    (error) =>
      Effect.logInfo("A package has to be compiled and there is no compiler: installing one").pipe(
        Effect.zipRight(
          Effect.mapError(
            buildTools,
            (problem) =>
              new InstallFailed({ message: `${error.message}\nand no compiler could be installed: ${problem.message}` })
          )
        ),
        Effect.zipRight(installing)
      )
  )

const tools = "make|cmake|gcc|g\\+\\+|cc|c\\+\\+|clang|python3?"

const compilerMissing = [
  `not found: (${tools})\\b`,
  `\\b(${tools}): (not found|command not found|no such file or directory)`,
  `spawn (${tools}) ENOENT`,
  "could not find any python",
  "no acceptable c compiler found",
  "no (c|c\\+\\+|cxx) compiler",
  "(cmake_c_compiler|cmake_cxx_compiler) could be found",
  "unable to find (a )?c\\+\\+ compiler"
].map((text) => new RegExp(text, "im"))

/**
 * Whether an installer's words say that there is nothing to compile with.
 *
 * @since 0.1.0
 * @category guards
 */
export const lacksCompiler = ({ output }: Pick<Command.CommandFailed, "output">): boolean =>
  compilerMissing.some((pattern) => pattern.test(output))
