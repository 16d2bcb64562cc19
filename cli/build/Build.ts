/** Builds a project: finds what it defines, bundles it, and packs it with its manifest. */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { randomUUID } from "node:crypto"
import { mkdirSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Manifest from "../../src/discovery/Manifest.ts"
import { appOf } from "../appOf.ts"
import type { CliError } from "../CliError.ts"
import { BuildError, failure } from "./BuildError.ts"
import * as Bundle from "./Bundle.ts"
import { discover, promised } from "./Discovery.ts"
import * as Manifests from "./Manifests.ts"
import * as Packages from "./Packages.ts"
import * as Secrets from "./Secrets.ts"
import * as SecretValues from "./SecretValues.ts"
import * as Tar from "./Tar.ts"

export interface Options {
  /** The project's folder. */
  readonly folder: string
  /** Path of the archive. Default: `.flash/artifact.tar.gz` in the project's folder. */
  readonly output?: string
  /** Name of the app. Default: the name in package.json, or else the folder's. */
  readonly app?: string
  /** npm packages that are neither bundled nor installed: the workers' image has them. */
  readonly exclude?: ReadonlyArray<string>
  /** Whether npm packages go into the archive, or workers install them when they start. Default: `packed`. */
  readonly dependencies?: "packed" | "onWorker"
  /** Is told what comes next. */
  readonly progress?: (step: Step) => Effect.Effect<void>
}

/** What a build is at. */
export type Step = Data.TaggedEnum<{
  Discovering: {}
  Bundling: { readonly resources: number; readonly functions: number }
  Installing: { readonly packages: number }
  Packing: { readonly files: number }
}>

export const Step = Data.taggedEnum<Step>()

export interface Built extends Tar.Written {
  /** Absolute path of the archive. */
  readonly archive: string
  readonly manifest: Manifest.Manifest
  /** What is in the archive, in order. */
  readonly files: ReadonlyArray<{ readonly path: string; readonly size: number }>
  /** Files of the project that hold secrets and are not in the archive. */
  readonly refused: ReadonlyArray<string>
  /** What the user may want to know. */
  readonly notes: ReadonlyArray<string>
}

const MiB = 1024 * 1024

/** Bytes of an archive that the platform takes; its older API took no more than `formerly`. */
const limits = { formerly: 500 * MiB, now: 1500 * MiB }

/** The archive appears under its name when it is whole; its manifest is in `.flash/flash_manifest.json`, too. */
export const build = (options: Options): Effect.Effect<Built, BuildError | CliError> =>
  Effect.gen(function*() {
    const { dependencies = "packed", exclude = [], progress = () => Effect.void } = options
    const root = yield* Effect.try({
      try: () => realpathSync(options.folder),
      catch: (cause) => new BuildError({ problems: [`there is no folder ${options.folder}`], cause })
    })
    const archive = options.output ?? join(root, ".flash", "artifact.tar.gz")
    const app = options.app ?? (yield* appOf(root))

    yield* progress(Step.Discovering())
    const { notes, resources, secrets } = yield* discover(root)
    const excluded = new Set(exclude)
    const wanted = yield* Packages.wanted(root, resources, excluded)

    const functions = resources.flatMap(({ functions }) => functions).length
    yield* progress(Step.Bundling({ resources: resources.length, functions }))
    const bundled = yield* promised(() =>
      Bundle.bundle({ root, resources, external: new Set([...wanted.keys(), ...excluded]) })
    )
    yield* failOn(Secrets.problemsOf(root, bundled.inputs, resources))

    const isPacked = dependencies === "packed"
    if (isPacked && wanted.size > 0) yield* progress(Step.Installing({ packages: wanted.size }))
    const installed = isPacked ? yield* Packages.install(root, wanted) : Packages.none
    const manifest = yield* Manifests.make({
      app,
      resources,
      bundled,
      packages: installed.versions,
      onWorker: isPacked ? new Map() : wanted
    })
    const text = yield* Effect.orDie(Manifest.print(manifest))
    yield* failOn(
      SecretValues.find(text).map(({ what }) => `the manifest would hold ${what}; look through the resources' settings`)
    )

    const entries = [
      ...[...bundled.files, [Manifest.fileName, Buffer.from(text)] as const].map(([path, content]): Tar.Entry => ({
        path,
        content,
        size: content.length,
        isExecutable: false
      })),
      ...installed.entries
    ]
    yield* progress(Step.Packing({ files: entries.length }))
    const written = yield* pack(entries, archive)
    yield* Effect.sync(() => keepManifest(root, text))
    return {
      ...written,
      archive,
      manifest,
      files: entries.map(({ path, size }) => ({ path, size })).sort((a, b) => a.path < b.path ? -1 : 1),
      refused: secrets,
      notes: [...notes, ...installed.notes, ...unmatched(excluded, bundled, resources), ...ofSize(written.size)]
    }
  })

const failOn = (problems: ReadonlyArray<string>): Effect.Effect<void, BuildError> => failure(problems) ?? Effect.void

const pack = (entries: ReadonlyArray<Tar.Entry>, archive: string): Effect.Effect<Tar.Written, BuildError> => {
  const staging = `${archive}.${randomUUID()}`
  return Effect.tryPromise({
    try: async (signal) => {
      mkdirSync(dirname(archive), { recursive: true })
      return await Tar.write(entries, staging, signal)
    },
    catch: (cause) => new BuildError({ problems: [`${archive} cannot be written: ${cause}`], cause })
  }).pipe(
    Effect.tap(({ size }) => failOn(tooLarge(size, entries))),
    Effect.tap(() => Effect.sync(() => renameSync(staging, archive))),
    Effect.onExit(() => Effect.sync(() => rmSync(staging, { force: true })))
  )
}

const shown = (bytes: number): string => `${(bytes / MiB).toFixed(1)} MB`

const tooLarge = (size: number, entries: ReadonlyArray<Tar.Entry>): ReadonlyArray<string> => {
  if (size <= limits.now) return []
  const bySize = new Map<string, number>()
  for (const { path, size } of entries) {
    const [, name = path] = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? []
    bySize.set(name, (bySize.get(name) ?? 0) + size)
  }
  const largest = [...bySize].sort(([, a], [, b]) => b - a).slice(0, 5).map(([name, size]) =>
    `${name} (${shown(size)})`
  )
  return [
    `the archive has ${shown(size)}, and the platform takes ${shown(limits.now)}; the largest are ${
      largest.join(", ")
    }. What the workers' image has can be left out with --exclude; files can be read from a network volume`
  ]
}

const ofSize = (size: number): ReadonlyArray<string> =>
  size > limits.formerly
    ? [`the archive has ${shown(size)}: an older API of the platform took ${shown(limits.formerly)}`]
    : []

const unmatched = (
  excluded: ReadonlySet<string>,
  { externals }: Bundle.Bundled,
  resources: ReadonlyArray<{ readonly functions: ReadonlyArray<{ readonly dependencies: ReadonlyArray<string> }> }>
): ReadonlyArray<string> => {
  const named = resources.flatMap(({ functions }) => functions.flatMap(({ dependencies }) => dependencies))
  const unused = [...excluded].filter((name) =>
    !externals.has(name) && !named.some((dependency) => dependency === name || dependency.startsWith(`${name}@`))
  )
  return unused.length === 0 ? [] : [`--exclude names what the code does not use: ${unused.sort().join(", ")}`]
}

/** Where runpod-flash keeps it. */
const keepManifest = (root: string, text: string): void => {
  const folder = join(root, ".flash")
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, Manifest.fileName), text)
}
