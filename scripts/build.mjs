#!/usr/bin/env node
// @ts-check
/**
 * Builds what the package ships into dist/: the library (src, runtime), the worker and the command line.
 *
 *     node scripts/build.mjs [library] [worker] [cli]      without a name: all three
 *
 * Plain JavaScript, since it also runs while the package is being installed, when a loader for TypeScript would cost
 * more than the build of the worker.
 *
 * Every output is compared with what is there and moved into place by a rename: a test run may rebuild while workers
 * of another one are starting, and none of them may read half a file.
 */
import * as esbuild from "esbuild"
import { createHash, randomUUID } from "node:crypto"
import * as Fs from "node:fs/promises"
import * as Path from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { apart } from "./apart.mjs"
import { provided } from "./provided.mjs"

/** The folder of this checkout. */
export const projectRoot = fileURLToPath(new URL("..", import.meta.url))

/**
 * @typedef {object} OutputFile
 * @property {string} path absolute
 * @property {Uint8Array} contents
 * @property {boolean} [executable]
 */

/** A build that failed for a reason to read, not to debug: the command line prints its message without a stack. */
export class BuildError extends Error {
  /** @override */
  name = "BuildError"
}

// ---------------------------------------------------------------------------------------------------------------------
// library
// ---------------------------------------------------------------------------------------------------------------------

const libraryFolders = ["src", "runtime"]

/**
 * Emits src and runtime as ES modules with source maps.
 *
 * - `release` checks the types and writes declarations.
 * - `install` writes declarations without checking: `npm run check` is where a type error is reported, and an install
 *   is to be quick.
 * - `test` writes JavaScript alone, which is all a running worker asks for.
 *
 * @param {string} [root]
 * @param {{ readonly mode?: "release" | "install" | "test" }} [options]
 */
export const buildLibrary = async (root = projectRoot, { mode = "release" } = {}) => {
  await forgetInputs(root)
  await emitLibrary(root, mode)
}

/**
 * @param {string} root
 * @param {"release" | "install" | "test"} mode
 */
const emitLibrary = async (root, mode) => {
  const { default: ts } = await import("typescript")
  const host = {
    getCanonicalFileName: (/** @type {string} */ name) => name,
    getCurrentDirectory: () => root,
    getNewLine: () => "\n"
  }
  /** @param {ReadonlyArray<import("typescript").Diagnostic>} diagnostics */
  const failOn = (diagnostics) => {
    const errors = diagnostics.filter((diagnostic) => diagnostic.category === ts.DiagnosticCategory.Error)
    if (errors.length > 0) throw new BuildError(ts.formatDiagnostics(errors, host).trimEnd())
  }

  const config = ts.getParsedCommandLineOfConfigFile(
    Path.join(root, "tsconfig.build.json"),
    mode === "release"
      ? {}
      : { noCheck: true, ...(mode === "test" ? { declaration: false, declarationMap: false } : {}) },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (diagnostic) => failOn([diagnostic]) }
  )
  if (config === undefined) throw new BuildError(`${root} has no tsconfig.build.json`)
  failOn(config.errors)
  const program = ts.createProgram({ rootNames: config.fileNames, options: config.options })
  /** @type {Array<OutputFile>} */
  const outputs = []
  const emitted = program.emit(undefined, (path, text) => {
    outputs.push({ path, contents: Buffer.from(text) })
  })
  await writeOutputs(root, outputs)
  const out = config.options.outDir ?? Path.join(root, "dist")
  for (const folder of libraryFolders) {
    await removeFiles(Path.join(out, folder), async (file) => {
      const source = Path.relative(out, file).replace(/\.(d\.ts|js)(\.map)?$/, ".ts")
      return !(await exists(Path.join(root, source)))
    })
  }
  // Last, so that what is broken is broken in dist too, and nothing older is taken for it.
  failOn([
    ...(mode === "release" ? ts.getPreEmitDiagnostics(program) : program.getSyntacticDiagnostics()),
    ...emitted.diagnostics
  ])
}

// ---------------------------------------------------------------------------------------------------------------------
// worker and command line
// ---------------------------------------------------------------------------------------------------------------------

/**
 * CommonJS packages in an ES bundle call `require` for node's own modules. The import is renamed because a bundled
 * module may bring its own `createRequire`, and a banner is not seen when esbuild keeps names apart.
 */
const requireBanner =
  `import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);`

/** @satisfies {import("esbuild").BuildOptions} */
const bundleOptions = /** @type {const} */ ({
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  // The package's own name means its sources here too. Naming a condition drops esbuild's default, "module".
  conditions: ["effect-flash-source", "module"],
  sourcemap: "linked",
  // Names and lines are enough for a stack trace, and a tenth of the size.
  sourcesContent: false,
  legalComments: "none",
  logLevel: "silent",
  banner: { js: requireBanner },
  outExtension: { ".js": ".mjs" },
  write: false
})

/**
 * Native modules, and packages that load files of their own: they are found beside the package at run time.
 * `msgpackr-extract` is optional there too: msgpackr works without it.
 */
const installed = ["esbuild", "libsql", "msgpackr-extract", "oxc-parser", "tsx"]

/**
 * The worker is two programs, of its process and of the threads that run the user's code, each a script for the module
 * that starts it (runtime/worker/start). A script is one file, whose modules are evaluated when they are asked for. It
 * keeps its names, since they appear in stack traces, and has no source map: node would read it at every start.
 *
 * @param {string} [root]
 */
export const buildWorker = async (root = projectRoot) => {
  await forgetInputs(root)
  await bundleWorker(root)
}

/** @satisfies {import("esbuild").BuildOptions} */
const moduleOptions = /** @type {const} */ ({
  format: "cjs",
  banner: {},
  outExtension: { ".js": ".cjs" },
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: false,
  // a native part is looked for at every start, and makes strings come a little sooner out of a few messages
  alias: { msgpackr: "./node_modules/msgpackr/index.js" },
  // a script cannot import
  supported: { "dynamic-import": false },
  define: { "import.meta.url": "flashHost.url", "import.meta.resolve": "flashHost.resolve" },
  // The platform is loaded by its name where a program asks for it, and a worker never does.
  external: [...installed, "effect-flash/local"]
})

/** @satisfies {import("esbuild").BuildOptions} */
const scriptOptions = /** @type {const} */ ({
  ...moduleOptions,
  // V8's cache tells scripts apart by little more than their names
  entryNames: "[name]-[hash]",
  // what runtime/worker/start/Script.ts calls
  banner: { js: "(function (require, module, exports, flashHost) {" },
  footer: { js: "})" }
})

/** @param {string} root */
const bundleWorker = async (root) => {
  const outdir = Path.join(root, "dist/worker")
  await replaceFolder(root, outdir, async () => {
    const { entry, modules, plugin } = await provided(root, "runtime/worker/thread.ts", {
      ...bundleOptions,
      ...scriptOptions
    })
    const rare = apart()
    const programs = await Promise.all([
      bundleEntry(root, outdir, "runtime/worker/main.ts", scriptOptions),
      bundleEntry(root, outdir, "runtime/worker/thread.ts", {
        ...scriptOptions,
        entryPoints: { thread: entry },
        plugins: [plugin, rare.plugin]
      })
    ])
    const [main, thread] = programs.map(([file]) => JSON.stringify(`./${Path.basename(file?.path ?? "")}`))
    const starts = await bundleEntry(root, outdir, "runtime/worker/start/main.ts", {
      entryPoints: { main: "runtime/worker/start/main.ts", thread: "runtime/worker/start/thread.ts" },
      banner: {},
      sourcemap: false,
      minifySyntax: true,
      define: { flashMain: main ?? "", flashThread: thread ?? "" }
    })
    return [
      ...programs.flat(),
      ...await bundleEntry(root, outdir, "runtime/worker/thread.ts", {
        ...moduleOptions,
        entryPoints: rare.entryPoints,
        entryNames: "[dir]/[name]"
      }),
      ...starts,
      ...Array.from(modules, ([specifier, text]) => ({
        path: Path.join(outdir, "provided", `${specifier}.mjs`),
        contents: Buffer.from(text)
      }))
    ]
  })
}

/**
 * The command line is split at its dynamic imports, so that a command loads what it runs and `--version` loads nothing.
 *
 * @param {string} [root]
 */
export const buildCli = async (root = projectRoot) => {
  await forgetInputs(root)
  await bundleCli(root)
}

/** @param {string} root */
const bundleCli = (root) =>
  bundle(root, "dist/cli", [{
    entry: "cli/main.ts",
    minify: true,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    external: [...installed, "undici", "effect-flash", "effect-flash/*"]
  }, {
    // Looks at values of the user's own Effect, and so has no other one.
    entry: "cli/build/child/evaluate.ts",
    entryPoints: { evaluate: "cli/build/child/evaluate.ts", hooks: "cli/build/child/hooks.ts" },
    minify: true,
    external: [...installed, "effect", "@effect/*", "effect-flash", "effect-flash/*"]
  }])

/**
 * Bundles entries into a folder that holds nothing else afterwards.
 *
 * @param {string} root
 * @param {string} folder
 * @param {ReadonlyArray<import("esbuild").BuildOptions & { readonly entry: string }>} bundles
 */
const bundle = (root, folder, bundles) => {
  const outdir = Path.join(root, folder)
  return replaceFolder(root, outdir, async () => {
    const outputs = await Promise.all(bundles.map(({ entry, ...options }) => bundleEntry(root, outdir, entry, options)))
    return outputs.flat()
  })
}

/**
 * Has a folder hold just these files, and nothing at all where they cannot be made: what was there before is no longer
 * what the sources make.
 *
 * @param {string} root
 * @param {string} outdir
 * @param {() => Promise<ReadonlyArray<OutputFile>>} make
 */
const replaceFolder = async (root, outdir, make) => {
  try {
    const outputs = await make()
    await writeOutputs(root, outputs)
    const kept = new Set(outputs.map(({ path }) => path))
    await removeFiles(outdir, (file) => !kept.has(file))
  } catch (error) {
    await Fs.rm(outdir, { recursive: true, force: true })
    throw error
  }
}

/**
 * @param {string} root
 * @param {string} outdir
 * @param {string} entry
 * @param {import("esbuild").BuildOptions} options
 * @returns {Promise<ReadonlyArray<OutputFile>>}
 */
const bundleEntry = async (root, outdir, entry, options) => {
  if (!(await exists(Path.join(root, entry)))) throw new BuildError(`${entry} does not exist, so it cannot be bundled`)
  try {
    const { outputFiles = [] } = await esbuild.build({
      entryPoints: [entry],
      ...bundleOptions,
      ...options,
      absWorkingDir: root,
      outdir
    })
    // esbuild keeps the `#!` of an entry: such a file is a program.
    return outputFiles.map(({ contents, path, text }) => ({ path, contents, executable: text.startsWith("#!") }))
  } catch (cause) {
    if (!(cause instanceof Error && "errors" in cause)) throw cause
    const { errors } = /** @type {import("esbuild").BuildFailure} */ (cause)
    const messages = await esbuild.formatMessages(errors, { kind: "error", color: process.stderr.isTTY === true })
    throw new BuildError(`${entry} does not bundle:\n${messages.join("").trimEnd()}`)
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// all of it, where something changed
// ---------------------------------------------------------------------------------------------------------------------

/** All that decides what dist/ holds. Dependencies are pinned in package.json, so it stands for them. */
const inputs = [
  "src",
  "runtime",
  "cli",
  "patches",
  "scripts/apart.mjs",
  "scripts/build.mjs",
  "scripts/provided.mjs",
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json"
]

/**
 * Says from what dist/ was built. It is there only where one `buildChanged` made all of dist/ and nothing has written
 * to it since.
 *
 * @param {string} root
 */
const stampOf = (root) => Path.join(root, "dist", ".inputs")

/** @param {string} root */
const forgetInputs = (root) => Fs.rm(stampOf(root), { force: true })

/** @param {string} root */
const readStamp = (root) => Fs.readFile(stampOf(root), "utf8").catch(() => "")

/** @param {string} root @param {string} text */
const writeStamp = (root, text) => writeOutputs(root, [{ path: stampOf(root), contents: Buffer.from(text) }])

/**
 * Builds everything unless dist/ already holds just that, and says whether it did.
 *
 * @param {string} root
 * @param {"install" | "test"} mode what is built for `install` serves a test too, not the other way round
 */
export const buildChanged = async (root, mode) => {
  const digest = await digestOf(root, inputs)
  const [builtFrom, builtFor] = (await readStamp(root)).split(" ")
  if (builtFrom === digest && (builtFor === mode || builtFor === "install")) return false

  const building = `building ${randomUUID()}`
  await writeStamp(root, building)
  // All of them are tried, so that one which fails does not leave the others as they were.
  const parts = await Promise.allSettled([emitLibrary(root, mode), bundleWorker(root), bundleCli(root)])
  const failed = parts.find((part) => part.status === "rejected")
  // Where another build ran at the same time, from other sources perhaps, nobody knows whose files are whose.
  if (failed === undefined && await readStamp(root) === building) await writeStamp(root, `${digest} ${mode}`)
  else await forgetInputs(root)
  if (failed !== undefined) throw failed.reason
  return true
}

/**
 * @param {string} root
 * @param {ReadonlyArray<string>} paths
 */
const digestOf = async (root, paths) => {
  const hash = createHash("sha256")
  for (const path of paths) {
    for (const file of (await listFiles(Path.join(root, path))).sort()) {
      // A file that goes away meanwhile, as an editor's own do, is one that is not there.
      const contents = await Fs.readFile(file).catch(() => "")
      hash.update(`${Path.relative(root, file)}\0`).update(contents).update("\0")
    }
  }
  return hash.digest("hex")
}

// ---------------------------------------------------------------------------------------------------------------------
// files
// ---------------------------------------------------------------------------------------------------------------------

/** @param {string} path */
const exists = (path) => Fs.access(path).then(() => true, () => false)

/**
 * The files at or below a path; none where there is nothing.
 *
 * @param {string} path
 * @returns {Promise<Array<string>>}
 */
const listFiles = async (path) => {
  const stat = await Fs.stat(path).catch(() => undefined)
  if (stat === undefined) return []
  if (!stat.isDirectory()) return [path]
  const entries = await Fs.readdir(path, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => Path.join(entry.parentPath ?? entry.path, entry.name))
}

/**
 * @param {string} root
 * @param {ReadonlyArray<OutputFile>} outputs
 */
const writeOutputs = async (root, outputs) => {
  // Beside the folders that are cleared of leftovers, on the same file system as they are.
  const staging = Path.join(root, "dist", ".staging", randomUUID())
  await Fs.mkdir(staging, { recursive: true })
  try {
    await Promise.all(outputs.map(async ({ contents, executable = false, path }, index) => {
      const before = await Fs.readFile(path).catch(() => undefined)
      if (before !== undefined && before.equals(contents)) return
      await Fs.mkdir(Path.dirname(path), { recursive: true })
      const staged = Path.join(staging, String(index))
      await Fs.writeFile(staged, contents, { mode: executable ? 0o755 : 0o644 })
      await Fs.rename(staged, path)
    }))
  } finally {
    await Fs.rm(staging, { recursive: true, force: true })
  }
}

/**
 * @param {string} folder
 * @param {(file: string) => boolean | Promise<boolean>} isStale
 */
const removeFiles = async (folder, isStale) => {
  for (const file of await listFiles(folder)) {
    if (await isStale(file)) await Fs.rm(file, { force: true })
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// main
// ---------------------------------------------------------------------------------------------------------------------

const targets = { library: () => buildLibrary(), worker: () => buildWorker(), cli: () => buildCli() }

/** @param {string} name @returns {name is keyof typeof targets} */
const isTarget = (name) => Object.hasOwn(targets, name)

/**
 * Runs a script's work, and ends the process with the message of what failed.
 *
 * @param {() => Promise<void>} work
 */
export const runScript = async (work) => {
  try {
    await work()
  } catch (error) {
    console.error(error instanceof BuildError ? error.message : error)
    process.exitCode = 1
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await runScript(async () => {
    const names = process.argv.slice(2)
    const unknown = names.find((name) => !isTarget(name))
    if (unknown !== undefined) {
      throw new BuildError(`no target "${unknown}": there are ${Object.keys(targets).join(", ")}`)
    }
    for (const name of names.length > 0 ? names.filter(isTarget) : Object.keys(targets).filter(isTarget)) {
      const start = performance.now()
      await targets[name]()
      console.log(`${name.padEnd(8)} ${Math.round(performance.now() - start)} ms`)
    }
  })
}
