/** The README is a promise: its programs compile, and the first one prints what it says. */
import { describe, expect, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import ts from "typescript"
import { afterAll } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))
// below the checkout, so that the programs find the package and its dependencies as a user's would
const folder = join(root, "node_modules", ".cache", "effect-flash", `readme-${process.pid}`)

const blocks = Array.from(
  readFileSync(join(root, "README.md"), "utf8").matchAll(/^```ts\n(.*?)^```$/gms),
  ([, code]) => code ?? ""
)
const files = ["hello.ts", "countdown.ts", "counter.ts", "hello.test.ts"]

mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, "package.json"), `{ "type": "module" }`)
files.forEach((name, index) => writeFileSync(join(folder, name), blocks[index] ?? ""))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const errorsOf = (names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root)
  const paths = {
    "effect-flash": [join(root, "src/index.ts")],
    "effect-flash/local": [join(root, "runtime/platform/index.ts")]
  }
  const program = ts.createProgram(names.map((name) => join(folder, name)), { ...options, paths, noEmit: true })
  return ts.getPreEmitDiagnostics(program)
    .filter(({ file }) => file?.fileName.startsWith(folder))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))
}

describe("README.md", () => {
  it("has the programs that this test knows", () => {
    expect(blocks).toHaveLength(files.length)
    expect(blocks.every((code) => code.length > 0)).toBe(true)
  })

  it("has programs that compile", () => {
    expect(errorsOf(files)).toEqual([])
  }, 60_000)

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
