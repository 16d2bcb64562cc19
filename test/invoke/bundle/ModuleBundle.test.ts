import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { writeFileSync } from "node:fs"
import { SourceMap } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { BundleProblem } from "../../../src/invoke/bundle/BundleProblem.ts"
import * as ModuleBundle from "../../../src/invoke/bundle/ModuleBundle.ts"
import { project } from "../../live/liveThread.ts"
import type { Files } from "../../live/liveThread.ts"

/** The bundle of a project's module, or what is wrong with it. */
const bundleAt = (root: string, entry = "main.ts", dependencies: ReadonlyArray<string> = []) =>
  Effect.tryPromise({
    try: async () => {
      const module = pathToFileURL(join(root, entry)).href
      const { bundle } = await ModuleBundle.make({ module, dependencies, definitions: "known" })
      assert(bundle !== undefined)
      return bundle
    },
    catch: (error) => {
      assert.instanceOf(error, BundleProblem)
      return error.message.replaceAll(`${root}/`, "")
    }
  })

const bundle = (files: Files, dependencies: ReadonlyArray<string> = []) =>
  Effect.flatMap(project(files), (root) => bundleAt(root, "main.ts", dependencies))

/** What the bundle imports at run time. */
const imports = ({ code }: ModuleBundle.Bundle): ReadonlyArray<string> =>
  [...code.matchAll(/(?:from|import|import\()\s*"([^"]+)"/g)].flatMap(([, name]) => name ?? []).toSorted()

const library = "effect-flash:external/effect-flash"

/** A module with a function that holds these names. */
const holding = (names: string, ...more: ReadonlyArray<string>) =>
  [`import { remote } from "effect-flash"`, ...more, `export const f = remote("f", {}, () => [${names}])`].join("\n")

describe("what a bundle leaves out", () => {
  it.scoped("the packages that a worker provides, under a prefix", () =>
    Effect.gen(function*() {
      const made = yield* bundle({
        "main.ts": holding(
          "Local, Effect, Option, FileSystem, Rpc",
          `import * as Local from "effect-flash/local"`,
          `import { Effect } from "effect"`,
          `import * as Option from "effect/Option"`,
          `import { FileSystem } from "@effect/platform"`,
          `import * as Rpc from "@effect/rpc/Rpc"`
        )
      })
      expect(imports(made)).toEqual([
        "effect-flash:external/@effect/platform",
        "effect-flash:external/@effect/rpc/Rpc",
        "effect-flash:external/effect",
        library,
        "effect-flash:external/effect-flash/local",
        "effect-flash:external/effect/Option"
      ])
    }))

  it.scoped("no package whose name only begins like one of these", () =>
    Effect.gen(function*() {
      const made = yield* bundle({
        "main.ts": holding("x, y", `import { x } from "effect-extra"`, `import { y } from "@effect/rpc-extra"`),
        "node_modules/effect-extra/index.js": `export const x = "effect-extra"`,
        "node_modules/@effect/rpc-extra/index.js": `export const y = "rpc-extra"`
      })
      expect(imports(made)).toEqual([library])
      expect(made.code).toContain(`"rpc-extra"`)
    }))

  it.scoped("what it imports and dependencies name, with a version or without, and by a part of it", () =>
    Effect.gen(function*() {
      const made = yield* bundle({
        "main.ts": holding(
          "a, b, c, d",
          `import a from "ms"`,
          `import b from "lodash/fp"`,
          `import c from "@scope/name"`,
          `import d from "@scope/other/deep/part.js"`
        )
      }, ["ms@2.1.3", "lodash", "@scope/name@^1.0.0", "@scope/other"])
      expect(imports(made)).toEqual([
        "@scope/name",
        "@scope/other/deep/part.js",
        library,
        "lodash/fp",
        "ms"
      ])
    }))

  it.scoped("no package that dependencies do not name, though one of a like name", () =>
    Effect.gen(function*() {
      const made = yield* bundle({
        "main.ts": holding("x, fs", `import { x } from "msx"; import fs from "node:fs"`),
        "node_modules/msx/index.js": `export const x = "the code of msx"`
      }, ["ms"])
      expect(imports(made)).toEqual([library, "node:fs"])
      expect(made.code).toContain("the code of msx")
    }))

  it.scoped("the program, and what only the program imports", () =>
    Effect.gen(function*() {
      const made = yield* bundle({
        "main.ts": [
          holding("helper", `import { helper } from "./helper.js"`, `import { report } from "./program.js"`),
          `import { printer } from "not-installed-anywhere"`,
          `const started = "started the program"`,
          `report(started, f, printer)`,
          `if (import.meta.url !== "") await report("awaited the program")`
        ].join("\n"),
        "helper.ts": `export const helper = () => "the helper"`,
        "program.ts": `export const report = console.log; export const shared = "only the program's"`
      })
      expect(made.code).toContain("the helper")
      for (const gone of ["started the", "awaited the", "only the program's", "not-installed-anywhere"]) {
        expect(made.code).not.toContain(gone)
      }
    }))

  it.scoped("types", () =>
    Effect.gen(function*() {
      const made = yield* bundle({
        "main.ts": [
          `import { remote } from "effect-flash"`,
          `import type { A } from "./nowhere.js"`,
          `import { type B } from "types-only"`,
          `interface C extends A { readonly b: B }`,
          `export const f = remote("f", {}, (c: C): unknown => c satisfies A)`,
          `export type { C }`
        ].join("\n")
      })
      expect(imports(made)).toEqual([library])
    }))

  it.scoped("what is secret, unless code imports it by name", () =>
    Effect.gen(function*() {
      const made = yield* bundle({
        "main.ts": holding("process.env", `import "./setup.js"`),
        "setup.ts": `export const names = ["KEY"]`,
        ".env": "KEY=secret-in-env",
        "credentials.json": `{ "key": "secret-in-json" }`,
        "id_rsa": "secret-in-file"
      })
      expect(made.code).not.toContain("secret-in")
      const message = yield* Effect.flip(bundle({
        "main.ts": holding(`new URL("./.env.local", import.meta.url)`),
        ".env.local": "KEY=secret"
      }))
      expect(message).toBe(
        `main.ts:2: "./.env.local" holds secrets, which do not travel with code; set them in the ` +
          "worker's environment"
      )
    }))
})

describe("what cannot be bundled", () => {
  const failure = (files: Files, dependencies: ReadonlyArray<string> = []) => Effect.flip(bundle(files, dependencies))

  /** Nothing of how esbuild says it. */
  const inOwnWords = (message: string) =>
    expect(message).not.toMatch(/Could not resolve|mark the path|No loader|No matching|will not be bundled/)

  it.scoped("imports that lead nowhere, all of them, by place and with what to do", () =>
    Effect.gen(function*() {
      const message = yield* failure({
        "main.ts": holding(
          "a, b, c, d, e, g",
          `import { a } from "./a.js"`,
          `import { b } from "gone"`,
          `import { c } from "#gone"`,
          `import { d } from "@/gone"`,
          `import { e } from "installed/gone"`,
          `import { g } from "./missing.js"`
        ),
        "a.ts": `\nimport { x } from "@scope/gone/part"\nexport const a = x`,
        "node_modules/installed/package.json": `{ "name": "installed", "exports": { ".": "./index.js" } }`,
        "node_modules/installed/index.js": ""
      })
      inOwnWords(message)
      expect(message.split("\n").toSorted()).toEqual([
        `a.ts:2: it imports "@scope/gone/part", which is not installed; install it here, so that it is bundled, or name ` +
        "\"@scope/gone\" in `dependencies`, so that the worker installs it",
        "main.ts:3: it imports \"gone\", which is not installed; install it here, so that it is bundled, or name \"gone\" " +
        "in `dependencies`, so that the worker installs it",
        "main.ts:4: it imports \"#gone\", which the `imports` of its package.json do not name",
        "main.ts:5: it imports \"@/gone\", which no `paths` of a tsconfig.json above it name",
        `main.ts:6: it imports "installed/gone", and the package installed, as it is installed, has no such module for Node`,
        `main.ts:7: it imports "./missing.js", and there is no such file`
      ])
    }))

  it.scoped("a name that a module does not export", () =>
    Effect.gen(function*() {
      const message = yield* failure({
        "main.ts": holding("x", `import { x } from "./a.js"`),
        "a.ts": `export const y = 1`
      })
      expect(message).toBe(`main.ts:2: "a.ts" has no export "x"`)
    }))

  it.scoped("an import by a URL that is no file's", () =>
    Effect.gen(function*() {
      const of = (specifier: string) => failure({ "main.ts": holding("x", `import { x } from "${specifier}"`) })
      expect(yield* of("https://example.com/x.js"))
        .toBe(`main.ts:2: it imports "https://example.com/x.js"; only files and packages can be bundled`)
      expect(yield* of("jsr:@scope/x")).toContain("only files and packages can be bundled")
    }))

  it.scoped("a kind of file that is not known, with what to do", () =>
    Effect.gen(function*() {
      const message = yield* failure({
        "main.ts": holding("x", `import x from "./a.weights"`),
        "a.weights": "x"
      })
      inOwnWords(message)
      expect(message).toContain(`main.ts:2: it imports a .weights file`)
      expect(message).toContain(`with { type: "bytes" }`)
      expect(message).toContain(`new URL("./file.weights", import.meta.url)`)
    }))

  it.scoped("an import by a computed name, in any module of one's own", () =>
    Effect.gen(function*() {
      const of = (expression: string) =>
        failure({
          "main.ts": holding("help", `import { help } from "./help.js"`),
          "help.ts": `\nexport const help = (x: string) => ${expression}`,
          "data/a.json": "{}"
        })
      const said =
        "help.ts:2: it imports a module by a computed name, which cannot be bundled; import each module by " +
        "its own name"
      expect(yield* of("import(x)")).toBe(said)
      expect(yield* of("require(x)")).toBe(said)
      expect(yield* of("import(`./data/${x}.json`)")).toBe(`${said} ("./data/**/*.json")`)
      expect(yield* of(`import("./data/" + x)`)).toBe(`${said} ("./data/**/*")`)
      expect(yield* failure({ "main.ts": holding("(x) => import(x)") })).toContain("main.ts:2: it imports a module by")
    }))

  it.scoped("also where one's own modules lie in a cache below node_modules", () =>
    Effect.gen(function*() {
      const root = yield* project({ "node_modules/.cache/x/main.ts": holding("(x) => import(x)") })
      expect(yield* Effect.flip(bundleAt(root, "node_modules/.cache/x/main.ts"))).toContain(
        "main.ts:2: it imports a module"
      )
    }))

  it.scoped("but not one of a package, of the program, or of what is not used", () =>
    Effect.gen(function*() {
      yield* bundle({
        "main.ts": `${
          holding("x, used", `import { x } from "package"`, `import { used } from "./used.js"`, `import "./unused.js"`)
        }\nawait import(process.argv[2])`,
        "used.ts": "export const used = 1",
        "unused.ts": "export const unused = (x: string) => import(x)",
        "node_modules/package/index.js": "exports.x = (y) => [import(y), require(y), require('./data/' + y)]",
        "node_modules/package/data/a.js": ""
      })
    }))

  const addon = {
    "node_modules/native/index.js": `module.exports = require("./build/native.node")`,
    "node_modules/native/build/native.node": "\0binary"
  }

  it.scoped("a package with compiled parts, by one's own import of it", () =>
    Effect.gen(function*() {
      const message = yield* failure({
        ...addon,
        "main.ts": holding("native", `import native from "native"`)
      })
      inOwnWords(message)
      expect(message).toBe(
        "main.ts:2: it imports \"native\", and native has compiled parts, which cannot be bundled; name \"native\" in " +
          "`dependencies`, so that the worker installs it"
      )
    }))

  it.scoped("though another package brings it in", () =>
    Effect.gen(function*() {
      const message = yield* failure({
        ...addon,
        "main.ts": holding("help", `import { help } from "./help.js"`),
        "help.ts": `\n\nexport { help } from "@scope/outer/part"`,
        "node_modules/@scope/outer/part.js": `exports.help = require("native")`
      })
      expect(message).toBe(
        "help.ts:3: it imports \"@scope/outer/part\", and native has compiled parts (by way of \"@scope/outer\"), which " +
          "cannot be bundled; name \"@scope/outer\" in `dependencies`, so that the worker installs it"
      )
    }))

  it.scoped.each([
    ["a compiler's file", { "node_modules/native/binding.gyp": "{}" }],
    ["a loader of compiled files", { "node_modules/native/package.json": `{ "dependencies": { "bindings": "1" } }` }],
    ["packages for platforms", {
      "node_modules/native/package.json": `{ "optionalDependencies": { "@native/linux-x64-gnu": "1" } }`
    }],
    ["a mark in its package.json", { "node_modules/native/package.json": `{ "gypfile": true }` }]
  ])("and is told by %s", ([, more]) =>
    Effect.gen(function*() {
      const message = yield* failure({
        ...more as Files,
        "node_modules/native/index.js": `exports.x = 1`,
        "main.ts": holding("native", `import native from "native"`)
      })
      expect(message).toContain(`main.ts:2: it imports "native", and native has compiled parts`)
    }))

  it.scoped("but not where it is declared, or where its importer works without it", () =>
    Effect.gen(function*() {
      const files = { ...addon, "main.ts": holding("native", `import native from "native"`) }
      expect(imports(yield* bundle(files, ["native@1.0.0"]))).toContain("native")
      const made = yield* bundle({
        ...addon,
        "main.ts": holding("fast", `import fast from "fast"`),
        "node_modules/fast/package.json": `{ "name": "fast", "optionalDependencies": { "native": "1" } }`,
        "node_modules/fast/index.js": `try { module.exports = require("native") } catch { module.exports = "slow" }`
      })
      expect(made.code).toContain(`__require("native")`)
    }))

  it.scoped("a compiled file of one's own", () =>
    Effect.gen(function*() {
      const message = yield* failure({
        "main.ts": holding("x", `const x = require("./x.node")`),
        "x.node": "\0"
      })
      inOwnWords(message)
      expect(message).toContain("main.ts:2: a compiled file (.node) does not travel")
    }))

  it.scoped("a file by a URL that is not there, and a module for a thread", () =>
    Effect.gen(function*() {
      const message = yield* failure({
        "main.ts": holding(
          "text, worker",
          `import { Worker } from "node:worker_threads"`,
          `const text = new URL("./missing.txt", import.meta.url)`,
          `const worker = () => new Worker(new URL("./thread.ts", import.meta.url))`
        ),
        "thread.ts": ""
      })
      expect(message.split("\n")).toEqual([
        `main.ts:3: there is no file "./missing.txt"; a worker has only the files that travel with the code`,
        `main.ts:4: the module "./thread.ts" of a thread of its own does not travel`
      ])
    }))

  it.scoped("text that is no TypeScript, by its place, in the module and in one that it imports", () =>
    Effect.gen(function*() {
      expect(yield* failure({ "main.ts": `export const f = 1\nexport const = 2` }))
        .toContain("main.ts:2: it is no valid TypeScript:")
      const message = yield* failure({
        "main.ts": holding("a", `import { a } from "./a.js"`),
        "a.ts": `\nexport const = 2`
      })
      expect(message).toMatch(/^a\.ts:2: it cannot be bundled: /)
    }))

  it.scoped("a module that is not there", () =>
    Effect.gen(function*() {
      expect(yield* failure({ "other.ts": "" })).toBe("main.ts: the module cannot be read")
    }))
})

describe("the source map", () => {
  it.scoped("names the file and the line that the user wrote", () =>
    Effect.gen(function*() {
      const root = yield* project({
        "main.ts": [
          `import { remote } from "effect-flash"`,
          `import { helper } from "./helper #1.js"`,
          `interface Removed { readonly a: string }`,
          `console.log("the program")`,
          `export const f = remote("f", {}, (a: Removed) => {`,
          `  const text: string = helper(a.a) + new URL("./helper%20%231.ts", import.meta.url)`,
          `  throw new Error("marker in main: " + text)`,
          `})`,
          `const required = require("node:path")`
        ].join("\n"),
        "helper #1.ts":
          `type Removed = string\n\nexport const helper = (a: Removed): string => "marker in helper: " + a`
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
      expect(original("marker in main")).toBe(`${pathToFileURL(join(root, "main.ts")).href}:7`)
      expect(original("marker in helper")).toBe(`${pathToFileURL(join(root, "helper #1.ts")).href}:3`)
      expect(code).not.toContain("sourcesContent\":[\"")
    }))
})

describe("the hash", () => {
  it.scoped("is the sha256 of the code, and the same for the same source", () =>
    Effect.gen(function*() {
      const root = yield* project({
        "main.ts": `${holding("a", `import { a } from "./a.js"`)}\nrun(1)`,
        "a.ts": `export const a = 1`
      })
      const first = yield* bundleAt(root)
      expect(first.hash).toBe(createHash("sha256").update(first.code).digest("hex"))
      expect(yield* bundleAt(root)).toEqual(first)
    }))

  it.scoped("is another where the source is, a module that it imports, or a file that travels", () =>
    Effect.gen(function*() {
      const root = yield* project({
        "main.ts": holding("a", `import { a } from "./a.js"`),
        "a.ts": `export const a = new URL("./text", import.meta.url)`,
        "text": "one"
      })
      const first = yield* bundleAt(root)
      writeFileSync(join(root, "a.ts"), `export const a = [new URL("./text", import.meta.url)]`)
      const second = yield* bundleAt(root)
      writeFileSync(join(root, "main.ts"), holding("[a]", `import { a } from "./a.js"`))
      const third = yield* bundleAt(root)
      writeFileSync(join(root, "text"), "two")
      const fourth = yield* bundleAt(root)
      expect(new Set([first.hash, second.hash, third.hash, fourth.hash]).size).toBe(4)
    }))
})
