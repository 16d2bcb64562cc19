// @ts-check
/**
 * What npm runs after an install in a checkout, never on the machine of somebody who installs the package: the fixes
 * in patches/ are applied, and dist/ is built where it is not already what the sources make.
 */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import * as Path from "node:path"
import { buildChanged, BuildError, projectRoot, runScript } from "./build.mjs"

await runScript(async () => {
  const patchPackage = Path.join(projectRoot, "node_modules", "patch-package", "index.js")
  if (!existsSync(patchPackage)) {
    console.log("prepare: the development tools are not installed, so nothing is patched or built")
    return
  }
  const patched = spawnSync(process.execPath, [patchPackage, "--error-on-fail"], { cwd: projectRoot, stdio: "inherit" })
  if (patched.status !== 0) throw new BuildError("patches/ could not be applied: see patches/README.md")
  const start = performance.now()
  const built = await buildChanged(projectRoot, "install")
  console.log(built ? `built dist in ${Math.round(performance.now() - start)} ms` : "dist is up to date")
})
