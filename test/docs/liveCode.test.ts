/** The guide to live code: its functions run, and each line says rightly what becomes of it. */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { parseSync } from "oxc-parser"
import * as ModuleSource from "../../src/invoke/bundle/ModuleSource.ts"
import * as ProgramStripper from "../../src/invoke/bundle/ProgramStripper.ts"
import * as Live from "../live/liveThread.ts"
import { modulesOf, root } from "./compiles.ts"

const guide = readFileSync(join(root, "docs", "live-code.md"), "utf8")

const modules = modulesOf("docs/live-code.md")

describe("docs/live-code.md", () => {
  it("has no code but the modules that this test knows", () => {
    expect(guide.match(/^```ts$/gm)).toHaveLength(modules.size)
    expect([...modules.keys()]).toEqual(["greetings.ts", "greeter.ts", "greeters.ts", "rule.ts", "prompts.ts"])
  })

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
