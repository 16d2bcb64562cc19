/** The guide to tests: its modules are those that run beside this test. */
import { expect, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { modulesOf } from "./compiles.ts"

it("docs/testing.md has the modules that are run beside this test", () => {
  const modules = modulesOf("docs/testing.md")
  expect([...modules.keys()]).toEqual(["greet.ts", "greet.test.ts"])
  for (const [name, code] of modules) {
    expect(code).toBe(readFileSync(new URL(`testing/${name}`, import.meta.url), "utf8"))
  }
})
