/** The README is a promise: its programs print what it says. */
import { describe, expect, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { blocksOf, root } from "./compiles.ts"

const blocks = blocksOf("README.md")

describe("README.md", () => {
  it("greets from another process", async () => {
    const command = join(root, "dist", "cli", "main.mjs")
    const source = join(root, "examples", "01_getting_started", "01_hello_world", "hello.ts")
    const { stdout } = await promisify(execFile)(process.execPath, [command, "run", source], { cwd: root })
    const [, worker, caller] = /Hello Ada, from process (\d+); this is process (\d+)/.exec(stdout) ?? []
    expect(worker).toBeDefined()
    expect(worker).not.toBe(caller)
    expect(stdout).toContain("An empty name fails with EmptyName, a typed error")
  })

  it("counts down, and finds its job again", async () => {
    const command = join(root, "dist", "cli", "main.mjs")
    // a folder of this package, which finds itself by its name
    const own = join(root, "dist", `.readme-${process.pid}`)
    mkdirSync(own, { recursive: true })
    writeFileSync(join(own, "countdown.ts"), blocks[1] ?? "")
    const { stdout } = await promisify(execFile)(process.execPath, [command, "run", join(own, "countdown.ts")], {
      cwd: root
    }).finally(() => rmSync(own, { recursive: true, force: true }))
    expect(stdout).toContain("3\n2\n1\n0\n5050, Completed")
  })

  it("shows the program of the demo", () => {
    const demo = readFileSync(join(root, "examples", "01_getting_started", "01_hello_world", "hello.ts"), "utf8")
    const body = (code: string) => code.replaceAll("01_01_hello", "hello").replace(/^\/\*\*.*?\*\/\n/s, "").trim()
    expect(body(demo)).toBe(body(blocks[0] ?? ""))
  })
})
