import { describe, expect, it } from "@effect/vitest"
import * as Acorn from "acorn"
import { FastCheck } from "effect"
import { strip } from "../../../src/invoke/bundle/ProgramStripper.ts"
import { cases } from "../../laws.ts"

/** What is left, without the blanks and the semicolons among them. */
const left = (code: string): ReadonlyArray<string> =>
  strip(code).code.split("\n").map((line) => line.replace(/^[\s;]+/, "").trim()).filter((line) => line !== "")

const lines = (...lines: ReadonlyArray<string>): string => lines.join("\n")

/** Asserts which lines of a module stay. */
const stays = (code: string, expected: ReadonlyArray<string>) => expect(left(code)).toEqual(expected)

describe("above the first exported definition", () => {
  it("whatever runs stays: it prepares the definition", () => {
    const code = lines(
      `import { env } from "./env.js";`,
      `process.env.A = "1";`,
      `globalThis.navigator ??= {};`,
      `env.cache = "/cache";`,
      `setup();`,
      `if (process.env.B) { setup(); }`,
      `const data = {};`,
      `data.more = await load();`,
      `start(data);`,
      `export const f = 1;`
    )
    stays(code, code.split("\n"))
  })

  it("a declaration that nothing refers to goes, with what is assigned to it", () => {
    stays(
      lines(`const program = run();`, `program.name = "program";`, `function help() {}`, `export const f = 1;`),
      [`export const f = 1;`]
    )
  })

  it("the definition is what an export list names", () => {
    stays(
      lines(`setup();`, `const f = 1;`, `run(f);`, `export { f };`),
      [`setup();`, `const f = 1;`, `export { f };`]
    )
  })

  it("the definition is what a default export names", () => {
    stays(
      lines(`setup();`, `const f = 1;`, `run(f);`, `export default f;`),
      [`setup();`, `const f = 1;`, `export default f;`]
    )
  })

  it("the definition is no import that is exported again", () => {
    stays(
      lines(`import { config } from "./config.js";`, `setup();`, `export const f = 1;`, `run();`, `export { config };`),
      [`import { config } from "./config.js";`, `setup();`, `export const f = 1;`, `export { config };`]
    )
  })
})

describe("below it", () => {
  it("the program goes, whatever statement it is", () => {
    stays(
      lines(
        `export const f = 1;`,
        `run(f);`,
        `f.pipe(runMain);`,
        `await run(f);`,
        `if (import.meta.main) run(f);`,
        `for (const x of [f]) run(x);`,
        `for await (const x of [f]) run(x);`,
        `while (f > 1) run(f);`,
        `do { run(f); } while (false);`,
        `switch (f) { case 1: run(f); }`,
        `try { run(f); } catch {}`,
        `{ run(f); }`,
        `label: for (;;) break label;`,
        `throw new Error("end");`,
        `void run(f);`,
        `new Program(f);`,
        `(() => run(f))();`,
        `f;`,
        `;`
      ),
      [`export const f = 1;`]
    )
  })

  it("what only the program uses goes with it", () => {
    stays(
      lines(
        `import { runMain } from "./program.js";`,
        `import { helper } from "./helper.js";`,
        `export const f = helper(1);`,
        `const program = f + 1;`,
        `function report() { return program; }`,
        `class Reporter {}`,
        `runMain(program, report, Reporter);`
      ),
      [`import { helper } from "./helper.js";`, `export const f = helper(1);`]
    )
  })

  it("what an export uses stays, also by way of others and in a circle", () => {
    const code = lines(
      `export function f() { return even(4); }`,
      `function even(n) { return n === 0 || odd(n - 1); }`,
      `function odd(n) { return n !== 0 && even(n - 1) && limit > n; }`,
      `const limit = max;`,
      `let max = 10;`,
      `class Helper { static run() { return limit; } }`
    )
    stays(code, code.split("\n").slice(0, -1))
  })

  it("exported declarations of every kind stay", () => {
    const code = lines(
      `export const a = 1;`,
      `export let b = 2, c = 3;`,
      `export var d;`,
      `export function e() {}`,
      `export async function* g() {}`,
      `export class H {}`,
      `export default class extends H {}`
    )
    stays(code, code.split("\n"))
  })

  it("an exported declaration that awaits is the program's result", () => {
    stays(
      lines(`export const f = 1;`, `export const result = await run(f);`, `export const g = 2;`),
      [`export const f = 1;`, `export const g = 2;`]
    )
    stays(
      lines(`export const f = 1;`, `const result = await run(f);`, `export { result, f as g };`),
      [`export const f = 1;`, `export {         f as g };`]
    )
  })

  it("unless a function needs it", () => {
    stays(
      lines(`export const f = () => model;`, `export const model = await load();`, `const weights = await fetch("w");`),
      [`export const f = () => model;`, `export const model = await load();`]
    )
    stays(
      lines(`export const f = () => model;`, `const model = await load(weights);`, `const weights = await fetch("w");`),
      [
        `export const f = () => model;`,
        `const model = await load(weights);`,
        `const weights = await fetch("w");`
      ]
    )
  })

  it("an await inside a function awaits nothing by itself", () => {
    const code = lines(
      `export const f = 1;`,
      `export const g = async () => await f;`,
      `export async function h() { for await (const x of []) await x; }`,
      `export class K { async m() { await f; } static s = async () => { await f; }; }`
    )
    stays(code, code.split("\n"))
  })

  it("the first definition stays though it awaits", () => {
    stays(lines(`export const f = await make();`, `await f();`), [`export const f = await make();`])
  })
})

describe("imports", () => {
  it("for their effect stay, wherever they stand", () => {
    stays(
      lines(`import "./before.js";`, `export const f = 1;`, `import "./after.js";`, `run();`),
      [`import "./before.js";`, `export const f = 1;`, `import "./after.js";`]
    )
  })

  it("stay where one of their names is used or exported", () => {
    const code = lines(
      `import used, { unused } from "./a.js";`,
      `import * as space from "./b.js";`,
      `import { other as exported } from "./c.js";`,
      `export const f = () => space.g(used);`,
      `export { exported };`
    )
    stays(code, code.split("\n"))
  })

  it("are not kept by a label of the same name", () => {
    stays(
      lines(
        `import { name } from "./a.js";`,
        `import { key } from "./b.js";`,
        `import { method } from "./c.js";`,
        `export const f = (x) => ({ key: x.name, method() {} });`
      ),
      [`export const f = (x) => ({ key: x.name, method() {} });`]
    )
  })

  it("are kept by a shorthand, a computed key and a template", () => {
    const code = lines(
      `import { short } from "./a.js";`,
      `import { computed } from "./b.js";`,
      `import { text } from "./c.js";`,
      `import { index } from "./d.js";`,
      "export const f = (x) => ({ short, [computed]: `${text}`, y: x[index] });"
    )
    stays(code, code.split("\n"))
  })
})

describe("patterns, classes and re-exports", () => {
  it("every name of a destructuring counts", () => {
    const code = lines(
      `export const { a, b: { c }, d = other, ...rest } = source;`,
      `export const [g, [h = source], , ...tail] = list;`,
      `const { other } = defaults;`,
      `const source = { ...more }, defaults = {};`,
      `const [, list = []] = [];`,
      `const more = {};`
    )
    stays(code, code.split("\n"))
    stays(
      lines(`export const f = () => [h, tail];`, `const [g, { h }, ...tail] = make();`, `const [x] = make();`),
      [`export const f = () => [h, tail];`, `const [g, { h }, ...tail] = make();`]
    )
  })

  it("a class brings what its parts mention: its parent, its fields, its static block", () => {
    const code = lines(
      `export class Model extends Base {`,
      `static ready = probe;`,
      `static { register(this); }`,
      `#secret = secret;`,
      `[key]() { return helper; }`,
      `}`,
      `class Base {}`,
      `const probe = 1;`,
      `function register() {}`,
      `const secret = 2;`,
      `const key = "key";`,
      `const helper = 3;`
    )
    stays(code, code.split("\n"))
  })

  it("re-exports stay", () => {
    const code = lines(
      `export const f = 1;`,
      `export * from "./a.js";`,
      `export * as b from "./b.js";`,
      `export { c, default as d } from "./c.js";`
    )
    stays(code, code.split("\n"))
  })

  it("a list keeps what is left of it", () => {
    const dropped = `const result = await run();`
    const list = (names: string) => lines(`const f = 1;`, dropped, `const g = 2;`, `export { ${names} };`)
    for (
      const [names, expected] of [
        ["result, f, g", `export {         f, g };`],
        ["f, g, result", `export { f, g,        };`],
        ["g as x, result as default, f", `export { g as x,                    f };`]
      ] as const
    ) {
      expect(strip(list(names)).code.split("\n").at(-1)).toBe(expected)
    }
  })

  it("a name exported twice stays twice", () => {
    const code = lines(`const f = 1;`, `export { f, f as default };`)
    stays(code, code.split("\n"))
  })
})

describe("assignments", () => {
  it("to parts of what stays stay, with what they use", () => {
    const code = lines(
      `export const f = {};`,
      `f.description = text;`,
      `f.deep[key].more ||= 1;`,
      `f.prototype.x = function () {};`,
      `const text = "text";`,
      `const key = "key";`
    )
    stays(code, code.split("\n"))
  })

  it("to a variable that stays stay", () => {
    const code = lines(`export const f = () => cache;`, `let cache;`, `cache = new Map();`, `cache.limit = 10;`)
    stays(code, code.split("\n"))
  })

  it("to what goes, or to what is not of the module, go", () => {
    stays(
      lines(
        `export const f = 1;`,
        `const program = {};`,
        `program.f = f;`,
        `globalThis.f = f;`,
        `process.env.A = "1";`,
        `module.exports = f;`
      ),
      [`export const f = 1;`]
    )
  })
})

describe("positions", () => {
  it("of what stays do not change, nor does the number of lines", () => {
    const code = lines(
      `export const f = 1;`,
      `run(\`a`,
      `  b\`); export const g = 2; /* é 漢 */ run("é漢😀"); export const h = 3;`,
      `const unused = {`,
      `  x: 1`,
      `}; export const k = 4;`
    )
    const { code: stripped } = strip(code)
    expect(stripped.length).toBe(code.length)
    for (const kept of [`export const f`, `export const g`, `export const h`, `export const k`, `/* é 漢 */`]) {
      expect(stripped.indexOf(kept)).toBe(code.indexOf(kept))
    }
    expect(newlines(stripped)).toEqual(newlines(code))
    expect(stripped).not.toContain("unused")
  })

  it("hold without semicolons", () => {
    const code = lines(`export const f = g`, `run()`, `;(f.a).b = 1`, `run()`, `;[f.c] = [f]`, `const g = {}`)
    stays(code, [`export const f = g`, `(f.a).b = 1`, `const g = {}`])
    expect(parse(strip(code).code).body.map(({ type }) => type)).toContain("ExpressionStatement")
  })
})

describe("what is reported", () => {
  it("an import of a computed name, by its line", () => {
    expect(strip(lines(`export const f = (x) =>`, `  import(x + ".js");`)).opaqueImport).toBe(2)
    expect(strip(`export const f = (x) => () => { const g = { h: import(x) }; return g }`).opaqueImport).toBe(1)
    expect(strip("export const f = (x) => import(`./${x}.js`)").opaqueImport).toBe(1)
  })

  it("not one of a literal name, and not the program's", () => {
    expect(strip(`export const f = () => import("./x.js")`).opaqueImport).toBeUndefined()
    expect(strip(lines(`export const f = 1;`, `await import(process.argv[2]);`)).opaqueImport).toBeUndefined()
  })

  it("a module that exports nothing", () => {
    expect(strip(``).exportsNothing).toBe(true)
    expect(strip(`const f = 1; run(f);`).exportsNothing).toBe(true)
    expect(strip(`const f = 1; export {};`).exportsNothing).toBe(true)
    for (
      const code of [
        `export const f = 1`,
        `const f = 1; export { f }`,
        `export default 1`,
        `export default () => 1`,
        `export * from "./x.js"`,
        `export { x } from "./x.js"`
      ]
    ) {
      expect(strip(code).exportsNothing).toBe(false)
    }
  })

  it("text that is no JavaScript", () => {
    expect(() => strip(`export const = 1`)).toThrow(SyntaxError)
  })
})

const parse = (code: string) => Acorn.parse(code, { ecmaVersion: "latest", sourceType: "module" })

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
    expression.map((value) => ({ text: `export const ${own} = ${value}`, declares: own })),
    expression.map((value) => ({ text: `export let { x: ${own} } = await ${value}`, declares: own })),
    expression.map((value) => ({ text: `const ${own} = await ${value}`, declares: own })),
    expression.map((value) => ({ text: `function ${own}() { return ${value} }`, declares: own })),
    expression.map((value) => ({ text: `export class ${own} { static { ${value} } }`, declares: own })),
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
    parse(code).body.flatMap((node) =>
      node.type === "EmptyStatement" || (node.type === "ExportNamedDeclaration" && !node.declaration)
        ? []
        : [[node.start, code.slice(node.start, node.end).replace(/[\s;]+$/, "")]]
    )
  )

describe("of any module", () => {
  it("the rest is a module, in which everything stands where it stood", () => {
    FastCheck.assert(
      FastCheck.property(moduleText, (code) => {
        const stripped = strip(code).code
        expect(stripped.length).toBe(code.length)
        expect(newlines(stripped)).toEqual(newlines(code))
        const before = statementsOf(code)
        for (const [start, text] of statementsOf(stripped)) expect(before.get(start)).toBe(text)
      }),
      cases(300)
    )
  })

  it("nothing that stays refers to a declaration that went", () => {
    FastCheck.assert(
      FastCheck.property(moduleText, (code) => {
        const declaredIn = (text: string) =>
          new Set(
            [...text.matchAll(/(?:const|let|function|class|import \{|x:) ([a-k])\b/g)].map(([, name]) => name)
          )
        const stripped = strip(code).code
        const gone = [...declaredIn(code)].filter((name) => !declaredIn(stripped).has(name))
        for (const name of gone) expect(stripped).not.toMatch(new RegExp(`\\b${name}\\b`))
      }),
      cases(300)
    )
  })

  it("stripping what was stripped changes nothing", () => {
    FastCheck.assert(
      FastCheck.property(moduleText, (code) => {
        const once = strip(code).code
        return strip(once).code.replaceAll(/[\s;]/g, "") === once.replaceAll(/[\s;]/g, "")
      }),
      cases(200)
    )
  })
})
