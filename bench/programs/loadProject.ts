/** Loads the modules that esbuild has bundled of a project: what it takes to see their values. The argument is its folder. */
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { modules } from "../fixtures/project.ts"

const [, , folder = ""] = process.argv
for (const path of modules) {
  await import(pathToFileURL(join(folder, path.replace("src/", ".esbuild/").replace(/\.ts$/, ".mjs"))).href)
}
