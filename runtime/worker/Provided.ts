/**
 * The worker's own copies of the packages that user code shares with it.
 *
 * They are parts of the thread's program, each evaluated when something asks for it (scripts/provided.mjs). Code that
 * names what it imports of one (`import { Effect } from "effect"`) is given a module of just these names, so that the
 * rest of the package is not evaluated for it.
 *
 * @since 0.1.0
 */
import { existsSync } from "node:fs"
import { externalPrefix } from "../../src/invoke/bundle/externals.ts"
import { host } from "./Host.ts"

/**
 * URL of a module that the worker provides, or of some names of it. What is not among the copies of the build is looked
 * for where the worker is installed.
 *
 * @since 0.1.0
 * @category accessors
 */
export const resolve = (specifier: string, names?: ReadonlyArray<string>): string => {
  const copy = new URL(`./provided/${specifier}.mjs`, host.url)
  if (!existsSync(copy)) return host.resolve(specifier)
  return names === undefined ? copy.href : `data:text/javascript,${encodeURIComponent(moduleOf(specifier, names))}`
}

/** Names may be reserved words, which are no names of variables. */
const moduleOf = (specifier: string, names: ReadonlyArray<string>): string => {
  const values = names.map((name, index) => `v${index} = provide(${JSON.stringify(specifier)}, "${name}")`)
  const exports = names.map((name, index) => `v${index} as ${name}`)
  return `const provide = globalThis[Symbol.for("effect-flash/provided")]; const ${values.join(", ")}; export { ${
    exports.join(", ")
  } }`
}

/**
 * Code of a bundle with the places of what the worker provides in its imports.
 *
 * @since 0.1.0
 * @category conversions
 */
export const connect = (code: string, resolve: (specifier: string, names?: ReadonlyArray<string>) => string): string =>
  code.replace(marked, (_, clause: string | undefined, list: string | undefined, __, specifier: string) => {
    const names = list?.split(",").map((part) => part.trim().split(/\s/, 1)[0] ?? "").filter((name) => name !== "")
    const isPlain = names !== undefined && names.length > 0 && names.every((name) => /^[\w$]+$/.test(name))
    return `${clause ?? ""}${JSON.stringify(resolve(specifier, isPlain ? [...new Set(names)] : undefined))}`
  })

/** A marked import, together with the names in braces before it. */
const marked = new RegExp(`(\\{([^{}]*)\\}\\s*from\\s*)?(["'])${externalPrefix}([^"']+)\\3`, "g")
