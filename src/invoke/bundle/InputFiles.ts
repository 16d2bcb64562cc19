/**
 * The files that a bundle was made of, to see whether they have changed.
 *
 * @since 0.1.0
 */
import { existsSync, statSync } from "node:fs"
import { dirname, join } from "node:path"

/**
 * @since 0.1.0
 * @category models
 */
export interface InputFiles {
  readonly paths: ReadonlyArray<string>
  /** Asks the file system: a microsecond or two for each file. */
  readonly haveChanged: () => boolean
}

/**
 * A file that was written so shortly before it was read may be written again without a change of its time, which has
 * the grain of a clock tick; milliseconds.
 */
const tick = 20

/**
 * `before`: when the first of them was read, in milliseconds since the epoch, by the clock that the file system goes by.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (paths: ReadonlyArray<string>, before: number): InputFiles => {
  const stamps = paths.map((path) => ({ path, stamp: stampOf(path) }))
  // what changed while it was read, or may have: the next look makes sure. A time to come is another clock's.
  const after = Date.now()
  const isUnsure = stamps.some(({ stamp }) =>
    stamp !== undefined && stamp.mtimeMs > before - tick && stamp.mtimeMs < after + tick
  )
  return {
    paths,
    haveChanged: () =>
      isUnsure || stamps.some(({ path, stamp }) => {
        const now = stampOf(path)
        return keys.some((key) => now?.[key] !== stamp?.[key])
      })
  }
}

/** A copy may bring the time of its original along, so that the time of the change itself is looked at, too. */
const keys = ["mtimeMs", "ctimeMs", "size", "ino"] as const

const stampOf = (path: string) => statSync(path, { throwIfNoEntry: false })

/**
 * The nearest files of that name at or above a module's folder.
 *
 * @since 0.1.0
 * @category accessors
 */
export const above = (file: string, name: string): ReadonlyArray<string> => {
  for (let directory = dirname(file);; directory = dirname(directory)) {
    if (existsSync(join(directory, name))) return [join(directory, name)]
    if (directory === dirname(directory)) return []
  }
}
