/**
 * Bundles the module that defines a remote function to one ES module, with esbuild.
 *
 * @since 0.1.0
 */
import type * as Esbuild from "esbuild"
import { createHash } from "node:crypto"
import { dirname, extname, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as Dependency from "../../protocol/Dependency.ts"
import { externalPrefix, isProvided } from "./externals.ts"
import * as ProgramStripper from "./ProgramStripper.ts"

/**
 * An ES module ready to travel.
 *
 * @since 0.1.0
 * @category models
 */
export interface Bundle {
  /** Hexadecimal sha256 of `code`. */
  readonly hash: string
  readonly code: string
}

/**
 * What cannot be bundled, in words for the person who wrote the module.
 *
 * @since 0.1.0
 * @category errors
 */
export class BundleProblem extends Error {}

/**
 * Rejects with a `BundleProblem`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const bundle = async (moduleUrl: string, dependencies: ReadonlyArray<string>): Promise<Bundle> => {
  const entry = fileURLToPath(moduleUrl)
  // esbuild is an executable: it is loaded only where something is bundled
  const esbuild = await import("esbuild")
  const installed = new Set(dependencies.map(Dependency.npmNameOf))
  const result = await esbuild.build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    outfile: resolve(dirname(entry), "bundle.mjs"),
    absWorkingDir: dirname(entry),
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: "external",
    sourcesContent: false,
    logLevel: "silent",
    charset: "utf8",
    banner: { js: requireForCommonJs },
    plugins: [stripProgram(esbuild, entry), externals(installed)]
  }).catch((error: unknown) => {
    throw new BundleProblem(explain(error))
  })
  const [map, js] = result.outputFiles.sort((a, b) => extname(a.path).localeCompare(extname(b.path)))
  if (js === undefined || map === undefined) throw new BundleProblem("esbuild gave no output")
  const code = `${js.text}\n${inlineMap(map.text, dirname(entry))}`
  return { code, hash: createHash("sha256").update(code).digest("hex") }
}

/** Bundled CommonJS packages call `require` for Node's own modules, which an ES module does not have. */
const requireForCommonJs =
  `import { createRequire as flashCreateRequire } from "node:module"; const require = flashCreateRequire(import.meta.url);`

/** Paths in the map become file URLs, so that a stack names files of the machine the code came from. */
const inlineMap = (text: string, directory: string): string => {
  const map: { sources: Array<string> } = JSON.parse(text)
  map.sources = map.sources.map((source) => pathToFileURL(resolve(directory, source)).href)
  return `//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString("base64")}\n`
}

const stripProgram = (esbuild: typeof Esbuild, entry: string): Esbuild.Plugin => ({
  name: "effect-flash/strip-program",
  setup(build) {
    const isEntry = new RegExp(`^${entry.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`)
    build.onLoad({ filter: isEntry, namespace: "file" }, async () => {
      // a build of the one file, since only a build reads the tsconfig.json beside it
      const { outputFiles: [output] } = await esbuild.build({
        entryPoints: [entry],
        bundle: false,
        write: false,
        target: "es2022",
        sourcemap: "inline",
        sourcesContent: false,
        outdir: dirname(entry),
        logLevel: "silent",
        charset: "utf8"
      })
      const { code, exportsNothing, opaqueImport } = ProgramStripper.strip(output?.text ?? "")
      if (exportsNothing) {
        throw new BundleProblem("the module exports nothing; a remote function must be exported from its module")
      }
      if (opaqueImport !== undefined) {
        throw new BundleProblem("it imports a module by a computed name, which cannot be bundled; import it literally")
      }
      return { contents: code, loader: "ts", resolveDir: dirname(entry) }
    })
  }
})

/** Marks our own question to esbuild, which comes back to the plugin that asks it. */
const resolving = Symbol("resolving")

const externals = (installed: ReadonlySet<string>): Esbuild.Plugin => ({
  name: "effect-flash/externals",
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, async ({ importer, kind, path, pluginData, resolveDir }) => {
      if (kind === "entry-point" || pluginData === resolving) return undefined
      if (isProvided(path)) return { path: `${externalPrefix}${path}`, external: true }
      const name = path.split("/").slice(0, path.startsWith("@") ? 2 : 1).join("/")
      if (installed.has(name)) return { path, external: true }
      if (kind !== "dynamic-import") return undefined
      // Another function of the module may declare it; where none does, only the one that imports it fails.
      const found = await build.resolve(path, { importer, kind, resolveDir, pluginData: resolving })
      return found.errors.length === 0 ? found : { path, external: true }
    })
  }
})

/** esbuild's messages with their places, and what to do about the common ones. */
const explain = (error: unknown): string => {
  const messages = (error as Partial<Esbuild.BuildFailure>).errors
  if (messages === undefined || messages.length === 0) return error instanceof Error ? error.message : String(error)
  return messages.map(({ detail, location, text }) => {
    if (detail instanceof BundleProblem) return detail.message
    const where = location ? `${location.file}:${location.line}: ` : ""
    const hint = text.includes(`No loader is configured for ".node" files`)
      ? " (a native package: name it in `dependencies`, so that the worker installs it)"
      : text.startsWith("Could not resolve")
      ? " (install it here, or name it in `dependencies`, so that the worker installs it)"
      : ""
    return `${where}${text}${hint}`
  }).join("\n")
}
