/** A new project, made by the built command and used as its README says, on an embedded platform. */
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { promisify } from "node:util"
import { projectRoot } from "../../scripts/build.mjs"
import { command, flash, start, startProgram } from "./flash.ts"
import { environment, platform } from "./platform.ts"

/** Below the checkout, where the peers are found; the package itself is linked, as an installation would put it. */
const folder = Effect.acquireRelease(
  Effect.sync(() => {
    const cache = join(projectRoot, "node_modules", ".cache", "effect-flash")
    mkdirSync(cache, { recursive: true })
    const folder = mkdtempSync(join(cache, "init-"))
    mkdirSync(join(folder, "node_modules"))
    symlinkSync(projectRoot, join(folder, "node_modules", "effect-flash"), "dir")
    return folder
  }),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** The lines of a page's shell blocks. */
const linesOf = (page: string): ReadonlyArray<string> =>
  Array.from(page.matchAll(/^```sh\n(.*?)^```$/gms), ([, block = ""]) => block)
    .join("").replaceAll("\\\n", " ").split("\n").map((line) => line.replace(/\s+#.*$/, "").trim())
    .filter((line) => line !== "")

/** The address of the load balancer that was deployed. */
const addressIn = (deployed: string): string => /^ {2}lb_worker +(\S+)$/m.exec(deployed)?.[1] ?? ""

const flashLine = command.map((word) => `"${word}"`).join(" ")
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href

describe("flash init", () => {
  it.scopedLive("makes a project whose README is right, line by line", () =>
    Effect.gen(function*() {
      const place = yield* folder
      const project = join(place, "my-app")
      const made = yield* flash(["init", "my-app"], {}, place)
      expect(made).toMatchObject({ code: 0, stderr: "" })
      expect(made.stdout).toContain("  cd my-app\n  npm install\n  npx flash run main.ts ")
      expect(readdirSync(project).sort()).toEqual([
        ".env.example",
        ".flashignore",
        ".gitignore",
        "AGENTS.md",
        "README.md",
        "cpu_worker.ts",
        "gpu_worker.ts",
        "lb_worker.ts",
        "main.ts",
        "package.json",
        "tsconfig.json"
      ])
      expect(JSON.parse(readFileSync(join(project, "package.json"), "utf8"))).toMatchObject({ name: "my-app" })
      const readme = readFileSync(join(project, "README.md"), "utf8")
      expect(readme).toMatch(/^# my-app\n/)

      const variables = yield* environment
      const answers = new Map<string, string>()
      // but for what asks a registry or a browser, and what does not end by itself
      for (const line of linesOf(readme).filter((line) => !/^npm|login$|flash run$|--preview$|:8888/.test(line))) {
        const script = line
          // there is nobody to answer
          .replace(/ (undeploy|deploy)\b/, " $1 --yes")
          .replace("npx flash", flashLine)
          .replace("npx tsx", `"${process.execPath}" --import ${tsx}`)
          .replace(/https:\/\/<endpoint id>\.\S*\.ai/, addressIn(answers.get("npx flash deploy") ?? ""))
        const started = yield* startProgram(["sh", "-c", script], variables, project)
        const { code, stderr, stdout } = yield* started.result
        assert.strictEqual(code, 0, `${line}\n${stderr}`)
        answers.set(line, stdout)
      }
      const printed = /^cpu_worker: Hello Ada, from Node v.+\ngpu_worker: on a GPU \(.+\)\nlb_worker: 3 words\n$/
      expect(Array.from(answers)).toEqual([
        ["npx flash run main.ts", expect.stringMatching(printed)],
        ["FLASH_TARGET=live npx tsx main.ts", expect.stringMatching(/^lb_worker: 3 words$/m)],
        ["npx flash undeploy --all", "Deleted cpu_worker\nDeleted gpu_worker\nDeleted lb_worker\n"],
        ["npx flash deploy", expect.stringMatching(/^Deployed to production of app my-app /)],
        [`npx flash call cpu_worker '{"name":"Ada"}'`, expect.stringContaining(`"greeting": "Hello Ada"`)],
        ["npx flash status", expect.stringMatching(/^my-app-production-lb_worker .* load balancer /m)],
        ["FLASH_TARGET=deployed FLASH_APP=my-app npx tsx main.ts", expect.stringMatching(/^lb_worker: 3 words$/m)],
        [expect.stringMatching(/^curl .*\/health$/), `{"status":"healthy"}`],
        [expect.stringMatching(/^curl .*\/process$/), `{"words":3}`]
      ])
      // the line that a deployment prints works as well
      const [, line = ""] = /^Try it:\n {2}(.*)$/m.exec(answers.get("npx flash deploy") ?? "") ?? []
      const tried = yield* Effect.flatMap(startProgram(["sh", "-c", line], variables, project), ({ result }) => result)
      expect(JSON.parse(tried.stdout)).toMatchObject({ status: "COMPLETED", output: { greeting: "Hello text" } })
    }).pipe(Effect.provide(platform)), 150_000)

  it.scopedLive("is served as its README says", () =>
    Effect.gen(function*() {
      const place = yield* folder
      const project = join(place, "served")
      yield* flash(["init", project])
      const running = yield* start(["run", "--port", "0"], { RUNPOD_API_KEY: "" }, project)
      yield* running.wrote("Ctrl+C ends the server.")
      const [url = ""] = /http:\/\/localhost:\d+/.exec(yield* running.printed) ?? []
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
