/** A new project, made by the built command and run as its README says. */
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import ts from "typescript"
import { projectRoot } from "../../scripts/build.mjs"
import { flash, start } from "./flash.ts"

/** Below the checkout, where the peers are found; the package itself is linked, as an installation would put it. */
const folder = Effect.acquireRelease(
  Effect.sync(() => {
    const folder = join(projectRoot, "node_modules", ".cache", "effect-flash", `init-${process.pid}`)
    mkdirSync(join(folder, "node_modules"), { recursive: true })
    symlinkSync(projectRoot, join(folder, "node_modules", "effect-flash"), "dir")
    return folder
  }),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const typeErrors = (project: string): ReadonlyArray<string> => {
  const { config } = ts.readConfigFile(join(project, "tsconfig.json"), ts.sys.readFile)
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, project)
  const paths = { "effect-flash": [join(projectRoot, "src/index.ts")] }
  const program = ts.createProgram(fileNames, {
    ...options,
    paths,
    typeRoots: [join(projectRoot, "node_modules/@types")]
  })
  return ts.getPreEmitDiagnostics(program)
    .filter(({ file }) => file?.fileName.startsWith(project))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))
}

describe("flash init", () => {
  it.scopedLive("makes a project that runs without an account, and compiles", () =>
    Effect.gen(function*() {
      const place = yield* folder
      const project = join(place, "my-app")
      const made = yield* flash(["init", project])
      expect(made).toMatchObject({ code: 0, stderr: "" })
      expect(JSON.parse(readFileSync(join(project, "package.json"), "utf8"))).toMatchObject({ name: "my-app" })
      const ran = yield* flash(["run", join(project, "main.ts")], { RUNPOD_API_KEY: "" })
      assert.strictEqual(ran.code, 0, ran.stderr)
      expect(ran.stdout).toMatch(
        /^cpu_worker: Hello Ada, from Node v.+\ngpu_worker: on a GPU \(.+\)\nlb_worker: 3 words\n$/
      )
      expect(typeErrors(project)).toEqual([])
    }), 90_000)

  it.scopedLive("is served as its README says", () =>
    Effect.gen(function*() {
      const place = yield* folder
      const project = join(place, "served")
      yield* flash(["init", project])
      const running = yield* start(["run", "--port", "0"], { RUNPOD_API_KEY: "" }, project)
      yield* running.wrote("Ctrl+C ends the server.")
      const [url = ""] = /http:\/\/localhost:\d+/.exec(yield* running.output) ?? []
      const lines = [...readFileSync(join(project, "README.md"), "utf8").matchAll(/^curl .*localhost:8888.*$/gm)]
      const answers = yield* Effect.forEach(lines, ([line]) =>
        Effect.promise(() =>
          promisify(execFile)("sh", ["-c", `${line.replace("http://localhost:8888", url)} -sS`])
        ))
      expect(answers.map(({ stdout }) => {
        const answer = JSON.parse(stdout)
        return answer.output ?? answer
      })).toEqual([
        { greeting: "Hello Ada", node: process.version },
        { message: "on a GPU", gpu: expect.any(String) },
        { status: "healthy" },
        { words: 3 }
      ])
    }))

  it.scopedLive("overwrites nothing unasked", () =>
    Effect.gen(function*() {
      const place = yield* folder
      const project = join(place, "mine")
      mkdirSync(project)
      writeFileSync(join(project, "README.md"), "mine")
      const refused = yield* flash(["init", project])
      expect(refused.code).toBe(2)
      expect(refused.stderr).toContain("  README.md\n")
      expect(refused.stderr).toContain("--force")
      expect(readFileSync(join(project, "README.md"), "utf8")).toBe("mine")
      expect((yield* flash(["init", project, "--force"])).code).toBe(0)
      expect(readFileSync(join(project, "README.md"), "utf8")).toMatch(/^# mine\n/)
    }))
})
