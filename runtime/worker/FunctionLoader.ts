/**
 * Finds remote functions in the code a worker is given: a bundle that came with a call, or the module it was started
 * with.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createHash } from "node:crypto"
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { DefinitionId, isProcedure } from "../../src/Endpoint.ts"
import type { Procedure } from "../../src/Endpoint.ts"
import { externalPrefix } from "../../src/invoke/bundle/externals.ts"
import type { FunctionRequest } from "../../src/protocol/FunctionRequest.ts"
import * as FunctionResponse from "../../src/protocol/FunctionResponse.ts"
import type { Dependencies } from "./dependencies/Dependencies.ts"

/**
 * The functions of one module, by name.
 *
 * @since 0.1.0
 * @category models
 */
export type Functions = ReadonlyMap<string, Procedure>

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Folder for bundles; only this process may write to it. */
  readonly directory: string
  /** Where an import that the worker provides is found. */
  readonly resolve: (specifier: string) => string
  /** Whether code that comes with a call is run. */
  readonly live: boolean
  /** URL of the module with the worker's own functions. */
  readonly module: string | undefined
  readonly dependencies: Dependencies
  /** Bundles that are kept while no job runs in them. Default 32. */
  readonly maxBundles?: number
}

/**
 * Fails with the response that says why there is no such function.
 *
 * @since 0.1.0
 * @category models
 */
export interface FunctionLoader {
  /** The function is in use as long as the scope; its code is not dropped meanwhile. */
  readonly load: (
    request: FunctionRequest
  ) => Effect.Effect<Procedure, FunctionResponse.FunctionResponse, Scope.Scope>
  /** The function that a plain JSON payload is for: the only one of the worker's own module. */
  readonly single: Effect.Effect<Procedure, FunctionResponse.FunctionResponse>
}

/** Code that is loaded, or is being loaded. */
interface Bundle {
  readonly functions: Promise<Functions>
  /** Folder of its own. */
  readonly directory: string
  /** Jobs that run in it. */
  users: number
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): FunctionLoader => {
  /** In the order of their last use. */
  const bundles = new Map<string, Bundle>()
  const { maxBundles = 32 } = options
  let stored = 0
  let own: Promise<Functions> | undefined

  const ownFunctions = Effect.suspend(() => {
    const { module } = options
    if (module === undefined) {
      return Effect.fail(
        FunctionResponse.reject("function_missing", "this worker was started without functions of its own", {
          known: []
        })
      )
    }
    own ??= importFunctions(module)
    const importing = own
    return attempt("its module does not load", () => importing)
  })

  const load = (key: string, hash: string, code: string, packages: string | undefined): Bundle => {
    // a name of its own each time: Node remembers how the loading of a file went
    const directory = join(options.directory, `${hash.slice(0, 16)}-${stored++}`)
    const functions = Promise.resolve().then(() => importFunctions(store(options, directory, code, packages)))
    const bundle: Bundle = { functions, directory, users: 0 }
    // code that does not load is loaded again when it comes again
    functions.catch(() => {
      if (bundles.get(key) === bundle) bundles.delete(key)
      remove(bundle)
    })
    return bundle
  }

  /** Drops what was not used for longest; who has use for it yet sends it again. */
  const dropUnused = () => {
    for (const [key, bundle] of bundles) {
      if (bundles.size <= maxBundles) return
      if (bundle.users > 0) continue
      bundles.delete(key)
      remove(bundle)
    }
  }

  /** `packages`: the folder whose `node_modules` the code finds its packages in. */
  const use = (hash: string, code: string | undefined, packages: string | undefined) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const key = join(packages ?? "", hash)
        const bundle = bundles.get(key) ?? (code === undefined ? undefined : load(key, hash, code, packages))
        if (bundle === undefined) return undefined
        bundles.delete(key)
        bundles.set(key, bundle)
        bundle.users++
        dropUnused()
        return bundle
      }),
      (bundle) =>
        Effect.sync(() => {
          if (bundle === undefined) return
          bundle.users--
          dropUnused()
        })
    )

  return {
    single: Effect.flatMap(ownFunctions, (functions) => {
      const [procedure, ...others] = functions.values()
      return procedure !== undefined && others.length === 0 ? Effect.succeed(procedure) : Effect.fail(
        FunctionResponse.reject(
          "function_missing",
          "a plain payload is for a worker of one function; name the function in an envelope",
          { known: [...functions.keys()] }
        )
      )
    }),
    load(request) {
      const { code_hash: hash, function_code: code, function_name: name } = request
      const find = (functions: Functions) => {
        const procedure = functions.get(name)
        return procedure !== undefined ? Effect.succeed(procedure) : Effect.fail(
          FunctionResponse.reject("function_missing", `there is no remote function "${name}"`, {
            known: [...functions.keys()]
          })
        )
      }
      if (hash === undefined && code === undefined) return Effect.flatMap(ownFunctions, find)
      if (!options.live) {
        return Effect.fail(FunctionResponse.reject("refused", "a deployed worker runs its own code only"))
      }
      const actual = code === undefined ? hash : createHash("sha256").update(code).digest("hex")
      if (hash !== undefined && hash !== actual) {
        return Effect.fail(FunctionResponse.reject("refused", "the code is not what its hash says"))
      }
      return options.dependencies.ensure(request).pipe(
        Effect.flatMap((packages) => actual === undefined ? Effect.succeed(undefined) : use(actual, code, packages)),
        Effect.flatMap((bundle) =>
          bundle === undefined
            ? Effect.fail(FunctionResponse.reject("code_missing", `code ${hash} is not here`))
            : Effect.flatMap(attempt("its code does not load", () => bundle.functions), find)
        )
      )
    }
  }
}

const attempt = <A>(what: string, evaluate: () => Promise<A>): Effect.Effect<A, FunctionResponse.FunctionResponse> =>
  Effect.tryPromise({
    try: evaluate,
    catch: (error) =>
      FunctionResponse.reject("refused", `${what}: ${error instanceof Error ? error.stack ?? error.message : error}`)
  })

const remove = ({ directory }: Bundle): void => rmSync(directory, { recursive: true, force: true })

/**
 * Writes a bundle where Node can import it, with the worker's own copies of what it provides and its packages. It may
 * put files beside itself.
 */
const store = ({ resolve }: Options, directory: string, code: string, packages: string | undefined): string => {
  const resolved = code.replace(
    new RegExp(`(["'])${externalPrefix}([^"']+)\\1`, "g"),
    (_, __, specifier: string) => JSON.stringify(resolve(specifier))
  )
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  if (packages !== undefined) symlinkSync(join(packages, "node_modules"), join(directory, "node_modules"), "dir")
  const file = join(directory, "bundle.mjs")
  writeFileSync(file, resolved)
  return pathToFileURL(file).href
}

/** Finds functions among the exports, and among the parts of exported objects, classes and namespaces. */
const importFunctions = async (url: string): Promise<Functions> => {
  const exports: Readonly<Record<string, unknown>> = await import(url)
  const functions = new Map<string, Procedure>()
  for (const procedure of Object.values(exports).flatMap((value) => [value, ...partsOf(value)]).filter(isProcedure)) {
    // a contract may be exported beside what completes it
    const known = functions.get(procedure._tag)
    if (known === undefined || known[DefinitionId].handler === undefined) functions.set(procedure._tag, procedure)
  }
  return functions
}

const partsOf = (value: unknown): ReadonlyArray<unknown> => {
  if (value === null || (typeof value !== "object" && typeof value !== "function") || isProcedure(value)) return []
  const prototype: unknown = Object.getPrototypeOf(value)
  // a namespace has no prototype
  return typeof value === "function" || prototype === Object.prototype || prototype === null ? Object.values(value) : []
}
