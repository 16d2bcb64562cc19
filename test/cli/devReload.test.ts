/** The dev server while its project is edited: what is saved is served, what runs goes on, what is broken changes nothing. */
import { assert, describe, expect, it, layer } from "@effect/vitest"
import { Context, Effect, Fiber, Layer } from "effect"
import { renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { write } from "../live/liveThread.ts"
import { serve } from "./devServer.ts"
import type { DevServer } from "./devServer.ts"
import { childrenOf } from "./processes.ts"

const module = (value: string, { resource = "cpu", more = "" } = {}) => `
  import { Effect, Schema } from "effect"
  import { CpuLiveServerless, remote } from "effect-flash"
  import { place } from "./shared.ts"
  const resource = CpuLiveServerless.make("${resource}", { maxConcurrency: 4 })
  export const hello = remote("hello", { resource, success: Schema.String }, () => Effect.succeed("${value} " + place))
  export const slow = remote("slow", { resource, payload: { ms: Schema.Int }, success: Schema.String },
    ({ ms }) => Effect.delay(Effect.succeed("slow ${value}"), ms))
  ${more}`

const files = { "main.ts": module("one"), "shared.ts": `export const place = "here"` }

class Server extends Context.Tag("test/DevServer")<Server, DevServer>() {}

const saved = (files: Record<string, string>) =>
  Effect.flatMap(Server, ({ root }) => Effect.sync(() => write(root, files)))

/** Saves, and waits for what comes of it. */
const saving = (files: Record<string, string>, event = "reloaded") =>
  Effect.gen(function*() {
    const server = yield* Server
    const from = (yield* server.events).length
    yield* saved(files)
    return yield* server.event(event, from)
  })

const hello = Effect.flatMap(
  Server,
  ({ post }) => Effect.map(post("/main/hello/run_sync"), ({ json }) => json().output)
)

layer(Layer.scoped(Server, serve(files)), { excludeTestServices: true })("a project that is edited", (it) => {
  it.effect("runs what was saved last, also of what a module imports", () =>
    Effect.gen(function*() {
      expect(yield* hello).toBe("one here")
      yield* saving({ "main.ts": module("two") })
      expect(yield* hello).toBe("two here")
      yield* saving({ "shared.ts": `export const place = "there"` })
      expect(yield* hello).toBe("two there")
    }))

  it.effect("ends a request on the code that it began on, and drops none", () =>
    Effect.gen(function*() {
      const { event, events, post } = yield* Server
      const from = (yield* events).length
      const slow = yield* Effect.fork(post("/main/slow/run_sync", { ms: 1500 }))
      yield* event("queued", from)
      // requests come all the time
      let isDone = false
      const others = yield* Effect.fork(Effect.iterate([] as ReadonlyArray<string>, {
        while: () => !isDone,
        body: (answers) => Effect.map(hello, (answer) => [...answers, String(answer)])
      }))
      yield* saving({ "main.ts": module("three") })
      expect(yield* hello).toBe("three there")
      isDone = true
      const answers = yield* Fiber.join(others)
      // the old one first, then the new one, and nothing else
      const turn = answers.indexOf("three there")
      expect(new Set(answers.slice(0, turn < 0 ? undefined : turn))).toEqual(new Set(["two there"]))
      expect(new Set(turn < 0 ? [] : answers.slice(turn))).toEqual(new Set(turn < 0 ? [] : ["three there"]))
      expect((yield* Fiber.join(slow)).json()).toMatchObject({ status: "COMPLETED", output: "slow two" })
      expect((yield* post("/main/slow/run_sync", { ms: 1 })).json().output).toBe("slow three")
    }))

  it.effect("serves the last good code where the new one is none, and says why", () =>
    Effect.gen(function*() {
      const broken = yield* saving({ "main.ts": `${module("none")}\nexport const x = (` }, "reloadFailed")
      assert.match(String(broken.message), /^main\.ts:10: unexpected end of file/)
      expect(yield* hello).toBe("three there")
      const throwing = yield* saving({ "main.ts": `${module("none")}\nthrow new Error("not today")` }, "reloadFailed")
      assert.match(String(throwing.message), /^main\.ts: it does not load: Error: not today/)
      expect(yield* hello).toBe("three there")
      yield* saving({ "main.ts": module("four") })
      expect(yield* hello).toBe("four there")
    }))

  it.effect("outlives the process that it loads modules in", () =>
    Effect.gen(function*() {
      const crash = `${module("five")}\nprocess.reallyExit(7)`
      const crashed = yield* saving({ "main.ts": crash }, "reloadFailed")
      assert.include(String(crashed.message), "main.ts: the process that loaded it ended (code 7)")
      expect(yield* hello).toBe("four there")
      // the one that waits for the next save may end, too
      const { command } = yield* Server
      const children = childrenOf(command.pid, "evaluate.mjs")
      assert.isNotEmpty(children)
      for (const pid of children) process.kill(pid, "SIGKILL")
      yield* saving({ "main.ts": module("six") })
      expect(yield* hello).toBe("six there")
    }))

  it.effect("serves a module that is added, renamed, and removed", () =>
    Effect.gen(function*() {
      const { get, post, root } = yield* Server
      const added = yield* saving({
        "deep/er/added.ts": module("added", { resource: "other" }).replaceAll("./", "../../")
          .replaceAll("\"hello\"", "\"hi\"").replaceAll("\"slow\"", "\"late\"")
      })
      assert.lengthOf(added.functions as Array<unknown>, 4)
      expect((yield* post("/deep/er/added/hi/run_sync")).json().output).toBe("added there")
      const { event, events } = yield* Server
      const renamed = (yield* events).length
      yield* Effect.sync(() => renameSync(join(root, "deep/er/added.ts"), join(root, "deep/er/renamed.ts")))
      yield* event("reloaded", renamed)
      expect((yield* get("/deep/er/added/hi/run_sync")).status).toBe(404)
      expect((yield* post("/deep/er/renamed/hi/run_sync")).json().output).toBe("added there")
      const removed = (yield* events).length
      yield* Effect.sync(() => rmSync(join(root, "deep"), { recursive: true }))
      yield* event("reloaded", removed)
      expect((yield* post("/deep/er/renamed/hi/run_sync")).status).toBe(404)
      expect(yield* hello).toBe("six there")
    }))

  it.effect("changes the endpoint of a resource that is declared otherwise", () =>
    Effect.gen(function*() {
      const { event, events } = yield* Server
      const from = (yield* events).length
      yield* saving({ "main.ts": module("seven").replace("maxConcurrency: 4", "maxConcurrency: 2") })
      expect(yield* hello).toBe("seven there")
      expect(yield* event("provisioned", from)).toMatchObject({ resource: "cpu" })
    }))

  it.effect("takes no notice of files that have no say in it", () =>
    Effect.gen(function*() {
      const { events, root } = yield* Server
      const from = (yield* events).length
      for (const name of ["notes.txt", ".main.ts.swp", "main.test.ts"]) writeFileSync(join(root, name), "export {}")
      yield* saving({ "main.ts": module("eight") })
      expect((yield* events).slice(from).map(({ event }) => event)).toEqual(["reloaded"])
    }))
})

describe("a project that does not load yet", () => {
  it.scopedLive("is served when it does; functions call each other across files", () =>
    Effect.gen(function*() {
      const broken = `${module("one")}\nexport const x = (`
      const { event, get, post, root } = yield* serve({ ...files, "main.ts": broken })
      expect((yield* event("started")).functions).toEqual([])
      expect(yield* event("reloadFailed")).toMatchObject({ message: expect.stringContaining("main.ts") })
      expect((yield* get("/main/hello/run_sync")).json()).toEqual({
        detail: "Not Found",
        problem: expect.stringContaining("main.ts:10: unexpected end of file")
      })
      yield* Effect.sync(() =>
        write(root, {
          "main.ts": module("one"),
          "caller.ts": `
            import { Effect, Schema } from "effect"
            import { CpuLiveServerless, remote } from "effect-flash"
            import { hello } from "./main.ts"
            const resource = CpuLiveServerless.make("caller")
            export const call = remote("call", { resource, success: Schema.String },
              () => Effect.map(hello(), (text) => "they say " + text))`
        })
      )
      yield* event("reloaded")
      yield* Effect.repeat(get("/"), { until: ({ json }) => json().functions.length === 3 })
      expect((yield* post("/caller/run_sync")).json().output).toBe("they say one here")
    }))
})
