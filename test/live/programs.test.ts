/** Whole programs, started in the ways that people start them, on the embedded platform. */
import { assert, describe, expect, it, layer } from "@effect/vitest"
import { Effect, Fiber, Layer, Schedule, Schema } from "effect"
import { CpuLiveServerless, Flash, remote } from "effect-flash"
import { layerFlashOn, Platform } from "effect-flash/local"
import { execFile } from "node:child_process"
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import ts from "typescript"
import { flash } from "../cli/flash.ts"
import * as Live from "./liveThread.ts"
import type { Files } from "./liveThread.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** A project that finds this package as one that installed it does. */
const project = (files: Files) =>
  Live.project({
    ...files,
    ...Object.fromEntries(["effect", "@effect/platform", "@effect/rpc", "msgpackr", "undici", "libsql"].map((name) => [
      `node_modules/${name}`,
      { link: join(root, "node_modules", name) }
    ])),
    "node_modules/effect-flash": { link: root }
  })

const source = `import { Console, Effect, Schema } from "effect"
import { CpuLiveServerless, Flash, remote } from "effect-flash"
import { twice } from "./twice.js"

const cpu = CpuLiveServerless.make("program", { workersMax: 1 })

export const double = remote(
  "double",
  { resource: cpu, payload: { n: Schema.Number }, success: Schema.Struct({ n: Schema.Number, pid: Schema.Number }) },
  ({ n }) => n < 0 ? Effect.die(new Error("negative")) : Effect.succeed({ n: twice(n), pid: process.pid })
)

const program = Effect.gen(function*() {
  const { n, pid } = yield* double({ n: 21 })
  const exit = yield* Effect.sandbox(double({ n: -1 })).pipe(Effect.flip)
  yield* Console.log(JSON.stringify({ n, other: pid !== process.pid, stack: String(exit.toString()) }))
})

program.pipe(Flash.runMain)
`

const twice = `export const twice = (n: number): number => n * 2\n`

const line = source.split("\n").findIndex((text) => text.includes("negative")) + 1

/** What a program printed as JSON. */
const printed = (stdout: string): { readonly n: number; readonly other: boolean; readonly stack: string } => {
  const json = stdout.split("\n").find((text) => text.startsWith("{"))
  assert(json !== undefined, stdout)
  return JSON.parse(json)
}

/** Runs a program with nothing but node. */
const node = (file: string) =>
  Effect.async<string>((resume) => {
    const env = { ...process.env, FLASH_TARGET: "local" }
    execFile(process.execPath, [file], { env }, (error, stdout, stderr) =>
      resume(
        error === null ? Effect.succeed(stdout) : Effect.die(new Error(`${error.message}\n${stdout}\n${stderr}`))
      ))
  })

const compiled = (text: string, module: ts.ModuleKind, fileName: string, more: ts.CompilerOptions = {}) =>
  ts.transpileModule(text, {
    fileName,
    compilerOptions: { module, target: ts.ScriptTarget.ES2022, esModuleInterop: true, ...more }
  })

describe("a program", () => {
  it.scopedLive("of TypeScript runs with `flash run`, in a package of ES modules", () =>
    Effect.gen(function*() {
      const folder = yield* project({ "package.json": `{ "type": "module" }`, "main.ts": source, "twice.ts": twice })
      const { code, stderr, stdout } = yield* flash(["run", join(folder, "main.ts")])
      expect([code, stderr]).toEqual([0, ""])
      expect(printed(stdout)).toMatchObject({ n: 42, other: true, stack: expect.stringContaining(`main.ts:${line}:`) })
    }), 30_000)

  it.scopedLive("and in a package that says nothing of modules", () =>
    Effect.gen(function*() {
      const folder = yield* project({ "package.json": "{}", "src/main.ts": source, "src/twice.ts": twice })
      const { code, stderr, stdout } = yield* flash(["run", join(folder, "src/main.ts")])
      expect([code, stderr]).toEqual([0, ""])
      expect(printed(stdout)).toMatchObject({ n: 42, other: true, stack: expect.stringContaining(`main.ts:${line}:`) })
    }), 30_000)

  // there the program is CommonJS, and has a copy of this package beside the one of the embedded platform
  it.scopedLive("and there has classes, and knows the platform's errors", () =>
    Effect.gen(function*() {
      const main = `import { Console, Effect, Schema } from "effect"
import { CpuLiveServerless, Flash, isRemoteError, remote, remoteClass } from "effect-flash"

const cpu = CpuLiveServerless.make("counters", { workersMax: 1 })

export const Counter = remoteClass("Counter", {
  resource: cpu,
  constructor: { start: Schema.Int },
  methods: { add: { payload: { n: Schema.Int }, success: Schema.Int } }
}, ({ start }) => Effect.sync(() => {
  let value = start
  return { add: ({ n }) => Effect.sync(() => value += n) }
}))

const hidden = remote("hidden", { resource: cpu }, () => Effect.void)

const program = Effect.gen(function*() {
  const counter = yield* Counter({ start: 10 })
  yield* Console.log(yield* counter.add({ n: 1 }), isRemoteError(yield* Effect.flip(hidden())))
})

program.pipe(Flash.runMain)
`
      const folder = yield* project({ "package.json": "{}", "main.ts": main })
      const { code, stderr, stdout } = yield* flash(["run", join(folder, "main.ts")])
      expect([code, stderr, stdout]).toEqual([0, "", "11 true\n"])
    }), 30_000)

  it.scopedLive(
    "compiled to ES modules runs with node; its stacks name the sources where there are maps",
    () =>
      Effect.gen(function*() {
        const main = compiled(source, ts.ModuleKind.ESNext, "main.ts", { sourceMap: true })
        const folder = yield* project({
          "package.json": `{ "type": "module" }`,
          "dist/main.js": main.outputText,
          "dist/main.js.map": (main.sourceMapText ?? "").replace(`["main.ts"]`, `["../src/main.ts"]`),
          "dist/twice.js": compiled(twice, ts.ModuleKind.ESNext, "twice.ts").outputText
        })
        const { n, other, stack } = printed(yield* node(join(folder, "dist/main.js")))
        expect({ n, other }).toEqual({ n: 42, other: true })
        expect(stack).toContain(`${folder}/src/main.ts:${line}:`)
      }),
    30_000
  )

  it.scopedLive("compiled to CommonJS runs with node", () =>
    Effect.gen(function*() {
      const folder = yield* project({
        "package.json": "{}",
        "dist/main.js": compiled(source, ts.ModuleKind.CommonJS, "main.ts").outputText,
        "dist/twice.js": compiled(twice, ts.ModuleKind.CommonJS, "twice.ts").outputText
      })
      const { n, other, stack } = printed(yield* node(join(folder, "dist/main.js")))
      expect({ n, other }).toEqual({ n: 42, other: true })
      expect(stack).toContain(`${folder}/dist/main.js:`)
    }), 30_000)
})

const cpu = CpuLiveServerless.make("versions", { workersMax: 1, maxConcurrency: 4 })

layer(Layer.provideMerge(layerFlashOn, Platform.layer()), { excludeTestServices: true, timeout: "30 seconds" })(
  "a worker",
  (it) => {
    const version = (version: string) =>
      `import { Effect, Layer, Schema, Context } from "effect"
import { CpuLiveServerless, remote } from "effect-flash"
import { existsSync, writeFileSync } from "node:fs"

const cpu = CpuLiveServerless.make("versions", { workersMax: 1, maxConcurrency: 4 })
let calls = 0
export const version = remote("version", { resource: cpu, success: Schema.Unknown }, () =>
  Effect.sync(() => ["${version}", ++calls, process.pid]))
export const wait = remote("wait", { resource: cpu, payload: { folder: Schema.String }, success: Schema.String }, ({ folder }) =>
  Effect.sync(() => writeFileSync(folder + "/started", "")).pipe(
    Effect.zipRight(Effect.iterate(false, {
      while: (done) => !done,
      body: () => Effect.delay(Effect.sync(() => existsSync(folder + "/end")), "5 millis")
    })),
    Effect.as("${version}")
  ))
`

    it.scoped("runs the new code of a module that is edited, beside jobs of the old, and the old again", () =>
      Effect.gen(function*() {
        const folder = yield* Live.project({ "main.ts": version("one") })
        const module = pathToFileURL(join(folder, "main.ts")).href
        const call = remote("version", { resource: cpu, module, success: Schema.Unknown })
        const wait = remote("wait", {
          resource: cpu,
          module,
          payload: { folder: Schema.String },
          success: Schema.String
        })
        const first = yield* Flash.provide(call())
        assert(Array.isArray(first))
        const [, , pid] = first
        expect(first).toEqual(["one", 1, pid])
        expect(yield* Flash.provide(call())).toEqual(["one", 2, pid])
        const waiting = yield* Effect.fork(Flash.provide(wait({ folder })))
        yield* Effect.repeat(Effect.sync(() => existsSync(join(folder, "started"))), {
          until: (started) => started,
          schedule: Schedule.spaced("5 millis")
        })
        writeFileSync(join(folder, "main.ts"), version("two"))
        expect(yield* Flash.provide(call())).toEqual(["two", 1, pid])
        expect(yield* Flash.provide(call())).toEqual(["two", 2, pid])
        writeFileSync(join(folder, "end"), "")
        expect(yield* Fiber.join(waiting)).toBe("one")
        // the old code is still there, with its state
        writeFileSync(join(folder, "main.ts"), version("one"))
        expect(yield* Flash.provide(call())).toEqual(["one", 3, pid])
        // an edit that does not compile is the next call's error, and the one after that goes well
        writeFileSync(join(folder, "main.ts"), version("three").replace("export const version =", "export const ="))
        const error = yield* Effect.flip(Flash.provide(call()))
        expect(error.message).toContain("main.ts:7: it is no valid TypeScript")
        writeFileSync(join(folder, "main.ts"), version("three"))
        expect(yield* Flash.provide(call())).toEqual(["three", 1, pid])
      }))
  }
)
