/**
 * Compiles this folder, file by file, for plain Node and against the built package: what is measured is what users get,
 * without the loader that runs TypeScript.
 */
import { Effect } from "effect"
import * as esbuild from "esbuild"
import { rmSync } from "node:fs"
import * as Path from "node:path"
import { compiled, dist, root } from "./Paths.ts"

const bench = Path.join(root, "bench")

/** Imports of `src` and `runtime` become imports of what is built from them; those of this folder stay inside. */
const relink: esbuild.Plugin = {
  name: "relink",
  setup: (build) => {
    build.onResolve({ filter: /.*/ }, ({ importer, kind, path, resolveDir }) => {
      if (kind === "entry-point") return undefined
      if (!path.startsWith(".")) return { path, external: true }
      const target = Path.resolve(resolveDir, path)
      const inBench = Path.relative(bench, target)
      const output = inBench.startsWith("..")
        ? Path.join(dist, Path.relative(root, target)).replace(/\.ts$/, ".js")
        : Path.join(compiled, inBench).replace(/\.ts$/, ".mjs")
      const from = Path.dirname(Path.join(compiled, Path.relative(bench, importer)))
      const relative = Path.relative(from, output).split(Path.sep).join("/")
      return { path: relative.startsWith(".") ? relative : `./${relative}`, external: true }
    })
  }
}

export const compile = Effect.tryPromise(async () => {
  rmSync(compiled, { recursive: true, force: true })
  await esbuild.build({
    entryPoints: [Path.join(bench, "**/*.ts")],
    outdir: compiled,
    outbase: bench,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    plugins: [relink],
    logLevel: "warning"
  })
})
