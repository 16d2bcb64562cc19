/** Where a function may be defined, and that nothing else of its module runs: in the worker's own thread. */
import { describe, expect, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import ts from "typescript"
import * as Live from "./liveThread.ts"
import type { Files } from "./liveThread.ts"

class Thread extends Context.Tag("test/live/definitions/Thread")<Thread, Live.LiveThread>() {}

const head = [
  `import { Effect, Schema } from "effect"`,
  `import { CpuLiveServerless, Flash, implement, remote } from "effect-flash"`,
  `const options = { resource: CpuLiveServerless.make("live-thread"), success: Schema.Unknown }`
].join("\n")

const library = [
  `import { Effect, Schema } from "effect"`,
  `import { CpuLiveServerless, remote } from "effect-flash"`,
  `export const options = { resource: CpuLiveServerless.make("live-thread"), success: Schema.Unknown }`
].join("\n")

const result = (files: Files, options?: Live.Call) =>
  Effect.gen(function*() {
    const thread = yield* Thread
    return yield* thread.call(yield* Live.project(files), options)
  })

const problem = (files: Files, options?: Live.Call) =>
  Effect.gen(function*() {
    const thread = yield* Thread
    const root = yield* Live.project(files)
    return (yield* Effect.flip(thread.respond(root, options))).replaceAll(`file://${root}/`, "")
  })

layer(Layer.scoped(Thread, Live.make), { excludeTestServices: true, timeout: "30 seconds" })(
  "in a worker's thread",
  (it) => {
    describe("a function is found", () => {
      it.scoped.each([
        [
          "in a folder",
          { "a/b/c/main.ts": `${head}\nexport const f = remote("f", options, () => Effect.succeed(1))` },
          "a/b/c/main.ts"
        ],
        ["under another name", {
          "main.ts": `${head}\nconst g = remote("f", options, () => Effect.succeed(1)); export { g as h }`
        }],
        ["as the default export", {
          "main.ts": `${head}\nexport default remote("f", options, () => Effect.succeed(1))`
        }],
        ["as the default export, by its name", {
          "main.ts": `${head}\nconst g = remote("f", options, () => Effect.succeed(1))\nexport default g`
        }],
        ["in an exported object", {
          "main.ts": `${head}\nexport const api = { g: remote("f", options, () => Effect.succeed(1)), other: 1 }`
        }],
        ["in the default export, an object", {
          "main.ts": `${head}\nconst g = remote("f", options, () => Effect.succeed(1))\nexport default { g }`
        }],
        ["in a class", {
          "main.ts": `${head}\nexport class Api { static readonly g = remote("f", options, () => Effect.succeed(1)) }`
        }],
        ["in a namespace", {
          "main.ts": `${head}\nexport namespace Api { export const g = remote("f", options, () => Effect.succeed(1)) }`
        }],
        ["taken out of an object", {
          "main.ts":
            `${head}\nconst api = { g: remote("f", options, () => Effect.succeed(1)) }\nexport const { g } = api`
        }],
        ["made by a function of its module", {
          "main.ts":
            `${head}\nconst make = (name: string) => remote(name, options, () => Effect.succeed(1))\nexport const g = make("f")`
        }],
        ["made for many names", {
          "main.ts": `${head}\nexport const [g] = ["f"].map((name) => remote(name, options, () => Effect.succeed(1)))`
        }],
        ["of a computed name", {
          "main.ts":
            `${head}\nconst prefix = ""\nexport const g = remote(prefix + "f", options, () => Effect.succeed(1))`
        }],
        ["made in a block", {
          "main.ts":
            `${head}\nexport let g\ntry { g = remote("f", options, () => Effect.succeed(1)) } catch { g = undefined }`
        }],
        ["made by a function of another module, which is told the module", {
          "main.ts": `import { make } from "./make.js"\nexport const g = make("f", import.meta.url)`,
          "make.ts":
            `${library}\nexport const make = (name: string, module: string) => remote(name, { ...options, module }, () => Effect.succeed(1))`
        }],
        ["made by a function of another module, which finds the module by itself", {
          "main.ts": `import { make } from "./make.js"\nexport const g = make("f")`,
          "make.ts": `${library}\nexport const make = (name: string) => remote(name, options, () => Effect.succeed(1))`
        }],
        ["through a module that passes `remote` on", {
          "main.ts":
            `import { remote as define, options } from "./prelude.js"\nimport { Effect } from "effect"\nexport const g = define("f", options, () => Effect.succeed(1))`,
          "prelude.ts": `${library}\nexport { remote }`
        }],
        ["that completes a contract of another module", {
          "main.ts":
            `${head}\nimport { contract } from "./contract.js"\nexport const g = implement(contract, () => Effect.succeed(1))`,
          "contract.ts": `${library}\nexport const contract = remote("f", options)`
        }],
        ["that completes a contract exported beside it", {
          "main.ts":
            `${head}\nconst contract = remote("f", options)\nconst g = implement(contract, () => Effect.succeed(1))\nexport { g, contract }`
        }]
      ] as ReadonlyArray<[string, Files, string?]>)("%s", ([, files, entry = "main.ts"]) =>
        Effect.gen(function*() {
          expect(yield* result(files, { entry })).toBe(1)
        }))

      it.scoped("that others export again, in the module that defines it", () =>
        Effect.gen(function*() {
          // the call site is functions.ts, whoever imports it by way of index.ts
          const files = {
            "index.ts": `export * from "./functions.js"\nthrow new Error("the program")`,
            "functions.ts": `${head}\nexport const f = remote("f", options, () => Effect.succeed(1))`
          }
          expect(yield* result(files, { entry: "functions.ts" })).toBe(1)
        }))
    })

    describe("compiled by tsc", () => {
      const source = `${head}
enum Color { Red = 1 }
const make = async (n: number): Promise<Array<number>> => [n, Color.Red]
export const options2 = { ...options }
export const f = remote("f", options2, () => Effect.promise(() => make(2)))
console.log("the program of a compiled module")
Effect.runPromise(f().pipe(Flash.provide, Effect.provide(Flash.layerInline)))
export const fail = remote("fail", options2, () => Effect.sync(() => { throw new Error("boom") }))
`
      const compile = (module: ts.ModuleKind, more: ts.CompilerOptions = {}) =>
        ts.transpileModule(source, {
          fileName: "src/main.ts",
          compilerOptions: { module, target: ts.ScriptTarget.ES2022, ...more }
        })

      it.scoped("to ES modules, with and without source maps", () =>
        Effect.gen(function*() {
          const { outputText } = compile(ts.ModuleKind.ESNext)
          expect(yield* result({ "dist/main.js": outputText }, { entry: "dist/main.js" })).toEqual([2, 1])
          const mapped = compile(ts.ModuleKind.ESNext, { sourceMap: true })
          const { respond } = yield* Thread
          const root = yield* Live.project({
            "dist/main.js": mapped.outputText,
            "dist/main.js.map": (mapped.sourceMapText ?? "").replace(
              `"sources":["main.ts"]`,
              `"sources":["../src/main.ts"]`
            ),
            "src/main.ts": source
          })
          const line = source.split("\n").findIndex((text) => text.includes("boom")) + 1
          expect(JSON.stringify(yield* respond(root, { entry: "dist/main.js", name: "fail" })))
            .toContain(`${root}/src/main.ts:${line}:`)
        }))

      it.scoped("to CommonJS, by either extension", () =>
        Effect.gen(function*() {
          const { outputText } = compile(ts.ModuleKind.CommonJS, { esModuleInterop: true })
          expect(outputText).toContain("exports.f =")
          expect(yield* result({ "dist/main.cjs": outputText }, { entry: "dist/main.cjs" })).toEqual([2, 1])
          expect(yield* result({ "dist/main.js": outputText }, { entry: "dist/main.js" })).toEqual([2, 1])
        }))

      it.scoped("to the JavaScript of 2015, with helpers", () =>
        Effect.gen(function*() {
          const { outputText } = compile(ts.ModuleKind.CommonJS, { target: ts.ScriptTarget.ES2015 })
          expect(outputText).toContain("__awaiter")
          expect(yield* result({ "main.cjs": outputText }, { entry: "main.cjs" })).toEqual([2, 1])
        }))

      it.scoped("or written by hand, with `module.exports`", () =>
        Effect.gen(function*() {
          const code = `
const { Effect, Schema } = require("effect")
const { CpuLiveServerless, remote } = require("effect-flash")
const options = { resource: CpuLiveServerless.make("live-thread"), success: Schema.Unknown }
const f = remote("f", options, () => Effect.succeed(require("./help").help))
module.exports = { f }
module.exports.g = remote("g", options, () => Effect.succeed(2))
if (require.main === module) throw new Error("the program")
`
          const files = { "main.cjs": code, "help.js": `exports.help = 1` }
          expect(yield* result(files, { entry: "main.cjs" })).toBe(1)
          expect(yield* result(files, { entry: "main.cjs", name: "g" })).toBe(2)
        }))
    })

    describe("a function that is not exported is told before anything is sent", () => {
      const says = (name: string, exports: string) =>
        `Module main.ts exports ${exports}; "${name}" must be exported from the module that defines it ` +
        "(or name that module with `module: import.meta.url`)."

      it.scoped.each([
        ["at the top level", `const f = remote("f", options, () => Effect.void)`],
        ["inside of a function", `export const make = () => remote("f", options, () => Effect.void)`],
        ["by nobody", `export const text = "f"`]
      ] as ReadonlyArray<[string, string]>)("defined %s", ([, code]) =>
        Effect.gen(function*() {
          const files = { "main.ts": `${head}\nexport const g = remote("g", options, () => Effect.void)\n${code}` }
          expect(yield* problem(files)).toBe(says("f", "only g"))
        }))

      it.scoped("not where it is in what is exported: the worker hears of each function that is made", () =>
        Effect.gen(function*() {
          const { respond } = yield* Thread
          const code = `export const map = new Map([["f", remote("f", options, () => Effect.succeed("in a map"))]])`
          const response = yield* respond(yield* Live.project({ "main.ts": `${head}\n${code}` }))
          expect(response).toMatchObject({ success: true })
        }))

      it.scoped("in a module that exports none", () =>
        Effect.gen(function*() {
          expect(yield* problem({ "main.ts": `${head}\nconst f = remote("f", options)\nexport const other = () => f` }))
            .toBe(says("f", "no remote function"))
          expect(yield* problem({ "main.ts": "" })).toBe(says("f", "no remote function"))
        }))

      it.scoped("by a function of another module that was not told the module", () =>
        Effect.gen(function*() {
          // the call site is make.ts, which exports no remote function
          expect(
            yield* problem({
              "main.ts": `${head}\nexport const make = (name: string) => remote(name, options, () => Effect.void)`
            })
          ).toBe(says("f", "no remote function"))
        }))
    })

    describe("nothing else of a module runs", () => {
      /** Statements of programs; each would leave a mark. */
      const program = (mark: string) => `
const mark = (what: string) => writeFileSync(${JSON.stringify(mark)}, what)
const program = Effect.gen(function*() { mark("program"); return yield* f() })
program.pipe(Flash.runMain)
Flash.runMain(Effect.sync(() => mark("runMain")))
program.pipe(Flash.provide, Effect.provide(Flash.layerInline), Effect.runPromise)
Effect.runPromise(Effect.sync(() => mark("runPromise")))
Effect.runFork(Effect.sync(() => mark("runFork")))
await Effect.runPromise(Effect.sync(() => mark("await")))
console.log(mark("log"))
process.on("SIGINT", mark("on"))
setInterval(() => mark("interval"), 0)
setTimeout(() => mark("timeout"), 0)
setImmediate(() => mark("immediate"))
queueMicrotask(() => mark("microtask"))
;(() => mark("iife"))()
;(async () => { mark("async iife") })()
if (process.env) mark("if")
for (const what of ["for"]) mark(what)
for await (const what of ["for await"]) mark(what)
while (true) { mark("while"); break }
try { mark("try") } finally { mark("finally") }
{ mark("block") }
switch (1) { case 1: mark("switch") }
label: for (;;) { mark("label"); break label }
new Promise(() => mark("new"))
mark\`template\`
const server = mark("const")
let result = await Effect.runPromise(Effect.sync(() => mark("let")))
class Started { static { mark("static block") } static started = mark("static") ; [mark("key")]() {} }
enum Kind { A = mark("enum") as never }
namespace Space { export const x = mark("namespace") }
export const answer = mark("export const")
export const exported = await Effect.runPromise(Effect.sync(() => mark("export await")))
export class Exported { static { mark("export class") } }
export const { length } = [mark("destructured")]
export default mark("default")
using disposed = { [Symbol.dispose]() { mark("using") } }
throw new Error("the program")
`

      it.scoped("below the definitions", () =>
        Effect.gen(function*() {
          const { printed } = yield* Thread
          const root = yield* Live.project({})
          const mark = join(root, "mark")
          const code =
            `${head}\nimport { writeFileSync } from "node:fs"\nexport const f = remote("f", options, () => Effect.succeed(1))\n${
              program(mark)
            }`
          expect(yield* result({ "main.ts": code })).toBe(1)
          expect(existsSync(mark)).toBe(false)
          expect(printed.join("")).not.toContain("undefined")
        }))

      it.scoped("and of the process' own module where a function's module imports that", () =>
        Effect.gen(function*() {
          const { printed } = yield* Thread
          const main = process.argv[1]
          const root = yield* Live.project({
            "main.ts":
              `${library}\nimport { config } from "./start.js"\nexport const f = remote("f", options, () => Effect.succeed(config))`,
            "start.ts": [
              `import { Effect } from "effect"`,
              `import { Flash } from "effect-flash"`,
              `import { f } from "./main.js"`,
              `export const config = { a: 1 }`,
              `const program = Effect.zipRight(Effect.log("the program runs"), f())`,
              `program.pipe(Flash.runMain)`,
              `await Effect.runPromise(Effect.log("the program runs"))`
            ].join("\n")
          })
          process.argv[1] = join(root, "start.ts")
          try {
            const { call } = yield* Thread
            expect(yield* call(root)).toEqual({ a: 1 })
          } finally {
            process.argv[1] = main!
          }
          expect(printed.join("")).not.toContain("the program runs")
        }))

      it.scoped("but what prepares the definitions does", () =>
        Effect.gen(function*() {
          expect(
            yield* result({
              "main.ts": `${head}
import "./effect.js"
const registry = new Map<string, number>()
for (const name of ["a", "b"]) registry.set(name, registry.size)
process.env["PREPARED"] = "1"
await Promise.resolve().then(() => registry.set("c", 9))
export const g = remote("g", options, () => Effect.succeed(1))
registry.set("d", 10)
let late: string
export const f = remote("f", options, () =>
  Effect.succeed([Object.fromEntries(registry), process.env["PREPARED"], globalThis["effected" as never], late]))
registry.set("e", 11)
try { late = await import("./late.js").then(({ late }) => late) } catch { late = "none" }
registry.clear
registry.get("a")
`,
              "effect.ts": `Object.assign(globalThis, { effected: "effected" })`,
              "late.ts": `export const late = "late"`
            })
          ).toEqual([{ a: 0, b: 1, c: 9, d: 10, e: 11 }, "1", "effected", "late"])
        }))
    })
  }
)
