/** Projects as people have them: bundled, and their functions run in the worker's thread. */
import { describe, expect, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import * as Live from "./liveThread.ts"
import type { Files } from "./liveThread.ts"

class Thread extends Context.Tag("test/live/projects/Thread")<Thread, Live.LiveThread>() {}

/** A module with a function `f` that returns a value, which may be a promise. */
const returning = (expression: string, ...more: ReadonlyArray<string>) =>
  [
    `import { Effect, Schema } from "effect"`,
    `import { CpuLiveServerless, remote } from "effect-flash"`,
    ...more,
    `const cpu = CpuLiveServerless.make("live-thread")`,
    `export const f = remote("f", { resource: cpu, success: Schema.Unknown }, () =>`,
    `  Effect.promise(async () => (${expression})))`
  ].join("\n")

const result = (files: Files, options?: Live.Call) =>
  Effect.gen(function*() {
    const thread = yield* Thread
    return yield* thread.call(yield* Live.project(files), options)
  })

layer(Layer.scoped(Thread, Live.make), { excludeTestServices: true, timeout: "30 seconds" })(
  "in a worker's thread",
  (it) => {
    describe("imports", () => {
      it.scoped("TypeScript by the names of its output, without extensions, folders, JSON", () =>
        Effect.gen(function*() {
          expect(
            yield* result({
              "main.ts": returning(
                "[a, b, c, d, data, attributed, e]",
                `import { a } from "./a.js"`,
                `import { b } from "./b"`,
                `import { c } from "./lib"`,
                `import { d } from "./d.mjs"`,
                `import data from "./data.json"`,
                `import attributed from "./data.json" with { type: "json" }`,
                `import { e } from "./e.ts"`
              ),
              "a.ts": `export const a: string = "a"`,
              "b.ts": `export const b = "b"`,
              "lib/index.ts": `export const c = "c"`,
              "d.mts": `export const d = "d"`,
              "e.ts": `export const e = "e"`,
              "data.json": `{ "list": [1] }`
            })
          ).toEqual(["a", "b", "c", "d", { list: [1] }, { list: [1] }, "e"])
        }))

      it.scoped("what `paths` of tsconfig.json name, also where it extends another and in other folders", () =>
        Effect.gen(function*() {
          expect(
            yield* result({
              "tsconfig.base.json": JSON.stringify({
                compilerOptions: { paths: { "@/*": ["./src/*"], "app": ["./app.ts"] } }
              }),
              "tsconfig.json": `{ "extends": "./tsconfig.base.json" // with a comment\n }`,
              "functions/deep/main.ts": returning(
                "[a, app]",
                `import { a } from "@/a.js"`,
                `import { app } from "app"`
              ),
              "src/a.ts": `import { app } from "app"; export const a = ["a", app]`,
              "app.ts": `export const app = "app"`
            }, { entry: "functions/deep/main.ts" })
          ).toEqual([["a", "app"], "app"])
        }))

      it.scoped("TypeScript of other packages of the workspace", () =>
        Effect.gen(function*() {
          expect(
            yield* result({
              "apps/web/main.ts": returning(
                "[name, deep, other]",
                `import { name } from "@acme/library"`,
                `import { deep } from "@acme/library/deep"`,
                `import { other } from "other"`
              ),
              "node_modules/@acme/library": { link: "packages/library" },
              "node_modules/other": { link: "packages/other" },
              "packages/library/package.json": JSON.stringify({
                name: "@acme/library",
                type: "module",
                exports: { ".": "./src/index.ts", "./deep": { types: "./src/deep.ts", default: "./src/deep.ts" } }
              }),
              "packages/library/tsconfig.json": JSON.stringify({ compilerOptions: { paths: { "~/*": ["./src/*"] } } }),
              "packages/library/src/index.ts":
                `import { other } from "other"; export const name: string = "library " + other`,
              "packages/library/src/deep.ts": `import { deeper } from "~/deeper.js"; export const deep = deeper`,
              "packages/library/src/deeper.ts": `export const deeper = "deeper"`,
              "packages/other/package.json": `{ "name": "other", "main": "index.ts" }`,
              "packages/other/index.ts": `export const other = "other" as const`
            }, { entry: "apps/web/main.ts" })
          ).toEqual(["library other", "deeper", "other"])
        }))

      it.scoped("subpaths of package.json: its own `imports`, and `exports` by Node's conditions", () =>
        Effect.gen(function*() {
          expect(
            yield* result({
              "package.json": JSON.stringify({
                imports: {
                  "#internal/*": "./internal/*.ts",
                  "#node": { node: "./internal/node.ts", default: "./no.ts" }
                }
              }),
              "main.ts": returning(
                "[a, node, conditional, sub]",
                `import { a } from "#internal/a"`,
                `import { node } from "#node"`,
                `import { conditional } from "conditional"`,
                `import { sub } from "conditional/sub/path"`
              ),
              "internal/a.ts": `export const a = "internal"`,
              "internal/node.ts": `export const node = "node"`,
              "node_modules/conditional/package.json": JSON.stringify({
                name: "conditional",
                exports: {
                  ".": { browser: "./no.js", module: "./no.js", node: { require: "./no.js", import: "./node.mjs" } },
                  "./sub/*": { types: "./no.d.ts", default: "./sub/*.mjs" }
                }
              }),
              "node_modules/conditional/node.mjs": `export const conditional = "node, import"`,
              "node_modules/conditional/sub/path.mjs": `export const sub = "sub"`
            })
          ).toEqual(["internal", "node", "node, import", "sub"])
        }))

      it.scoped("Node's own modules, by both of their names", () =>
        Effect.gen(function*() {
          expect(
            yield* result({
              "main.ts": returning(
                "[posix.join('a', 'b'), basename('/c'), (await import('node:os')).EOL]",
                `import { posix } from "node:path"`,
                `import { basename } from "path"`
              )
            })
          ).toEqual(["a/b", "c", "\n"])
        }))

      it.scoped("CommonJS packages, with all they may require", () =>
        Effect.gen(function*() {
          expect(
            yield* result({
              "main.ts": returning(
                "[old(), named, Object.keys(space).toSorted(), legacy]",
                `import old, { named } from "old"`,
                `import * as space from "old"`,
                `import legacy = require("old/legacy")`
              ),
              "node_modules/old/package.json": `{ "name": "old", "main": "lib" }`,
              "node_modules/old/lib/index.js": [
                `"use strict"`,
                `const path = require("path"), data = require("./data"), { Effect, Option } = require("effect")`,
                `let missing; try { missing = require("not-installed") } catch { missing = "missing" }`,
                `module.exports = () => [path.posix.join("a", data.b), Effect.runSync(Effect.succeed(1)), missing,`,
                `  Option.isSome(require("effect/Option").some(1)), typeof __filename, __dirname.length > 1]`,
                `module.exports.named = "named"`
              ].join("\n"),
              "node_modules/old/lib/data.json": `{ "b": "b" }`,
              "node_modules/old/legacy.js": `exports.legacy = typeof exports`
            })
          ).toEqual([["a/b", 1, "missing", true, "string", true], "named", ["default", "named"], { legacy: "object" }])
        }))

      it.scoped("by a literal name when it is called for", () =>
        Effect.gen(function*() {
          expect(
            yield* result({
              "main.ts": returning("[(await import('./late.js')).late, (await import(`./late.js`)).late]"),
              "late.ts": `export const late = "late"`
            })
          ).toEqual(["late", "late"])
        }))

      it.scoped("what is not installed only fails when it is called for", () =>
        Effect.gen(function*() {
          expect(yield* result({ "main.ts": returning("await import('not-installed').catch((e) => e.code)") }))
            .toBe("ERR_MODULE_NOT_FOUND")
        }))

      it.scoped("modules for their effect, also where a package.json says that they have none", () =>
        Effect.gen(function*() {
          const files = {
            "main.ts": returning("effects", `import "./effect.js"`, `import { effects } from "./list.js"`),
            "effect.ts": `import { effects } from "./list.js"; effects.push("effect")`,
            "list.ts": `export const effects: Array<string> = []`
          }
          expect(yield* result(files)).toEqual(["effect"])
          expect(yield* result({ ...files, "package.json": `{ "sideEffects": false }` })).toEqual(["effect"])
        }))

      it.scoped("a module by way of a link, which modules that it imports import", () =>
        Effect.gen(function*() {
          expect(
            yield* result({
              "real/main.ts": `${returning("a()", `import { a } from "./a.js"`)}\nexport let n = 0\nconsole.log(n++)`,
              "real/a.ts": `import { f } from "./main.js"; export const a = () => typeof f`,
              "linked": { link: "real" }
            }, { entry: "linked/main.ts" })
          ).toBe("function")
        }))

      it.scoped("modules that import each other, and the one that defines the function", () =>
        Effect.gen(function*() {
          const { printed } = yield* Thread
          expect(
            yield* result({
              "main.ts": `${
                returning("[a(), config, unused]", `import { a } from "./a.js"`, `export const config = { b: 1 }`)
              }\nexport const unused = "unused"\nconsole.log("the program of main.ts")`,
              "a.ts": `import { config, f } from "./main.js"; export const a = () => [config.b, typeof f]`
            })
          ).toEqual([[1, "function"], { b: 1 }, "unused"])
          expect(printed.join("")).not.toContain("the program")
        }))
    })

    describe("files", () => {
      const bytes = new Uint8Array([0, 1, 254, 255])

      it.scoped("are imported as text and as bytes", () =>
        Effect.gen(function*() {
          expect(
            yield* result({
              "main.ts": returning(
                "[text, markdown, query, [...binary], binary instanceof Uint8Array, [...own], ownText]",
                `import text from "./a.txt"`,
                `import markdown from "./a.md"`,
                `import query from "./a.sql"`,
                `import binary from "./a.bin"`,
                `import own from "./a.weights" with { type: "bytes" }`,
                `import ownText from "./a.prompt" with { type: "text" }`,
                `import "./style.css"`
              ),
              "a.txt": "text é 漢\n",
              "a.md": "# markdown",
              "a.sql": "select 1",
              "a.bin": bytes,
              "a.weights": bytes,
              "a.prompt": "prompt",
              "style.css": "a {}"
            })
          ).toEqual(["text é 漢\n", "# markdown", "select 1", [...bytes], true, [...bytes], "prompt"])
        }))

      it.scoped("travel where `new URL(…, import.meta.url)` names them", () =>
        Effect.gen(function*() {
          expect(
            yield* result({
              "src/main.ts": returning(
                [
                  `[readFileSync(new URL("./data/a b.bin", import.meta.url)).toJSON().data`,
                  `readFileSync(fileURLToPath(new URL('../shared.txt', import.meta.url)), "utf8")`,
                  `basename(text.pathname), readFileSync(text, "utf8"), inPackage()`,
                  `new URL("https://example.com/x", import.meta.url).href]`
                ].join(", "),
                `import { readFileSync } from "node:fs"`,
                `import { basename } from "node:path"`,
                `import { fileURLToPath } from "node:url"`,
                `import { inPackage } from "package"`,
                `import { text } from "./deep/text.js"`
              ),
              "src/deep/text.ts": "export const text = new URL(`./text.txt`, import.meta.url)",
              "src/deep/text.txt": "deep",
              "src/data/a b.bin": bytes,
              "shared.txt": "shared",
              "node_modules/package/package.json": `{ "name": "package", "type": "module", "main": "index.js" }`,
              "node_modules/package/index.js": [
                `import { readFileSync } from "node:fs"`,
                `const missing = new URL("./optional.wasm", import.meta.url)`,
                `export const inPackage = () => readFileSync(new URL("./a.wasm", import.meta.url), "utf8")`
              ].join("\n"),
              "node_modules/package/a.wasm": "wasm"
            }, { entry: "src/main.ts" })
          ).toEqual([[...bytes], "shared", "text.txt", "deep", "wasm", "https://example.com/x"])
        }))

      it.scoped("beside a module are not there: it has the bundle's place", () =>
        Effect.gen(function*() {
          expect(
            yield* result({
              "main.ts": returning(
                [
                  `[import.meta.dirname === __dirname, import.meta.filename === __filename`,
                  `fileURLToPath(import.meta.url) === import.meta.filename, existsSync(__filename)`,
                  `existsSync(join(import.meta.dirname, "beside.txt")), new URL(".", import.meta.url).href === folder()]`
                ].join(", "),
                `import { existsSync } from "node:fs"`,
                `import { join } from "node:path"`,
                `import { fileURLToPath, pathToFileURL } from "node:url"`,
                `declare const __dirname: string, __filename: string`,
                `const folder = () => pathToFileURL(import.meta.dirname + "/").href`
              ),
              "beside.txt": "beside"
            })
          ).toEqual([true, true, true, true, false, true])
        }))
    })

    describe("syntax", () => {
      it.scoped("of today: classes, generators, top-level await, `using`, enums, namespaces", () =>
        Effect.gen(function*() {
          expect(
            yield* result({
              "main.ts": returning(
                "[new Model(2).twice, [...count(3)], awaited, disposed(), Color.Green, Color[1], Shapes.square, later]",
                `class Base { static made = 0; constructor(readonly n: number) { Base.made++ } }`,
                `class Model extends Base { #factor = 2; static { this.made = 5 } get twice() { return [this.n * this.#factor, Model.made] } }`,
                `function* count(n: number) { for (let i = 0; i < n; i++) yield i }`,
                `const awaited = await Promise.resolve("awaited")`,
                `const disposed = () => { const log: Array<string> = []; { using a = { [Symbol.dispose]: () => void log.push("disposed") }; log.push("used") } return log }`,
                `enum Color { Red = 1, Green = Red + 1 }`,
                `namespace Shapes { export const square = 4 }`,
                `let later = "before"`,
                `try { later = await import("./later.js").then(({ x }) => x) } catch { later = "none" }`
              ),
              "later.ts": `export const x = await Promise.resolve("later")`
            })
          ).toEqual([[4, 5], [0, 1, 2], "awaited", ["used", "disposed"], 2, "Red", 4, "later"])
        }))

      it.scoped("decorators, experimental or standard as tsconfig.json says", () =>
        Effect.gen(function*() {
          const main = returning(
            "[new Model().predict(), ...seen]",
            `const seen: Array<string> = []`,
            `const note = (...args: Array<any>): any => { seen.push(typeof args[1] === "string" ? "experimental " + args[1] : "standard " + args[1].kind) }`,
            `class Model { @note predict() { return 1 } }`
          )
          expect(yield* result({ "main.ts": main })).toEqual([1, "standard method"])
          expect(
            yield* result({
              "main.ts": main,
              "tsconfig.json": `{ "compilerOptions": { "experimentalDecorators": true } }`
            })
          ).toEqual([1, "experimental predict"])
        }))

      it.scoped("fields of classes as tsconfig.json says", () =>
        Effect.gen(function*() {
          const main = returning(
            "Object.keys(new Model())",
            `class Base { set x(_: number) {} }`,
            `class Model extends Base { x = 1; y!: number }`
          )
          const of = (useDefineForClassFields: boolean) =>
            result({
              "main.ts": main,
              "tsconfig.json": JSON.stringify({ compilerOptions: { useDefineForClassFields } })
            })
          expect(yield* of(true)).toEqual(["x", "y"])
          expect(yield* of(false)).toEqual([])
        }))

      it.scoped("JSX as tsconfig.json says", () =>
        Effect.gen(function*() {
          const main = (head: string) => returning(`[<a id="1">x</a>, <></>]`, head)
          const factory = `const h = (tag: any, props: any, ...children: any) => [typeof tag, props, children]`
          const runtime = {
            "node_modules/jsx/jsx-runtime.js":
              `exports.jsx = (tag, props) => ["runtime", tag, props]; exports.Fragment = "fragment"`
          }
          expect(
            yield* result({
              "main.tsx": main(`${factory}, frag = "frag"`),
              "tsconfig.json":
                `{ "compilerOptions": { "jsx": "react", "jsxFactory": "h", "jsxFragmentFactory": "frag" } }`
            }, { entry: "main.tsx" })
          ).toEqual([["string", { id: "1" }, ["x"]], ["string", null, []]])
          expect(
            yield* result({
              ...runtime,
              "main.tsx": main(""),
              "tsconfig.json": `{ "compilerOptions": { "jsx": "react-jsx", "jsxImportSource": "jsx" } }`
            }, { entry: "main.tsx" })
          ).toEqual([["runtime", "a", { id: "1", children: "x" }], ["runtime", "fragment", {}]])
        }))

      it.scoped("keeps the names of classes and functions, though others have the same", () =>
        Effect.gen(function*() {
          expect(
            yield* result({
              "main.ts": returning(
                "[Failure.name, new Failure({}).name, Service.key, Other.name, Named.name, own.name, Static.make().constructor.name]",
                `import { Failure as Other, Service } from "./other.js"`,
                `class Failure extends Schema.TaggedError<Failure>()("Failure", {}) {}`,
                `class Named { constructor(public x = 1) {} }`,
                `class Static { static one = new Static(); static make() { return Static.one } }`,
                `function own() { return f }`
              ),
              "other.ts": [
                `import { Effect } from "effect"`,
                `export class Failure extends Error {}`,
                `class Named {}`,
                `export class Service extends Effect.Service<Service>()("other/Service", { succeed: { Named } }) {}`
              ].join("\n")
            })
          ).toEqual(["Failure", "Failure", "other/Service", "Failure", "Named", "own", "Static"])
        }))

      it.scoped("of plain JavaScript", () =>
        Effect.gen(function*() {
          expect(
            yield* result({
              "main.mjs": returning("[a < 2, a > (0)]", `import { a } from "./a.mjs"`),
              "a.mjs": `export const a = 1`
            }, { entry: "main.mjs" })
          ).toEqual([true, true])
        }))

      it.scoped("in folders whose names mean something in patterns and URLs", () =>
        Effect.gen(function*() {
          expect(
            yield* result({
              "a (b) [c]+$ é #1 %20/main.ts": `${
                returning("[a]", `import { a } from "./a.js"`, `class X { y = 1 }`)
              }\nnew X()`,
              "a (b) [c]+$ é #1 %20/a.ts": `export const a = "a"`
            }, { entry: "a (b) [c]+$ é #1 %20/main.ts" })
          ).toEqual(["a"])
        }))
    })

    describe("many versions", () => {
      it.scoped("are kept to a number; the layers of one that goes are released", () =>
        Effect.gen(function*() {
          const { call } = yield* Thread
          const root = yield* Live.project({})
          const module = (n: number) =>
            [
              `import { Effect, Layer, Schema } from "effect"`,
              `import { CpuLiveServerless, remote } from "effect-flash"`,
              `import { writeFileSync } from "node:fs"`,
              `const layer = Layer.scopedDiscard(Effect.addFinalizer(() =>`,
              `  Effect.sync(() => writeFileSync(${JSON.stringify(join(root, `released-${n}`))}, ""))))`,
              `const cpu = CpuLiveServerless.make("live-thread")`,
              `export const f${n} = remote("f${n}", { resource: cpu, layer, success: Schema.Int }, () => Effect.succeed(${n}))`
            ].join("\n")
          for (let n = 0; n < 33; n++) {
            Live.write(root, { [`v${n}.ts`]: module(n) })
            expect(yield* call(root, { entry: `v${n}.ts`, name: `f${n}` })).toBe(n)
          }
          expect([0, 32].map((n) => existsSync(join(root, `released-${n}`)))).toEqual([true, false])
          expect(yield* call(root, { entry: "v0.ts", name: "f0" })).toBe(0)
        }))
    })

    describe("an error of a handler", () => {
      it.scoped("names the file and the line of the source", () =>
        Effect.gen(function*() {
          const { respond } = yield* Thread
          const root = yield* Live.project({
            "main.ts": returning("fail()", `import { fail } from "./fail.js"`, `interface Removed { a: string }`),
            "fail.ts": [
              `interface Removed { a: string }`,
              `const text = new URL("./fail.ts", import.meta.url)`,
              `export const fail = (): never => {`,
              `  throw new Error("boom" + text.href.length)`,
              `}`
            ].join("\n")
          })
          expect(JSON.stringify(yield* respond(root))).toContain(`${root}/fail.ts:4:`)
        }))
    })
  }
)
