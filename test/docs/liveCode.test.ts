/** The guide to live code: its modules compile, its functions run, and each line says rightly what becomes of it. */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseSync } from "oxc-parser"
import ts from "typescript"
import { afterAll } from "vitest"
import * as ModuleSource from "../../src/invoke/bundle/ModuleSource.ts"
import * as ProgramStripper from "../../src/invoke/bundle/ProgramStripper.ts"
import * as Live from "../live/liveThread.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
// below the checkout, so that the modules find the package and its dependencies as a user's would
const folder = join(root, "node_modules", ".cache", "effect-flash", `live-code-${process.pid}`)

const guide = readFileSync(join(root, "docs", "live-code.md"), "utf8")

/** The modules of the guide, by the names in their first lines. */
const modules = new Map(
  Array.from(guide.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```$/gms), ([, name = "", code = ""]) => [name, code] as const)
)

mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, "package.json"), `{ "type": "module" }`)
writeFileSync(join(folder, "setup.ts"), "export {}")
for (const [name, code] of modules) writeFileSync(join(folder, name), code)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const errorsOf = (names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root)
  const paths = { "effect-flash": [join(root, "src/index.ts")] }
  const program = ts.createProgram(names.map((name) => join(folder, name)), { ...options, paths, noEmit: true })
  return ts.getPreEmitDiagnostics(program)
    .filter(({ file }) => file?.fileName.startsWith(folder))
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`)
}

describe("docs/live-code.md", () => {
  it("has no code but the modules that this test knows", () => {
    expect(guide.match(/^```ts$/gm)).toHaveLength(modules.size)
    expect([...modules.keys()]).toEqual(["greetings.ts", "greeter.ts", "greeters.ts", "rule.ts", "prompts.ts"])
  })

  it("has modules that compile", () => {
    expect(errorsOf([...modules.keys()])).toEqual([])
  }, 60_000)

  it("says of each statement what becomes of it", async () => {
    const text = modules.get("rule.ts") ?? ""
    const { code } = ProgramStripper.strip(await ModuleSource.parse("/rule.ts", text), {
      definitions: "known",
      demanded: new Set()
    })
    const { program } = parseSync("rule.ts", text)
    expect(program.body.length).toBeGreaterThan(20)
    for (const { start } of program.body) {
      const line = text.slice(start, text.indexOf("\n", start))
      const stays = code.slice(start, start + 10) === text.slice(start, start + 10)
      expect(line).toContain(stays ? "// stays" : "// goes")
    }
  })

  it("names the methods by which something is changed", async () => {
    const [, listed = ""] = /calls of its methods (.*?)\. A block/s.exec(guide) ?? []
    const methods = [...listed.matchAll(/`(\w+)`/g)].flatMap(([, name]) => name ?? [])
    expect(methods.length).toBe(10)
    const stays = async (method: string) => {
      const text =
        `import { remote } from "effect-flash"\nconst x = make()\nexport const f = remote("f", x)\nx.${method}(1)`
      const source = await ModuleSource.parse("/main.ts", text)
      return ProgramStripper.strip(source, { definitions: "known", demanded: new Set() }).code.includes(`x.${method}`)
    }
    for (const method of methods) expect([method, await stays(method)]).toEqual([method, true])
    for (const method of ["get", "listen", "run", "pipe"]) {
      expect([method, await stays(method)]).toEqual([method, false])
    }
  })

  it.scopedLive("has functions that do what they say", () =>
    Effect.gen(function*() {
      const { call, printed } = yield* Live.make
      const files = Object.fromEntries(modules)
      const project = yield* Live.project({ ...files, "prompt.txt": "the prompt", "setup.ts": "" })
      const run = (entry: string, name: string, payload?: unknown) => call(project, { entry, name, payload })
      expect(yield* run("greetings.ts", "hello", { name: "Ada" })).toBe("Hello Ada")
      expect(yield* run("greetings.ts", "bye", { name: "Ada" })).toBe("Bye Ada")
      expect(yield* run("greetings.ts", "hola", { name: "Ada" })).toBe("Hola Ada")
      expect(yield* run("greeters.ts", "moin", { name: "Ada" })).toBe("Moin Ada")
      expect(yield* run("rule.ts", "greet", { name: "Ada", language: "fr" })).toBe("Bonjour Ada, call 1")
      expect(yield* run("rule.ts", "shout", { name: "Ada" })).toBe("ADA!")
      expect(yield* run("prompts.ts", "prompt")).toBe("the prompt")
      expect(printed).toEqual([])
    }))
})
