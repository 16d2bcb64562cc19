/** docs/errors and the registry of errors say the same, and each error that a program can meet is in it. */
import { describe, expect, expectTypeOf, it } from "@effect/vitest"
import { ConfigError } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Registry from "../../cli/errors/Registry.ts"
import { folder, pages } from "../../scripts/docs-errors.ts"
import { CircuitOpen } from "../../src/RemoteError.ts"

describe("docs/errors", () => {
  it("is what the registry says; `npx tsx scripts/docs-errors.ts` writes it", () => {
    const expected = pages()
    expect(readdirSync(folder).sort()).toEqual([...expected.keys()].sort())
    for (const [name, text] of expected) expect(readFileSync(join(folder, name), "utf8")).toBe(text)
  })
})

describe("the registry of errors", () => {
  it("gives no code twice, and every error something to do", () => {
    const entries = Registry.entries()
    expect(new Set(entries.map(({ code }) => code)).size).toBe(entries.length)
    for (const { fix, title, why } of entries) {
      expect(title).not.toBe("")
      expect(why).toMatch(/\.$/)
      expect(fix.length).toBeGreaterThan(0)
    }
  })

  it("has an entry for each error, and none for another", () => {
    expectTypeOf<keyof typeof Registry.registry>().toEqualTypeOf<Registry.Tag>()
  })

  it("finds an entry by an error, a code or a name", () => {
    const error = new CircuitOpen({ endpoint: "hello", retryAt: 0, reason: "lost" })
    expect(Registry.entryOf(error)?.code).toBe("FLASH-E609")
    expect(Registry.entryOf(ConfigError.MissingData(["A"], "no"))?.code).toBe("FLASH-E209")
    expect(Registry.entryOf(new Error("other"))).toBeUndefined()
    for (const name of ["FLASH-E609", "e609", "circuitopen"]) expect(Registry.find(name)?.tag).toBe("CircuitOpen")
    expect(Registry.find("toString")).toBeUndefined()
  })
})
