/**
 * Where an entry of an archive belongs, and what leads out of the archive's folder.
 *
 * @since 0.1.0
 */
import { posix } from "node:path"
import { Refusal } from "./ArtifactError.ts"

/**
 * The place of an entry below the archive's folder, without `.` in it; empty for the folder itself. Throws `Refusal`
 * where the name is absolute, has `..`, or is none.
 *
 * @since 0.1.0
 * @category accessors
 */
export const of = (name: string): string => {
  if (name.startsWith("/")) throw new Refusal("its path is absolute", name)
  if (name.includes("\0")) throw new Refusal("its path has a null character", name)
  const segments = name.split("/").filter((segment) => segment !== "" && segment !== ".")
  if (segments.includes("..")) throw new Refusal("its path has `..`", name)
  return segments.join("/")
}

/**
 * What a symbolic link at that place may say. Throws `Refusal` where it leads out of the archive's folder.
 *
 * @since 0.1.0
 * @category accessors
 */
export const ofSymlink = (path: string, target: string): string => {
  if (target === "") throw new Refusal("its link leads nowhere", path)
  if (target.startsWith("/")) throw new Refusal(`its link leads to ${target}, which is absolute`, path)
  const there = posix.normalize(posix.join(posix.dirname(path), target))
  if (there === ".." || there.startsWith("../")) throw new Refusal(`its link leads out, to ${target}`, path)
  return target
}
