import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { SourceMap } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import * as Esbuild from "../../../src/invoke/bundle/esbuild.ts"

/** Writes files into a folder of their own; succeeds with its path. */
const folder = (files: Readonly<Record<string, string>>, prefix = "effect-flash-bundle-") =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const root = realpathSync(mkdtempSync(join(tmpdir(), prefix)))
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, file)), { recursive: true })
        writeFileSync(join(root, file), text)
      }
      return root
    }),
    (root) => Effect.sync(() => rmSync(root, { recursive: true, force: true }))
  )

const bundleAt = (root: string, entry = "main.ts", dependencies: ReadonlyArray<string> = []) =>
  Effect.tryPromise({
    try: () => Esbuild.bundle(pathToFileURL(join(root, entry)).href, dependencies),
    catch: (error) => {
      assert.instanceOf(error, Esbuild.BundleProblem)
      return error.message
    }
  })

const bundle = (files: Readonly<Record<string, string>>, dependencies: ReadonlyArray<string> = []) =>
  Effect.flatMap(folder(files), (root) => bundleAt(root, "main.ts", dependencies))

/** Loads a bundle that imports nothing a worker provides. */
const load = ({ code }: Esbuild.Bundle) =>
  Effect.flatMap(
    // without its map: vitest looks for the sources, which are gone when it does
    folder({ "bundle.mjs": code.replace(/\/\/# sourceMappingURL=.*/, "") }),
    (root) =>
      Effect.promise(async (): Promise<Readonly<Record<string, unknown>>> =>
        await import(pathToFileURL(join(root, "bundle.mjs")).href)
      )
  )

/** What the bundle imports at run time. */
const imports = ({ code }: Esbuild.Bundle): ReadonlyArray<string> =>
  [...code.matchAll(/(?:from|import|import\()\s*"([^"]+)"/g)].flatMap(([, name]) => name ?? [])

describe("what a bundle leaves out", () => {
  it.scoped("the packages that a worker provides, under a prefix", () =>
    Effect.gen(function*() {
      const made = yield* bundle({
        "main.ts": [
          `import { remote } from "effect-flash"`,
          `import * as Local from "effect-flash/local"`,
          `import { Effect } from "effect"`,
          `import * as Option from "effect/Option"`,
          `import { FileSystem } from "@effect/platform"`,
          `import * as Rpc from "@effect/rpc/Rpc"`,
          `export const f = [remote, Local, Effect, Option, FileSystem, Rpc]`
        ].join("\n")
      })
      expect(imports(made).toSorted()).toEqual([
        "effect-flash:external/@effect/platform",
        "effect-flash:external/@effect/rpc/Rpc",
        "effect-flash:external/effect",
        "effect-flash:external/effect-flash",
        "effect-flash:external/effect-flash/local",
        "effect-flash:external/effect/Option",
        "node:module"
      ])
    }))

  it.scoped("no package whose name only begins like one of these", () =>
    Effect.gen(function*() {
      const made = yield* bundle({
        "main.ts": `import { x } from "effect-extra"; import { y } from "@effect/rpc-extra"; export const f = [x, y]`,
        "node_modules/effect-extra/index.js": `export const x = "effect-extra"`,
        "node_modules/@effect/rpc-extra/index.js": `export const y = "rpc-extra"`
      })
      expect(imports(made)).toEqual(["node:module"])
      expect((yield* load(made))["f"]).toEqual(["effect-extra", "rpc-extra"])
    }))

  it.scoped("what it imports and dependencies name, with a version or without, and by a part of it", () =>
    Effect.gen(function*() {
      const made = yield* bundle({
        "main.ts": [
          `import a from "ms"`,
          `import b from "lodash/fp"`,
          `import c from "@scope/name"`,
          `import d from "@scope/other/deep/part.js"`,
          `export const f = [a, b, c, d]`
        ].join("\n")
      }, ["ms@2.1.3", "lodash", "@scope/name@^1.0.0", "@scope/other"])
      expect(imports(made).toSorted()).toEqual([
        "@scope/name",
        "@scope/other/deep/part.js",
        "lodash/fp",
        "ms",
        "node:module"
      ])
    }))

  it.scoped("no package that dependencies do not name, though one of a like name", () =>
    Effect.gen(function*() {
      const made = yield* bundle({
        "main.ts": `import { x } from "msx"; import fs from "node:fs"; export const f = () => [x, fs]`,
        "node_modules/msx/index.js": `export const x = "the code of msx"`
      }, ["ms"])
      expect(imports(made).toSorted()).toEqual(["node:fs", "node:module"])
      expect(made.code).toContain("the code of msx")
    }))

  it.scoped("the program, and what only the program imports", () =>
    Effect.gen(function*() {
      const made = yield* bundle({
        "main.ts": [
          `import { helper } from "./helper.js"`,
          `import { report, shared } from "./program.js"`,
          `import { printer } from "not-installed-anywhere"`,
          `export const f = () => helper()`,
          `const started = "started the program"`,
          `report(started, f, printer, shared)`,
          `if (import.meta.url !== "") await report("awaited the program")`
        ].join("\n"),
        "helper.ts": `export const helper = () => "the helper"`,
        "program.ts": `export const report = console.log; export const shared = "only the program's"`
      })
      expect(made.code).toContain("the helper")
      for (
        const gone of ["started the program", "awaited the program", "only the program's", "not-installed-anywhere"]
      ) {
        expect(made.code).not.toContain(gone)
      }
      expect(Object.keys(yield* load(made))).toEqual(["f"])
    }))

  it.scoped("types", () =>
    Effect.gen(function*() {
      const made = yield* bundle({
        "main.ts": [
          `import type { A } from "./nowhere.js"`,
          `import { type B } from "types-only"`,
          `interface C extends A { readonly b: B }`,
          `export const f = (c: C): unknown => c satisfies A`,
          `export type { C }`
        ].join("\n")
      })
      expect(imports(made)).toEqual(["node:module"])
    }))
})

describe("what a bundle takes in", () => {
  it.scoped("TypeScript under the names of its output, JSON, folders, literal dynamic imports", () =>
    Effect.gen(function*() {
      const made = yield* bundle({
        "main.ts": [
          `import { a } from "./a.js"`,
          `import data from "./data.json"`,
          `import { b } from "./lib"`,
          `export const f = async () => [a, data.list, b, (await import("./late.js")).late]`
        ].join("\n"),
        "a.ts": `export const a: string = "a"`,
        "data.json": `{ "list": [1, 2] }`,
        "lib/index.ts": `export const b = "b"`,
        "late.ts": `export const late = "late"`
      })
      const { f } = yield* load(made)
      assert(typeof f === "function")
      expect(yield* Effect.promise(async (): Promise<unknown> => await f())).toEqual(["a", [1, 2], "b", "late"])
    }))

  it.scoped("what the paths of tsconfig.json stand for", () =>
    Effect.gen(function*() {
      const made = yield* bundle({
        "tsconfig.json": JSON.stringify({
          compilerOptions: { paths: { "#lib/*": ["./source/*"], "app": ["./app.ts"] } }
        }),
        "main.ts": `import { a } from "#lib/a.js"; import { app } from "app"; export const f = [a, app]`,
        "source/a.ts": `export const a = "a"`,
        "app.ts": `export const app = "app"`
      })
      expect((yield* load(made))["f"]).toEqual(["a", "app"])
    }))

  it.scoped("what tsconfig.json says of the entry itself", () =>
    Effect.gen(function*() {
      const made = yield* bundle({
        "tsconfig.json": JSON.stringify({ compilerOptions: { experimentalDecorators: true } }),
        "main.ts": [
          `const seen: Array<string> = []`,
          `const note = (target: object, name: string) => { seen.push(name) }`,
          `class Model { @note predict() { return 1 } }`,
          `export const f = () => [new Model().predict(), ...seen]`
        ].join("\n")
      })
      const { f } = yield* load(made)
      assert(typeof f === "function")
      expect(f()).toEqual([1, "predict"])
    }))

  it.scoped("CommonJS packages that require Node's own modules", () =>
    Effect.gen(function*() {
      const made = yield* bundle({
        "main.ts": `import { joined } from "old"; export const f = joined`,
        "node_modules/old/index.js": `const path = require("path"); exports.joined = path.posix.join("a", "b")`
      })
      expect((yield* load(made))["f"]).toBe("a/b")
    }))

  it.scoped("a module that makes a `require` of its own", () =>
    Effect.gen(function*() {
      const made = yield* bundle({
        "main.ts": [
          `import { createRequire } from "node:module"`,
          `const require = createRequire(import.meta.url)`,
          `export const f = require("node:path").posix.join("a", "b")`
        ].join("\n")
      })
      expect((yield* load(made))["f"]).toBe("a/b")
    }))

  it.scoped("JavaScript and JSX, by the extension", () =>
    Effect.gen(function*() {
      const root = yield* folder({
        "plain.mjs": `import { a } from "./a.mjs"; export const f = (x, y, z) => [a < x, y > (z)]`,
        "a.mjs": `export const a = 1`,
        "view.tsx": `const h = (tag: string) => tag; /** @jsx h */ export const f = <div />`
      })
      const plain = yield* load(yield* bundleAt(root, "plain.mjs"))
      assert(typeof plain["f"] === "function")
      expect(plain["f"](2, 4, 3)).toEqual([true, true])
      expect((yield* load(yield* bundleAt(root, "view.tsx")))["f"]).toBe("div")
    }))

  it.scoped("modules in folders whose names mean something in patterns", () =>
    Effect.gen(function*() {
      const root = yield* folder({ "main.ts": `export const f = 1; run()` }, "effect (flash) [a]+$ é ")
      expect((yield* bundleAt(root)).code).not.toContain("run()")
    }))
})

describe("what cannot be bundled", () => {
  const failure = (files: Readonly<Record<string, string>>) => Effect.flip(bundle(files))

  it.scoped("a missing package, by its name and place, and what to do", () =>
    Effect.gen(function*() {
      const message = yield* failure({
        "main.ts": `import { a } from "./a.js"\nexport const f = a`,
        "a.ts": `\nimport { b } from "missing-package"\nexport const a = b`
      })
      expect(message).toContain(`"missing-package"`)
      expect(message).toContain("a.ts:2")
      expect(message).toContain("dependencies")
    }))

  it.scoped("every missing import in one message", () =>
    Effect.gen(function*() {
      const message = yield* failure({
        "main.ts": `import { a } from "./missing.js"\nimport { b } from "gone"\nexport const f = [a, b]`
      })
      expect(message).toContain(`"./missing.js"`)
      expect(message).toContain(`"gone"`)
    }))

  it.scoped("a native package, with what to do", () =>
    Effect.gen(function*() {
      const message = yield* failure({
        "main.ts": `import native from "native"; export const f = native`,
        "node_modules/native/index.js": `module.exports = require("./build/native.node")`,
        "node_modules/native/build/native.node": "\0binary"
      })
      expect(message).toContain("native.node")
      expect(message).toContain("name it in `dependencies`")
    }))

  it.scoped("a native package that is declared is no problem", () =>
    Effect.gen(function*() {
      const made = yield* bundle({
        "main.ts": `import native from "native"; export const f = native`,
        "node_modules/native/index.js": `module.exports = require("./build/native.node")`
      }, ["native"])
      expect(imports(made)).toContain("native")
    }))

  it.scoped("a module that exports nothing", () =>
    Effect.gen(function*() {
      expect(yield* failure({ "main.ts": `const f = 1\nconsole.log(f)` })).toContain("exports nothing")
      expect(yield* failure({ "main.ts": `export type F = 1` })).toContain("exports nothing")
    }))

  it.scoped("an import by a computed name", () =>
    Effect.gen(function*() {
      expect(yield* failure({ "main.ts": "export const f = (x: string) => import(`./${x}.js`)" }))
        .toContain("computed name")
    }))

  it.scoped("text that is no TypeScript, by its place", () =>
    Effect.gen(function*() {
      const message = yield* failure({ "main.ts": `export const f = 1\nexport const = 2` })
      expect(message).toContain("main.ts:2")
    }))

  it.scoped("a module that is not there", () =>
    Effect.gen(function*() {
      expect(yield* failure({ "other.ts": "export const f = 1" })).toContain("main.ts")
    }))
})

describe("the source map", () => {
  it.scoped("names the file and the line that the user wrote", () =>
    Effect.gen(function*() {
      const root = yield* folder({
        "main.ts": [
          `import { helper } from "./helper.js"`,
          `interface Removed { readonly a: string }`,
          `console.log("the program")`,
          `export const f = (a: Removed) => {`,
          `  const text: string = helper(a.a)`,
          `  throw new Error("marker in main: " + text)`,
          `}`
        ].join("\n"),
        "helper.ts": `type Removed = string\n\nexport const helper = (a: Removed): string => "marker in helper: " + a`
      })
      const { code } = yield* bundleAt(root)
      const [, encoded] = /sourceMappingURL=data:application\/json;base64,(\S+)/.exec(code) ?? []
      const map = new SourceMap(JSON.parse(Buffer.from(encoded ?? "", "base64").toString()))
      const original = (marker: string) => {
        const before = code.slice(0, code.indexOf(marker)).split("\n")
        const entry = map.findEntry(before.length - 1, (before.at(-1) ?? "").length)
        assert("originalSource" in entry)
        return `${entry.originalSource}:${entry.originalLine + 1}`
      }
      expect(original("marker in main")).toBe(`${pathToFileURL(join(root, "main.ts")).href}:6`)
      expect(original("marker in helper")).toBe(`${pathToFileURL(join(root, "helper.ts")).href}:3`)
      expect(code).not.toContain("sourcesContent\":[\"")
    }))
})

describe("the hash", () => {
  it.scoped("is the sha256 of the code, and the same for the same source", () =>
    Effect.gen(function*() {
      const root = yield* folder({
        "main.ts": `import { a } from "./a.js"\nexport const f = a\nrun(1)`,
        "a.ts": `export const a = 1`
      })
      const first = yield* bundleAt(root)
      expect(first.hash).toBe(createHash("sha256").update(first.code).digest("hex"))
      expect(yield* bundleAt(root)).toEqual(first)
    }))

  it.scoped("is another where the source is, and where a module it imports is", () =>
    Effect.gen(function*() {
      const root = yield* folder({
        "main.ts": `import { a } from "./a.js"\nexport const f = a`,
        "a.ts": `export const a = 1`
      })
      const first = yield* bundleAt(root)
      writeFileSync(join(root, "a.ts"), `export const a = 2`)
      const second = yield* bundleAt(root)
      writeFileSync(join(root, "main.ts"), `import { a } from "./a.js"\nexport const f = [a]`)
      const third = yield* bundleAt(root)
      expect(new Set([first.hash, second.hash, third.hash]).size).toBe(3)
    }))
})
