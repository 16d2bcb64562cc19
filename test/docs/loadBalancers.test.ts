/** The example of docs/load-balancers.md runs, and its guide names what the code has. */
import { describe, expect, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { methods, outcomeHeader, reserved } from "../../src/protocol/Route.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const guide = readFileSync(join(root, "docs", "load-balancers.md"), "utf8")

describe("docs/load-balancers.md", () => {
  it("has an example that runs", async () => {
    const [, example = ""] = /\]\(\.\.\/(examples\/[^)]*)\)/.exec(guide) ?? []
    expect(existsSync(join(root, example))).toBe(true)
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(root, "dist", "cli", "main.mjs"), "run", join(root, example)],
      { env: { PATH: process.env["PATH"], HOME: process.env["HOME"], FLASH_TARGET: "local" } }
    )
    expect(stdout).toContain("healthy: 5 words, FLASH, EmptyText")
  })

  it("names the methods, the worker's own paths and the header of an answer", () => {
    for (const method of methods) expect(guide).toContain(`\`${method}\``)
    for (const path of Object.values(reserved)) expect(guide).toContain(`\`${path}\``)
    expect(guide.toLowerCase()).toContain(outcomeHeader)
  })
})
