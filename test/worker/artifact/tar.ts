/** Archives for tests, also such as no tool would make. */
import { packTar } from "modern-tar"
import type { TarEntry } from "modern-tar"
import { createHash } from "node:crypto"
import { gzipSync } from "node:zlib"

export interface Entry {
  readonly name: string
  readonly type?: NonNullable<TarEntry["header"]["type"]>
  readonly linkname?: string
  readonly mode?: number
  readonly text?: string
}

const entryOf = ({ text = "", ...header }: Entry): TarEntry => ({
  header: { ...header, size: header.type === undefined || header.type === "file" ? Buffer.byteLength(text) : 0 },
  ...(text === "" ? {} : { body: text })
})

export const tar = async (...entries: ReadonlyArray<Entry>): Promise<Uint8Array> => packTar(entries.map(entryOf))

export const tarGz = async (...entries: ReadonlyArray<Entry>): Promise<Uint8Array> => gzipSync(await tar(...entries))

/** The entries alone, without the end of an archive: more may follow. */
export const blocks = async (...entries: ReadonlyArray<Entry>): Promise<Uint8Array> =>
  (await tar(...entries)).subarray(0, -1024)

export const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex")
