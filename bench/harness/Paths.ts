/** Where things are, from the sources of this folder as from what they are compiled to. */
import { existsSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const findRoot = (folder: string): string => {
  const file = join(folder, "package.json")
  if (existsSync(file)) {
    const { name }: { readonly name?: string } = JSON.parse(readFileSync(file, "utf8"))
    if (name === "effect-flash") return folder
  }
  const parent = dirname(folder)
  if (parent === folder) throw new Error("the benchmarks are not inside a checkout of effect-flash")
  return findRoot(parent)
}

/** The folder of the checkout. */
export const root = findRoot(dirname(fileURLToPath(import.meta.url)))

/** What the package ships, built. */
export const dist = join(root, "dist")

/** Everything that benchmarks write; nothing in it is worth keeping. */
export const scratch = join(dist, ".bench")

/** The files of this folder, compiled for plain Node. */
export const compiled = join(scratch, "compiled")

/** A compiled program, by its path below this folder without its suffix. */
export const program = (name: string): string => join(compiled, `${name}.mjs`)
