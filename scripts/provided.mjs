// @ts-check
/**
 * The worker's copies of the packages that user code shares with it (src/invoke/bundle/externals.ts): parts of the
 * thread's program, so that thread and user code have one copy of each.
 *
 * The program has a table of all modules, each evaluated when it is first asked for, and for the index of a package one
 * of its names: who takes `Effect` out of `effect` evaluates that, and not some hundred others. User code gets there by a
 * module for each entry, or by one that the worker writes for the names it imports (runtime/worker/Provided.ts):
 *
 *     effect          → dist/worker/provided/effect.mjs
 *     effect/Schema   → dist/worker/provided/effect/Schema.mjs
 */
import * as esbuild from "esbuild"
import { readFileSync } from "node:fs"
import * as Path from "node:path"

const packages = ["effect", "@effect/platform", "@effect/rpc"]

/** What this package exports, and from which source. */
const own = {
  "effect-flash": "./src/index.ts",
  "effect-flash/opentelemetry": "./src/observability/OpenTelemetry.ts",
  "effect-flash/worker": "./runtime/worker/index.ts"
}

/** Imports that stand for what is not provided. */
const entry = "provided:thread"

/**
 * The thread's program, as an entry with a plugin that makes it, and the modules by which user code gets at its parts.
 *
 * @param {string} root
 * @param {string} program source of the thread, relative to the root
 * @param {import("esbuild").BuildOptions} options with which exports are looked up
 * @returns {Promise<{ entry: string, plugin: import("esbuild").Plugin, modules: ReadonlyMap<string, string> }>}
 */
export const provided = async (root, program, options) => {
  /** @type {Map<string, string>} what each module of the table is */
  const sources = new Map()
  /** @type {Map<string, ReadonlyArray<string>>} its exports */
  const exports = new Map()
  /** @type {Record<string, Record<string, string | [string]>>} where the names of an index are: a module, or in one */
  const homes = {}
  for (const name of packages) {
    /** @type {Record<string, object>} */
    const index = await import(name)
    const modules = modulesOf(root, name)
    for (const module of modules) {
      const members = index[module]
      if (members === undefined) throw new Error(`${name}/${module} is not in the index of ${name}`)
      sources.set(`${name}/${module}`, `${name}/${module}`)
      exports.set(`${name}/${module}`, Object.keys(members))
    }
    sources.set(name, name)
    exports.set(name, Object.keys(index))
    homes[name] = Object.fromEntries(
      Object.keys(index).map((key) => {
        if (modules.includes(key)) return [key, `${name}/${key}`]
        const home = modules.find((module) =>
          /** @type {Record<string, unknown>} */ (index[module])[key] === index[key]
        )
        if (home === undefined) throw new Error(`no module of ${name} has its ${key}`)
        return [key, [`${name}/${home}`]]
      })
    )
  }
  for (const [name, source] of Object.entries(own)) {
    sources.set(name, source)
    exports.set(name, await exportsOf(root, source, options))
    homes[name] = await homesOf(root, source, options)
    for (const home of Object.values(homes[name]).flat()) sources.set(home, home)
  }
  return {
    entry,
    modules: new Map(Array.from(exports, ([specifier, names]) => [specifier, moduleOf(specifier, names)])),
    plugin: {
      name: "provided",
      setup: (build) => {
        build.onResolve({ filter: new RegExp(`^${entry}$`) }, () => ({ path: entry, namespace: "provided" }))
        // the modules that all others import, not those for `require`
        build.onResolve(
          { filter: /^@?effect\b/ },
          ({ kind, namespace, path }) =>
            namespace === "provided" && kind === "require-call"
              ? build.resolve(path, { kind: "import-statement", resolveDir: root })
              : undefined
        )
        build.onLoad({ filter: /.*/, namespace: "provided" }, () => ({
          contents: programOf(sources, homes, program),
          resolveDir: root,
          loader: "js"
        }))
      }
    }
  }
}

/**
 * The public modules of a package.
 *
 * @param {string} root
 * @param {string} name
 * @returns {ReadonlyArray<string>}
 */
const modulesOf = (root, name) => {
  /** @type {{ exports: Record<string, unknown> }} */
  const { exports } = JSON.parse(readFileSync(Path.join(root, "node_modules", name, "package.json"), "utf8"))
  return Object.keys(exports).flatMap((key) => /^\.\/(\w+)$/.exec(key)?.[1] ?? []).filter((module) =>
    module !== "index"
  )
}

/**
 * The names that a source exports.
 *
 * @param {string} root
 * @param {string} source
 * @param {import("esbuild").BuildOptions} options
 */
const exportsOf = async (root, source, options) => {
  const { metafile } = await esbuild.build({
    ...options,
    absWorkingDir: root,
    entryPoints: [source],
    format: "esm",
    metafile: true,
    write: false,
    outdir: "dist"
  })
  return Object.values(metafile.outputs).flatMap(({ entryPoint, exports }) => entryPoint === undefined ? [] : exports)
}

/**
 * Where the names are that a source of this package exports from others.
 *
 * @param {string} root
 * @param {string} source
 * @param {import("esbuild").BuildOptions} options
 */
const homesOf = async (root, source, options) => {
  /** @type {Record<string, string | [string]>} */
  const homes = {}
  const exported = /^export (\* as (\w+)|\*|\{([^}]*)\}) from "(.+)"$/gm
  for (const [, , namespace, list, from = ""] of readFileSync(Path.join(root, source), "utf8").matchAll(exported)) {
    const home = `./${Path.posix.join(Path.posix.dirname(source), from)}`
    if (namespace !== undefined) homes[namespace] = home
    else for (const name of list?.split(",") ?? await exportsOf(root, home, options)) homes[name.trim()] = [home]
  }
  return homes
}

/**
 * `require` has esbuild evaluate a module when it is called.
 *
 * @param {ReadonlyMap<string, string>} sources
 * @param {object} homes
 * @param {string} program
 */
const programOf = (sources, homes, program) => `
const modules = {
  ${Array.from(sources, ([name, source]) => `"${name}": () => require("${source}")`).join(",\n  ")}
}
const homes = ${JSON.stringify(homes)}
const evaluated = new Map()
const evaluate = (specifier) => {
  let module = evaluated.get(specifier)
  // plain values: to read one costs no call
  if (module === undefined) evaluated.set(specifier, module = { ...modules[specifier]() })
  return module
}
globalThis[Symbol.for("effect-flash/provided")] = (specifier, name) => {
  const home = name === undefined ? undefined : homes[specifier]?.[name]
  if (typeof home === "string") return evaluate(home)
  const module = evaluate(home === undefined ? specifier : home[0])
  if (name === undefined) return module
  if (!Object.hasOwn(module, name)) {
    throw new SyntaxError(\`the worker's \${specifier} does not provide an export named '\${name}'\`)
  }
  return module[name]
}
require("./${program}")
`

/**
 * A module that exports the members of a module by name. Some names are reserved words, which are no names of variables.
 *
 * @param {string} specifier
 * @param {ReadonlyArray<string>} names
 */
const moduleOf = (specifier, names) =>
  [
    `const { ${names.map((name, index) => `${name}: m${index}`).join(", ")} } = ` +
    `globalThis[Symbol.for("effect-flash/provided")](${JSON.stringify(specifier)})`,
    `export { ${names.map((name, index) => `m${index} as ${name}`).join(", ")} }`
  ].join("\n")
