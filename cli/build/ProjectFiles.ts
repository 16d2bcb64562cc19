/** The files of a project that a build looks at: its modules, and what it must not pack. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, sep } from "node:path"
import * as Ignore from "./Ignore.ts"
import { isSecretFile, isSecretFolder } from "./SecretFiles.ts"

/** Paths are relative to the project's folder, with slashes and in order. */
export interface ProjectFiles {
  /** Modules that may define functions. */
  readonly modules: ReadonlyArray<string>
  /** Folders that were looked into; the project's own is "". */
  readonly folders: ReadonlyArray<string>
  /** Files that hold secrets, ignored or not; those in ignored folders are not looked for. */
  readonly secrets: ReadonlyArray<string>
}

const isModule = (name: string): boolean =>
  /\.[cm]?[jt]sx?$/.test(name) && !/\.d\.[cm]?ts$/.test(name) && !/[._-](test|spec)\.[cm]?[jt]sx?$/.test(name)

const isTestFolder = (name: string): boolean => /^(tests?|__tests__|__mocks__|spec|e2e)$/.test(name)

/** What a file of rules says of a path of the project; `undefined` where it says nothing. */
type Decide = (path: string, isFolder: boolean) => boolean | undefined

/**
 * Goes through a project: links are not followed, and what is in `node_modules` is nobody's own. Hidden folders, tests
 * and what `.gitignore` or `.flashignore` name are passed over; a file of rules counts for the folders below its own, as
 * in git, and those of the repository around the project count, too.
 */
export const list = (root: string): ProjectFiles => {
  const modules: Array<string> = []
  const folders: Array<string> = []
  const secrets: Array<string> = []

  const visit = (folder: string, outer: ReadonlyArray<Decide>): void => {
    folders.push(folder)
    const rules = [
      ...outer,
      ...rulesIn(join(root, folder), (path) => path.slice(folder === "" ? 0 : folder.length + 1))
    ]
    const isIgnored = (path: string, isFolder: boolean): boolean => decide(rules, path, isFolder)
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const { name } = entry
      const path = folder === "" ? name : `${folder}/${name}`
      if (entry.isDirectory()) {
        const isPassedOver = name === "node_modules" || name.startsWith(".") || isTestFolder(name)
        if (isSecretFolder(name)) secrets.push(`${path}/`)
        else if (!isPassedOver && !isIgnored(path, true)) visit(path, rules)
      } else if (entry.isFile()) {
        if (isSecretFile(path)) secrets.push(path)
        else if (isModule(name) && !isIgnored(path, false)) modules.push(path)
      }
    }
  }

  visit("", rulesAbove(root))
  return { modules: modules.sort(byCodeUnits), folders, secrets: secrets.sort(byCodeUnits) }
}

/** In an order that no locale has a say in. */
export const byCodeUnits = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0

/** A path from the project's folder, with slashes. */
export const pathBelow = (root: string, path: string): string => relative(root, path).split(sep).join("/")

const rulesIn = (folder: string, within: (path: string) => string): ReadonlyArray<Decide> =>
  [".gitignore", ".flashignore"].flatMap((name) => {
    const file = join(folder, name)
    if (!existsSync(file)) return []
    const { decide } = Ignore.parse(readFileSync(file, "utf8"))
    return [(path, isFolder) => decide(within(path), isFolder)]
  })

/** The rules of the folders around the project, as far as its repository goes, from the outside in. */
const rulesAbove = (root: string): ReadonlyArray<Decide> => {
  const folders: Array<string> = []
  for (let folder = root; !existsSync(join(folder, ".git")); folder = dirname(folder)) {
    if (folder === dirname(folder)) return []
    folders.unshift(dirname(folder))
  }
  return folders.flatMap((folder) => {
    const prefix = relative(folder, root).split(sep).join("/")
    return rulesIn(folder, (path) => `${prefix}/${path}`)
  })
}

/** The rules nearest to a path decide. */
const decide = (rules: ReadonlyArray<Decide>, path: string, isFolder: boolean): boolean => {
  for (const rule of rules.toReversed()) {
    const decision = rule(path, isFolder)
    if (decision !== undefined) return decision
  }
  return false
}
