/**
 * The files that a key is looked for in, read with Node's own functions: the library does not bring a whole file system
 * for two small files. The command line, which writes them too, has one.
 *
 * @since 0.1.0
 */
import { SystemError } from "@effect/platform/Error"
import type { SystemErrorReason } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as fs from "node:fs/promises"

const reasons: Readonly<Record<string, SystemErrorReason>> = {
  ENOENT: "NotFound",
  ENOTDIR: "NotFound",
  EACCES: "PermissionDenied",
  EPERM: "PermissionDenied"
}

const attempt = <A>(method: string, path: string, run: () => Promise<A>): Effect.Effect<A, SystemError> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) =>
      new SystemError({
        module: "FileSystem",
        method,
        pathOrDescriptor: path,
        reason: reasons[(cause as NodeJS.ErrnoException).code ?? ""] ?? "Unknown",
        description: cause instanceof Error ? cause.message : String(cause),
        cause
      })
  })

/**
 * A file system that can look at a file and read it, and nothing else.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<FileSystem.FileSystem> = FileSystem.layerNoop({
  readFileString: (path) => attempt("readFileString", path, () => fs.readFile(path, "utf8")),
  stat: (path) =>
    Effect.map(attempt("stat", path, () => fs.stat(path)), (found): FileSystem.File.Info => ({
      type: found.isDirectory() ? "Directory" : "File",
      mtime: Option.some(found.mtime),
      atime: Option.some(found.atime),
      birthtime: Option.some(found.birthtime),
      dev: found.dev,
      ino: Option.some(found.ino),
      mode: found.mode,
      nlink: Option.some(found.nlink),
      uid: Option.some(found.uid),
      gid: Option.some(found.gid),
      rdev: Option.some(found.rdev),
      size: FileSystem.Size(found.size),
      blksize: Option.some(FileSystem.Size(found.blksize)),
      blocks: Option.some(found.blocks)
    }))
})
