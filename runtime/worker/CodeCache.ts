/**
 * The code that came with calls: written where Node can import it, loaded once, and kept within bounds.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { pathToFileURL } from "node:url"
import { DefinitionId } from "../../src/Endpoint.ts"
import type { Procedure } from "../../src/Endpoint.ts"
import * as Functions from "./Functions.ts"
import * as Provided from "./Provided.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Folder for bundles; nobody else may write to it. */
  readonly directory: string
  /** Folder for the code as it came, for caches beside this one: what one of them was sent is here for all. */
  readonly shared?: string
  /** Where an import that the worker provides is found. */
  readonly resolve: (specifier: string) => string
  /** Bundles that are kept while no job runs in them. Default 32. */
  readonly maxBundles?: number
  /** The worker's endpoint: of two functions of one name in a bundle, its own is meant. */
  readonly endpoint?: string
  /** Frees what a function holds besides its code; it may be called again after that. */
  readonly release?: (procedure: Procedure) => Effect.Effect<void>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface CodeCache {
  /**
   * The functions of code that is here or comes along; `undefined` where it is not here. They are in use as long as the
   * scope: their code is not dropped meanwhile, nor is what they hold freed. Fails with what the code throws where it
   * does not load. `packages` is the folder whose `node_modules` the code finds its packages in.
   */
  readonly use: (
    hash: string,
    code: string | undefined,
    packages: string | undefined
  ) => Effect.Effect<Functions.Functions | undefined, unknown, Scope.Scope>
  /** The bundle, as it came, that is loaded as the module of that URL. */
  readonly sourceOf: (url: string) => Source | undefined
  /** Hears of a function that was made, and keeps it with the bundle that made it. */
  readonly made: (procedure: Procedure) => void
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Source {
  readonly code: string
  /** Hexadecimal sha256 of `code`. */
  readonly hash: string
}

/** Code that is loaded, or is being loaded. */
interface Bundle {
  readonly hash: string
  /** What it was loaded as. */
  readonly url: string
  /** The functions that it made, exported or not. */
  readonly made: Array<Procedure>
  /** Its code as it came, once somebody has asked for it. */
  code: string | undefined
  readonly loading: Promise<Functions.Functions>
  /** Folder of its own. */
  readonly directory: string
  functions: Functions.Functions
  /** Whether a function of its was last used in another bundle. */
  isReplaced: boolean
  /** Jobs that run in it. */
  users: number
  /** When the last of them ended, by the clock. */
  usedAt: number
}

/**
 * How long the functions of a bundle that a newer one has replaced keep what they hold, in milliseconds. Long enough for
 * callers of both versions to take turns, short enough for a model to be gone when its edited successor is loaded.
 */
const afterglow = 5_000

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): CodeCache => {
  const { maxBundles = 32, release = () => Effect.void } = options
  /** In the order of their last use. */
  const bundles = new Map<string, Bundle>()
  /** The bundle that a function of that name was last used in. */
  const current = new Map<string, Bundle>()
  /** Replaced bundles that still hold something. */
  const holding = new Set<Bundle>()
  const byUrl = new Map<string, Bundle>()
  let stored = 0

  const load = (key: string, hash: string, code: string, packages: string | undefined): Bundle => {
    // a name of its own each time: Node remembers how the loading of a file went
    const directory = join(options.directory, `${hash.slice(0, 16)}-${stored++}`)
    const url = pathToFileURL(join(directory, loaded)).href
    const made: Array<Procedure> = []
    const loading = Promise.resolve().then(() => {
      store(options, directory, code, packages)
      return Functions.load(url, () => made, options.endpoint)
    })
    const bundle: Bundle = {
      hash,
      url,
      made,
      code: undefined,
      loading,
      directory,
      functions: new Map(),
      isReplaced: false,
      users: 0,
      usedAt: 0
    }
    byUrl.set(url, bundle)
    loading.then((functions) => {
      bundle.functions = functions
      makeCurrent(bundle)
    }, () => {
      // code that does not load is loaded again when it comes again
      if (bundles.get(key) === bundle) bundles.delete(key)
      byUrl.delete(url)
      remove(bundle)
    })
    return bundle
  }

  const makeCurrent = (bundle: Bundle) => {
    bundle.isReplaced = false
    holding.delete(bundle)
    for (const name of bundle.functions.keys()) {
      const before = current.get(name)
      if (before !== undefined && before !== bundle) {
        before.isReplaced = true
        holding.add(before)
      }
      current.set(name, bundle)
    }
  }

  const free = (bundle: Bundle) =>
    Effect.forEach(bundle.functions.values(), release, { discard: true }).pipe(
      // what goes wrong there is no matter of the job that comes next
      Effect.catchAllCause((cause) => Effect.logWarning("A function that was replaced did not end well", cause))
    )

  const drop = (key: string, bundle: Bundle) => {
    bundles.delete(key)
    holding.delete(bundle)
    if (options.shared !== undefined) rmSync(join(options.shared, basename(key)), { force: true })
    byUrl.delete(bundle.url)
    for (const [name, other] of current) if (other === bundle) current.delete(name)
    remove(bundle)
    return free(bundle)
  }

  /** Frees what replaced bundles hold, and drops what was not used for longest: who has use for it sends it again. */
  const tidy = (now: number) =>
    Effect.suspend(() => {
      const over = [...bundles].filter(([, { users }]) => users === 0).slice(0, Math.max(0, bundles.size - maxBundles))
      const idle = [...holding].filter(({ usedAt, users }) => users === 0 && now - usedAt >= afterglow)
      for (const bundle of idle) holding.delete(bundle)
      return Effect.zipRight(
        Effect.forEach(idle, free, { discard: true }),
        Effect.forEach(over, ([key, bundle]) => drop(key, bundle), { discard: true })
      )
    }).pipe(Effect.uninterruptible)

  const acquire = (hash: string, code: string | undefined, packages: string | undefined) =>
    Effect.sync(() => {
      const key = join(packages ?? "", hash)
      const bundle = bundles.get(key) ?? loadCode(key, hash, code, packages)
      if (bundle === undefined) return undefined
      bundles.delete(key)
      bundles.set(key, bundle)
      bundle.users++
      if (bundle.isReplaced) makeCurrent(bundle)
      return bundle
    })

  const loadCode = (key: string, hash: string, sent: string | undefined, packages: string | undefined) => {
    const { shared } = options
    const code = sent ?? (shared === undefined ? undefined : readShared(shared, hash))
    if (code === undefined) return undefined
    if (sent !== undefined && shared !== undefined) writeShared(shared, hash, sent)
    return load(key, hash, code, packages)
  }

  const giveBack = (bundle: Bundle | undefined) =>
    bundle === undefined ? Effect.void : Effect.map(Clock.currentTimeMillis, (now) => {
      bundle.users--
      bundle.usedAt = now
    })

  return {
    made(procedure) {
      const { module } = procedure[DefinitionId]
      if (module !== undefined) byUrl.get(module)?.made.push(procedure)
    },
    sourceOf(url) {
      const bundle = byUrl.get(url)
      if (bundle === undefined) return undefined
      bundle.code ??= readFileSync(join(bundle.directory, original), "utf8")
      return { code: bundle.code, hash: bundle.hash }
    },
    use: (hash, code, packages) =>
      Effect.flatMap(Effect.acquireRelease(acquire(hash, code, packages), giveBack), (bundle) => {
        if (bundle === undefined) return Effect.succeed(undefined)
        const loading = Effect.tryPromise({ try: () => bundle.loading, catch: (error) => error })
        return Effect.tap(loading, () =>
          // before its functions take what those of other bundles may free
          holding.size === 0 && bundles.size <= maxBundles
            ? Effect.void
            : Effect.flatMap(Clock.currentTimeMillis, tidy))
      })
  }
}

const readShared = (shared: string, hash: string): string | undefined => {
  try {
    return readFileSync(join(shared, basename(hash)), "utf8")
  } catch {
    return undefined
  }
}

/** Whole or not at all: another thread may read it meanwhile. */
const writeShared = (shared: string, hash: string, code: string): void => {
  const staged = join(shared, `.${randomUUID()}`)
  mkdirSync(shared, { recursive: true, mode: 0o700 })
  writeFileSync(staged, code)
  renameSync(staged, join(shared, basename(hash)))
}

const remove = ({ directory }: Bundle): void => rmSync(directory, { recursive: true, force: true })

/** A bundle as Node loads it, and as it came. */
const [loaded, original] = ["bundle.mjs", "bundle.source"]

/**
 * Writes a bundle where Node can import it, with the worker's own copies of what it provides and its packages. It may
 * put files beside itself.
 */
const store = ({ resolve }: Options, directory: string, code: string, packages: string | undefined): void => {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  if (packages !== undefined) symlinkSync(join(packages, "node_modules"), join(directory, "node_modules"), "dir")
  writeFileSync(join(directory, loaded), Provided.connect(code, resolve))
  writeFileSync(join(directory, original), code)
}
