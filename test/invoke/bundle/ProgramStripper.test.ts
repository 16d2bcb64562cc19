import { describe, expect, it } from "@effect/vitest"
import { FastCheck } from "effect"
import { parseSync } from "oxc-parser"
import * as ModuleSource from "../../../src/invoke/bundle/ModuleSource.ts"
import * as ProgramStripper from "../../../src/invoke/bundle/ProgramStripper.ts"
import { cases } from "../../laws.ts"

interface Options {
  readonly file?: string
  readonly definitions?: ProgramStripper.Definitions
  readonly demanded?: ReadonlyArray<string>
}

const strip = async (code: string, { definitions = "known", demanded = [], file = "/main.ts" }: Options = {}) => {
  const source = await ModuleSource.parse(file, code)
  const stripped = ProgramStripper.strip(source, { definitions, demanded: new Set(demanded) })
  // what tells that it is an ES module, below its own lines
  return { ...stripped, code: stripped.code.replace(/\nexport \{\}$/, "") }
}

/** What is left, without the blanks and the semicolons among them. */
const linesOf = (code: string): ReadonlyArray<string> =>
  code.split("\n").map((line) => line.replace(/^[\s;]+/, "").trim()).filter((line) => line !== "")

const lines = (...lines: ReadonlyArray<string>): string => lines.join("\n")

/** Asserts that the lines that end with `// stays` stay, and no others. */
const rule = async (code: string, options?: Options) => {
  const marked = linesOf(code).filter((line) => line.endsWith("// stays"))
  const left = linesOf((await strip(code, options)).code).filter((line) => !/^(\/\/|\/\*\*|export \{\s*\}$)/.test(line))
  expect(left.map((line) => line.replace(/\s*\/\/ stays$/, ""))).toEqual(
    marked.map((line) => line.replace(/\s*\/\/ stays$/, ""))
  )
}

const library = `import { Flash, implement, remote } from "effect-flash" // stays`

describe("definitions", () => {
  it("are exports that call `remote`, `implement` or `remoteClass`, wherever these come from", () =>
    rule(`
import { remote, implement as complete } from "effect-flash" // stays
import * as Library from "effect-flash" // stays
import { contract } from "./contract.js" // stays
import { remoteClass } from "./prelude.js" // stays
import * as program from "./program.js"
export const f = remote("f", {}, () => 1) // stays
export const g = Library.remote("g", {}) // stays
export const h = complete(contract, () => 1) // stays
export const K = remoteClass("K", {}, () => 1) // stays
export const other = program.make()
export let late // stays
late = remote("late", {}) // stays
export default remote("default", {}) // stays
`))

  it("are named or listed", () =>
    rule(`
import { remote } from "effect-flash" // stays
const f = remote("f", {}) // stays
const g = remote("g", {}) // stays
const hidden = remote("hidden", {})
const other = 1
export { f, g as renamed } // stays
export default f // stays
`))

  it("a list keeps what is left of it", async () => {
    const list = async (names: string) => {
      const { code } = await strip(lines(
        `import { remote } from "effect-flash"`,
        `const f = remote("f", {}), x = 1`,
        `const g = remote("g", {})`,
        `const result = await run()`,
        `export { ${names} }`
      ))
      return code.split("\n").at(-1)
    }
    expect(await list("result, f, g")).toBe("export {         f, g }")
    expect(await list("f, g, result")).toBe("export { f, g,        }")
    expect(await list("g as a, result as default, f, type T")).toBe("export { g as a,                    f, type T }")
  })

  it("are held by an object, a class, a namespace, or taken out of one", () =>
    rule(`
import { remote } from "effect-flash" // stays
const f = remote("f", {}) // stays
const functions = { g: remote("g", {}), h: remote("h", {}) } // stays
export const api = { f, nested: 1 } // stays
export const { g } = functions // stays
export const frozen = Object.freeze({ f }) // stays
export class Api { static f = f; static k = remote("k", {}) } // stays
export namespace Space { export const l = remote("l", {}) } // stays
export const group = RpcGroup.make(f)
export const values = Effect.all([f()])
export function call() { return f() }
export const list = () => [f]
`))

  it("are made by a function of the module", () =>
    rule(`
import { remote } from "effect-flash" // stays
const define = (name: string) => remote(name, {}) // stays
function both(name: string) { return [define(name), define(name + "2")] } // stays
export const f = define("f") // stays
export const [g, h] = both("g") // stays
export const [k, l] = ["k", "l"].map((name) => remote(name, {})) // stays
export const unused = (name: string) => remote(name, {})
`))

  it("are made by a function of another module, which is given `import.meta.url`", () =>
    rule(`
import { gpu } from "./gpu.js" // stays
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
export const f = gpu("f", import.meta.url, () => 1) // stays
export const g = gpu({ name: "g", module: import.meta.url }) // stays
export const here = fileURLToPath(import.meta.url)
export const text = readFileSync(new URL("./text", import.meta.url))
`))

  it("are made in a block", () =>
    rule(`
import { remote } from "effect-flash" // stays
export let f // stays
if (process.env.FAST) { f = remote("f", { fast: true }) } else { f = remote("f", {}) } // stays
let g // stays
try { g = remote("g", await options()) } catch { g = remote("g", {}) } // stays
export { g } // stays
for (const name of ["h"]) { console.log(name) }
`))

  it("of a name that is computed leave open what else there is", async () => {
    const of = async (definition: string) => {
      const { functions, hidden, isOpen } = await strip(
        lines(`import { remote, implement } from "effect-flash"`, definition)
      )
      return { functions: [...functions], hidden: [...hidden], isOpen }
    }
    expect(await of(`export const f = remote("f", {})`)).toEqual({ functions: ["f"], hidden: [], isOpen: false })
    expect(await of("export const f = remote(`f`, {})")).toEqual({ functions: ["f"], hidden: [], isOpen: false })
    expect(await of(`export const f = remote(prefix + "f", {})`)).toMatchObject({ functions: [], isOpen: true })
    expect(await of(`export const f = implement(imported, () => 1)`)).toMatchObject({ functions: [], isOpen: true })
    expect(await of(`const c = remote("f", {}); export const f = implement(c, () => 1)`))
      .toMatchObject({ functions: ["f"], isOpen: false })
    expect(await of(`\n\nconst f = remote("f", {}); const g = remote("g", {}); export default g`))
      .toMatchObject({ functions: ["g"], hidden: ["f"], isOpen: false })
    expect(await of(`export const make = () => remote("f", {})`))
      .toEqual({ functions: [], hidden: [], isOpen: false })
    // what is given to a call may be what comes back; what a program calls does not
    const base = `const base = remote("f", {})\n`
    for (const code of [`again(base)`, `base.pipe(again)`, `again({ f: [base] })`, `await again(() => 1)(base)`]) {
      expect([code, await of(`${base}export const f = ${code}`)]).toEqual([
        code,
        { functions: [], hidden: code.startsWith("await") ? ["f"] : [], isOpen: false }
      ])
    }
    for (const code of [`Effect.gen(function*() { yield* base() })`, `Effect.map(base(), again)`, `() => base`]) {
      expect([code, (await of(`${base}export const f = ${code}`)).hidden]).toEqual([code, ["f"]])
    }
    const possible = async (code: string) => (await strip(code, { definitions: "possible" })).isOpen
    expect(await possible(`import { remote } from "effect-flash"; export const f = remote("f", {})`)).toBe(false)
    expect(await possible(`import { make } from "./make.js"; export const f = make("f")`)).toBe(true)
    expect(await possible(`export const make = () => 1`)).toBe(false)
  })

  it("that cannot be told are all exports that may be some", () =>
    rule(
      `
import { define } from "./define.js" // stays
import { again } from "./again.js" // stays
import { run } from "./program.js"
export const f = define("f") // stays
export const { g } = define.all() // stays
export * from "./others.js" // stays
export { x } from "./x.js" // stays
export { again } // stays
const listed = define("listed") // stays
const plain = () => 1
export { listed } // stays
export { plain }
export const text = "text"
export function help() {}
export class Help {}
export enum Kind { A }
export const result = await run(f)
export const fiber = Effect.runFork(run(f))
export default define("default") // stays
`,
      { definitions: "possible" }
    ))

  it("and what other modules import from the module", () =>
    rule(
      `
import { remote } from "effect-flash" // stays
import { load } from "./load.js" // stays
export const f = remote("f", {}) // stays
export const config = load() // stays
export const other = 1
`,
      { demanded: ["config"] }
    ))

  it("without any, nothing is left but types and imports for their effect", async () => {
    const { code, functions, isOpen } = await strip(
      lines(`import "./setup.js"`, `export type T = 1`, `export const x = 1`, `run(x)`)
    )
    expect(linesOf(code)).toEqual([`import "./setup.js"`, `export type T = 1`])
    expect([...functions, isOpen]).toEqual([false])
  })
})

describe("the program", () => {
  it("below the last definition goes, whatever statement it is", () =>
    rule(`
${library}
import { run } from "./run.js"
import "./effect.js" // stays
export const f = remote("f", {}) // stays
const program = f()
program.pipe(Flash.runMain)
Flash.runMain(program)
NodeRuntime.runMain(program)
Effect.runPromise(program)
await Effect.runPromise(f())
run(f)
console.log("started")
process.on("SIGINT", () => process.exit())
setInterval(() => {}, 1000)
setTimeout(run, 10)
if (import.meta.main) run(f)
if (process.argv[1] === fileURLToPath(import.meta.url)) { run(f) }
for (const x of [f]) run(x)
for await (const x of [f]) run(x)
while (f) run(f)
do { run(f) } while (false)
switch (f) { case f: run(f) }
try { run(f) } catch {}
{ run(f) }
label: for (;;) break label
throw new Error("end")
void run(f)
new Program(f)
;(() => { run(f) })()
;(async function main() { await run(f) })().catch(console.error)
const server = createServer().listen(3000)
export const result = await run(f)
export const fiber = Effect.runFork(program)
export const timer = setInterval(run, 10)
using resource = open(f)
await using other = open(f)
debugger
f
`))

  it("takes what only it uses with it, though a function has parameters and variables of the same names", () =>
    rule(`
import { remote } from "effect-flash" // stays
import { question, key, method, caught, item, self } from "./program.js"
import { helper } from "./helper.js" // stays
export const f = remote("f", {}, ({ name, nested: { age = 1 }, ...rest }, [first]: [number]) => { // stays
  const question = (limit: number) => limit // stays
  for (const item of [1]) helper(item) // stays
  try { helper() } catch (caught) { helper(caught) } // stays
  const Self = class self { static a = self } // stays
  var late = function again(): unknown { return again } // stays
  return { key: rest, method() {}, name, age, first, x: question(name.key), late, Self } // stays
}) // stays
const name = await question("name?")
const age = 1, rest = 2, first = 3, limit = 4, late = 5, again = 6
function report(name: string) { return program }
class Reporter {}
const program = f({ name })
report(program, Reporter)
`))

  it("is told by what it touches, above the last definition too", () =>
    rule(`
${library}
import { setup, client } from "./setup.js" // stays
setup() // stays
process.env.A = "1" // stays
if (process.env.B) { setup() } // stays
await client.connect() // stays
export const f = remote("f", {}) // stays
Effect.runPromise(f())
const main = Effect.gen(function*() { yield* again() })
function again() { return f() }
main.pipe(Effect.runPromise)
again()
client.use("plugin") // stays
Flash.runMain(client)
runMain(client)
export const g = remote("g", {}) // stays
client.close()
`))

  it("of a module that exports its functions in a list at the end is below their definitions", () =>
    rule(`
import { remote } from "effect-flash" // stays
prepare() // stays
const f = remote("f", {}) // stays
console.log("program")
const api = { f } // stays
export { f } // stays
export default api // stays
`))

  it("of a module that is only imported goes with all that others do not import from it", () =>
    rule(
      `
import { Flash } from "effect-flash"
import { f } from "./functions.js"
import "./effect.js" // stays
registry.set("a", 1) // stays
await Effect.runPromise(setup)
export const registry = new Map() // stays
export const config = load() // stays
function load() { return registry.get("config") } // stays
registry.set("b", 2) // stays
export const program = f(config)
const main = () => Effect.runPromise(program)
main()
program.pipe(Flash.runMain)
console.log("loaded")
`,
      { definitions: "none", demanded: ["config"] }
    ))
})

describe("what a function refers to", () => {
  it("stays, also by way of others, in a circle, and where it runs something", () =>
    rule(`
import { remote } from "effect-flash" // stays
import used, { unused } from "./a.js" // stays
import * as space from "./b.js" // stays
import { load } from "./c.js" // stays
import type { T } from "./types.js" // stays
export const f = remote("f", {}, () => even(4)) // stays
function even(n: number): boolean { return n === 0 || odd(n - 1) } // stays
function odd(n: number) { return n !== 0 && even(n - 1) && limit > n && used } // stays
const limit = space.max // stays
const { weights, x: [size = max] } = await load() // stays
let max = 10 // stays
class Helper { static run() { return weights + size } } // stays
export const g = remote("g", {}, () => Helper) // stays
const unneeded = await load()
`))

  it("counts by shorthands, computed keys, templates, tags and decorators, not by labels and types", () =>
    rule(`
import { remote } from "effect-flash" // stays
import { short } from "./a.js" // stays
import { computed } from "./b.js" // stays
import { text } from "./c.js" // stays
import { index } from "./d.js" // stays
import { sql } from "./e.js" // stays
import { note } from "./f.js" // stays
import { label } from "./g.js"
import { Shape } from "./h.js"
import { asserted } from "./i.js" // stays
export const f = remote("f", {}, (x: Shape) => ({ short, [computed]: \`\${text}\`, y: x[index], z: x.label, s: sql\`a\` })) // stays
export const g = remote("g", {}, () => new Model() satisfies Shape as Shape) // stays
class Model { @note label = (asserted as Shape)! } // stays
`))

  it("stays with every kind of declaration", () =>
    rule(`
import { remote } from "effect-flash" // stays
import legacy = require("./legacy.js") // stays
export const f = remote("f", {}, () => [A, N, M, d, e, legacy, lock, y]) // stays
enum A { B = 1, C = B } // stays
const enum D { E }
namespace N { export const inner = help() } // stays
namespace M.Deep { export const inner = 1 } // stays
declare const ambient: string // stays
type Alias = string // stays
interface Shape { a: Alias } // stays
function help() {} // stays
var d = 1, e = 2 // stays
using lock = acquire() // stays
if (d) { var y = 1 } // stays
`))

  it("stays with what changes it, wherever that stands", () =>
    rule(`
import { remote } from "effect-flash" // stays
const registry = new Map() // stays
const table = {}, list = [], options = { deep: {} } // stays
let cache, count = 0 // stays
export const f = remote("f", {}, () => [registry, table, list, options, cache, count, Named]) // stays
class Named {} // stays
registry.set("a", help).set("b", 2) // stays
table["a"] ||= help // stays
list.push(1) // stays
;[1, 2].forEach((n) => registry.set(n, n)) // stays
Object.assign(options.deep, { a: 1 }) // stays
Object.defineProperty(Named, "x", { value: 1 }) // stays
Named.prototype.extra = function () {} // stays
delete table.b // stays
;({ cache } = await load()) // stays
count++ // stays
try { cache = await load() } catch { cache = undefined } // stays
if (process.env.A) { options.deep.b = 1 } // stays
for (const key of ["a"]) { table[key] = key } // stays
;(function (Named) { Named.y = 1 })(Named || (Named = {})) // stays
const help = 1 // stays
registry.get("a")
registry.forEach(console.log)
other.set("a", 1)
const other = new Map()
globalThis.f = f
process.env.A = "1"
for (const table of [1]) { table.x = 1 }
`))

  it("stays with changes by remote functions, but not with the program that makes changes", () =>
    rule(`
${library}
const table = new Map(), state = { calls: 0 } // stays
let last // stays
export const f = remote("f", {}, () => [table, state, last]) // stays
table.set("f", f) // stays
state.f = f // stays
last = await Effect.runPromise(f()) // stays
for (const n of [1, 2]) { state.calls += n; await Effect.runPromise(f()) }
try { state.calls = 1; program.pipe(Flash.runMain) } catch {}
`))
})

describe("compiled modules", () => {
  it("of TypeScript to CommonJS", async () => {
    const code = `
"use strict"; // stays
var __decorate = (this && this.__decorate) || function () {}; // stays
var __importStar = function () {};
Object.defineProperty(exports, "__esModule", { value: true }); // stays
exports.program = exports.hello = exports.cpu = void 0; // stays
const effect_1 = require("effect"); // stays
const effect_flash_1 = require("effect-flash"); // stays
const only_program_1 = require("./only-program");
exports.cpu = effect_flash_1.CpuLiveServerless.make("cpu"); // stays
class Model { predict() { return effect_1.Effect.void; } } // stays
__decorate([note], Model.prototype, "predict", null); // stays
function note() {} // stays
exports.hello = (0, effect_flash_1.remote)("hello", { resource: exports.cpu }, () => new Model().predict()); // stays
exports.program = effect_1.Effect.gen(function* () { yield* (0, exports.hello)(); });
exports.program.pipe(effect_flash_1.Flash.runMain);
effect_1.Effect.runPromise((0, exports.hello)());
(0, only_program_1.report)();
console.log("started");
`
    await rule(code, { file: "/main.cjs" })
    await rule(code, { file: "/main.js" })
    expect((await strip(code, { file: "/main.js" })).functions).toEqual(new Set(["hello"]))
  })

  it("by hand, with `module.exports`", () =>
    rule(
      `
const { remote } = require("effect-flash") // stays
const { run } = require("./run")
const f = remote("f", {}) // stays
run(f)
module.exports = { f } // stays
module.exports.g = remote("g", {}) // stays
module.exports.more = run
if (require.main === module) return run(f)
`,
      { file: "/main.cjs" }
    ))

  it("of decorators, enums and namespaces to plain JavaScript", () =>
    rule(
      `
import { remote } from "effect-flash"; // stays
var Color; // stays
(function (Color) { Color[Color["Red"] = 0] = "Red"; })(Color || (Color = {})); // stays
let Model = class Model {}; // stays
Model = __decorate([note], Model); // stays
__esDecorate(null, null, [note], { kind: "class", name: Model.name }); // stays
export const f = remote("f", {}, () => [Color, Model]); // stays
export var Space; // stays
(function (Space) { Space.g = remote("g", {}); })(Space || (Space = {})); // stays
var Unused;
(function (Unused) { Unused[Unused["A"] = 0] = "A"; })(Unused || (Unused = {}));
`,
      { file: "/main.js" }
    ))
})

describe("JSX", () => {
  it("brings what its tags may become", () =>
    rule(
      `
/** @jsx dom */
import { remote } from "effect-flash" // stays
import React from "react" // stays
import { Page } from "./page.js" // stays
const dom = (tag: string) => tag // stays
export const f = remote("f", {}, () => <Page title="x"><div /></Page>) // stays
`,
      { file: "/main.tsx" }
    ))
})

describe("positions", () => {
  it("of what stays do not change, nor does the number of lines", async () => {
    const code = lines(
      `export const f = remote("f");`,
      "run(`a",
      `  b\`); export const g = remote("g"); /* é 漢 */ run("é漢😀"); export const h = remote("h");`,
      `const unused = {`,
      `  x: 1`,
      `}; export const k = remote("k");`,
      `@note export class K { static k = remote("m") }`,
      `@note export class L {}`
    )
    const { code: stripped } = await strip(code)
    expect(stripped.length).toBe(code.length)
    for (
      const kept of [`export const f`, `export const g`, `export const h`, `export const k`, `@note export class K`]
    ) {
      expect(stripped.indexOf(kept)).toBe(code.indexOf(kept))
    }
    expect(newlines(stripped)).toEqual(newlines(code))
    expect(stripped).not.toContain("unused")
    expect(stripped.split("\n").at(-1)?.trim()).toMatch(/^;$/)
  })

  it("hold without semicolons", async () => {
    const code = lines(
      `export const f = remote("f", g)`,
      `run()`,
      `;(f.a).b = 1`,
      `run()`,
      `;[f.c] = [f]`,
      `const g = {}`
    )
    const { code: stripped } = await strip(code)
    expect(linesOf(stripped)).toEqual([`export const f = remote("f", g)`, `(f.a).b = 1`, `[f.c] = [f]`, `const g = {}`])
    expect(parse(stripped).filter(({ type }) => type === "ExpressionStatement")).toHaveLength(2)
  })

  it("hold below a first line for the shell", async () => {
    const { code } = await strip(lines(`#!/usr/bin/env node`, `export const f = remote("f")`, `run()`))
    expect(code.split("\n")[1]).toBe(`export const f = remote("f")`)
  })
})

it("text that is no TypeScript is told by its place", async () => {
  await expect(strip(`export const f = 1\nexport const = 1`)).rejects.toThrow(/main\.ts:2: it is no valid TypeScript/)
  await expect(strip(`export const f = (`, { file: "/main.mjs" })).rejects.toThrow(/no valid JavaScript/)
})

const parse = (code: string) => {
  const { errors, program } = parseSync("main.ts", code)
  expect(errors).toEqual([])
  return program.body
}

const newlines = (code: string): ReadonlyArray<number> => [...code.matchAll(/\n/g)].map(({ index }) => index)

/** Statements over a handful of names; each name is declared once. */
const names = ["a", "b", "c", "d", "e", "g", "h", "k"] as const
const name = FastCheck.constantFrom(...names)

interface Part {
  readonly text: string
  readonly declares?: string
}

const expression = FastCheck.array(name, { maxLength: 3 }).map((used) => `make(${used.join(", ")})`)

const part = (own: string): FastCheck.Arbitrary<Part> =>
  FastCheck.oneof(
    expression.map((value) => ({ text: `const ${own} = ${value}`, declares: own })),
    expression.map((value) => ({ text: `export const ${own} = remote("${own}", ${value})`, declares: own })),
    expression.map((value) => ({ text: `export let { x: ${own} } = await ${value}`, declares: own })),
    expression.map((value) => ({ text: `const ${own} = await ${value}`, declares: own })),
    expression.map((value) => ({ text: `function ${own}() { return ${value} }`, declares: own })),
    expression.map((value) => ({
      text: `export class ${own} { static { remote("${own}", ${value}) } }`,
      declares: own
    })),
    FastCheck.constant({ text: `import { ${own} } from "./x.js"`, declares: own }),
    expression.map((value) => ({ text: `${own}.part = ${value}` })),
    expression.map((value) => ({ text: `;(${own}).part = ${value}` })),
    expression.map((value) => ({ text: `run(\`é${own}\n\${${value}}\`)` })),
    expression.map((value) => ({ text: `;[1, 2].map(() => ${value})` })),
    expression.map((value) => ({ text: `if (${own}) { ${value} }` })),
    FastCheck.constant({ text: `import "${own}"` })
  )

const moduleText = FastCheck.tuple(
  FastCheck.tuple(...names.map(part)),
  FastCheck.array(part("globalThis").filter(({ declares }) => declares === undefined), { maxLength: 3 }),
  FastCheck.subarray([...names]),
  FastCheck.constantFrom(";\n", "\n", "; ")
).chain(([own, more, listed, separator]) =>
  FastCheck.shuffledSubarray([...own, ...more], { minLength: own.length + more.length }).map((parts) => {
    const declared = new Set(parts.flatMap(({ declares }) => declares ?? []))
    const exported = new Set(parts.flatMap(({ declares, text }) => text.startsWith("export") ? declares ?? [] : []))
    const list = listed.filter((name) => declared.has(name) && !exported.has(name))
    return [...parts.map(({ text }) => text), `export { ${list.join(", ")} }`].join(separator)
  })
)

/** The top-level statements of a module by their place, without the semicolons at their ends and without lists. */
const statementsOf = (code: string): ReadonlyMap<number, string> =>
  new Map(
    parse(code).flatMap((node) =>
      node.type === "EmptyStatement" || (node.type === "ExportNamedDeclaration" && !node.declaration)
        ? []
        : [[node.start, code.slice(node.start, node.end).replace(/[\s;]+$/, "")]]
    )
  )

describe("of any module", () => {
  it("the rest is a module, in which everything stands where it stood", () =>
    FastCheck.assert(
      FastCheck.asyncProperty(moduleText, async (code) => {
        const stripped = (await strip(code)).code
        expect(stripped.length).toBe(code.length)
        expect(newlines(stripped)).toEqual(newlines(code))
        const before = statementsOf(code)
        for (const [start, text] of statementsOf(stripped)) expect(before.get(start)).toBe(text)
      }),
      cases(300)
    ))

  it("nothing that stays refers to a declaration that went", () =>
    FastCheck.assert(
      FastCheck.asyncProperty(moduleText, async (code) => {
        const declaredIn = (text: string) =>
          new Set(
            [...text.matchAll(/(?:const|let|function|class|import \{|x:) ([a-k])\b/g)].map(([, name]) => name)
          )
        const stripped = (await strip(code)).code
        const gone = [...declaredIn(code)].filter((name) => !declaredIn(stripped).has(name))
        for (const name of gone) expect(stripped).not.toMatch(new RegExp(`(?<!["é])\\b${name}\\b(?!")`))
      }),
      cases(300)
    ))

  it("every definition that is exported stays", () =>
    FastCheck.assert(
      FastCheck.asyncProperty(moduleText, async (code) => {
        const { code: stripped, functions } = await strip(code)
        for (const [definition, name = ""] of code.matchAll(/remote\("([a-k])"/g)) {
          expect(stripped).toContain(definition)
          expect(functions).toContain(name)
        }
      }),
      cases(200)
    ))

  it("stripping what was stripped changes nothing", () =>
    FastCheck.assert(
      FastCheck.asyncProperty(moduleText, async (code) => {
        const once = (await strip(code)).code
        expect((await strip(once)).code.replaceAll(/[\s;]/g, "")).toBe(once.replaceAll(/[\s;]/g, ""))
      }),
      cases(200)
    ))
})
