/**
 * Makes the code of live functions ready to travel: one bundle for the functions of a module.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Procedure from "../Procedure.ts"
import * as Dependency from "../protocol/Dependency.ts"
import { BundleFailed, FunctionNotFound } from "../RemoteError.ts"
import type { Bundle, ModuleBundle, Sourced } from "./bundle/ModuleBundle.ts"
import type { Definitions } from "./bundle/ProgramStripper.ts"
import * as SingleFlight from "./SingleFlight.ts"

/**
 * @since 0.1.0
 * @category services
 */
export class CodeBundler extends Context.Tag("effect-flash/invoke/CodeBundler")<CodeBundler, {
  /**
   * The bundle that holds a function. It is made once and again when a file that it is made of has changed; a failure
   * is not kept. Fails with `FunctionNotFound` where the function's module does not export it.
   */
  readonly bundle: (procedure: Procedure.Procedure) => Effect.Effect<Bundle, BundleFailed | FunctionNotFound>
}>() {}

/** A program that makes no live call loads nothing of this; esbuild starts while the rest is loaded. */
const load = async () => {
  const { start } = await import("./bundle/Esbuild.ts")
  start()
  return await import("./bundle/ModuleBundle.ts")
}

/**
 * What a function's bundle is made of.
 *
 * @since 0.1.0
 * @category models
 */
export interface Source {
  /** The function, for messages. */
  readonly function: string
  /** The name under which the text of the module defines it: its own, or that of its class. */
  readonly definedName: string
  /** URL; `undefined` where it could not be found. */
  readonly module: string | undefined
  readonly dependencies: ReadonlyArray<string>
  readonly systemDependencies: ReadonlyArray<string>
}

/** A bundle that is being made, or is made. */
interface Entry {
  readonly making: Effect.Effect<ModuleBundle, BundleFailed>
  made: ModuleBundle | undefined
  /** When its files were last looked at, by the clock. */
  lookedAt: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * When the files of a bundle are looked at: at every call, or once in as many milliseconds as there are files, so that
   * a program that calls without a pause spends some thousandths of its time on it.
   */
  readonly look: "always" | "sometimes"
}

/**
 * Bundles of its own, by what they are made of.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options
): (source: Source) => Effect.Effect<Sourced, BundleFailed | FunctionNotFound> => {
  const entries = new Map<string, Entry>()
  let loading: ReturnType<typeof load> | undefined

  const entryOf = (source: Source, module: string, definitions: Definitions, now: number): Entry => {
    const { dependencies } = source
    const key = JSON.stringify([module, definitions, dependencies])
    const known = entries.get(key)
    if (known !== undefined && isFresh(options, known, now)) return known
    const making = SingleFlight.make(
      Effect.tryPromise({
        try: async () => {
          const { make } = await (loading ??= load())
          return make({ module, dependencies, definitions })
        },
        catch: (error) =>
          new BundleFailed({
            function: source.function,
            module,
            reason: error instanceof Error ? error.message : String(error)
          })
      }).pipe(
        Effect.tapBoth({
          onSuccess: (made) =>
            Effect.sync(() => {
              entry.made = made
            }),
          onFailure: () => Effect.sync(() => entries.get(key) === entry && entries.delete(key))
        })
      )
    )
    const entry: Entry = { making, made: undefined, lookedAt: now }
    entries.set(key, entry)
    return entry
  }

  const find = (source: Source, module: string, definitions: Definitions, now: number) => {
    const { made, making } = entryOf(source, module, definitions, now)
    return made === undefined ? making : Effect.succeed(made)
  }

  return (source) =>
    Effect.clockWith((clock) => {
      const { definedName, dependencies, module, systemDependencies } = source
      const failed = (reason: string) => new BundleFailed({ function: source.function, module, reason })
      if (module === undefined) {
        return failed("its module could not be told from the call site; give `module: import.meta.url`")
      }
      if (!module.startsWith("file:")) return failed(`its module is ${module}, and only a file can be bundled`)
      const problem = Dependency.problemOf(dependencies, systemDependencies)
      if (problem !== undefined) return failed(problem)
      const now = clock.unsafeCurrentTimeMillis()
      return Effect.flatMap(find(source, module, "known", now), (known) => {
        const bundle = bundleFor(definedName, known)
        if (bundle !== undefined) return Effect.succeed(bundle)
        const missing = new FunctionNotFound({
          function: source.function,
          module,
          known: [...known.contents.functions]
        })
        if (known.contents.hidden.has(definedName)) return missing
        return Effect.flatMap(
          find(source, module, "possible", now),
          (possible): Effect.Effect<Sourced, FunctionNotFound> => {
            const bundle = bundleFor(definedName, possible)
            return bundle === undefined ? missing : Effect.succeed(bundle)
          }
        )
      })
    })
}

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<CodeBundler> = Layer.sync(CodeBundler, () => {
  const bundle = make({ look: "sometimes" })
  return {
    bundle: (procedure) => {
      const { dependencies, module, systemDependencies } = procedure[Procedure.DefinitionId]
      return bundle({
        function: procedure._tag,
        definedName: Procedure.definedName(procedure),
        module,
        dependencies,
        systemDependencies
      })
    }
  }
})

const isFresh = ({ look }: Options, entry: Entry, now: number): boolean => {
  if (entry.made === undefined) return true
  const { paths } = entry.made.inputs
  if (look === "sometimes" && now - entry.lookedAt < paths.length) return true
  entry.lookedAt = now
  return !entry.made.inputs.haveChanged()
}

const bundleFor = (definedName: string, { bundle, contents }: ModuleBundle): Sourced | undefined =>
  contents.isOpen || contents.functions.has(definedName) ? bundle : undefined
