/** How the dev server ends: what runs may end, what it made is removed or written down, and nothing is left behind. */
import { assert, describe, expect, it, layer } from "@effect/vitest"
import { Effect, Fiber, Logger, LogLevel, Schedule } from "effect"
import { CpuLiveServerless } from "effect-flash"
import { Platform } from "effect-flash/local"
import { spawn } from "node:child_process"
import { existsSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { projectRoot } from "../../scripts/build.mjs"
import { base } from "../build/fixture.ts"
import { rest } from "../e2e/endpoints.ts"
import { project, write } from "../live/liveThread.ts"
import * as Http from "../provision/http.ts"
import { request, serve } from "./devServer.ts"
import { flash } from "./flash.ts"
import { environment, platform } from "./platform.ts"
import { childrenOf, gone } from "./processes.ts"

const files = (resource: string) => ({
  "main.ts": `
    import { Effect, Schema } from "effect"
    import { CpuLiveServerless, remote } from "effect-flash"
    const resource = CpuLiveServerless.make("${resource}")
    export const slow = remote("slow", { resource, payload: { ms: Schema.Int }, success: Schema.String },
      ({ ms }) => Effect.delay(Effect.succeed("done"), ms))`
})

describe("a signal", () => {
  it.scopedLive("lets calls end, takes no more, and leaves no process", () =>
    Effect.gen(function*() {
      const { command, event, post, root, url } = yield* serve(files("cpu"))
      const calling = yield* Effect.fork(post("/main/run_sync", { ms: 1500 }))
      yield* event("running")
      // who looks at modules, esbuild, and the worker
      const children = childrenOf(command.pid)
      assert.lengthOf(children, 3)
      yield* command.kill("SIGINT")
      expect(yield* event("stopping")).toMatchObject({ signal: "SIGINT", calls: 1 })
      expect((yield* Effect.exit(request(`${url}/ping`, {})))._tag).toBe("Failure")
      expect((yield* Fiber.join(calling)).json()).toMatchObject({ status: "COMPLETED", output: "done" })
      const { code, stderr } = yield* command.result
      expect([code, stderr]).toEqual([130, ""])
      yield* gone(children)
      expect(readdirSync(root)).not.toContain(".flash")
    }))

  it.scopedLive("has its exit code, whichever it is", () =>
    Effect.forEach([["SIGTERM", 143], ["SIGHUP", 129]] as const, ([signal, code]) =>
      Effect.gen(function*() {
        const { command } = yield* serve(files("cpu"))
        yield* command.kill(signal)
        expect((yield* command.result).code).toBe(code)
      }), { concurrency: "unbounded" }))

  it.scopedLive("ends it well also where nobody sees any more what it writes", () =>
    Effect.gen(function*() {
      const { command, post } = yield* serve(files("cpu"))
      yield* command.turnAway
      expect((yield* post("/main/run_sync", { ms: 1 })).json().output).toBe("done")
      expect((yield* post("/main/run_sync", { ms: 1 })).json().output).toBe("done")
      const children = childrenOf(command.pid)
      yield* command.kill("SIGHUP")
      expect((yield* command.result).code).toBe(129)
      yield* gone(children)
    }))

  it.scopedLive("that ends it while it begins leaves nothing either, nor does a project that is gone", () =>
    Effect.gen(function*() {
      const { command, root } = yield* serve(files("cpu"))
      const children = childrenOf(command.pid)
      assert.isNotEmpty(children)
      yield* command.kill("SIGKILL")
      yield* Effect.sync(() => rmSync(root, { recursive: true }))
      yield* gone(children)
    }))

  it.scopedLive("that comes a second time ends it at once; so does SIGKILL, and workers end by themselves", () =>
    Effect.forEach([["SIGINT", "SIGINT"], ["SIGKILL"]] as const, (signals) =>
      Effect.gen(function*() {
        const { command, event, post } = yield* serve(files("cpu"))
        yield* Effect.fork(post("/main/run_sync", { ms: 60_000 }))
        yield* event("running")
        const children = childrenOf(command.pid)
        assert.lengthOf(children, 3)
        for (const signal of signals) {
          yield* command.kill(signal)
          if (signal === "SIGINT") yield* event("stopping")
        }
        expect((yield* command.result).code).toBe(signals.length === 2 ? 130 : null)
        yield* gone(children)
      }), { concurrency: "unbounded" }))
})

describe.skipIf(!existsSync("/usr/bin/script"))("on a terminal", () => {
  it.scopedLive("the last line says what is under way, and Ctrl+C lets it end", () =>
    Effect.gen(function*() {
      const root = yield* project({ ...base, ...files("cpu") })
      const command = `stty cols 100 rows 30; exec "${process.execPath}" "${
        join(projectRoot, "dist/cli/main.mjs")
      }" dev --port 0`
      const terminal = yield* Effect.acquireRelease(
        Effect.sync(() =>
          spawn("/usr/bin/script", ["-qec", command, "/dev/null"], {
            cwd: root,
            env: { ...process.env, NO_COLOR: "1", TERM: "xterm" }
          })
        ),
        (terminal) => Effect.sync(() => terminal.kill("SIGKILL"))
      )
      let shown = ""
      terminal.stdout.setEncoding("utf8").on("data", (text: string) => shown += text)
      const ended = Effect.async<number | null>((resume) => {
        terminal.once("close", (code) => resume(Effect.succeed(code)))
      })
      const shows = (pattern: RegExp) =>
        Effect.repeat(Effect.sync(() => pattern.exec(shown)), {
          until: (found) => found !== null,
          schedule: Schedule.spaced("10 millis")
        })
      yield* shows(/Ctrl\+C ends the server/)
      const [url = ""] = /http:\/\/localhost:\d+/.exec(shown) ?? []
      const calling = yield* Effect.fork(request(`${url}/main/run_sync`, { method: "POST", body: `{"ms":1500}` }))
      yield* shows(/\[2K1 under way: #1 slow running \d+ ms/)
      yield* Effect.sync(() => terminal.stdin.write("\u0003"))
      expect((yield* Fiber.join(calling)).json().output).toBe("done")
      expect(yield* ended).toBe(130)
      expect(shown).toMatch(/stopping; 1 call may end first/)
      expect(shown).toMatch(/#1 slow {2}COMPLETED \d+ (m?s), waited \d+ m?s, ran \d+ m?s\r\n/)
    }))
})

/** Of the platform's list of endpoints. */
interface Endpoints {
  readonly endpoints: ReadonlyArray<{ readonly id: string; readonly name: string }>
}

/** A module with two functions, each on a resource of its own. */
const two = (first: string, second: string) => ({
  "main.ts": [first, second].map((name) => `
    import { Effect as Effect_${name}, Schema as Schema_${name} } from "effect"
    import { CpuLiveServerless as Cpu_${name}, remote as remote_${name} } from "effect-flash"
    export const ${name} = remote_${name}("${name}", { resource: Cpu_${name}.make("${name}"), success: Schema_${name}.String },
      () => Effect_${name}.succeed("${name}"))`).join("\n")
})

layer(platform, { excludeTestServices: true })("what was made on RunPod", (it) => {
  const holdings = Effect.flatMap(Platform.Platform, (platform) =>
    Effect.map(
      Http.holdings({ platform, app: "live", env: "live", directory: "/nowhere" }),
      ({ endpoints }) => endpoints
    ))

  it.scoped("is removed at the end; what cannot be removed stays on record, and what was there before stays", () =>
    Effect.gen(function*() {
      const variables = yield* environment
      const platform = yield* Platform.Platform
      const elsewhere = { platform, app: "live", env: "live", directory: join(variables.HOME, "state") }
      yield* Http.applyAll([CpuLiveServerless.make("a3")]).pipe(
        Effect.provide(Http.layer(elsewhere)),
        Logger.withMinimumLogLevel(LogLevel.None)
      )
      const files = { ...two("a1", "a2"), "other.ts": two("a3", "a4")["main.ts"] }
      const { command, event, events, post, root } = yield* serve(files, ["--live", "--auto-provision"], variables)
      expect((yield* post("/main/a1/run_sync")).json().output).toBe("a1")
      // all of them are, whoever was called
      yield* Effect.repeat(events, {
        until: (all) => all.filter(({ event }) => event === "provisioned").length === 4,
        schedule: Schedule.spaced("20 millis")
      })
      expect(yield* holdings).toEqual(["live-a1", "live-a2", "live-a3", "live-a4"])
      platform.faults.add([{ method: "DELETE", fail: 409, times: 1 }])
      yield* command.kill("SIGTERM")
      expect((yield* command.result).code).toBe(143)
      const kept = yield* event("notRemoved")
      const removed = (yield* events).filter(({ event }) => event === "removed").map(({ resource }) => resource)
      expect([...removed, kept.resource].sort()).toEqual(["a1", "a2", "a4"])
      expect(yield* holdings).toEqual([`live-${kept.resource}`, "live-a3"].sort())
      expect((yield* flash(["undeploy", "list"], variables, root)).stdout).toMatch(
        new RegExp(`^${kept.resource} +live-${kept.resource} .* there$`, "m")
      )
      expect((yield* flash(["undeploy", "--all", "--yes"], variables, root)).code).toBe(0)
      expect(yield* holdings).toEqual([])
    }))

  it.scoped("follows what is saved: its code by the next call, its resources by the call that needs them", () =>
    Effect.gen(function*() {
      const variables = yield* environment
      const module = (value: string, options = "") => ({
        "main.ts": `
          import { Effect, Schema } from "effect"
          import { CpuLiveServerless, remote } from "effect-flash"
          const resource = CpuLiveServerless.make("r1"${options})
          export const hello = remote("hello", { resource, success: Schema.String }, () => Effect.succeed("${value}"))`
      })
      const { command, event, events, post, root } = yield* serve(module("one"), ["--live"], variables)
      const hello = Effect.map(post("/main/run_sync"), ({ json }) => json().output)
      const saving = (files: Record<string, string>) =>
        Effect.gen(function*() {
          const from = (yield* events).length
          write(root, files)
          yield* event("reloaded", from)
        })
      const ours = Effect.map(
        rest("GET", "serverless") as Effect.Effect<Endpoints, never, Platform.Platform>,
        ({ endpoints }) => endpoints.filter(({ name }) => name === "live-r1")
      )
      expect(yield* hello).toBe("one")
      const [made] = yield* ours
      yield* saving(module("two"))
      expect(yield* hello).toBe("two")
      expect(yield* ours).toEqual([made])
      yield* saving(module("three", ", { idleTimeout: 77 }"))
      expect(yield* hello).toBe("three")
      // the one endpoint, changed
      expect(yield* ours).toMatchObject([{ id: made?.id, workers: { idleTimeout: 77 } }])
      yield* command.kill("SIGINT")
      expect((yield* command.result).code).toBe(130)
      expect(yield* ours).toEqual([])
    }))

  it.scoped("stays on record where the server has no time to remove it", () =>
    Effect.gen(function*() {
      const variables = yield* environment
      const { command, event, root } = yield* serve(files("c1"), ["--live", "--auto-provision"], variables)
      yield* event("provisioned")
      yield* command.kill("SIGKILL")
      yield* command.result
      expect((yield* flash(["undeploy", "list"], variables, root)).stdout).toMatch(/^c1 +live-c1 .* ready +there$/m)
      expect((yield* flash(["undeploy", "--all", "--yes"], variables, root)).code).toBe(0)
    }))

  it.scoped("needs a key that is good, before anything is served", () =>
    Effect.gen(function*() {
      const variables = yield* environment
      const root = yield* project({ ...base, ...files("e1") })
      const [none, wrong] = yield* Effect.forEach(["", "rpa_EXPIRED"], (key) =>
        flash(["dev", "--live", "--port", "0"], { ...variables, RUNPOD_API_KEY: key }, root), {
        concurrency: "unbounded"
      })
      expect([none?.code, none?.stdout, wrong?.code, wrong?.stdout]).toEqual([3, "", 3, ""])
      expect(none?.stderr).toContain("error[FLASH-E101]")
      expect(wrong?.stderr).toContain("error[FLASH-E102]")
    }))
})
