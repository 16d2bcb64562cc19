/**
 * Finds remote functions in the code a worker is given: a bundle that came with a call, or the module it was started
 * with.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { pathToFileURL } from "node:url"
import { isProcedure } from "../../src/Endpoint.ts"
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
}

/**
 * Fails with the response that says why there is no such function.
 *
 * @since 0.1.0
 * @category models
 */
export interface FunctionLoader {
  readonly load: (request: FunctionRequest) => Effect.Effect<Procedure, FunctionResponse.FunctionResponse>
  /** The function that a plain JSON payload is for: the only one of the worker's own module. */
  readonly single: Effect.Effect<Procedure, FunctionResponse.FunctionResponse>
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): FunctionLoader => {
  const bundles = new Map<string, Promise<Functions>>()
  let failures = 0
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

  /** `packages`: the folder whose `node_modules` the code finds its packages in. */
  const bundleOf = (
    hash: string,
    code: string | undefined,
    packages: string | undefined
  ): Promise<Functions> | undefined => {
    const key = join(packages ?? "", hash)
    const known = bundles.get(key)
    if (known !== undefined || code === undefined) return known
    // a name of its own after a failure: Node remembers how the loading of a file went
    const name = failures === 0 ? hash : `${hash}-${failures}`
    const loading = Promise.resolve(store(options, name, code, packages)).then(importFunctions)
    bundles.set(key, loading)
    // code that does not load is loaded again when it comes again
    loading.catch(() => {
      failures++
      bundles.delete(key)
    })
    return loading
  }

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
      return Effect.flatMap(options.dependencies.ensure(request), (packages) => {
        const bundle = actual === undefined ? undefined : bundleOf(actual, code, packages)
        return bundle === undefined
          ? Effect.fail(FunctionResponse.reject("code_missing", `code ${hash} is not here`))
          : Effect.flatMap(attempt("its code does not load", () => bundle), find)
      })
    }
  }
}

const attempt = <A>(what: string, evaluate: () => Promise<A>): Effect.Effect<A, FunctionResponse.FunctionResponse> =>
  Effect.tryPromise({
    try: evaluate,
    catch: (error) =>
      FunctionResponse.reject("refused", `${what}: ${error instanceof Error ? error.stack ?? error.message : error}`)
  })

/** Writes a bundle where Node can import it, with the worker's own copies of what it provides and its packages. */
const store = ({ directory, resolve }: Options, name: string, code: string, packages: string | undefined): string => {
  const resolved = code.replace(
    new RegExp(`(["'])${externalPrefix}([^"']+)\\1`, "g"),
    (_, __, specifier: string) => JSON.stringify(resolve(specifier))
  )
  const folder = packages === undefined ? directory : join(directory, basename(packages))
  const modules = join(folder, "node_modules")
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (packages !== undefined && !existsSync(modules)) symlinkSync(join(packages, "node_modules"), modules, "dir")
  const file = join(folder, `${name}.mjs`)
  writeFileSync(file, resolved)
  return pathToFileURL(file).href
}

const importFunctions = async (url: string): Promise<Functions> => {
  const exports: Readonly<Record<string, unknown>> = await import(url)
  return new Map(Object.values(exports).filter(isProcedure).map((procedure) => [procedure._tag, procedure]))
}
