/** Writes archives that say nothing of when, where and by whom they were made. */
import { createHash } from "node:crypto"
import { createReadStream, createWriteStream } from "node:fs"
import { Readable, Transform } from "node:stream"
import { pipeline } from "node:stream/promises"
import { createGzip } from "node:zlib"
import { byCodeUnits } from "./ProjectFiles.ts"

export interface Entry {
  /** Relative to the archive's root, with slashes. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  readonly isExecutable: boolean
  /** Bytes, or the path of the file that has them. */
  readonly content: Uint8Array | string
}

export interface Written {
  /** Hexadecimal sha256 of the file. */
  readonly sha256: string
  /**
   * Hexadecimal sha256 of what is compressed: the same contents have the same one, whatever compressed them. Versions of
   * zlib differ in how they do it.
   */
  readonly digest: string
  /** Bytes of the file. */
  readonly size: number
}

/** Writes a gzipped tar. Its entries are in the order of their paths, of time 0 and of root. */
export const write = async (entries: ReadonlyArray<Entry>, file: string, signal: AbortSignal): Promise<Written> => {
  const [contents, archive] = [createHash("sha256"), createHash("sha256")]
  let size = 0
  await pipeline(
    Readable.from(blocks(entries), { objectMode: false }),
    through((chunk) => {
      contents.update(chunk)
      return chunk
    }),
    createGzip({ level: 9 }),
    through((chunk) => {
      // the tenth byte names the system that it was made on; 255 is unknown
      const bytes = size < 10 && size + chunk.length >= 10 ? withByte(chunk, 9 - size, 255) : chunk
      archive.update(bytes)
      size += bytes.length
      return bytes
    }),
    createWriteStream(file),
    { signal }
  )
  return { sha256: archive.digest("hex"), digest: contents.digest("hex"), size }
}

const through = (map: (chunk: Buffer) => Buffer): Transform =>
  new Transform({ transform: (chunk: Buffer, _, done) => done(null, map(chunk)) })

const withByte = (chunk: Buffer, index: number, byte: number): Buffer => {
  const copy = Buffer.from(chunk)
  copy[index] = byte
  return copy
}

const blockSize = 512

async function* blocks(entries: ReadonlyArray<Entry>): AsyncGenerator<Uint8Array> {
  for (const entry of entries.toSorted((a, b) => byCodeUnits(a.path, b.path))) {
    yield* headersOf(entry)
    let size = 0
    if (typeof entry.content !== "string") {
      size = entry.content.length
      yield entry.content
    } else {
      for await (const chunk of createReadStream(entry.content) as AsyncIterable<Buffer>) {
        size += chunk.length
        yield chunk
      }
    }
    if (size !== entry.size) throw new Error(`${entry.path} has changed while it was packed`)
    yield padding(size)
  }
  yield Buffer.alloc(2 * blockSize)
}

const padding = (size: number): Uint8Array => Buffer.alloc((blockSize - size % blockSize) % blockSize)

/** A path that a header has no room or no letters for is in a header of its own before it, as POSIX has it. */
function* headersOf({ isExecutable, path, size }: Entry): Generator<Uint8Array> {
  const name = `./${path}`
  if (Buffer.byteLength(name) > 100 || /[^ -~]/.test(name)) {
    const record = recordOf("path", name)
    yield header({ name: "././@PaxHeader", size: record.length, mode: 0o644, type: "x" })
    yield record
    yield padding(record.length)
  }
  yield header({ name, size, mode: isExecutable ? 0o755 : 0o644, type: "0" })
}

/** `<length> path=<value>\n`, where the length counts itself. */
const recordOf = (key: string, value: string): Buffer => {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  const length = [1, 2, 3, 4, 5].map((digits) => rest + digits).find((length, index) =>
    `${length}`.length === index + 1
  )
  return Buffer.from(`${length} ${key}=${value}\n`)
}

const header = (
  { mode, name, size, type }: {
    readonly name: string
    readonly size: number
    readonly mode: number
    readonly type: string
  }
): Buffer => {
  const block = Buffer.alloc(blockSize)
  const octal = (value: number, at: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "latin1")
  Buffer.from(name).copy(block, 0, 0, 100)
  octal(mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(0, 136, 12)
  block.write(`${type}`, 156, "latin1")
  block.write("ustar\x0000", 257, "latin1")
  // the sum is made as if its own place held spaces
  block.fill(" ", 148, 156)
  const sum = block.reduce((sum, byte) => sum + byte, 0)
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1")
  return block
}
