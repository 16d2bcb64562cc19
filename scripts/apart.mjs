// @ts-check
/**
 * What the worker's threads rarely need, in files beside their program, so that this is smaller and starts sooner. Each
 * is loaded when something of it is first read:
 *
 *     fast-check → dist/worker/apart/fast-check.cjs
 */
import { pathToFileURL } from "node:url"

/** Packages of megabytes, and two pages of an API's documentation. */
const rare = ["@decimalturn/toml-patch", "fast-check", "undici"]
const pages = /\/internal\/(httpApi(Swagger|Scalar))\.js$/

const scheme = "apart:"

/**
 * A plugin for the program, and what is to be bundled beside it: by the names of the files below `apart/`, known when
 * the program is bundled.
 *
 * @returns {{ plugin: import("esbuild").Plugin, entryPoints: Record<string, string> }}
 */
export const apart = () => {
  /** @type {Record<string, string>} */
  const entryPoints = {}
  return {
    entryPoints,
    plugin: {
      name: "apart",
      setup: (build) => {
        build.onResolve({ filter: new RegExp(`^(${rare.join("|")})$|${pages.source}`) }, async (args) => {
          if (args.pluginData === scheme) return undefined
          const { path } = await build.resolve(args.path, {
            kind: "import-statement",
            importer: args.importer,
            resolveDir: args.resolveDir,
            pluginData: scheme
          })
          const name = (pages.exec(args.path)?.[1] ?? args.path).replace(/^.*\//, "")
          entryPoints[`apart/${name}`] = path
          return { path: name, namespace: "apart", pluginData: path }
        })
        build.onResolve({ filter: /^\.\/apart\// }, ({ path }) => ({ path, external: true }))
        build.onLoad({ filter: /.*/, namespace: "apart" }, async ({ path, pluginData }) => ({
          contents: lazy(`./apart/${path}.cjs`, Object.keys(await import(pathToFileURL(pluginData).href))),
          loader: "js"
        }))
      }
    }
  }
}

/**
 * A module that has the exports of a file, and loads it for the first of them.
 *
 * @param {string} file
 * @param {ReadonlyArray<string>} names
 */
const lazy = (file, names) =>
  `for (const name of ${JSON.stringify(names)}) {
  Object.defineProperty(exports, name, { enumerable: true, get: () => require("${file}")[name] })
}`
