import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Logger, TestClock } from "effect"
import * as fs from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import * as Artifact from "../../../runtime/worker/artifact/Artifact.ts"
import * as Limits from "../../../runtime/worker/artifact/Limits.ts"
import { blocks, sha256, tar, tarGz } from "./tar.ts"
import type { Entry } from "./tar.ts"

/** A folder for the archive, the place it is unpacked to, and what lies around that. */
const place = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(join(tmpdir(), "effect-flash-artifact-"))),
    (root) => Effect.sync(() => fs.rmSync(root, { recursive: true, force: true }))
  ),
  (root) => {
    fs.mkdirSync(join(root, "around"))
    fs.writeFileSync(join(root, "around", "worker.mjs"), "the worker's own code")
    return {
      source: join(root, "artifact.tar.gz"),
      folder: join(root, "around", "app"),
      /** Everything there is but the archive. */
      files: () =>
        fs.readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name !== "artifact.tar.gz").sort()
    }
  }
)

/** Runs it, and lets the time between attempts pass when one of them has failed: each says so in the log. */
const withoutWaiting = <A, E>(effect: Effect.Effect<A, E>, meanwhile = () => {}): Effect.Effect<A, E> =>
  Effect.gen(function*() {
    let failed = 0
    const fiber = yield* Effect.fork(Effect.provide(effect, Logger.add(Logger.make(() => failed++))))
    for (let seen = 0; fiber.unsafePoll() === null;) {
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 2)))
      if (failed === seen) continue
      seen = failed
      meanwhile()
      yield* TestClock.adjust("32 seconds")
    }
    return yield* Fiber.join(fiber)
  })

const untouched = ["around", join("around", "worker.mjs")]

/** What becomes of an archive that is to be refused. */
const refuse = (bytes: Uint8Array, limits?: Partial<Limits.Limits>) =>
  Effect.gen(function*() {
    const { files, folder, source } = yield* place
    fs.writeFileSync(source, bytes)
    const error = yield* Effect.flip(
      Artifact.unpack({ source, folder, limits: { ...Limits.limits, ...limits } })
    )
    expect(files()).toEqual(untouched)
    assert(error._tag === "ArtifactRefused", error.message)
    return error
  })

const refuseEntries = (...entries: ReadonlyArray<Entry>) =>
  Effect.flatMap(Effect.promise(() => tarGz(...entries)), (bytes) => refuse(bytes))

describe("an archive", () => {
  it.scoped("is unpacked with its folders, links inside and executables, and its digest is given", () =>
    Effect.gen(function*() {
      const { folder, source } = yield* place
      const bytes = yield* Effect.promise(() =>
        tarGz(
          { name: "./", type: "directory" },
          { name: "./flash_manifest.json", text: "{}" },
          { name: "./node_modules/.bin/tool", type: "symlink", linkname: "../tool/bin.js" },
          { name: "./node_modules/tool/bin.js", text: "#!/usr/bin/env node", mode: 0o4755 },
          { name: "./copy.js", type: "link", linkname: "./node_modules/tool/bin.js" },
          { name: `long/${"x".repeat(120)}/ü.txt`, text: "long" }
        )
      )
      fs.writeFileSync(source, bytes)
      expect(yield* Artifact.unpack({ source, folder, sha256: sha256(bytes) })).toBe(sha256(bytes))
      expect(fs.readFileSync(join(folder, "flash_manifest.json"), "utf8")).toBe("{}")
      expect(fs.readFileSync(join(folder, "node_modules/.bin/tool"), "utf8")).toContain("node")
      expect(fs.statSync(join(folder, "copy.js")).mode & 0o7777).toBe(0o755)
      expect(fs.statSync(join(folder, "flash_manifest.json")).mode & 0o7777).toBe(0o644)
      expect(fs.readFileSync(join(folder, "long", "x".repeat(120), "ü.txt"), "utf8")).toBe("long")
    }))

  it.scoped("may be a plain tar, and may come from a URL whose signature no error shows", () =>
    Effect.gen(function*() {
      const { files, folder } = yield* place
      const bytes = yield* Effect.promise(() => tar({ name: "a", text: "a" }))
      const server = yield* Effect.acquireRelease(
        Effect.async<ReturnType<typeof createServer>>((resume) => {
          const server = createServer((request, response) =>
            request.url?.startsWith("/artifact") ? response.end(bytes) : response.writeHead(403).end()
          )
          server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.async<void>((resume) => void server.close(() => resume(Effect.void)))
      )
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      yield* Artifact.unpack({ source: `${url}/artifact?signature=s3cr3t`, folder })
      expect(files()).toContain(join("around", "app", "a"))
      const error = yield* withoutWaiting(
        Effect.flip(Artifact.unpack({ source: `${url}/expired?signature=s3cr3t`, folder: `${folder}2` }))
      )
      expect(error._tag).toBe("ArtifactUnavailable")
      expect(error.message).toContain("403")
      expect(error.message).not.toContain("s3cr3t")
    }))

  it.scoped("that is missing, cut off, not a tar or another one than was deployed is tried again and then an error", () =>
    Effect.gen(function*() {
      const { files, folder, source } = yield* place
      const whole = yield* Effect.promise(() => tarGz({ name: "a", text: "a".repeat(10_000) }))
      const failing = (bytes: Uint8Array | undefined, digest?: string) =>
        Effect.gen(function*() {
          fs.rmSync(source, { force: true })
          if (bytes !== undefined) fs.writeFileSync(source, bytes)
          const error = yield* withoutWaiting(Effect.flip(Artifact.unpack({ source, folder, sha256: digest })))
          expect(files()).toEqual(untouched)
          return error._tag
        })
      expect(yield* failing(undefined)).toBe("ArtifactUnavailable")
      expect(yield* failing(whole.subarray(0, whole.length - 20))).toBe("ArtifactCorrupt")
      expect(yield* failing(gzipSync("no tar at all".repeat(100)))).toBe("ArtifactCorrupt")
      expect(yield* failing(new Uint8Array())).toBe("ArtifactCorrupt")
      expect(yield* failing(whole, "0".repeat(64))).toBe("ArtifactCorrupt")
    }))

  it.scoped("that arrives late is taken when it is there", () =>
    Effect.gen(function*() {
      const { folder, source } = yield* place
      const bytes = yield* Effect.promise(() => tarGz({ name: "a", text: "a" }))
      const arrive = () => fs.writeFileSync(source, bytes)
      expect(yield* withoutWaiting(Artifact.unpack({ source, folder }), arrive)).toBe(sha256(bytes))
    }))

  it.scoped("leaves nothing behind where its unpacking is interrupted", () =>
    Effect.gen(function*() {
      const { files, folder, source } = yield* place
      const many = yield* Effect.promise(() =>
        tarGz(...Array.from({ length: 5_000 }, (_, index) => ({ name: `f${index}`, text: "x" })))
      )
      fs.writeFileSync(source, many)
      const unpacking = yield* Effect.fork(Artifact.unpack({ source, folder }))
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 30)))
      yield* Fiber.interrupt(unpacking)
      expect(files()).toEqual(untouched)
    }))
})

describe("an archive is refused, and nothing of it is written,", () => {
  it.scoped("where an entry leads out of its folder", () =>
    Effect.gen(function*() {
      const first = { name: "a", text: "a" }
      for (const name of ["/etc/effect-flash", "../worker.mjs", "a/../../worker.mjs", "./..", "b/.."]) {
        expect((yield* refuseEntries(first, { name, text: "evil" })).entry).toBe(name)
        yield* refuseEntries(first, { name, type: "directory" })
      }
    }))

  it.scoped("where a link leads out, or something is written through a link", () =>
    Effect.gen(function*() {
      for (const linkname of ["/etc", "..", "../..", "b/../../x", "nowhere", "a/b/c"]) {
        yield* refuseEntries({ name: "a", text: "a" }, { name: "l", type: "symlink", linkname })
      }
      // each is inside as a text; one after the other they are not
      yield* refuseEntries(
        { name: "d/f", text: "" },
        { name: "d/up", type: "symlink", linkname: ".." },
        { name: "out", type: "symlink", linkname: "d/up/../worker.mjs" }
      )
      yield* refuseEntries({ name: "d/f" }, { name: "l", type: "symlink", linkname: "d" }, { name: "l/x", text: "x" })
      yield* refuseEntries({ name: "l", type: "symlink", linkname: "l" })
      yield* refuseEntries({ name: "h", type: "link", linkname: "/etc/passwd" })
      yield* refuseEntries({ name: "h", type: "link", linkname: "../worker.mjs" })
      yield* refuseEntries({ name: "a" }, { name: "l", type: "symlink", linkname: "a" }, {
        name: "h",
        type: "link",
        linkname: "l"
      })
    }))

  it.scoped("where an entry is a device, or is there twice", () =>
    Effect.gen(function*() {
      for (const type of ["character-device", "block-device", "fifo"] as const) {
        expect((yield* refuseEntries({ name: "d", type })).reason).toContain(type)
      }
      yield* refuseEntries({ name: "a", text: "1" }, { name: "./a", text: "2" })
      yield* refuseEntries({ name: "a", text: "1" }, { name: "a/b", text: "2" })
    }))

  it.scoped("where it has ten million entries, at once", () =>
    Effect.gen(function*() {
      // members of a gzip may stand one after the other
      const member = gzipSync(
        yield* Effect.promise(() =>
          blocks(...Array.from({ length: 10_000 }, () => ({ name: "d", type: "directory" as const })))
        )
      )
      const bytes = Buffer.concat([...Array.from({ length: 1_000 }, () => member), gzipSync(new Uint8Array(1024))])
      expect((yield* refuse(bytes, { ratio: Infinity, entries: 20_000 })).reason).toContain("20000 entries")
    }))

  it.scoped("where it is a bomb, or larger than its limits", () =>
    Effect.gen(function*() {
      const zeros = gzipSync(new Uint8Array(10 * 1024 * 1024))
      const header = (yield* Effect.promise(() => blocks({ name: "bomb", text: "x" }))).slice(0, 512)
      header.set(Buffer.from("77777777777\0"), 124)
      header.fill(0x20, 148, 156)
      const sum = header.reduce((all, byte) => all + byte, 0)
      header.set(Buffer.from(`${sum.toString(8).padStart(6, "0")}\0 `), 148)
      const bomb = Buffer.concat([gzipSync(header), ...Array.from({ length: 800 }, () => zeros)])
      expect((yield* refuse(bomb)).reason).toContain("100 times its size")
      expect((yield* refuse(bomb, { ratio: Infinity, bytes: 10_000_000 })).reason).toContain("10000000 bytes")
      expect((yield* refuse(bomb, { archiveBytes: 1000 })).reason).toContain("larger than 1000 bytes")
    }))
})
