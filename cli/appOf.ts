import { existsSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"

/** The app of a project: the name in package.json without its scope, which moves with the project, or the folder's. */
export const appOf = (root: string): string => {
  const file = join(root, "package.json")
  const { name = basename(root) }: { readonly name?: string } = existsSync(file)
    ? JSON.parse(readFileSync(file, "utf8"))
    : {}
  return name.replace(/^@[^/]*\//, "")
}
