/**
 * Finds remote functions in the code a worker is given: a bundle that came with a call, or the module it was started
 * with.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createHash } from "node:crypto"
import { existsSync, symlinkSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import type { Procedure } from "../../src/Endpoint.ts"
import * as SingleFlight from "../../src/invoke/SingleFlight.ts"
import type { FunctionRequest } from "../../src/protocol/FunctionRequest.ts"
import * as FunctionResponse from "../../src/protocol/FunctionResponse.ts"
import type { DeployedCode } from "./artifact/DeployedCode.ts"
import * as CodeCache from "./CodeCache.ts"
import type { Dependencies } from "./dependencies/Dependencies.ts"
import * as Functions from "./Functions.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends CodeCache.Options {
  /** Whether code that comes with a call is run. */
  readonly live: boolean
  /** URL of the module with the worker's own functions. */
  readonly module: string | undefined
  /** What a build says of that module. */
  readonly deployed?: DeployedCode | undefined
  readonly dependencies: Dependencies
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
  /** Loads the worker's own module, as the first call of one of its functions would. */
  readonly own: Effect.Effect<Functions.Functions, FunctionResponse.FunctionResponse>
  readonly sourceOf: CodeCache.CodeCache["sourceOf"]
  readonly made: CodeCache.CodeCache["made"]
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): FunctionLoader => {
  const cache = CodeCache.make(options)
  let own: Effect.Effect<Functions.Functions, FunctionResponse.FunctionResponse> | undefined

  const ownFunctions = Effect.suspend(() => {
    const { deployed, module } = options
    if (module === undefined) {
      return Effect.fail(
        FunctionResponse.reject("function_missing", "this worker was started without functions of its own", {
          known: []
        })
      )
    }
    const loading = deployed === undefined ? load(module) : loadDeployed(module, deployed, options.dependencies)
    // what is missing may be there for the next job
    return own ??= SingleFlight.make(Effect.tapErrorCause(loading, () => Effect.sync(() => own = undefined)))
  })

  return {
    own: ownFunctions,
    sourceOf: cache.sourceOf,
    made: cache.made,
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
      const find = (functions: Functions.Functions) => {
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
      return Effect.flatMap(options.dependencies.ensure(request), (packages) =>
        Effect.flatMap(
          actual === undefined
            ? Effect.succeed(undefined)
            : orRefuse("its code does not load", cache.use(actual, code, packages)),
          (functions) =>
            functions === undefined
              ? Effect.fail(FunctionResponse.reject("code_missing", `code ${hash} is not here`))
              : find(functions)
        ))
    }
  }
}

const load = (module: string) =>
  orRefuse(
    "its module does not load",
    Effect.tryPromise({ try: () => Functions.load(module), catch: (error) => error })
  )

/** The functions that the build's manifest names, with their packages where the module finds them. */
const loadDeployed = (module: string, deployed: DeployedCode, dependencies: Dependencies) =>
  Effect.gen(function*() {
    const packages = yield* dependencies.ensure(deployed)
    if (packages !== undefined) {
      yield* orRefuse(
        "its packages cannot be linked",
        Effect.tryPromise({ try: async () => linkPackages(packages, module), catch: (error) => error })
      )
    }
    const functions = yield* load(module)
    const missing = deployed.functions.filter((name) => !functions.has(name))
    if (missing.length > 0) {
      return yield* Effect.fail(
        FunctionResponse.reject("refused", `its module does not export what the build names: ${missing.join(", ")}`)
      )
    }
    return new Map([...functions].filter(([name]) => deployed.functions.includes(name)))
  })

/** Beside the module: what the archive brings along stays where it is, further up. */
const linkPackages = (packages: string, module: string): void => {
  const link = join(dirname(fileURLToPath(module)), "node_modules")
  if (!existsSync(link)) symlinkSync(join(packages, "node_modules"), link, "dir")
}

const orRefuse = <A, R>(
  what: string,
  loading: Effect.Effect<A, unknown, R>
): Effect.Effect<A, FunctionResponse.FunctionResponse, R> =>
  Effect.mapError(
    loading,
    (error) =>
      FunctionResponse.reject("refused", `${what}: ${error instanceof Error ? error.stack ?? error.message : error}`)
  )
