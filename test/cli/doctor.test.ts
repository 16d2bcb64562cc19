/** `flash doctor`: what is wrong on this machine and what was left on the account. */
import { describe, expect, it, layer } from "@effect/vitest"
import { Effect, Logger, LogLevel } from "effect"
import { CpuLiveServerless } from "effect-flash"
import { Platform } from "effect-flash/local"
import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Finding } from "../../cli/services/Diagnosis.ts"
import { orphans, parse } from "../../cli/services/orphans.ts"
import { rest } from "../e2e/endpoints.ts"
import { write } from "../live/liveThread.ts"
import * as Http from "../provision/http.ts"
import { flash } from "./inProcess.ts"
import { environment, platform } from "./platform.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-doctor-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const about = (findings: ReadonlyArray<Finding>, check: string) =>
  findings.filter((finding) => finding.check === check).map(({ detail, result }) => `${result}: ${detail}`)

layer(platform, { excludeTestServices: true })("flash doctor", (it) => {
  const examine = (cwd: string, env: Record<string, string> = {}) =>
    Effect.gen(function*() {
      const { code, stdout } = yield* flash(["doctor", "--json"], { ...yield* environment, ...env }, cwd)
      const findings: ReadonlyArray<Finding> = JSON.parse(stdout)
      return { code, findings }
    })

  it.scoped("finds endpoints that a run left, and records of what is gone or half done", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      const directory = join(cwd, ".flash", "state")
      const project = { platform: yield* Platform.Platform, app: "live", env: "live", directory }
      const resources = ["d1", "d2", "d3"].map((name) =>
        CpuLiveServerless.make(name, { instanceIds: ["cpu3c-2-4"], workersMin: name === "d3" ? 1 : 0 })
      )
      yield* Http.applyAll(resources).pipe(
        Effect.provide(Http.layer(project)),
        Logger.withMinimumLogLevel(LogLevel.None)
      )
      const good = yield* examine(cwd)
      expect(about(good.findings, "Records")).toEqual(["good: every endpoint on record is there"])
      expect(about(good.findings, "Endpoints")).toEqual([
        expect.stringMatching(/^doubtful: live-d3 \(\w+\) keeps 1 workers while nobody calls; `flash undeploy d3`/)
      ])
      expect(good.code).toBe(0)

      // one was deleted elsewhere, one was left in the middle, and of one nobody has a record
      const file = join(directory, "live", "live.json")
      const state = JSON.parse(readFileSync(file, "utf8"))
      const [d1, d2] = state.resources
      yield* rest("DELETE", `serverless/${d1.endpointId}`)
      writeFileSync(file, JSON.stringify({ ...state, resources: [d1, { ...d2, status: "updating" }] }))
      yield* rest("PATCH", `serverless/${state.resources[2].endpointId}`, { workers: { min: 0, max: 1 } })
      // what cannot be read does not hide the rest
      write(cwd, { ".flash/state/shop/production.json": "{" })
      const { code, findings } = yield* examine(cwd)
      expect(about(findings, "Records")).toEqual([
        expect.stringMatching(/^bad: .*production\.json cannot be used.* \(FLASH-E501\)$/),
        `doubtful: live-d1 (${d1.endpointId}) is on record and not on the platform: \`flash undeploy --cleanup-stale\``,
        expect.stringMatching(/^doubtful: live-d2 \(\w+\) was left while updating: .*`flash undeploy d2`/)
      ])
      expect(about(findings, "Endpoints")).toEqual([
        expect.stringMatching(/^doubtful: live-d3 \(\w+\) is of no record in this folder; .*`flash undeploy d3`/)
      ])
      expect(code).toBe(1)
    }))

  it.scoped("tells what it can without a key, and looks at the packages", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      write(cwd, {
        ".flash/state/live/live.json": "{",
        "node_modules/effect/package.json": `{ "version": "4.0.0" }`
      })
      const { code, findings } = yield* examine(cwd, { RUNPOD_API_KEY: "" })
      expect(code).toBe(1)
      expect(about(findings, "Node")).toEqual([`good: ${process.version}`])
      expect(about(findings, "Packages")).toEqual(["bad: effect 4.0.0; version 3 is needed: `npm install effect@3`"])
      expect(about(findings, "API key")[0]).toMatch(/^bad: There is no RunPod API key.*\(FLASH-E101\)$/s)
      expect(about(findings, "Records")).toEqual([expect.stringMatching(/^bad: .*Mend the file/)])
    }))
})

describe("worker processes that were left over", () => {
  it("are those of workers whose platform is gone", () => {
    const text = [
      "    1     0 /sbin/init",
      "   10     1 node /app/node_modules/tsx/dist/cli.mjs main.ts",
      "   11    10 /usr/bin/node /app/node_modules/effect-flash/dist/worker/main.mjs",
      "   12     1 /usr/bin/node /app/node_modules/effect-flash/dist/worker/main.mjs",
      "   13     1 vim dist/worker/main.mjs",
      "   14     1 node server.mjs"
    ].join("\n")
    expect(parse(text)).toEqual([{
      pid: 12,
      command: "/usr/bin/node /app/node_modules/effect-flash/dist/worker/main.mjs"
    }])
  })

  it.scopedLive("are found on this machine", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      write(cwd, { "dist/worker/main.mjs": "setInterval(() => {}, 1000)" })
      const main = join(cwd, "dist/worker/main.mjs")
      // the shell between them ends, and its child is nobody's
      const pid = yield* Effect.acquireRelease(
        Effect.async<number>((resume) => {
          const shell = spawn("sh", ["-c", `"${process.execPath}" "${main}" >/dev/null 2>&1 & echo $!`])
          let text = ""
          shell.stdout.on("data", (data) => {
            text += data
          })
          shell.once("close", () => resume(Effect.succeed(Number(text))))
        }),
        (pid) => Effect.sync(() => process.kill(pid))
      )
      const found = yield* orphans
      // a machine without `ps` cannot be asked
      if (found !== undefined) expect(found.map((orphan) => orphan.pid)).toContain(pid)
    }))
})
