/**
 * The worker's own copies of the packages that user code shares with it.
 *
 * @since 0.1.0
 */
import { existsSync } from "node:fs"
import { externalPrefix } from "../../src/invoke/bundle/externals.ts"

/**
 * URL of a module that the worker provides. The copies of the build are beside the thread's bundle, in `provided/`;
 * what is not among them is looked for where the worker is installed. This module may be in a bundle or in a chunk of
 * one, which is a folder below.
 *
 * @since 0.1.0
 * @category accessors
 */
export const resolve = (specifier: string): string => {
  const copy = [".", ".."].map((folder) => new URL(`${folder}/provided/${specifier}.mjs`, import.meta.url))
    .find((url) => existsSync(url))
  return copy?.href ?? import.meta.resolve(specifier)
}

/**
 * Code of a bundle with the places of what the worker provides in its imports.
 *
 * @since 0.1.0
 * @category conversions
 */
export const connect = (code: string, resolve: (specifier: string) => string): string =>
  code.replace(marked, (_, __, specifier: string) => JSON.stringify(resolve(specifier)))

const marked = new RegExp(`(["'])${externalPrefix}([^"']+)\\1`, "g")
