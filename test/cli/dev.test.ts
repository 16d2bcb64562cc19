/** The dev server: what it serves of a project, at which paths, and what it says of it. */
import { assert, describe, expect, it, layer } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Context, Effect, Fiber, Layer } from "effect"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"
import { base, defining } from "../build/fixture.ts"
import { project } from "../live/liveThread.ts"
import { serve } from "./devServer.ts"
import type { DevServer } from "./devServer.ts"
import { flash, start } from "./flash.ts"

const files = {
  "single.ts": `
    import { Effect, Schema } from "effect"
    import { CpuLiveServerless, remote } from "effect-flash"
    const resource = CpuLiveServerless.make("single")
    export class Empty extends Schema.TaggedError<Empty>()("Empty", {}) {}
    export const greet = remote("greet", {
      resource, payload: { name: Schema.NonEmptyString }, success: Schema.Struct({ greeting: Schema.String }), error: Empty
    }, ({ name }) => {
      console.log("greeting " + name)
      return name === "nobody" ? Effect.fail(new Empty()) : Effect.succeed({ greeting: "Hello " + name })
    })`,
  "jobs/many.ts": `
    import { Effect, Schema, Stream } from "effect"
    import { CpuLiveServerless, remote, remoteClass } from "effect-flash"
    const resource = CpuLiveServerless.make("many", { maxConcurrency: 4 })
    export const count = remote("count", { resource, payload: { to: Schema.Int }, success: Schema.Int, stream: true },
      ({ to }) => Stream.range(1, to))
    export const forever = remote("forever", { resource, success: Schema.Void }, () => Effect.never)
    export const input = remote("input", { resource, payload: { input: Schema.String }, success: Schema.String },
      ({ input }) => Effect.succeed(input))
    export const boom = remote("boom", { resource, success: Schema.Void }, () => Effect.die(new Error("it broke")))
    export const Counter = remoteClass("Counter", {
      resource, constructor: { from: Schema.Int },
      methods: { next: { payload: {}, success: Schema.Int } }
    }, ({ from }) => Effect.sync(() => { let n = from; return { next: () => Effect.sync(() => n++) } }))`,
  "people.ts": `
    import { Effect, Schema } from "effect"
    import { CpuLiveServerless, remote } from "effect-flash"
    const resource = CpuLiveServerless.make("people")
    const one = Schema.Struct({ a: Schema.String }).annotations({ identifier: "Person" })
    const two = Schema.Struct({ b: Schema.optional(one) }).annotations({ identifier: "Person" })
    export const first = remote("first", { resource, payload: { of: one }, success: one }, ({ of }) => Effect.succeed(of))
    export const second = remote("second", { resource, payload: { of: two }, success: two }, ({ of }) => Effect.succeed(of))`,
  "own.ts": `
    import { Effect, Schema } from "effect"
    import { CpuServerlessEndpoint, remote } from "effect-flash"
    const resource = CpuServerlessEndpoint.make("own", { imageName: "acme/own:1" })
    export const draw = remote("draw", { resource, success: Schema.String }, () => Effect.succeed("never"))`,
  "api.ts": `
    import { Effect, Schema, Stream } from "effect"
    import { CpuLiveLoadBalancer, remote } from "effect-flash"
    const resource = CpuLiveLoadBalancer.make("api")
    export const user = remote("user", {
      resource, method: "GET", path: "/users/{id}",
      payload: { id: Schema.NumberFromString, tags: Schema.Array(Schema.String) },
      success: Schema.Struct({ id: Schema.Number, tags: Schema.Array(Schema.String) })
    }, (payload) => { console.log("looking up"); return Effect.succeed(payload) })
    export const add = remote("add", {
      resource, method: "POST", path: "/sums", payload: { a: Schema.Number, b: Schema.Number }, success: Schema.Number
    }, ({ a, b }) => Effect.succeed(a + b))
    export const ticks = remote("ticks", {
      resource, method: "GET", path: "/ticks", success: Schema.Int, stream: true
    }, () => Stream.range(1, 3))`
}

class Server extends Context.Tag("test/DevServer")<Server, DevServer>() {}

layer(Layer.scoped(Server, serve(files)), { excludeTestServices: true })("flash dev", (it) => {
  it.effect("says of a resource with an image of its own why it is not served", () =>
    Effect.gen(function*() {
      const { event, get, post } = yield* Server
      expect((yield* event("note")).message).toContain(
        `"own" is a CpuServerlessEndpoint, whose own image serves it: draw`
      )
      const answer = yield* post("/own/run_sync", {})
      expect(answer.status).toBe(501)
      expect(answer.json()).toEqual({
        detail: expect.stringContaining("call it where it is deployed"),
        error: "OwnImage",
        resource: "own",
        function: "draw"
      })
      const wrong = yield* get("/own/run_sync")
      expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST"])
    }))

  it.effect("lists what it serves", () =>
    Effect.gen(function*() {
      const { event, get } = yield* Server
      const { functions } = (yield* get("/")).json()
      expect(functions.map(({ function: name, method, path }: any) => `${method} ${path} ${name}`)).toEqual([
        "POST /api/sums add",
        "GET /api/ticks ticks",
        "GET /api/users/{id} user",
        "POST /jobs/many/boom/run_sync boom",
        "POST /jobs/many/count/run_sync count",
        "POST /jobs/many/forever/run_sync forever",
        "POST /jobs/many/input/run_sync input",
        "POST /jobs/many/next/run_sync Counter.next",
        "POST /people/first/run_sync first",
        "POST /people/second/run_sync second",
        "POST /single/run_sync greet"
      ])
      expect((yield* event("started")).functions).toEqual(functions)
      expect((yield* get("/ping")).json()).toEqual({ status: "healthy" })
    }))

  it.effect("runs a function of a queue and answers as RunPod does", () =>
    Effect.gen(function*() {
      const { event, events, post } = yield* Server
      const { status, json } = yield* post("/single/run_sync", { name: "Ada" })
      assert.strictEqual(status, 200)
      expect(json()).toMatchObject({ status: "COMPLETED", output: { greeting: "Hello Ada" } })
      expect(Object.keys(json()).sort()).toEqual(["delayTime", "executionTime", "id", "output", "status", "workerId"])
      const { call } = (yield* events).find(({ job }) => job === json().id)!
      yield* event("done")
      const told = (yield* events).filter((one) => one.call === call)
      expect(told.map(({ event }) => event)).toContain("done")
      expect(told.filter(({ event }) => event === "log").map(({ line }) => line)).toEqual(["greeting Ada"])
      // by its other names, and as RunPod's clients wrap it
      for (const path of ["/single/runsync", "/single/greet/run_sync"]) {
        expect((yield* post(path, { input: { name: "Bob" } })).json().output).toEqual({ greeting: "Hello Bob" })
      }
    }))

  it.effect("tells a function's own error and a defect as failed jobs", () =>
    Effect.gen(function*() {
      const { post } = yield* Server
      const failed = (yield* post("/single/run_sync", { name: "nobody" })).json()
      expect(failed.status).toBe("FAILED")
      expect(JSON.parse(failed.error)).toMatchObject({ error_type: "fail", error_detail: { error: { _tag: "Empty" } } })
      const died = (yield* post("/jobs/many/boom/run_sync")).json()
      expect(died.status).toBe("FAILED")
      expect(JSON.parse(died.error)).toMatchObject({
        error_type: "die",
        error_message: expect.stringContaining("it broke")
      })
    }))

  it.effect("refuses a body that does not fit, in the form of runpod-flash", () =>
    Effect.gen(function*() {
      const { post } = yield* Server
      for (
        const [body, type] of [["{", "json_invalid"], ["{}", "payload_invalid"], [`{"name":""}`, "payload_invalid"]]
      ) {
        const answer = yield* post("/single/run_sync", body)
        assert.strictEqual(answer.status, 422)
        expect(answer.json()).toEqual({
          detail: [{ type, loc: ["body"], msg: expect.any(String), input: expect.anything() }]
        })
      }
      // a payload with an `input` of its own has to be wrapped
      expect((yield* post("/jobs/many/input/run_sync", { input: "a" })).json().output).toBe("a")
      expect((yield* post("/jobs/many/input/run_sync", { input: { input: "b" } })).json().output).toBe("b")
    }))

  it.effect("submits jobs, shows and cancels them", () =>
    Effect.gen(function*() {
      const { get, post } = yield* Server
      const { id, status } = (yield* post("/jobs/many/forever/run")).json()
      assert.strictEqual(status, "IN_QUEUE")
      const state = (yield* get(`/jobs/many/forever/status/${id}`)).json()
      expect(["IN_QUEUE", "IN_PROGRESS"]).toContain(state.status)
      expect((yield* post(`/jobs/many/forever/cancel/${id}`)).json()).toMatchObject({ id, status: "CANCELLED" })
      expect((yield* get(`/jobs/many/forever/status/${id}`)).json().status).toBe("CANCELLED")
      expect((yield* get("/jobs/many/forever/status/nobody")).status).toBe(404)
    }))

  it.effect("cancels the job of a client that goes away", () =>
    Effect.gen(function*() {
      const { event, events, get, post } = yield* Server
      const from = (yield* events).length
      const calling = yield* Effect.fork(post("/jobs/many/forever/run_sync"))
      const { job } = yield* event("queued", from)
      yield* Fiber.interruptFork(calling)
      yield* event("done", from)
      expect((yield* get(`/jobs/many/forever/status/${job}`)).json().status).toBe("CANCELLED")
    }))

  it.effect("gives what a function streams, as it comes and all at once", () =>
    Effect.gen(function*() {
      const { get, post } = yield* Server
      expect((yield* post("/jobs/many/count/run_sync", { to: 3 })).json()).toMatchObject({
        status: "COMPLETED",
        output: [1, 2, 3]
      })
      const { id } = (yield* post("/jobs/many/count/run", { input: { to: 3 } })).json()
      const values: Array<unknown> = []
      for (let state = ""; state !== "COMPLETED";) {
        const page = (yield* get(`/jobs/many/count/stream/${id}`)).json()
        values.push(...page.stream.map(({ output }: any) => output))
        state = page.status
      }
      expect(values).toEqual([1, 2, 3])
    }))

  it.effect("keeps the instance of a class between calls", () =>
    Effect.gen(function*() {
      const { post } = yield* Server
      const next = (id: string) =>
        Effect.map(
          post("/jobs/many/next/run_sync", { input: {}, instance: { id, args: { from: 5 } } }),
          ({ json }) => json().output
        )
      expect([yield* next("a"), yield* next("a"), yield* next("b")]).toEqual([5, 6, 5])
    }))

  it.effect("serves the routes of a load balancer as they are declared", () =>
    Effect.gen(function*() {
      const { event, events, get, post } = yield* Server
      const from = (yield* events).length
      expect((yield* get("/api/users/7?tags=a&tags=b")).json()).toEqual({ id: 7, tags: ["a", "b"] })
      expect(yield* event("log", from)).toMatchObject({ function: "user", line: "looking up" })
      expect((yield* post("/api/sums", { a: 1, b: 2 })).json()).toBe(3)
      expect((yield* post("/api/sums", { a: "1" })).status).toBe(400)
      expect((yield* get("/api/users/x")).status).toBe(400)
      expect((yield* get("/api/ticks", { accept: "text/event-stream" })).text).toContain("data: 3\n")
      expect((yield* get("/api/ticks")).text).toBe("1\n2\n3\n")
      const wrong = yield* get("/api/sums")
      expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST"])
      expect((yield* get("/api/nothing")).status).toBe(404)
    }))

  it.effect("describes itself as OpenAPI 3.1, with the schemas of the functions", () =>
    Effect.gen(function*() {
      const { get } = yield* Server
      const document = (yield* get("/openapi.json")).json()
      expect(document.openapi).toBe("3.1.0")
      const { post } = document.paths["/single/run_sync"]
      const { schema } = post.requestBody.content["application/json"]
      expect(schema.properties.input).toMatchObject({ required: ["name"], properties: { name: expect.anything() } })
      expect(document.paths["/jobs/many/count/stream/{id}"].get.tags).toEqual(["jobs/"])
      expect(document.paths["/api/users/{id}"].get.parameters).toMatchObject([
        { name: "id", in: "path", required: true },
        { name: "tags", in: "query", required: true }
      ])
      expect(document.paths["/api/sums"].post.requestBody.content["application/json"].schema.required).toEqual([
        "a",
        "b"
      ])
      // a name that stands for two schemas
      const ofPeople = (name: string) =>
        document.paths[`/people/${name}/run_sync`].post.requestBody.content["application/json"].schema.properties.input
          .properties.of.$ref
      const shapes = ["first", "second"].map((name) => document.components.schemas[ofPeople(name).split("/").at(-1)])
      expect(shapes.map(({ properties }) => Object.keys(properties))).toEqual([["a"], ["b"]])
      // each reference leads somewhere, and each schema is one
      const ajv = new Ajv2020({ strict: false, validateFormats: false })
      ajv.addSchema({ $id: "document", ...document })
      const check = (value: unknown, path: string): void => {
        if (typeof value !== "object" || value === null) return
        for (const [key, part] of Object.entries(value)) {
          if (key === "$ref") assert.isDefined(ajv.getSchema(`document${part}`), `${path}: ${part}`)
          else if (key === "schema") ajv.compile({ ...part, components: document.components })
          check(part, `${path}/${key}`)
        }
      }
      check(document, "")
    }))

  it.effect("has a page that loads nothing from elsewhere", () =>
    Effect.gen(function*() {
      const { get } = yield* Server
      const { headers, text } = yield* get("/docs")
      expect(headers.get("content-type")).toBe("text/html; charset=utf-8")
      expect(headers.get("content-security-policy")).toContain("default-src 'none'")
      expect(text).not.toMatch(/https?:\/\//)
    }))

  it.effect("takes no calls from pages of the web, and does from pages of this machine", () =>
    Effect.gen(function*() {
      const { post, url } = yield* Server
      const call = (headers: Record<string, string>) => post("/single/run_sync", { name: "Ada" }, headers)
      expect((yield* call({ origin: "https://example.com" })).status).toBe(403)
      expect((yield* call({ origin: "null" })).status).toBe(403)
      const own = yield* call({ origin: "http://localhost:3000" })
      expect([own.status, own.headers.get("access-control-allow-origin")]).toEqual([200, "http://localhost:3000"])
      expect((yield* call({ origin: url })).status).toBe(200)
    }))
})

describe("flash dev", () => {
  it.scopedLive("takes the next port where the one that is asked for is in use", () =>
    Effect.gen(function*() {
      const root = yield* project({ ...base, "main.ts": defining("hello") })
      const taken = yield* Effect.acquireRelease(
        Effect.async<ReturnType<typeof createServer>>((resume) => {
          const server = createServer().listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close())
      )
      const { port } = taken.address() as AddressInfo
      // as a folder, and by variables: a word of the command line goes before them
      const running = yield* start(["run", "-p", String(port), root], { FLASH_PORT: "1", NO_COLOR: "1" })
      yield* running.wrote("Ctrl+C ends the server.")
      const output = yield* running.printed
      assert.include(output, `port ${port} is in use; taking `)
      assert.notInclude(output, `http://localhost:${port}\n`)
      assert.match(output, /POST {4}\/main\/run_sync {2}hello/)
    }))

  it.scopedLive("fails where there is nothing to serve, or nowhere to listen", () =>
    Effect.gen(function*() {
      const empty = yield* project({ ...base, "main.ts": "export const x = 1" })
      const nothing = yield* flash(["run"], {}, empty)
      expect([nothing.code, nothing.stdout]).toEqual([1, ""])
      assert.match(nothing.stderr, /^error: there is nothing to serve: .*\nhint: /)
      const root = yield* project({ ...base, "main.ts": defining("hello") })
      const nowhere = yield* flash(["dev", "--host", "192.0.2.1"], {}, root)
      expect([nowhere.code, nowhere.stdout]).toEqual([1, ""])
      assert.match(nowhere.stderr, /^error: port 8888 of 192\.0\.2\.1 cannot be listened on: /)
      const wrong = yield* flash(["dev", "--port", "x"], {}, root)
      expect(wrong.code).toBe(2)
      const broken = yield* project({ ...base, "main.ts": `${defining("hello")}\nthrow new Error("no")` })
      const unloaded = yield* flash(["run", broken, "--no-reload"])
      expect([unloaded.code, unloaded.stdout]).toEqual([1, ""])
      assert.match(unloaded.stderr, /^error\[FLASH-E701\]: main\.ts: it does not load: Error: no/)
    }))
})
