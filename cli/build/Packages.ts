/**
 * Installs the npm packages that go into an artifact: for the machines that workers run on, in the versions that the
 * project's lock file says.
 */
import * as Effect from "effect/Effect"
import * as ChildProcess from "node:child_process"
import { createHash, randomUUID } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Dependency from "../../src/protocol/Dependency.ts"
import { BuildError, failure } from "./BuildError.ts"
import type { ProjectResource } from "./Project.ts"
import { byCodeUnits } from "./ProjectFiles.ts"
import type { Entry } from "./Tar.ts"

/** What workers run on. */
const target = ["--os=linux", "--cpu=x64", "--libc=glibc"]

/** Milliseconds. */
const timeLimit = 10 * 60_000

/** Packages by their names, each with the version that is asked for. */
export type Wanted = ReadonlyMap<string, string>

/**
 * What the functions of a project name in `dependencies`, without what is excluded. A version that no function names is
 * that of the lock file, or of the package as it is installed.
 */
export const wanted = (
  root: string,
  resources: ReadonlyArray<ProjectResource>,
  excluded: ReadonlySet<string>
): Effect.Effect<Wanted, BuildError> => {
  const problems: Array<string> = []
  const found = new Map<string, { readonly version: string; readonly by: string }>()
  for (const { dependencies, file, name: by } of resources.flatMap(({ functions }) => functions)) {
    const wrong = Dependency.problemOf(dependencies, [])
    if (wrong !== undefined) problems.push(`${file}: "${by}": ${wrong}`)
    for (const dependency of dependencies) {
      const name = Dependency.npmNameOf(dependency)
      const version = dependency.slice(name.length + 1)
      const known = found.get(name)
      if (excluded.has(name) || known?.version === version) continue
      if (known === undefined || known.version === "") found.set(name, { version, by })
      else if (version !== "") {
        problems.push(
          `"${known.by}" asks for ${name}@${known.version} and "${by}" for ${dependency}: an artifact has one version`
        )
      }
    }
  }
  const lock = lockOf(root)
  const versions = [...found].sort(([a], [b]) => byCodeUnits(a, b)).map(([name, { by, version }]) => {
    const chosen = version || lock?.packages?.[`node_modules/${name}`]?.version || installedVersion(name, root)
    if (chosen === undefined) {
      problems.push(
        `"${by}" asks for ${name} without a version, and it is not installed: install it, or name a version`
      )
    }
    return [name, chosen ?? ""] as const
  })
  return failure(problems) ?? Effect.succeed(new Map(versions))
}

const installedVersion = (name: string, folder: string): string | undefined => {
  const file = join(folder, "node_modules", name, "package.json")
  if (existsSync(file)) {
    const { version }: { readonly version?: string } = JSON.parse(readFileSync(file, "utf8"))
    return version
  }
  return folder === dirname(folder) ? undefined : installedVersion(name, dirname(folder))
}

// ---------------------------------------------------------------------------------------------------------------------
// lock file
// ---------------------------------------------------------------------------------------------------------------------

interface Locked {
  readonly version?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
}

interface Lock {
  readonly lockfileVersion?: number
  readonly packages?: Readonly<Record<string, Locked>>
}

/** The project's, or its workspace's. */
const lockOf = (root: string): Lock | undefined => {
  for (let folder = root;; folder = dirname(folder)) {
    const file = ["npm-shrinkwrap.json", "package-lock.json"].map((name) => join(folder, name)).find(existsSync)
    if (file !== undefined) return readLock(file)
    if (existsSync(join(folder, ".git")) || folder === dirname(folder)) return undefined
  }
}

const readLock = (file: string): Lock => {
  const lock: Lock = JSON.parse(readFileSync(file, "utf8"))
  return lock
}

/** What npm takes for the lock file of the packages alone: it drops what they have no need of. */
const lockFor = ({ lockfileVersion = 3, packages = {} }: Lock, manifest: object) => ({
  lockfileVersion,
  requires: true,
  packages: {
    "": manifest,
    ...Object.fromEntries(
      Object.entries(packages).filter(([path, { link }]) => path.startsWith("node_modules/") && link !== true)
    )
  }
})

// ---------------------------------------------------------------------------------------------------------------------
// installation
// ---------------------------------------------------------------------------------------------------------------------

export interface Installed {
  /** What goes into the artifact. */
  readonly entries: ReadonlyArray<Entry>
  /** Versions by the folders that packages are in. */
  readonly versions: Readonly<Record<string, string>>
  readonly notes: ReadonlyArray<string>
}

export const none: Installed = { entries: [], versions: {}, notes: [] }

/** Installs packages once for each set and lock file, into a folder of the project that is used again. */
export const install = (root: string, packages: Wanted): Effect.Effect<Installed, BuildError> =>
  Effect.suspend(() => {
    if (packages.size === 0) return Effect.succeed(none)
    const lock = lockOf(root)
    const manifest = { private: true, dependencies: Object.fromEntries(packages) }
    const files = {
      "package.json": JSON.stringify(manifest),
      ...(lock === undefined ? {} : { "package-lock.json": JSON.stringify(lockFor(lock, manifest)) })
    }
    const key = createHash("sha256").update(JSON.stringify([target, files])).digest("hex").slice(0, 32)
    const cache = join(root, ".flash", "packages")
    const folder = join(cache, key)
    return (existsSync(folder) ? Effect.void : run(root, folder, files)).pipe(
      Effect.map(() => read(folder, lock === undefined)),
      Effect.tap(() => Effect.sync(() => removeOthers(cache, key)))
    )
  })

/** The folder appears under its name when it is whole. */
const run = (root: string, folder: string, files: Readonly<Record<string, string>>) => {
  const staging = `${folder}.${randomUUID()}`
  return Effect.sync(() => {
    mkdirSync(staging, { recursive: true })
    for (const [name, text] of Object.entries(files)) writeFileSync(join(staging, name), text)
    // a registry of one's own
    const settings = join(root, ".npmrc")
    if (existsSync(settings)) writeFileSync(join(staging, ".npmrc"), readFileSync(settings), { mode: 0o600 })
  }).pipe(
    Effect.zipRight(npm(staging)),
    Effect.zipRight(Effect.sync(() => {
      rmSync(join(staging, ".npmrc"), { force: true })
      renameSync(staging, folder)
    })),
    Effect.onExit(() => Effect.sync(() => rmSync(staging, { recursive: true, force: true })))
  )
}

/**
 * Scripts of packages are not run: they would make what this machine needs, and a build would run what strangers wrote.
 */
const npm = (folder: string): Effect.Effect<void, BuildError> =>
  Effect.async<void, BuildError>((resume, signal) => {
    const args = ["install", ...target, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    ChildProcess.execFile(
      "npm",
      args,
      { cwd: folder, signal, timeout: timeLimit, maxBuffer: 2 ** 24, shell: process.platform === "win32" },
      (error, _, stderr) => {
        if (error === null) return resume(Effect.void)
        const said = stderr.trim().split("\n").slice(-8).join("\n  ")
        resume(
          new BuildError({
            problems: [
              `npm could not install the packages: ${said === "" ? error.message : said}\n` +
              "  (with --no-deps they stay out of the archive, and workers install them when they start)"
            ],
            cause: error
          })
        )
      }
    )
  })

const removeOthers = (cache: string, key: string): void => {
  for (const name of readdirSync(cache)) {
    // another build may be at work in a folder with a dot
    if (name !== key && !name.includes(".")) rmSync(join(cache, name), { recursive: true, force: true })
  }
}

const read = (folder: string, isUnlocked: boolean): Installed => {
  const { packages = {} } = readLock(join(folder, "node_modules", ".package-lock.json"))
  const scripted = Object.entries(packages).flatMap(([path, { hasInstallScript }]) =>
    hasInstallScript === true ? [path.replace(/^.*node_modules\//, "")] : []
  )
  return {
    entries: entriesIn(folder, "node_modules"),
    versions: Object.fromEntries(Object.entries(packages).map(([path, { version = "" }]) => [path, version])),
    notes: [
      ...(isUnlocked
        ? ["there is no package-lock.json: what the packages need themselves may be of other versions in another build"]
        : []),
      ...(scripted.length > 0
        ? [
          `scripts that make or fetch compiled parts were not run, of ${scripted.join(", ")}; where one is needed, ` +
          "build with --no-deps"
        ]
        : [])
    ]
  }
}

const entriesIn = (folder: string, path: string): ReadonlyArray<Entry> =>
  readdirSync(join(folder, path), { withFileTypes: true }).flatMap((entry): ReadonlyArray<Entry> => {
    const below = `${path}/${entry.name}`
    // links for shells, and npm's own notes
    if (entry.name === ".bin" || below === "node_modules/.package-lock.json") return []
    if (entry.isDirectory()) return entriesIn(folder, below)
    if (!entry.isFile()) return []
    const content = join(folder, below)
    const { mode, size } = statSync(content)
    return [{ path: below, size, isExecutable: (mode & 0o100) !== 0, content }]
  })
