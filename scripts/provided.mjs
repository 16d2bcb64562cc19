// @ts-check
/**
 * The worker's copies of the packages that user code shares with it (src/invoke/bundle/externals.ts), as entries of
 * the worker's own bundle, so that thread and user code are one program with one copy of each.
 *
 *     effect          → dist/worker/provided/effect.mjs
 *     effect/Schema   → dist/worker/provided/effect/Schema.mjs
 *
 * A module of a package is taken out of the package's index: as entries of their own they would be split into some
 * hundred chunks, and reading these would take longer than evaluating all of them.
 */
import { readFileSync } from "node:fs"
import * as Path from "node:path"

const packages = ["effect", "@effect/platform", "@effect/rpc"]

const scheme = "provided:"

/**
 * Entry points and the plugin that makes them.
 *
 * @param {string} root
 * @returns {Promise<{ entryPoints: Record<string, string>, plugin: import("esbuild").Plugin }>}
 */
export const provided = async (root) => {
  /** @type {Map<string, string>} */
  const contents = new Map([
    ["effect-flash", `export * from "./src/index.ts"`],
    ["effect-flash/opentelemetry", `export * from "./src/observability/OpenTelemetry.ts"`],
    ["effect-flash/worker", `export * from "./runtime/worker/index.ts"`]
  ])
  for (const name of packages) {
    contents.set(name, `export * from ${JSON.stringify(name)}`)
    /** @type {Record<string, object>} */
    const index = await import(name)
    for (const module of modulesOf(root, name)) {
      const members = index[module]
      if (members === undefined) throw new Error(`${name}/${module} is not in the index of ${name}`)
      contents.set(`${name}/${module}`, takeOut(name, module, Object.keys(members)))
    }
  }
  return {
    entryPoints: Object.fromEntries(
      Array.from(contents.keys(), (specifier) => [`provided/${specifier}`, `${scheme}${specifier}`])
    ),
    plugin: {
      name: "provided",
      setup: (build) => {
        build.onResolve({ filter: new RegExp(`^${scheme}`) }, ({ path }) => ({
          path: path.slice(scheme.length),
          namespace: "provided"
        }))
        build.onLoad({ filter: /.*/, namespace: "provided" }, ({ path }) => ({
          contents: contents.get(path) ?? "",
          resolveDir: root,
          loader: "ts"
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
 * A module that exports the members of a namespace by name. Some names are reserved words, which are no names of
 * variables.
 *
 * @param {string} name
 * @param {string} module
 * @param {ReadonlyArray<string>} members
 */
const takeOut = (name, module, members) =>
  [
    `import { ${module} as namespace } from ${JSON.stringify(name)}`,
    `const { ${members.map((member, index) => `${member}: m${index}`).join(", ")} } = namespace`,
    `export { ${members.map((member, index) => `m${index} as ${member}`).join(", ")} }`
  ].join("\n")
