/**
 * Makes the packages that a function declares ready before its code is loaded.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as SingleFlight from "../../../src/invoke/SingleFlight.ts"
import * as Dependency from "../../../src/protocol/Dependency.ts"
import type { FunctionRequest } from "../../../src/protocol/FunctionRequest.ts"
import * as FunctionResponse from "../../../src/protocol/FunctionResponse.ts"
import * as Apt from "./Apt.ts"
import * as Npm from "./Npm.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Dependencies {
  /**
   * The folder whose `node_modules` has the npm packages of a request, `undefined` where it has none. Each set is
   * installed once; the output goes to the log of the job that asked first. Fails with the response that says why not.
   */
  readonly ensure: (
    request: Pick<FunctionRequest, "dependencies" | "system_dependencies">
  ) => Effect.Effect<string | undefined, FunctionResponse.FunctionResponse>
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  /** Folder for sets of npm packages. */
  readonly cache: string
  readonly apt: Apt.Mode
  /** What the installers see. Default: this process' own environment. */
  readonly env?: NodeJS.ProcessEnv
}): Dependencies => {
  const sets = new Map<string, Effect.Effect<string | undefined, FunctionResponse.FunctionResponse>>()
  const { cache } = options
  const env = withoutKeys(options.env ?? process.env)
  const apt = { mode: options.apt, env }
  const buildTools = options.apt === "install"
    ? Apt.ensure(Apt.buildTools, apt)
    : new Npm.InstallFailed({ message: `install ${Apt.buildTools.join(" and ")} on this machine` })

  const prepare = (npm: ReadonlyArray<string>, system: ReadonlyArray<string>) =>
    // npm packages may be compiled with what apt brings
    Apt.ensure(system, apt).pipe(
      Effect.zipRight(npm.length === 0 ? Effect.succeed(undefined) : Npm.install(npm, { cache, env, buildTools })),
      Effect.mapError(({ message }) =>
        FunctionResponse.reject("refused", `its packages were not installed: ${message}`)
      )
    )

  return {
    ensure({ dependencies: npm = [], system_dependencies: apt = [] }) {
      if (npm.length === 0 && apt.length === 0) return Effect.succeed(undefined)
      const problem = Dependency.problemOf(npm, apt)
      if (problem !== undefined) return Effect.fail(FunctionResponse.reject("refused", problem))
      const key = JSON.stringify([npm, apt])
      const known = sets.get(key)
      if (known !== undefined) return known
      const preparing = SingleFlight.make(
        Effect.tapErrorCause(prepare(npm, apt), () => Effect.sync(() => sets.delete(key)))
      )
      sets.set(key, preparing)
      return preparing
    }
  }
}

/** Scripts of packages are somebody else's programs. */
const withoutKeys = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const { RUNPOD_AI_API_KEY: _key, RUNPOD_API_KEY: _account, RUNPOD_ENDPOINT_SECRET: _secret, ...rest } = env
  return rest
}
