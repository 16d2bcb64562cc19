import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { project } from "../live/liveThread.ts"
import { base, build, buildAt, defining, problems } from "./fixture.ts"

const functions = (files: Parameters<typeof build>[0]) =>
  Effect.map(build(files), ({ manifest }) => manifest.function_registry)

describe("what a build finds", () => {
  it.scoped("functions by their values: imported, aliased, computed, contracts with what completes them", () =>
    Effect.gen(function*() {
      const { manifest, notes } = yield* build({
        "src/resources.ts": [
          `import * as flash from "effect-flash"`,
          `const make = (name: string) => flash.CpuLiveServerless.make(name, { workersMax: 2 })`,
          `export const [cpu, other] = ["cpu", "other"].map(make)`
        ].join("\n"),
        "src/define.ts": `export { remote as define } from "effect-flash"`,
        "src/a.ts": [
          `import { Effect } from "effect"`,
          `import { define } from "./define.js"`,
          `import { cpu, other } from "./resources"`,
          `export const api = Object.fromEntries(["a", "b"].map((name, i) =>`,
          `  [name, define(name, { resource: i === 0 ? cpu : other }, () => Effect.void)]))`
        ].join("\n"),
        "src/contract.ts": [
          `import { CpuLiveServerless, remote } from "effect-flash"`,
          `export const c = remote("c", { resource: CpuLiveServerless.make("third") })`,
          `export const elsewhere = remote("elsewhere", { resource: CpuLiveServerless.make("theirs") })`
        ].join("\n"),
        "src/implementation.ts": [
          `import { Effect } from "effect"`,
          `import { implement } from "effect-flash"`,
          `import { c as contract } from "./contract.js"`,
          `export const c = implement(contract, () => Effect.void)`
        ].join("\n"),
        "src/index.ts": `export * from "./a.js"; export * from "./implementation.js"`
      })
      expect(manifest.function_registry).toEqual({ a: "cpu", b: "other", c: "third" })
      expect(manifest.resources["third"]?.file_path).toBe("src/implementation.ts")
      expect(manifest.resources["cpu"]?.workersMax).toBe(2)
      expect(notes).toEqual([
        `src/contract.ts: "elsewhere" is a contract that no module of the project completes; it is left out`
      ])
    }))

  it.scoped("classes, with their methods", () =>
    Effect.gen(function*() {
      const { manifest } = yield* build({
        "model.ts": [
          `import { Effect, Schema } from "effect"`,
          `import { CpuLiveServerless, remoteClass } from "effect-flash"`,
          `export const Model = remoteClass("Model", {`,
          `  resource: CpuLiveServerless.make("models"),`,
          `  constructor: { id: Schema.String },`,
          `  methods: { predict: { payload: { x: Schema.Number }, success: Schema.Number } }`,
          `}, () => Effect.succeed({ predict: ({ x }) => Effect.succeed(x) }))`
        ].join("\n")
      })
      expect(manifest.function_registry).toEqual({ Model: "models", "Model.predict": "models" })
      expect(manifest.resources["models"]?.functions).toMatchObject([
        { name: "Model", is_class: true, constructor_schema: { required: ["id"] }, methods: [{ name: "predict" }] },
        { name: "Model.predict", is_class: false, payload_schema: { required: ["x"] } }
      ])
      expect(manifest.resources["models"]?.code?.module).toBe("resources/models/main.mjs")
    }))

  it.scoped("nothing in tests, hidden folders, packages, and what is ignored", () =>
    Effect.gen(function*() {
      const crash = `import "effect-flash"; throw new Error("loaded")`
      expect(
        yield* functions({
          "main.ts": defining("hello"),
          "main.test.ts": crash,
          "tests/a.ts": crash,
          ".hidden/a.ts": crash,
          "node_modules/x/a.ts": crash,
          "generated/a.ts": crash,
          "drafts/deep/a.ts": crash,
          "drafts/deep/.gitignore": "a.ts",
          ".gitignore": "generated/",
          ".flashignore": "scratch.ts",
          "scratch.ts": crash,
          // it has nothing to do with remote functions
          "vite.config.ts": `throw new Error("loaded")`
        })
      ).toEqual({ hello: "cpu" })
    }))

  it.scoped("runs no program, and lets what modules do reach nothing", () =>
    Effect.gen(function*() {
      const root = yield* project({
        ...base,
        "main.ts": [
          defining("hello").replace(
            `make("cpu")`,
            `make("cpu", { env: { SEEN: process.env["SECRET"] ?? "nothing" } })`
          ),
          `import { Flash } from "effect-flash"`,
          `import { writeFileSync } from "node:fs"`,
          `Effect.sync(() => writeFileSync("ran.txt", "")).pipe(Flash.runMain)`,
          `Effect.runPromise(Effect.promise(() => fetch("http://127.0.0.1:9")))`
        ].join("\n")
      })
      process.env["SECRET"] = "value"
      const { manifest } = yield* Effect.ensuring(buildAt(root), Effect.sync(() => delete process.env["SECRET"]))
      expect(manifest.function_registry).toEqual({ hello: "cpu" })
      expect(manifest.resources["cpu"]?.config).toMatchObject({ env: { SEEN: "nothing" } })
      assert.isFalse(existsSync(join(root, "ran.txt")))
    }))
})

describe("what a build refuses", () => {
  it.scoped("a project without functions", () =>
    Effect.gen(function*() {
      assert.include(yield* problems({ "main.ts": `export const x = 1` }), "no module exports a remote function")
    }))

  it.scoped("names that are given twice, with both places", () =>
    Effect.gen(function*() {
      const said = yield* problems({
        "a.ts": defining("hello", "one"),
        "b.ts": defining("hello", "two"),
        "c.ts": defining("other", "one").replace(`make("one")`, `make("one", { workersMax: 9 })`)
      })
      assert.include(said, `the name "hello" is given to more than one function: a.ts (hello) and b.ts (hello)`)
      assert.include(said, `the name "one" is given to more than one resource, which differ: a.ts and c.ts`)
    }))

  it.scoped("routes that are given twice, with both places, and paths that workers serve themselves", () =>
    Effect.gen(function*() {
      const routed = (name: string, path: string) =>
        `import { CpuLiveLoadBalancer, remote } from "effect-flash"
import { Effect, Schema } from "effect"
export const ${name} = remote("${name}", {
  resource: CpuLiveLoadBalancer.make("api"),
  method: "GET",
  path: "${path}",
  payload: { ${/\{(.*)\}/.exec(path)?.[1] ?? "q"}: Schema.String }
}, () => Effect.void)
`
      const said = yield* problems({
        "a.ts": routed("one", "/users/{id}"),
        "b.ts": routed("two", "/users/{name}"),
        "c.ts": routed("three", "/ping")
      })
      assert.include(said, `the route "GET /users/{}" of "api" has more than one function: a.ts (one) and b.ts (two)`)
      assert.match(said, /^c\.ts: it does not load: .*\/ping/m)
    }))

  it.scoped("modules that write, connect or end the process, each by its name", () =>
    Effect.gen(function*() {
      const said = yield* problems({
        "writes.ts": `import "effect-flash"; import { writeFileSync } from "node:fs"; writeFileSync("x", "")`,
        "spawns.ts": `import "effect-flash"; import { execSync } from "node:child_process"; execSync("ls")`,
        "connects.ts": `import "effect-flash"; import { connect } from "node:net"; connect(9, "127.0.0.1")`,
        "exits.ts": `import "effect-flash"; process.exit(0)`,
        "throws.ts": `import "effect-flash"\n\nthrow new Error("oh")`
      })
      assert.match(
        said,
        /^writes\.ts: it does not load: .*FileSystemWrite|^writes\.ts: it does not load: .*restricted/m
      )
      assert.match(said, /^spawns\.ts: it does not load/m)
      assert.match(said, /^connects\.ts: it does not load: .*may not connect to a server/m)
      assert.match(said, /^exits\.ts: it does not load: .*may not end the process/m)
      assert.match(said, /^throws\.ts: it does not load: Error: oh\n.*throws\.ts:3/m)
    }))

  it.scoped("what is no TypeScript, and imports of what is not there, with their lines", () =>
    Effect.gen(function*() {
      assert.match(yield* problems({ "a.ts": `import "effect-flash"\nconst = 1` }), /a\.ts:2: /)
      assert.match(yield* problems({ "a.ts": `import "effect-flash"\nimport "./b.js"` }), /a\.ts:2: .*b\.js/)
    }))
})
