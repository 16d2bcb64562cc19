/**
 * The archives of builds: uploaded and fetched through addresses that are signed and end after a while, and kept in a
 * folder.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { createHmac, timingSafeEqual } from "node:crypto"
import { createReadStream, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs"
import { open, rename, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type { Readable } from "node:stream"
import type { Head, Reply } from "../http/HttpServer.ts"
import * as ids from "../ids.ts"
import { Refused } from "./ControlError.ts"
import { problem } from "./rest/Routes.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Signed {
  readonly url: string
  readonly objectKey: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Artifacts {
  /** Where an app's archive of so many bytes may be put. */
  readonly upload: (appId: string, size: number) => Either.Either<Signed, Refused>
  /** Where an archive may be fetched, if it is there. */
  readonly download: (objectKey: string) => Signed | undefined
  /** The file of an archive, if it is there. */
  readonly file: (objectKey: string) => string | undefined
  readonly remove: (objectKey: string) => void
  /** Answers a request for an archive; its body is read for an upload alone. */
  readonly answer: (head: Head, body: Readable) => Effect.Effect<Reply>
}

/** Bytes. */
const maxSize = 1500 * 1024 * 1024

/** Milliseconds that an address is good for. */
const lifetime = 60 * 60_000

/** Segments of the path below which archives are. */
const prefix = ["flash", "artifacts"] as const

/**
 * Whether a request is one for an archive.
 *
 * @since 0.1.0
 * @category guards
 */
export const isFor = ({ path }: Head): boolean => prefix.every((segment, index) => path[index] === segment)

/**
 * Without a folder the archives are in one that goes with the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: {
  readonly folder: string | undefined
  /** Signs addresses. */
  readonly signingKey: Redacted.Redacted
  /** Base URL of the platform. */
  readonly url: () => string
  readonly now: () => number
}): Effect.Effect<Artifacts, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { now, signingKey } = options
    let { folder } = options
    if (folder === undefined) {
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => folder === undefined ? undefined : rmSync(folder, { recursive: true, force: true }))
      )
    }
    // made when it is first needed: most platforms see no archive
    const pathOf = (objectKey: string) =>
      join(folder ??= mkdtempSync(join(tmpdir(), "effect-flash-artifacts-")), objectKey)

    const sizeOf = (objectKey: string): number | undefined =>
      folder === undefined ? undefined : statSync(pathOf(objectKey), { throwIfNoEntry: false })?.size

    const signature = (method: string, objectKey: string, expires: string, size: string): string =>
      createHmac("sha256", Redacted.value(signingKey)).update([method, objectKey, expires, size].join("\n")).digest(
        "hex"
      )

    const sign = (method: "PUT" | "GET", objectKey: string, size: number): Signed => {
      const expiresAt = now() + lifetime
      const [expires, bytes] = [String(expiresAt), String(size)]
      const query = new URLSearchParams({
        expires,
        size: bytes,
        signature: signature(method, objectKey, expires, bytes)
      })
      return { url: `${options.url()}/${prefix.join("/")}/${objectKey}?${query}`, objectKey, expiresAt }
    }

    /** The key and the size of what an address is good for, or why it is not. */
    const check = ({ method, path, query }: Head): { readonly objectKey: string; readonly size: number } | Reply => {
      const objectKey = path.slice(prefix.length).join("/")
      const [expires, size] = [query.get("expires") ?? "", query.get("size") ?? ""]
      const given = Buffer.from(query.get("signature") ?? "")
      const right = Buffer.from(signature(method, objectKey, expires, size))
      if (given.length !== right.length || !timingSafeEqual(given, right)) {
        return problem(403, "Forbidden", "the signature is not valid for this request")
      }
      return Number(expires) < now()
        ? problem(403, "Forbidden", "the address has expired: ask for a new one")
        : { objectKey, size: Number(size) }
    }

    const put = ({ headers }: Head, body: Readable, objectKey: string, size: number): Effect.Effect<Reply> => {
      const length = headers["content-length"]
      return length !== undefined && Number(length) !== size
        ? Effect.succeed(problem(400, "Bad Request", `the archive was announced with ${size} bytes, not ${length}`))
        : Effect.map(
          Effect.either(Effect.tryPromise(() => store(body, pathOf(objectKey), size))),
          Either.match({
            onLeft: ({ cause }) => problem(500, "Internal Server Error", `the archive was not stored: ${cause}`),
            onRight: (stored): Reply =>
              stored === size
                ? { status: 200 }
                : problem(400, "Bad Request", `the archive was announced with ${size} bytes, and is not of that size`)
          })
        )
    }

    const get = (objectKey: string): Reply => {
      const size = sizeOf(objectKey)
      return size === undefined ? problem(404, "Not Found", `there is no archive ${objectKey}`) : {
        status: 200,
        headers: { "content-type": "application/gzip", "content-length": String(size) },
        stream: Stream.orDie(
          Stream.fromAsyncIterable<Uint8Array, unknown>(createReadStream(pathOf(objectKey)), (cause) => cause)
        )
      }
    }

    return {
      upload: (appId, size) =>
        size > 0 && size <= maxSize
          ? Either.right(sign("PUT", `${appId}/${ids.uuid()}.tar.gz`, size))
          : Either.left(new Refused({ message: `tarballSize must be 1 to ${maxSize} bytes, not ${size}` })),
      download(objectKey) {
        const size = sizeOf(objectKey)
        return size === undefined ? undefined : sign("GET", objectKey, size)
      },
      file: (objectKey) => sizeOf(objectKey) === undefined ? undefined : pathOf(objectKey),
      remove(objectKey) {
        if (folder !== undefined) rmSync(pathOf(objectKey), { force: true })
      },
      answer: (head, body) =>
        Effect.suspend(() => {
          const checked = check(head)
          if ("status" in checked) return Effect.succeed(checked)
          return head.method === "PUT"
            ? put(head, body, checked.objectKey, checked.size)
            : Effect.sync(() => get(checked.objectKey))
        })
    }
  })

/** Writes a body beside its place, and puts it there where it is of the right size. Gives the size, as far as it was read. */
const store = async (body: Readable, path: string, size: number): Promise<number> => {
  const part = `${path}.${ids.uuid()}.part`
  let written = 0
  // it may break before anybody reads it
  body.on("error", () => {})
  try {
    mkdirSync(dirname(path), { recursive: true })
    const file = await open(part, "wx", 0o600)
    try {
      // what is too long is not read to its end, but stays there to be answered
      for await (const chunk of body.iterator({ destroyOnReturn: false })) {
        const bytes: Buffer = chunk
        written += bytes.length
        if (written > size) break
        await file.write(bytes)
      }
    } finally {
      await file.close()
    }
    if (written === size) await rename(part, path)
    return written
  } finally {
    await rm(part, { force: true })
  }
}
