/**
 * Who imports what in a bundle.
 *
 * @since 0.1.0
 */
import type { Metafile } from "esbuild"
import { existsSync, readFileSync } from "node:fs"
import { join, resolve } from "node:path"

/**
 * @since 0.1.0
 * @category models
 */
export interface ImportGraph {
  /** Absolute paths of the files that the bundle was made of. */
  readonly files: ReadonlyArray<string>
  /** Whether another file of the bundle imports it. */
  readonly isImported: (file: string) => boolean
  /** Whether something of the file is in the bundle. */
  readonly isUsed: (file: string) => boolean
  /** Imports of the program's own files that stand for many files (`./data/*.json`). */
  readonly patterns: ReadonlyArray<{ readonly file: string; readonly pattern: string }>
  /** Imports of the program's own files by a URL of another kind than files have. */
  readonly urls: ReadonlyArray<{ readonly file: string; readonly specifier: string }>
  /** Packages with compiled parts, each with the import that brings it in. */
  readonly natives: (suspects: ReadonlySet<string>) => ReadonlyArray<NativePackage>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface NativePackage {
  readonly name: string
  /** The program's own file that imports it, or a package that needs it. */
  readonly file: string
  /** The name that this file imports. */
  readonly specifier: string
  /** Whether the package that imports it works without it. */
  readonly isOptional: boolean
}

/**
 * The package that a file belongs to, `undefined` of the program's own.
 *
 * @since 0.1.0
 * @category accessors
 */
export const packageOf = (path: string): string | undefined => {
  // a folder with a dot is a cache, or a package manager's
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/.][^/]*)\//.exec(withSlashes(path)) ?? []
  return name
}

const withSlashes = (path: string): string => path.replaceAll("\\", "/")

/** The folder of the package that a file belongs to. */
const packageFolder = (path: string, name: string): string =>
  path.slice(0, withSlashes(path).lastIndexOf(`node_modules/${name}/`) + `node_modules/${name}`.length)

/**
 * The package that an import names.
 *
 * @since 0.1.0
 * @category accessors
 */
export const packageNamed = (specifier: string): string =>
  specifier.split("/").slice(0, specifier.startsWith("@") ? 2 : 1).join("/")

interface Edge {
  readonly from: string
  readonly to: string
  readonly specifier: string
}

/**
 * `directory`: what the paths of the metafile are relative to; `entry`: absolute path of the bundled module.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (metafile: Metafile, directory: string, entry: string): ImportGraph => {
  // a path may be followed by what an import says of it: `data.bin with { type: 'bytes' }`
  const fileOf = (key: string) => resolve(directory, key.replace(/ with \{.*$/, "").replace(/\?[^/]*$/, ""))
  const isFile = (key: string) => !/^(\w{2,}:|<)|[*]/.test(key)
  const used = new Set(
    Object.values(metafile.outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([key, { bytesInOutput }]) => bytesInOutput > 0 ? [fileOf(key)] : [])
    )
  )
  const edges = Object.entries(metafile.inputs).flatMap(([key, { imports }]) =>
    imports.map(({ external, original, path }): Edge => ({
      from: fileOf(key),
      to: external === true ? path : fileOf(path),
      specifier: original ?? path
    }))
  )
  return {
    files: [...new Set(Object.keys(metafile.inputs).filter(isFile).map(fileOf))],
    isImported: (file) => edges.some(({ to }) => to === file),
    isUsed: (file) => used.has(file),
    patterns: edges.flatMap(({ from, to }) =>
      /^\.{0,2}\/.*\*/.test(to) && packageOf(from) === undefined ? [{ file: from, pattern: to }] : []
    ),
    urls: edges.flatMap(({ from, to }) =>
      /^https?:/.test(to) && packageOf(from) === undefined ? [{ file: from, specifier: to }] : []
    ),
    natives(suspects) {
      const names = new Map<string, boolean>()
      const isNative = (file: string, name: string) => {
        const known = names.get(name)
        if (known !== undefined) return known
        const native = suspects.has(name) || hasNativeParts(packageFolder(file, name))
        names.set(name, native)
        return native
      }
      return firstImports(edges, entry).flatMap((path): ReadonlyArray<NativePackage> => {
        const edge = path.at(-1)!
        const name = packageOf(edge.to) ?? (suspects.has(packageNamed(edge.to)) ? packageNamed(edge.to) : undefined)
        if (name === undefined || !isNative(edge.to, name) || packageOf(edge.from) === name) return []
        // the program's own import of the path, which is what can be changed
        const own = path.findLast(({ from }) => packageOf(from) === undefined) ?? edge
        return [{ name, file: own.from, specifier: own.specifier, isOptional: isOptional(edge.from, name) }]
      })
    }
  }
}

/** For each file that is reached, a shortest path of imports to it. */
const firstImports = (edges: ReadonlyArray<Edge>, entry: string): ReadonlyArray<ReadonlyArray<Edge>> => {
  const leaving = new Map<string, Array<Edge>>()
  for (const edge of edges) leaving.set(edge.from, [...leaving.get(edge.from) ?? [], edge])
  const paths = new Map<string, ReadonlyArray<Edge>>([[entry, []]])
  for (const [file, path] of paths) {
    for (const edge of leaving.get(file) ?? []) if (!paths.has(edge.to)) paths.set(edge.to, [...path, edge])
  }
  return [...paths.values()].filter(({ length }) => length > 0)
}

interface PackageJson {
  readonly binary?: unknown
  readonly dependencies?: Record<string, string>
  readonly gypfile?: boolean
  readonly napi?: unknown
  readonly optionalDependencies?: Record<string, string>
  readonly peerDependenciesMeta?: Record<string, { readonly optional?: boolean }>
}

const packageJsonIn = (directory: string): PackageJson => {
  const file = join(directory, "package.json")
  if (!existsSync(file)) return {}
  const json: PackageJson = JSON.parse(readFileSync(file, "utf8"))
  return json
}

/** Packages that find and load the compiled part of the package that needs them. */
const nativeLoaders = [
  "@mapbox/node-pre-gyp",
  "@neon-rs/load",
  "bindings",
  "node-gyp-build",
  "node-gyp-build-optional-packages",
  "node-pre-gyp",
  "prebuild-install"
]

const hasNativeParts = (directory: string): boolean => {
  const { binary, dependencies = {}, gypfile, napi, optionalDependencies = {} } = packageJsonIn(directory)
  return gypfile === true || binary !== undefined || napi !== undefined ||
    nativeLoaders.some((name) => name in dependencies) ||
    Object.keys(optionalDependencies).some((name) => /\b(darwin|linux|win32)-(arm64|x64)\b/.test(name)) ||
    existsSync(join(directory, "binding.gyp"))
}

const isOptional = (importer: string, name: string): boolean => {
  const owner = packageOf(importer)
  if (owner === undefined) return false
  const { optionalDependencies = {}, peerDependenciesMeta = {} } = packageJsonIn(packageFolder(importer, owner))
  return name in optionalDependencies || peerDependenciesMeta[name]?.optional === true
}
