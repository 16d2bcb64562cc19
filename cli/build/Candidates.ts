/**
 * Which modules of a project can have to do with remote functions: those that import effect-flash, or a module that does.
 * All others, such as configurations of tools and scripts, are never loaded.
 *
 * Imports are read as text and may be taken for more than they are: a module that is loaded needlessly defines nothing.
 */
import { existsSync, readFileSync } from "node:fs"
import { isBuiltin } from "node:module"
import { dirname, join, posix } from "node:path"
import { grow } from "../../src/invoke/bundle/grow.ts"
import { packageNamed } from "../../src/invoke/bundle/ImportGraph.ts"

const library = "effect-flash"

const specifiers = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*(["'`])([^"'`\n]+)\1/g

/** Paths are relative to the project's folder. */
export const find = (root: string, modules: ReadonlyArray<string>): ReadonlyArray<string> => {
  const packages = new Map<string, boolean>()
  const reaches = (specifier: string, folder: string): boolean => {
    const name = packageNamed(specifier)
    const known = packages.get(name)
    if (known !== undefined) return known
    const answer = name === library || usesLibrary(name, folder)
    packages.set(name, answer)
    return answer
  }
  const imports = new Map(modules.map((path) => {
    const text = readFileSync(join(root, path), "utf8")
    return [path, [...text.matchAll(specifiers)].flatMap(([, , specifier]) => specifier ?? [])] as const
  }))
  const found = new Set<string>()
  const names = new Set<string>()
  const add = (path: string) => {
    found.add(path)
    for (const name of namesOf(path)) names.add(name)
  }
  for (const [path, all] of imports) {
    const folder = dirname(join(root, path))
    if (all.some((specifier) => isOfPackage(specifier) && reaches(specifier, folder))) add(path)
  }
  grow(() => {
    for (const [path, all] of imports) {
      if (!found.has(path) && all.some((specifier) => names.has(nameOf(specifier)))) add(path)
    }
    return found.size
  })
  return modules.filter((path) => found.has(path))
}

const isOfPackage = (specifier: string): boolean => !/^[./]/.test(specifier) && !isBuiltin(specifier)

/** Last name of a path, without an extension: whatever aliases stand for a folder, that name is left. */
const nameOf = (specifier: string): string => posix.basename(specifier).replace(/\.[cm]?[jt]sx?$/, "")

/** By which an import may mean a module; of an index file also its folder, and nothing where that is the project's. */
const namesOf = (path: string): ReadonlyArray<string> => {
  const name = nameOf(path)
  if (name !== "index") return [name]
  const folder = posix.basename(posix.dirname(path))
  return [name, folder, "", "..", "~", "@"]
}

/**
 * Whether a package makes use of effect-flash, as a workspace's own may. What is no package that can be found may be an
 * alias.
 */
const usesLibrary = (name: string, folder: string): boolean => {
  const file = packageJsonOf(name, folder)
  if (file === undefined) return true
  const { dependencies = {}, peerDependencies = {} }: {
    readonly dependencies?: Record<string, string>
    readonly peerDependencies?: Record<string, string>
  } = JSON.parse(readFileSync(file, "utf8"))
  return library in dependencies || library in peerDependencies
}

const packageJsonOf = (name: string, folder: string): string | undefined => {
  const file = join(folder, "node_modules", name, "package.json")
  if (existsSync(file)) return file
  return folder === dirname(folder) ? undefined : packageJsonOf(name, dirname(folder))
}
