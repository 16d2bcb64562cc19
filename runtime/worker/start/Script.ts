/**
 * Runs one of the worker's two programs as a script, so that V8 need not compile it at every start: what was compiled
 * when the first job of a worker is over is kept beside the package, and the next worker begins with it.
 *
 * What is kept is as trusted as the package's own files are, since whoever may write there could write those. Where
 * nothing can be written it goes unkept, and what V8 finds to be of another version, or of other flags, is not used.
 *
 * @since 0.1.0
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { cachedDataVersionTag } from "node:v8"
import { Script } from "node:vm"
import type { Host } from "../Host.ts"

/**
 * Runs a script. Its name holds a hash of its content: V8 tells what was compiled of one text from another by nothing
 * but their lengths.
 *
 * @since 0.1.0
 * @category running
 */
export const run = (file: URL, host: Omit<Host, "keep">): void => {
  const filename = fileURLToPath(file)
  const folder = join(dirname(filename), "../.cache")
  const kept = join(folder, `${basename(filename)}-${process.version}-${process.arch}-${cachedDataVersionTag()}`)
  const script = new Script(readFileSync(filename, "latin1"), { filename, cachedData: readKept(kept) })
  let isKept = script.cachedDataRejected === false
  const keep = () => {
    if (isKept) return
    isKept = true
    setImmediate(() => {
      try {
        mkdirSync(folder, { recursive: true })
        // whole or not at all: other workers may read it, or write it too
        const staged = `${kept}.${process.pid}`
        writeFileSync(staged, script.createCachedData())
        renameSync(staged, kept)
      } catch {
        // the next worker compiles it again
      }
    })
  }
  const module = { exports: {} }
  const program: Program = script.runInThisContext()
  program(createRequire(file), module, module.exports, { ...host, keep })
}

type Program = (require: NodeJS.Require, module: { exports: object }, exports: object, host: Host) => void

const readKept = (file: string): Buffer | undefined => {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}
