import { assert, expect, layer } from "@effect/vitest"
import { Effect, Fiber, TestClock } from "effect"
import { BundleFailed, CpuLiveServerless, FunctionNotFound, remote } from "effect-flash"
import { rmSync, utimesSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Procedure } from "../../src/Endpoint.ts"
import * as CodeBundler from "../../src/invoke/CodeBundler.ts"
import * as Live from "../live/liveThread.ts"
import type { Files } from "../live/liveThread.ts"

const cpu = CpuLiveServerless.make("code-bundler")

/** A remote function of that module. */
const definedIn = (module: string, dependencies: ReadonlyArray<string> = [], name = "f"): Procedure =>
  remote(name, { resource: cpu, module, dependencies }) as object as Procedure

/** A project whose files were written long ago; succeeds with the URL of its module and a way to change it. */
const project = (files: Files) =>
  Effect.map(Live.project(files), (root) => {
    let time = 1_000
    const write = (files: Files) =>
      Effect.sync(() => {
        Live.write(root, files)
        time++
        for (const path of Object.keys(files)) utimesSync(join(root, path), time, time)
      })
    Effect.runSync(write(files))
    return { url: pathToFileURL(join(root, "main.ts")).href, root, write }
  })

const holding = (value: string, more = "") =>
  `import { remote } from "effect-flash"\n${more}\nexport const f = remote("f", {}, () => ${value})`

layer(CodeBundler.layer)("CodeBundler", (it) => {
  it.scoped("bundles a module once, for all functions of it", () =>
    Effect.gen(function*() {
      const { bundle } = yield* CodeBundler.CodeBundler
      const { url } = yield* project({
        "main.ts": `${holding(`"first"`)}\nexport const g = remote("g", {}, () => 1)`
      })
      const bundles = yield* Effect.all([
        ...Array.from({ length: 20 }, () => bundle(definedIn(url))),
        bundle(definedIn(url, [], "g"))
      ], { concurrency: "unbounded" })
      const [first] = bundles
      assert(first !== undefined)
      expect(first.code).toContain("first")
      yield* TestClock.adjust("1 hour")
      for (const other of [...bundles, yield* bundle(definedIn(url))]) expect(other).toBe(first)
    }))

  it.scoped("bundles it again where a file of it has changed, and only then", () =>
    Effect.gen(function*() {
      const { bundle } = yield* CodeBundler.CodeBundler
      const { root, url, write } = yield* project({
        "main.ts": holding(
          "[a, data, text]",
          [
            `import { a } from "./a.js"`,
            `import data from "./data.json"`,
            `import { x } from "package"`,
            `const text = [new URL("./text.txt", import.meta.url), x]`
          ].join("\n")
        ),
        "a.ts": `export const a = "one"`,
        "data.json": `["one"]`,
        "text.txt": "one",
        "node_modules/package/index.js": `export const x = "one"`,
        "tsconfig.json": "{}",
        "unrelated.ts": "one"
      })
      const hash = Effect.zipRight(
        TestClock.adjust("1 second"),
        Effect.map(bundle(definedIn(url)), ({ hash }) => hash)
      )
      const hashes = [yield* hash]
      yield* write({ "unrelated.ts": "two" })
      expect(yield* hash).toBe(hashes[0])
      for (
        const files of [
          { "a.ts": `export const a = "two"` },
          { "data.json": `["two"]` },
          { "text.txt": "two" },
          { "node_modules/package/index.js": `export const x = "two"` },
          { "main.ts": holding("[a]", `import { a } from "./a.js"`) }
        ]
      ) {
        yield* write(files)
        hashes.push(yield* hash)
        // it stays where nothing changes
        expect(yield* hash).toBe(hashes.at(-1))
      }
      expect(new Set(hashes).size).toBe(6)
      rmSync(join(root, "a.ts"))
      yield* TestClock.adjust("1 second")
      expect((yield* Effect.flip(bundle(definedIn(url)))).message).toContain(`"./a.js", and there is no such file`)
    }))

  it.scoped("looks at the files once in as many milliseconds as there are", () =>
    Effect.gen(function*() {
      const { bundle } = yield* CodeBundler.CodeBundler
      const names = Array.from({ length: 50 }, (_, n) => `a${n}`)
      const { url, write } = yield* project({
        "main.ts": holding(`[${names}]`, names.map((name) => `import { ${name} } from "./${name}.js"`).join("\n")),
        ...Object.fromEntries(names.map((name) => [`${name}.ts`, `export const ${name} = "one"`]))
      })
      const first = yield* bundle(definedIn(url))
      yield* write({ "a7.ts": `export const a7 = "two"` })
      yield* TestClock.adjust("49 millis")
      expect(yield* bundle(definedIn(url))).toBe(first)
      yield* TestClock.adjust("10 millis")
      expect(yield* bundle(definedIn(url))).not.toBe(first)
    }))

  it.scoped("sees a change that leaves a file its size and its time, where it comes at once", () =>
    Effect.gen(function*() {
      const { bundle } = yield* CodeBundler.CodeBundler
      const { root, url } = yield* project({ "main.ts": holding("1") })
      const now = new Date()
      for (const value of ["2", "3", "4"]) {
        Live.write(root, { "main.ts": holding(value) })
        utimesSync(join(root, "main.ts"), now, now)
        yield* TestClock.adjust("1 second")
        expect((yield* bundle(definedIn(url))).code).toContain(`=> ${value}`)
      }
    }))

  it.scoped("bundles it again for other dependencies", () =>
    Effect.gen(function*() {
      const { bundle } = yield* CodeBundler.CodeBundler
      const { url } = yield* project({ "main.ts": holding("ms", `import ms from "ms-not-installed"`) })
      expect((yield* Effect.flip(bundle(definedIn(url)))).message).toContain("ms-not-installed")
      expect((yield* bundle(definedIn(url, ["ms-not-installed"]))).code).toContain(`from "ms-not-installed"`)
    }))

  it.scoped("does not keep a failure", () =>
    Effect.gen(function*() {
      const { bundle } = yield* CodeBundler.CodeBundler
      const { url, write } = yield* project({ "main.ts": "export const f = (" })
      const error = yield* Effect.flip(bundle(definedIn(url)))
      assert.instanceOf(error, BundleFailed)
      expect(error.function).toBe("f")
      expect(error.module).toBe(url)
      expect(error.message).toContain("main.ts:1: it is no valid TypeScript")
      yield* write({ "main.ts": holding(`"mended"`) })
      expect((yield* bundle(definedIn(url))).code).toContain("mended")
    }))

  it.scoped("fails where the module does not export the function, with those that it exports", () =>
    Effect.gen(function*() {
      const { bundle } = yield* CodeBundler.CodeBundler
      const { url, write } = yield* project({
        "main.ts": `${holding("1")}\nconst hidden = remote("hidden", {}, f)\nexport const other = 1`
      })
      const error = yield* Effect.flip(bundle(definedIn(url, [], "hidden")))
      assert.instanceOf(error, FunctionNotFound)
      expect(error.known).toEqual(["f"])
      expect(error.message).toContain(url)
      expect(error.message).toContain(`"hidden" must be exported`)
      yield* write({ "main.ts": `${holding("1")}\nexport const shown = remote("hidden", {}, f)` })
      yield* TestClock.adjust("1 second")
      expect((yield* bundle(definedIn(url, [], "hidden"))).code).toContain("shown")
    }))

  it.scoped("takes every export that may be the function where a module elsewhere makes it", () =>
    Effect.gen(function*() {
      const { bundle } = yield* CodeBundler.CodeBundler
      const { url } = yield* project({
        "main.ts": `import { make } from "./make.js"\nexport const f = make("f")\nconsole.log("program")`,
        "make.ts": `export const make = (name: string) => name`
      })
      const { code } = yield* bundle(definedIn(url))
      expect(code).toContain(`make("f")`)
      expect(code).not.toContain("program")
      const { url: none } = yield* project({ "main.ts": `export const make = (name: string) => name` })
      assert.instanceOf(yield* Effect.flip(bundle(definedIn(none))), FunctionNotFound)
    }))

  it.scoped("goes on where the first who asked goes away", () =>
    Effect.gen(function*() {
      const { bundle } = yield* CodeBundler.CodeBundler
      const { url } = yield* project({ "main.ts": holding(`"kept"`) })
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
      expect((yield* Effect.flip(bundle(definedIn("data:text/javascript,")))).message)
        .toContain("its module is data:text/javascript,, and only a file can be bundled")
    }))
})
