import { assert, expect, layer } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { BundleFailed, CpuLiveServerless, remote } from "effect-flash"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Procedure } from "../../src/Endpoint.ts"
import * as CodeBundler from "../../src/invoke/CodeBundler.ts"

const cpu = CpuLiveServerless.make("code-bundler")

/** A remote function of that module. */
const definedIn = (module: string, dependencies: ReadonlyArray<string> = []): Procedure =>
  remote("f", { resource: cpu, module, dependencies }) as object as Procedure

/** A module of its own; succeeds with its URL and a way to change it. */
const module = (text: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-bundler-"))),
      (root) => Effect.sync(() => rmSync(root, { recursive: true, force: true }))
    ),
    (root) => {
      const file = join(root, "main.ts")
      const write = (text: string) => Effect.sync(() => writeFileSync(file, text))
      writeFileSync(file, text)
      return { url: pathToFileURL(file).href, write }
    }
  )

layer(CodeBundler.layer)("CodeBundler", (it) => {
  it.scoped("bundles a module once, for all functions of it", () =>
    Effect.gen(function*() {
      const { bundle } = yield* CodeBundler.CodeBundler
      const { url, write } = yield* module(`export const f = "first"`)
      const bundles = yield* Effect.all(Array.from({ length: 20 }, () => bundle(definedIn(url))), {
        concurrency: "unbounded"
      })
      yield* write(`export const f = "second"`)
      const [first] = bundles
      assert(first !== undefined)
      expect(first.code).toContain("first")
      for (const other of [...bundles, yield* bundle(definedIn(url))]) expect(other).toBe(first)
    }))

  it.scoped("bundles it again for other dependencies", () =>
    Effect.gen(function*() {
      const { bundle } = yield* CodeBundler.CodeBundler
      const { url } = yield* module(`import ms from "ms-not-installed"\nexport const f = ms`)
      expect((yield* Effect.flip(bundle(definedIn(url)))).reason).toContain("ms-not-installed")
      expect((yield* bundle(definedIn(url, ["ms-not-installed"]))).code).toContain(`from "ms-not-installed"`)
    }))

  it.scoped("does not keep a failure", () =>
    Effect.gen(function*() {
      const { bundle } = yield* CodeBundler.CodeBundler
      const { url, write } = yield* module(`const f = 1`)
      const error = yield* Effect.flip(bundle(definedIn(url)))
      assert.instanceOf(error, BundleFailed)
      expect(error.function).toBe("f")
      expect(error.module).toBe(url)
      yield* write(`export const f = "mended"`)
      expect((yield* bundle(definedIn(url))).code).toContain("mended")
    }))

  it.scoped("goes on where the first who asked goes away", () =>
    Effect.gen(function*() {
      const { bundle } = yield* CodeBundler.CodeBundler
      const { url } = yield* module(`export const f = "kept"`)
      const first = yield* Effect.fork(bundle(definedIn(url)))
      yield* Effect.yieldNow()
      const second = yield* Effect.fork(bundle(definedIn(url)))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(first)
      expect((yield* Fiber.join(second)).code).toContain("kept")
      expect((yield* bundle(definedIn(url))).code).toContain("kept")
    }))

  it.scoped("says what to do where a function has no module", () =>
    Effect.gen(function*() {
      const { bundle } = yield* CodeBundler.CodeBundler
      const f = definedIn("file:///x.ts")
      const [id] = Object.getOwnPropertySymbols(f)
      const lost = Object.assign(() => {}, f, { [id ?? ""]: { module: undefined, dependencies: [] } })
      expect((yield* Effect.flip(bundle(lost as object as Procedure))).message).toContain("module: import.meta.url")
    }))
})
