/** The guide to the embedded platform: its programs are those beside this test, and its tables are whole. */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import * as Rehearsal from "../../runtime/platform/control/Rehearsal.ts"
import * as Api from "../platform/control/api.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

const guide = readFileSync(join(root, "docs", "platform.md"), "utf8")

/** Where a program of the guide is compiled with everything else. */
const fileOf = (name: string) => fileURLToPath(new URL(`platform/${name}`, import.meta.url))

describe("docs/platform.md", () => {
  it("has the programs that are compiled beside this test", () => {
    const programs = Array.from(
      guide.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```$/gms),
      ([, name = "", code = ""]) => [name, code] as const
    )
    expect(programs.map(([name]) => name)).toEqual(["serve.ts", "badDay.ts"])
    expect(guide.match(/^```ts$/gm)).toHaveLength(2)
    for (const [name, code] of programs) expect(code).toBe(readFileSync(fileOf(name), "utf8"))
  })

  it("has a bad day that can be had", async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(root, "dist", "cli", "main.mjs"), "run", fileOf("badDay.ts")],
      { cwd: root }
    )
    expect(stdout.trim().split("\n")).toEqual(["503", "200", "200 60", "204 0"])
  })

  it.scoped("names every field of a fault and every route of a rehearsal", () =>
    Effect.gen(function*() {
      const { router } = yield* Api.make()
      const fields = ["method", "path", "contains", "skip", "times", "rate", "delay", "when", "fail", "retryAfter"]
      for (const field of fields) expect(guide).toContain(`\`${field}\``)
      for (const route of Object.keys(Rehearsal.table(router.rehearsal))) {
        const [method = "", path = ""] = route.split(" ")
        expect([route, guide.split("\n").some((line) => line.includes(method) && line.includes(`${path}\``))]).toEqual(
          [route, true]
        )
      }
    }))
})
