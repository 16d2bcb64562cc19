/** Makes of a project's modules what Node can load in their places, and says which import leads where. */
import type * as Esbuild from "esbuild"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { extname, join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { conditions, isFailure, loaders } from "../../src/invoke/bundle/Esbuild.ts"
import { provided } from "../../src/invoke/bundle/externals.ts"
import { packageOf } from "../../src/invoke/bundle/ImportGraph.ts"
import { BuildError, failure } from "./BuildError.ts"
import type { Task } from "./child/Report.ts"

/** Loaded where something is built; see `src/invoke/bundle/Esbuild.ts`. */
const esbuild = (): typeof Esbuild => createRequire(import.meta.url)("esbuild")

/** `entries`: relative to the project's folder. Rejects with a `BuildError`. */
export const compile = async (root: string, entries: ReadonlyArray<string>): Promise<Task> => {
  try {
    const inputs = await graphOf(root, entries)
    const urls = new Map(Object.keys(inputs).map((key) => [key, urlOf(root, key)]))
    const sources = Object.keys(inputs).filter((key) => isSource(key))
    const code = Object.fromEntries([
      ...await transform(root, sources.filter((key) => isCompiled(key, inputs))),
      ...Object.keys(inputs).filter((key) => !isSource(key)).map((key) => [key, dataModule(root, key)] as const)
    ].map(([key, text]) => [urls.get(key) ?? key, text]))
    const resolutions = Object.fromEntries(sources.map((key) => [
      urls.get(key) ?? key,
      Object.fromEntries(
        (inputs[key]?.imports ?? []).flatMap(({ external, original, path }) =>
          external === true || original === undefined ? [] : [[original, urls.get(path) ?? urlOf(root, path)]]
        )
      )
    ]))
    return { root, modules: entries.map((path) => pathToFileURL(join(root, path)).href), code, resolutions }
  } catch (error) {
    throw isFailure(error) ? failure(error.errors.map(problemOf), error) ?? error : error
  }
}

const problemOf = ({ location, text }: Esbuild.Message): string =>
  location === null ? text : `${location.file}:${location.line}: ${text.charAt(0).toLowerCase()}${text.slice(1)}`

/** A path, perhaps with what an import says of it behind. */
const pathOf = (key: string): string => key.replace(/ with \{.*$/, "")

const urlOf = (root: string, key: string): string => {
  const url = pathToFileURL(resolve(root, pathOf(key))).href
  const [, type] = / with \{ type: '(\w+)' \}$/.exec(key) ?? []
  return isSource(key) ? url : `${url}?as=${type ?? extname(pathOf(key)).slice(1)}`
}

const isSource = (key: string): boolean => /\.[cm]?[jt]sx?$/.test(key)

/** CommonJS in JavaScript is Node's to load. */
const isCompiled = (key: string, inputs: Esbuild.Metafile["inputs"]): boolean =>
  inputs[key]?.format !== "cjs" || !/\.c?js$/.test(key)

const common = (root: string) => ({
  absWorkingDir: root,
  write: false,
  metafile: true,
  format: "esm",
  platform: "node",
  target: "node20",
  keepNames: true,
  logLevel: "silent",
  charset: "utf8",
  loader: { ...loaders },
  outdir: join(root, "dist")
} as const satisfies Esbuild.BuildOptions)

/** What imports what, down to packages. */
const graphOf = async (root: string, entries: ReadonlyArray<string>) => {
  const { metafile } = await esbuild().build({
    ...common(root),
    entryPoints: entries.map((path, index) => ({ in: join(root, path), out: String(index) })),
    bundle: true,
    conditions: conditions(),
    external: provided.flatMap((name) => [name, `${name}/*`]),
    plugins: [packagesExternal]
  })
  return metafile.inputs
}

/** Packages are Node's to load, but for those of a workspace, which may be TypeScript. */
const packagesExternal: Esbuild.Plugin = {
  name: "effect-flash/packages",
  setup(build) {
    const isAsked = Symbol("asked")
    build.onResolve(
      { filter: /^[^./]/ },
      async ({ importer, kind, path, pluginData, resolveDir, with: attributes }) => {
        if (pluginData === isAsked || kind === "entry-point") return undefined
        const { errors, path: found } = await build.resolve(path, {
          importer,
          kind,
          resolveDir,
          with: attributes,
          pluginData: isAsked
        })
        // what is not there may be imported when a function runs
        if (errors.length > 0 || packageOf(found) !== undefined || !/^([A-Za-z]:)?[\\/]/.test(found)) {
          return { path, external: true }
        }
        return { path: found }
      }
    )
  }
}

const transform = async (root: string, keys: ReadonlyArray<string>) => {
  const { outputFiles } = await esbuild().build({
    ...common(root),
    entryPoints: keys.map((key, index) => ({ in: resolve(root, key), out: String(index) })),
    bundle: false,
    sourcemap: "inline",
    sourcesContent: false,
    define: { __dirname: "import.meta.dirname", __filename: "import.meta.filename" }
  })
  const texts = new Map(outputFiles.map(({ path, text }) => [path, text]))
  return keys.map((key, index) => [key, texts.get(join(root, "dist", `${index}.js`)) ?? ""] as const)
}

/** A file that is imported as data. */
const dataModule = (root: string, key: string): string => {
  const path = resolve(root, pathOf(key))
  const bytes = readFileSync(path)
  const loader = / type: 'bytes' /.test(key) ? "binary" : / type: 'text' /.test(key)
    ? "text"
    : loaders[extname(path)] ?? "json"
  switch (loader) {
    case "binary":
      return `export default new Uint8Array(Buffer.from(${JSON.stringify(bytes.toString("base64"))}, "base64"))`
    case "json":
      return jsonModule(path, bytes.toString("utf8"))
    default:
      return `export default ${JSON.stringify(bytes.toString("utf8"))}`
  }
}

const jsonModule = (path: string, text: string): string => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new BuildError({ problems: [`${path}: it is no JSON`], cause })
  }
  const names = typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : []
  return [
    `const value = ${JSON.stringify(value)}`,
    "export default value",
    ...names.map((name, index) =>
      `const v${index} = value[${JSON.stringify(name)}]; export { v${index} as ${JSON.stringify(name)} }`
    )
      .filter((_, index) => names[index] !== "default")
  ].join("\n")
}
