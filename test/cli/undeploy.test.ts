/** `flash undeploy`: what it deletes, and what it says and keeps where it cannot. */
import { expect, layer } from "@effect/vitest"
import { Effect, Logger, LogLevel } from "effect"
import { CpuLiveServerless } from "effect-flash"
import { Platform } from "effect-flash/local"
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { rest } from "../e2e/endpoints.ts"
import * as Http from "../provision/http.ts"
import { flash } from "./inProcess.ts"
import { nowhere } from "./nowhere.ts"
import { environment, platform } from "./platform.ts"

/** A folder whose programs have made these endpoints by their first calls. */
const project = (...names: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const cwd = mkdtempSync(join(tmpdir(), "effect-flash-test-"))
    const project = {
      platform: yield* Platform.Platform,
      app: "live",
      env: "live",
      directory: join(cwd, ".flash", "state")
    }
    const resources = names.map((name) => CpuLiveServerless.make(name, { instanceIds: ["cpu3c-2-4"] }))
    yield* Http.applyAll(resources).pipe(Effect.provide(Http.layer(project)), Logger.withMinimumLogLevel(LogLevel.None))
    const variables = yield* environment
    return {
      cwd,
      undeploy: (args: ReadonlyArray<string>, env: Record<string, string> = {}) =>
        flash(["undeploy", ...args], { ...variables, ...env }, cwd),
      records: Effect.map(Http.holdings(project), ({ records }) => records.map(({ name }) => name)),
      /** Those of this project. */
      endpoints: Effect.map(
        Http.holdings(project),
        ({ endpoints }) => endpoints.filter((name) => names.includes(name.slice("live-".length)))
      )
    }
  })

layer(platform, { excludeTestServices: true })("flash undeploy", (it) => {
  it.scoped("deletes one, or all, and forgets them", () =>
    Effect.gen(function*() {
      const { cwd, endpoints, records, undeploy } = yield* project("a1", "a2", "a3")
      // as a deployment without a flash app has it
      const builds = join(cwd, ".flash", "builds", "live", "live.json")
      mkdirSync(dirname(builds), { recursive: true })
      writeFileSync(builds, JSON.stringify({ version: 1, active: "b1", builds: [] }))
      const one = yield* undeploy(["a2", "--yes"])
      expect([one.code, one.stdout]).toEqual([0, "Deleted a2\n"])
      expect(yield* endpoints).toEqual(["live-a1", "live-a3"])
      expect((yield* undeploy(["list"])).stdout).toMatch(
        /^Resource .*\na1 +live-a1 +\w+ +ready +there\na3 +live-a3 +\w+ +ready +there\n/
      )
      const all = yield* undeploy(["--all", "--yes"])
      expect([all.code, all.stdout]).toEqual([0, "Deleted a1\nDeleted a3\n"])
      expect([yield* endpoints, yield* records]).toEqual([[], []])
      expect(JSON.parse(readFileSync(builds, "utf8"))).toEqual({ version: 1, builds: [] })
      expect(yield* undeploy(["--all", "--yes"])).toMatchObject({ code: 0, stdout: "Nothing is deployed.\n" })
    }))

  it.scoped("fails, keeps the record and says what to do where it cannot delete", () =>
    Effect.gen(function*() {
      const { endpoints, records, undeploy } = yield* project("b1", "b2")
      const [unreachable, refused, refusedAll, keyless] = yield* Effect.all([
        undeploy(["b1", "--yes"], { RUNPOD_API_BASE_URL: yield* nowhere }),
        undeploy(["b2", "--yes"], { RUNPOD_API_KEY: "rpa_EXPIRED" }),
        undeploy(["--all", "--yes"], { RUNPOD_API_KEY: "rpa_EXPIRED" }),
        undeploy(["b2", "--yes"], { RUNPOD_API_KEY: "" })
      ], { concurrency: "unbounded" })
      expect(unreachable.code).toBe(1)
      expect(unreachable.stderr).toContain("ECONNREFUSED")
      for (const { code, stderr } of [refused, refusedAll]) {
        expect(code).toBe(3)
        expect(stderr).toContain("the environment variable RUNPOD_API_KEY")
        expect(stderr).toContain("`flash login`")
        expect(stderr).not.toContain("EXPIRED")
      }
      expect(keyless.code).toBe(3)
      expect(keyless.stderr).toContain("There is no RunPod API key")
      for (const { stderr, stdout } of [unreachable, refused, refusedAll, keyless]) {
        expect(stdout).toBe("")
        expect(stderr).toContain("still on record")
        expect(stderr).toContain("goes on costing")
        expect(stderr).not.toMatch(/^\s+at /m)
      }
      expect(yield* records).toEqual(["b1", "b2"])
      expect(yield* endpoints).toEqual(["live-b1", "live-b2"])
      expect((yield* undeploy(["--all", "--yes"])).code).toBe(0)
      expect(yield* endpoints).toEqual([])
    }))

  it.scoped("says that it has no such name, and what there is", () =>
    Effect.gen(function*() {
      const { endpoints, undeploy } = yield* project("c1")
      const { code, stderr, stdout } = yield* undeploy(["c2", "--yes"])
      expect([code, stdout]).toEqual([4, ""])
      expect(stderr).toContain("Deployed there: c1.")
      expect(stderr).not.toContain("still on record")
      expect(yield* endpoints).toEqual(["live-c1"])
    }))

  it.scoped("tells what it did of several and what it did not", () =>
    Effect.gen(function*() {
      const { records, undeploy } = yield* project("d1", "d2", "d3")
      const { faults } = yield* Platform.Platform
      faults.add([{ method: "DELETE", skip: 1, fail: 409 }])
      const { code, stderr, stdout } = yield* undeploy(["--all", "--yes"])
      expect([code, stdout]).toEqual([5, "Deleted d1\nDeleted d3\n"])
      expect(stderr).toContain("d2: ")
      expect(yield* records).toEqual(["d2"])
    }))

  it.scoped("shows what another folder has made, and deletes it by its name alone", () =>
    Effect.gen(function*() {
      const made = yield* project("h1")
      const elsewhere = yield* project("h2")
      const { stdout } = yield* elsewhere.undeploy(["list", "--json"])
      expect(JSON.parse(stdout)).toContainEqual(
        expect.objectContaining({ name: "h1", endpointName: "live-h1", status: null, presence: "there" })
      )
      expect((yield* elsewhere.undeploy(["list"])).stdout).toMatch(/^h1 +live-h1 +\w+ +not on record here +there$/m)
      expect((yield* elsewhere.undeploy(["--all", "--yes"])).stdout).toBe("Deleted h2\n")
      expect(yield* made.endpoints).toEqual(["live-h1"])
      expect((yield* elsewhere.undeploy(["h1", "--yes"])).stdout).toBe("Deleted h1\n")
      expect(yield* made.endpoints).toEqual([])
    }))

  it.scoped("forgets what was deleted elsewhere, and nothing else", () =>
    Effect.gen(function*() {
      const { endpoints, records, undeploy } = yield* project("f1", "f2")
      const { stdout } = yield* undeploy(["list", "--json"])
      const [{ endpointId }] = JSON.parse(stdout)
      yield* rest("DELETE", `serverless/${endpointId}`)
      expect((yield* undeploy(["list"])).stdout).toMatch(
        /^f1 +live-f1 +\w+ +ready +gone\nf2 +live-f2 +\w+ +ready +there\n(.*there\n)*`flash undeploy --cleanup-stale` forgets 1/m
      )
      // that nobody can tell is not that it is gone
      const keyless = { RUNPOD_API_KEY: "" }
      const unknown = yield* undeploy(["list"], keyless)
      expect(unknown.stdout).toMatch(/^f1 .* unknown\nf2 .* unknown\n$/m)
      expect(unknown.stderr).toContain("What is on the platform is not known: There is no RunPod API key")
      expect((yield* undeploy(["--cleanup-stale", "--yes"], keyless)).code).toBe(3)
      expect((yield* undeploy(["--cleanup-stale"])).code).toBe(2)
      expect(yield* records).toEqual(["f1", "f2"])
      const cleaned = yield* undeploy(["--cleanup-stale", "--force"])
      expect([cleaned.code, cleaned.stdout]).toEqual([0, "Forgot f1\n"])
      expect([yield* records, yield* endpoints]).toEqual([["f2"], ["live-f2"]])
      expect((yield* undeploy(["--cleanup-stale", "-f"])).stdout).toBe("Every endpoint on record is there.\n")
    }))

  it.scoped("tells scripts what it did", () =>
    Effect.gen(function*() {
      const { undeploy } = yield* project("g1", "g2")
      const { faults } = yield* Platform.Platform
      faults.add([{ method: "DELETE", fail: 409 }])
      const some = yield* undeploy(["--all", "--yes", "--json"])
      expect(some.code).toBe(5)
      expect(JSON.parse(some.stdout)).toMatchObject({
        deleted: ["g2"],
        failed: [{ name: "g1", code: "FLASH-E302" }],
        error: { exitCode: 5, message: expect.stringContaining("g1: ") }
      })
      expect(some.stderr).toMatch(/^error: not deleted, and still on record:\n {2}g1: /)
      const rest = yield* undeploy(["--all", "-y", "--json"])
      expect([rest.code, JSON.parse(rest.stdout)]).toEqual([0, { deleted: ["g1"], failed: [] }])
      const none = yield* undeploy(["--all", "-y", "--json"])
      expect([none.code, JSON.parse(none.stdout)]).toEqual([0, { deleted: [], failed: [] }])
    }))

  it.scoped("asks for a name, or for all, and for a yes", () =>
    Effect.gen(function*() {
      const { endpoints, undeploy } = yield* project("e1")
      expect((yield* undeploy(["--yes"])).code).toBe(2)
      expect((yield* undeploy(["e1", "--all", "--yes"])).code).toBe(2)
      const unasked = yield* undeploy(["e1"])
      expect([unasked.code, unasked.stderr.includes("--yes")]).toEqual([2, true])
      expect(yield* endpoints).toEqual(["live-e1"])
    }))
})
