/**
 * Writes the entries of an archive below a new folder, and nothing anywhere else.
 *
 * Nothing is ever written through a link: the links of an archive are made when its files are there, and then each is
 * followed to see that it ends inside.
 *
 * @since 0.1.0
 */
import { createTarDecoder } from "modern-tar"
import type { ParsedTarEntry } from "modern-tar"
import { createHash } from "node:crypto"
import * as fs from "node:fs/promises"
import { dirname, join, sep } from "node:path"
import type { Readable } from "node:stream"
import { pipeline } from "node:stream"
import { ReadableStream } from "node:stream/web"
import { createGunzip } from "node:zlib"
import { Refusal } from "./ArtifactError.ts"
import * as EntryPath from "./EntryPath.ts"
import * as Limits from "./Limits.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly source: Readable
  /** A folder that is there, is empty and has no symbolic link in its path. */
  readonly folder: string
  readonly limits: Limits.Limits
  readonly signal: AbortSignal
}

/**
 * Extracts a tar, gzipped or not; the hexadecimal sha256 of the source as it was read. Rejects with `Refusal`, or with
 * the error of what went wrong, and leaves what was written by then.
 *
 * @since 0.1.0
 * @category constructors
 */
export const extract = async ({ folder, limits, signal, source }: Options): Promise<string> => {
  const hash = createHash("sha256")
  const meter = Limits.meter(limits)
  const abort = () => source.destroy(new Error("it was interrupted"))
  signal.addEventListener("abort", abort, { once: true })
  try {
    const bytes = given(inflated(taken(source, hash, meter)), meter)
    const entries = ReadableStream.from(bytes).pipeThrough(createTarDecoder({ strict: true }))
    const writer = writerOf(folder)
    for await (const entry of entries as AsyncIterable<ParsedTarEntry>) {
      signal.throwIfAborted()
      meter.entry()
      await writer.write(entry)
    }
    await writer.link()
    return hash.digest("hex")
  } finally {
    signal.removeEventListener("abort", abort)
    source.destroy()
  }
}

async function* taken(
  source: AsyncIterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
  meter: Limits.Meter
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    meter.took(chunk.length)
    hash.update(chunk)
    yield chunk
  }
}

async function* given(chunks: AsyncIterable<Uint8Array>, meter: Limits.Meter): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    meter.gave(chunk.length)
    yield chunk
  }
}

/** No name begins with the first byte of a gzip. */
async function* inflated(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const first = await chunks.next()
  if (first.done === true) return
  const all = prepend(first.value, chunks)
  if (first.value[0] !== 0x1f) return yield* all
  // its errors end the iteration
  yield* pipeline(all, createGunzip(), () => {}) as AsyncIterable<Uint8Array>
}

async function* prepend(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  yield* rest
}

const writerOf = (folder: string) => {
  const folders = new Set([""])
  const files = new Set<string>()
  /** Places of symbolic links, and what they say. */
  const links = new Map<string, string>()

  const makeFolder = async (path: string): Promise<void> => {
    if (folders.has(path)) return
    const parent = parentOf(path)
    await makeFolder(parent)
    if (files.has(path) || links.has(path)) throw new Refusal("it is a folder, and something else before", path)
    await fs.mkdir(join(folder, path), { mode: 0o755 })
    folders.add(path)
  }

  /** Makes the folder of something that is not there yet. */
  const prepare = async (path: string): Promise<void> => {
    if (path === "" || folders.has(path) || files.has(path) || links.has(path)) {
      throw new Refusal("it is there twice", path)
    }
    await makeFolder(parentOf(path))
  }

  const writeFile = async (path: string, executable: boolean, body: AsyncIterable<Uint8Array>) => {
    await prepare(path)
    files.add(path)
    const file = await fs.open(join(folder, path), "wx", executable ? 0o755 : 0o644)
    try {
      for await (const chunk of body) await file.writeFile(chunk)
    } finally {
      await file.close()
    }
  }

  return {
    async write({ body, header: { linkname = "", mode = 0, name, type = "file" } }: ParsedTarEntry): Promise<void> {
      const path = EntryPath.of(name)
      if (type === "file") return writeFile(path, (mode & 0o111) !== 0, body as AsyncIterable<Uint8Array>)
      await body.cancel()
      switch (type) {
        case "directory":
          return makeFolder(path)
        case "symlink":
          await prepare(path)
          links.set(path, EntryPath.ofSymlink(path, linkname))
          return
        case "link": {
          const target = EntryPath.of(linkname)
          if (!files.has(target)) throw new Refusal(`it is a link to ${linkname}, which is no file before it`, path)
          await prepare(path)
          files.add(path)
          return fs.link(join(folder, target), join(folder, path))
        }
        default:
          throw new Refusal(`it is a ${type}: only files, folders and links inside belong into a build`, path)
      }
    },
    /** Makes the links; a link may lead by way of another one. */
    async link(): Promise<void> {
      for (const [path, target] of links) await fs.symlink(target, join(folder, path))
      const root = await fs.realpath(folder)
      for (const [path, target] of links) {
        const end = await fs.realpath(join(folder, path)).catch(() => undefined)
        if (end === undefined) throw new Refusal(`its link leads nowhere, to ${target}`, path)
        if (end !== root && !end.startsWith(`${root}${sep}`)) {
          throw new Refusal(`its link leads out, to ${target}`, path)
        }
      }
    }
  }
}

const parentOf = (path: string): string => {
  const parent = dirname(path)
  return parent === "." ? "" : parent
}
