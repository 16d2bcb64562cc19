/**
 * What keeps a module from being bundled, from esbuild's words into words that say what to do.
 *
 * @since 0.1.0
 */
import type { Message } from "esbuild"
import { existsSync, readFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import type { Problem } from "./BundleProblem.ts"
import { packageNamed, packageOf } from "./ImportGraph.ts"
import type { ImportGraph, NativePackage } from "./ImportGraph.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Demand {
  /** Absolute path. */
  readonly file: string
  readonly name: string
  readonly problem: Problem
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Sorted {
  /** Exports that modules do not have, and that other modules import from them. */
  readonly demanded: ReadonlyArray<Demand>
  /** Imports that are left as they are, since they are only made when something calls for them. */
  readonly external: ReadonlyArray<string>
  /** Packages with compiled parts. */
  readonly natives: ReadonlyArray<string>
  readonly problems: ReadonlyArray<Problem>
}

/**
 * Sorts what esbuild says by what is to be done about it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const sort = (messages: ReadonlyArray<Message>, entry: string): Sorted => {
  const demanded: Array<Demand> = []
  const external: Array<string> = []
  const natives: Array<string> = []
  const problems: Array<Problem> = []
  for (const message of messages) {
    const { location, text } = message
    const file = fileOf(message, entry)
    const [, unresolved] = /^Could not resolve "(.*)"$/.exec(text) ?? []
    const [, exporter = "", name] = /^No matching export in "(.*)" for import "(.*)"$/.exec(text) ?? []
    if (unresolved !== undefined) {
      // Another function of the module may declare it; where none does, only the one that imports it fails.
      const isDynamic = /\bimport\(\s*$/.test((location?.lineText ?? "").slice(0, location?.column))
      if (isDynamic && isPackage(unresolved)) external.push(unresolved)
      else problems.push({ file, line: location?.line, text: unresolvedText(unresolved, file) })
    } else if (name !== undefined) {
      demanded.push({
        file: resolve(dirname(entry), exporter),
        name,
        problem: { file, line: location?.line, text: `"${shown(exporter)}" has no export "${name}"` }
      })
    } else if (text.startsWith(`No loader is configured for ".node" files`)) {
      const owner = packageOf(file)
      if (owner !== undefined) natives.push(owner)
      else {problems.push({
          file,
          line: location?.line,
          text: `a compiled file (.node) does not travel; make it a package and name that in \`dependencies\``
        })}
    } else {
      problems.push({ file, line: location?.line, text: otherText(text) })
    }
  }
  return { demanded, external, natives, problems }
}

/**
 * Exports that are asked for by a namespace, of which esbuild only warns.
 *
 * @since 0.1.0
 * @category constructors
 */
export const demandedByNamespaces = (
  warnings: ReadonlyArray<Message>,
  entry: string
): ReadonlyArray<Pick<Demand, "file" | "name">> =>
  warnings.flatMap(({ id, text }) => {
    const [, name = "", exporter = ""] = /^Import "(.*)" will always be undefined because .* "(.*)"$/.exec(text) ?? []
    return id === "import-is-undefined" ? [{ file: resolve(dirname(entry), exporter), name }] : []
  })

/**
 * Whether a module of one's own is imported for its effect and left out, since its package.json says it has none: Node
 * does not read that.
 *
 * @since 0.1.0
 * @category guards
 */
export const ignoredEffects = (warnings: ReadonlyArray<Message>, entry: string): boolean =>
  warnings.some((message) => message.id === "ignored-bare-import" && packageOf(fileOf(message, entry)) === undefined)

/**
 * Problems of what could not be helped.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unknown = (messages: ReadonlyArray<Message>, entry: string): ReadonlyArray<Problem> =>
  messages.map((message) => ({
    file: fileOf(message, entry),
    line: message.location?.line,
    text: otherText(message.text)
  }))

/**
 * @since 0.1.0
 * @category constructors
 */
export const ofNatives = (natives: ReadonlyArray<NativePackage>): ReadonlyArray<Problem> =>
  natives.map(({ file, name, specifier }) => {
    const declared = packageNamed(specifier)
    const through = declared === name ? "" : ` (by way of "${declared}")`
    return {
      file,
      line: lineOf(file, specifier),
      text: `it imports "${specifier}", and ${name} has compiled parts${through}, which cannot be bundled; ` +
        `name "${isPackage(specifier) ? declared : name}" in \`dependencies\`, so that the worker installs it`
    }
  })

/**
 * Imports of the program's own files whose names are not literal text. Those of packages are theirs to care for.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ofComputedImports = (
  warnings: ReadonlyArray<Message>,
  graph: ImportGraph,
  entry: string
): ReadonlyArray<Problem> => {
  const text = "it imports a module by a computed name, which cannot be bundled; import each module by its own name"
  const computed = warnings.flatMap((message): ReadonlyArray<Problem> => {
    const file = fileOf(message, entry)
    return /^unsupported-(dynamic-import|require-call)$/.test(message.id) && packageOf(file) === undefined
      ? [{ file, line: message.location?.line, text }]
      : []
  })
  const patterns = graph.patterns.map(({ file, pattern }) => ({
    file,
    line: computedLine(file),
    text: `${text} ("${pattern}")`
  }))
  return [...computed, ...patterns].filter(({ file }) => graph.isUsed(file))
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const ofUrls = ({ urls }: ImportGraph): ReadonlyArray<Problem> =>
  urls.map(({ file, specifier }) => ({ file, line: lineOf(file, specifier), text: byUrl(specifier) }))

const byUrl = (specifier: string): string => `it imports "${specifier}"; only files and packages can be bundled`

const fileOf = ({ location }: Message, entry: string): string =>
  location === null ? entry : resolve(dirname(entry), location.file)

const isPackage = (specifier: string): boolean => /^(@[\w.~-]+\/)?[a-z0-9_~][\w.~-]*(\/|$)/i.test(specifier)

const unresolvedText = (specifier: string, file: string): string => {
  const it = `it imports "${specifier}"`
  if (/^\.{0,2}\//.test(specifier) || specifier === "." || specifier === "..") return `${it}, and there is no such file`
  if (specifier.startsWith("#")) return `${it}, which the \`imports\` of its package.json do not name`
  if (/^[\w+.-]{2,}:/.test(specifier)) return byUrl(specifier)
  if (!isPackage(specifier)) return `${it}, which no \`paths\` of a tsconfig.json above it name`
  const name = packageNamed(specifier)
  return isInstalled(name, dirname(file))
    ? `${it}, and the package ${name}, as it is installed, has no such module for Node`
    : `${it}, which is not installed; install it here, so that it is bundled, ` +
      `or name "${name}" in \`dependencies\`, so that the worker installs it`
}

const isInstalled = (name: string, directory: string): boolean =>
  existsSync(join(directory, "node_modules", name)) ||
  (directory !== dirname(directory) && isInstalled(name, dirname(directory)))

const otherText = (text: string): string => {
  const [, extension] = /^No loader is configured for "(.*)" files/.exec(text) ?? []
  if (extension !== undefined) {
    return `it imports a ${extension} file, of which it is not known how to import it; say \`with { type: "text" }\` or ` +
      `\`with { type: "bytes" }\`, or read the file by \`new URL("./file${extension}", import.meta.url)\``
  }
  return `it cannot be bundled: ${text.charAt(0).toLowerCase()}${text.slice(1)}`
}

const shown = (path: string): string => path.replace(/^.*node_modules\//, "")

const lineOf = (file: string, specifier: string): number | undefined =>
  lineWith(file, (line) => [`"`, `'`, "`"].some((quote) => line.includes(`${quote}${specifier}${quote}`)))

const computedLine = (file: string): number | undefined =>
  lineWith(file, (line) => /\b(import|require)\(\s*(`[^`]*\$\{|["'][^"']*["']\s*\+)/.test(line))

const lineWith = (file: string, test: (line: string) => boolean): number | undefined => {
  const index = existsSync(file) ? readFileSync(file, "utf8").split("\n").findIndex(test) : -1
  return index === -1 ? undefined : index + 1
}
