/** Bundles the modules of a project with esbuild alone: an entry each, shared chunks, source maps. The argument is its
 * folder. */
import * as esbuild from "esbuild"
import { join } from "node:path"
import { modules } from "../fixtures/project.ts"

const [, , folder = ""] = process.argv
await esbuild.build({
  entryPoints: modules.map((path) => join(folder, path)),
  bundle: true,
  outdir: join(folder, ".esbuild"),
  outExtension: { ".js": ".mjs" },
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: true,
  sourcesContent: false,
  keepNames: true,
  logLevel: "silent",
  external: ["effect", "effect/*", "@effect/*", "effect-flash", "effect-flash/*"]
})
