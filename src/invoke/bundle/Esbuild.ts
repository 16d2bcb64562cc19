/**
 * One run of esbuild over a module and what it imports.
 *
 * @since 0.1.0
 */
import type * as Esbuild from "esbuild"
import { createRequire } from "node:module"
import { dirname, extname, join, relative, sep } from "node:path"
import { externalPrefix, provided } from "./externals.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Absolute path of the module. */
  readonly entry: string
  /** The module without its program. */
  readonly code: string
  /**
   * What else stands for a file, by its path; with the module itself among them, other modules may import it, and
   * tsconfig.json says how it is compiled. Both take longer.
   */
  readonly files: ReadonlyMap<string, string>
  /** Packages, and imports, that are left as they are. */
  readonly external: ReadonlyArray<string>
  /** Whether what modules and packages say of having no effects is not believed. */
  readonly distrust: boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Output {
  readonly code: string
  /** Text of its source map; sources are relative to the module's folder. */
  readonly map: string
  /** Paths are relative to the module's folder. */
  readonly metafile: Esbuild.Metafile
  readonly warnings: ReadonlyArray<Esbuild.Message>
}

/**
 * What esbuild says, where it made nothing.
 *
 * @since 0.1.0
 * @category errors
 */
export class EsbuildFailed extends Error {
  readonly messages: ReadonlyArray<Esbuild.Message>
  constructor(messages: ReadonlyArray<Esbuild.Message>) {
    super(messages.map(({ text }) => text).join("\n"))
    this.messages = messages
  }
}

/**
 * Starts esbuild's process, so that it is there when it is asked for something.
 *
 * @since 0.1.0
 * @category constructors
 */
export const start = (): void => {
  // what keeps it from starting is said by the run that needs it
  load().transform("").catch(() => undefined)
}

/**
 * esbuild is an executable, and its module half a megabyte: it is loaded only where something is bundled, and required,
 * since an `import` looks through all of it for the names that it exports, which takes three times as long.
 */
const load = (): typeof Esbuild => createRequire(import.meta.url)("esbuild")

/**
 * Rejects with `EsbuildFailed`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const run = async (options: Options): Promise<Output> => {
  const directory = dirname(options.entry)
  const { metafile, outputFiles, warnings } = await build({
    ...common(options),
    ...(options.files.has(options.entry)
      ? { entryPoints: [options.entry] }
      : {
        stdin: {
          contents: options.code,
          loader: loaderOf(options.entry),
          resolveDir: directory,
          sourcefile: options.entry
        }
      }),
    outfile: join(directory, "bundle.mjs"),
    absWorkingDir: directory,
    plugins: options.files.size === 0 ? [] : [replace(options.files)]
  })
  const text = (extension: string) => outputFiles.find(({ path }) => extname(path) === extension)?.text ?? ""
  return { code: text(".mjs"), map: text(".map"), metafile, warnings }
}

/**
 * Modules that are bundled together; what more than one of them needs is in chunks.
 *
 * @since 0.1.0
 * @category models
 */
export interface SplitOptions extends Pick<Options, "files" | "external" | "distrust"> {
  /** Absolute path: what the paths in outputs are relative to. */
  readonly directory: string
  /** Code by the path of its output without an extension. Its imports are those of a file in the folder. */
  readonly entries: ReadonlyMap<string, string>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface SplitOutput {
  /** By its path, as the metafile names it; `map` as in `Output`, but relative to the output's own folder. */
  readonly files: ReadonlyMap<string, { readonly code: string; readonly map: string }>
  /** Paths are relative to the folder. */
  readonly metafile: Esbuild.Metafile
  readonly warnings: ReadonlyArray<Esbuild.Message>
}

/**
 * Stands before the path of an entry's output in the names of entries.
 *
 * @since 0.1.0
 * @category constants
 */
export const entryPrefix = "flash:"

/**
 * Rejects with `EsbuildFailed`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const split = async (options: SplitOptions): Promise<SplitOutput> => {
  const { directory, entries, files } = options
  const { metafile, outputFiles, warnings } = await build({
    ...common(options),
    entryPoints: [...entries.keys()].map((out) => ({ in: `${entryPrefix}${out}`, out })),
    outdir: directory,
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunks/[name]-[hash]",
    splitting: true,
    absWorkingDir: directory,
    plugins: [provideEntries(directory, entries), ...(files.size === 0 ? [] : [replace(files)])]
  })
  const texts = new Map(outputFiles.map(({ path, text }) => [relative(directory, path).split(sep).join("/"), text]))
  return {
    files: new Map(
      [...texts].flatMap(([path, code]) =>
        path.endsWith(".map") ? [] : [[path, { code, map: texts.get(`${path}.map`) ?? "" }] as const]
      )
    ),
    metafile,
    warnings
  }
}

const build = <A extends Esbuild.BuildOptions>(options: A) =>
  load().build<A>(options as Parameters<typeof Esbuild.build<A>>[0]).catch((error: unknown) => {
    throw isFailure(error) ? new EsbuildFailed(error.errors) : error
  })

/** What is the same for all bundles. */
const common = ({ distrust, external }: Pick<Options, "external" | "distrust">) => ({
  bundle: true,
  write: false,
  format: "esm",
  platform: "node",
  target: "node20",
  // classes find their services and errors by their names
  keepNames: true,
  ignoreAnnotations: distrust,
  metafile: true,
  sourcemap: "external",
  sourcesContent: false,
  logLevel: "silent",
  charset: "utf8",
  // naming conditions drops esbuild's own "module", which Node does not know
  conditions: conditions(),
  alias: Object.fromEntries(provided.map((name) => [name, `${externalPrefix}${name}`])),
  external: [`${externalPrefix}*`, ...external],
  loader: { ...loaders },
  define: { __dirname: "import.meta.dirname", __filename: "import.meta.filename" },
  logOverride: { "unsupported-dynamic-import": "warning", "unsupported-require-call": "warning" }
} as const satisfies Esbuild.BuildOptions)

/**
 * Whether it is what esbuild rejects with, where it says what is wrong.
 *
 * @since 0.1.0
 * @category guards
 */
export const isFailure = (error: unknown): error is Esbuild.BuildFailure =>
  error instanceof Error && "errors" in error && Array.isArray(error.errors) && error.errors.length > 0

/**
 * Conditions of package.json `exports` that this process runs under, besides Node's own.
 *
 * @since 0.1.0
 * @category accessors
 */
export const conditions = (): Array<string> => {
  const words = [...process.execArgv, ...(process.env["NODE_OPTIONS"] ?? "").split(/\s+/)]
  return words.flatMap((word, index) => {
    const [, given] = /^(?:--conditions|-C)=(.+)$/.exec(word) ?? []
    return given ?? (word === "--conditions" || word === "-C" ? words[index + 1] ?? [] : [])
  })
}

const as = (loader: Esbuild.Loader, extensions: string): Record<string, Esbuild.Loader> =>
  Object.fromEntries(extensions.split(" ").map((extension) => [`.${extension}`, loader]))

/**
 * Files that are imported as text, and as bytes; of any other kind an import says so itself (`with { type: … }`).
 *
 * @since 0.1.0
 * @category constants
 */
export const loaders: Readonly<Record<string, Esbuild.Loader>> = {
  ...as("text", "css csv ejs gql graphql hbs htm html md sql svg toml tsv txt xml yaml yml"),
  ...as("binary", "bin gif gz ico jpeg jpg mp3 mp4 npy onnx otf parquet pdf png tar ttf wasm wav webp woff woff2 zip")
}

const provideEntries = (directory: string, entries: SplitOptions["entries"]): Esbuild.Plugin => ({
  name: "effect-flash/entries",
  setup(build) {
    build.onResolve(
      { filter: /^flash:/ },
      ({ kind, path }) =>
        kind === "entry-point" ? { path: path.slice(entryPrefix.length), namespace: "flash" } : undefined
    )
    build.onLoad({ filter: /.*/, namespace: "flash" }, ({ path }) => ({
      contents: entries.get(path) ?? "",
      loader: "js",
      resolveDir: directory
    }))
  }
})

const replace = (files: Options["files"]): Esbuild.Plugin => ({
  name: "effect-flash/replace",
  setup(build) {
    const paths = [...files.keys()].map((path) => path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    build.onLoad({ filter: new RegExp(`^(${paths.join("|")})$`), namespace: "file" }, ({ path }) => ({
      contents: files.get(path) ?? "",
      loader: loaderOf(path),
      resolveDir: dirname(path)
    }))
  }
})

const loaderOf = (path: string): Esbuild.Loader => {
  switch (extname(path)) {
    case ".ts":
    case ".mts":
    case ".cts":
      return "ts"
    case ".tsx":
      return "tsx"
    case ".jsx":
      return "jsx"
    default:
      return "js"
  }
}
