/** A new project, made by the built command and run as its README says. */
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { projectRoot } from "../../scripts/build.mjs"
import { flash } from "./flash.ts"

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

describe("flash init", () => {
  it.scopedLive("makes a project that runs without an account", () =>
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
    }), 90_000)

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
