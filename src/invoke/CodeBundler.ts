/**
 * Makes the code of live functions ready to travel: one bundle for each defining module.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Endpoint from "../Endpoint.ts"
import type { Procedure } from "../Endpoint.ts"
import * as Dependency from "../protocol/Dependency.ts"
import { BundleFailed } from "../RemoteError.ts"
import * as Esbuild from "./bundle/esbuild.ts"
import type { Bundle } from "./bundle/esbuild.ts"
import * as SingleFlight from "./SingleFlight.ts"

/**
 * @since 0.1.0
 * @category services
 */
export class CodeBundler extends Context.Tag("effect-flash/invoke/CodeBundler")<CodeBundler, {
  /** Bundled once for each module; a failure is not kept. */
  readonly bundle: (procedure: Procedure) => Effect.Effect<Bundle, BundleFailed>
}>() {}

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<CodeBundler> = Layer.sync(CodeBundler, () => {
  const bundles = new Map<string, Effect.Effect<Bundle, BundleFailed>>()
  return {
    bundle(procedure) {
      const { dependencies, module, systemDependencies } = procedure[Endpoint.DefinitionId]
      const failed = (reason: string) => new BundleFailed({ function: procedure._tag, module, reason })
      if (module === undefined) {
        return Effect.fail(failed("its module could not be told from the call site; give `module: import.meta.url`"))
      }
      const problem = Dependency.problemOf(dependencies, systemDependencies)
      if (problem !== undefined) return Effect.fail(failed(problem))
      const key = JSON.stringify([module, dependencies])
      const known = bundles.get(key)
      if (known !== undefined) return known
      const making = SingleFlight.make(
        Effect.tryPromise({
          try: () => Esbuild.bundle(module, dependencies),
          catch: (error) => failed(error instanceof Error ? error.message : String(error))
        }).pipe(Effect.tapErrorCause(() => Effect.sync(() => bundles.delete(key))))
      )
      bundles.set(key, making)
      return making
    }
  }
})
