import { FileSystem, Path } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { checkImports } from "../../scripts/check-imports.ts"

const packageJson = JSON.stringify({
  exports: {
    ".": { "effect-flash-source": "./src/index.ts" },
    "./local": { "effect-flash-source": "./runtime/platform/index.ts" },
    "./package.json": "./package.json"
  }
})

/** Writes a tree of files and tells what the check says of it, as `file:line message`. */
const check = (files: Record<string, string>) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const root = yield* fs.makeTempDirectoryScoped()
    for (const [file, text] of Object.entries({ "package.json": packageJson, ...files })) {
      yield* fs.makeDirectory(path.dirname(path.join(root, file)), { recursive: true })
      yield* fs.writeFileString(path.join(root, file), text)
    }
    return checkImports(root).violations.map(({ file, line, message }) => `${file}:${line} ${message}`)
  })

layer(NodeContext.layer)("checkImports", (it) => {
  describe("between rooms", () => {
    it.scoped("lets cli import runtime and runtime import src", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(
          yield* check({
            "cli/main.ts": `import "../runtime/worker/main.ts"\nawait import("./Cli.ts")`,
            "cli/Cli.ts": `import * as Flash from "effect-flash"`,
            "runtime/worker/main.ts": `import { flash } from "../../src/Flash.ts"\nimport "effect/Effect"`,
            "src/Flash.ts": `export const flash = 1`,
            "src/index.ts": `export * from "./Flash.ts"`
          }),
          []
        )
      }))

    it.scoped("refuses the way back up, of types and of dynamic imports too", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(
          yield* check({
            "src/Flash.ts": `import type { Worker } from "../runtime/worker/Worker.ts"\n\nimport("../cli/Cli.ts")`,
            "runtime/worker/Worker.ts": `export * from "../../cli/Cli.ts"`,
            "cli/Cli.ts": `export interface Worker {}`
          }),
          [
            "runtime/worker/Worker.ts:1 imports cli/Cli.ts: runtime may not import cli",
            "src/Flash.ts:1 imports runtime/worker/Worker.ts: " +
            "src may not import runtime, except by the dynamic import(\"effect-flash/local\")",
            "src/Flash.ts:3 imports cli/Cli.ts: src may not import cli"
          ]
        )
      }))

    it.scoped("lets src load the platform by the package's own name, dynamically alone", () =>
      Effect.gen(function*() {
        const platform = { "runtime/platform/index.ts": `export * from "../../src/Flash.ts"` }
        assert.deepStrictEqual(
          yield* check({ ...platform, "src/Flash.ts": `export const load = () => import("effect-flash/local")` }),
          []
        )
        const refused = yield* check({ ...platform, "src/Flash.ts": `import "effect-flash/local"` })
        assert.strictEqual(refused.length, 2)
        assert.match(refused.join("\n"), /src\/Flash\.ts:1 imports runtime\/platform\/index\.ts: src may not/)
      }))

    it.scoped("refuses files outside of the rooms and names the package does not export", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(
          yield* check({
            "cli/Cli.ts": `import "../test/fixture.ts"\nimport "effect-flash/nothing"`,
            "test/fixture.ts": ""
          }),
          [
            "cli/Cli.ts:1 imports test/fixture.ts: only src, runtime, cli may be imported here",
            "cli/Cli.ts:2 package.json exports no \"effect-flash/nothing\""
          ]
        )
      }))
  })

  describe("inside src", () => {
    it.scoped("lets a level import itself and what is below", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(
          yield* check({
            "src/Remote.ts": `import "./Flash.ts"`,
            "src/Flash.ts": `import "./invoke/Queue.ts"`,
            "src/invoke/Queue.ts": `import "../provision/Plan.ts"\nimport "../runpod/Jobs.ts"`,
            "src/provision/Plan.ts": `import "../protocol/Codec.ts"`,
            "src/runpod/Jobs.ts": `import "../resources/Gpu.ts"\nimport "../RemoteError.ts"`,
            "src/resources/Gpu.ts": "",
            "src/protocol/Codec.ts": `import "../RemoteError.ts"`,
            "src/RemoteError.ts": ""
          }),
          []
        )
      }))

    it.scoped("refuses a higher level and names both files", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(
          yield* check({
            "src/protocol/Codec.ts": `import type * as Gpu from "../resources/Gpu.js"`,
            "src/resources/Gpu.ts": `export type Jobs = import("../runpod/Jobs.ts").Jobs`,
            "src/runpod/Jobs.ts": `export interface Jobs {}`
          }),
          [
            "src/protocol/Codec.ts:1 imports src/resources/Gpu.ts: level 0 of src may not import level 1",
            "src/resources/Gpu.ts:1 imports src/runpod/Jobs.ts: level 1 of src may not import level 2"
          ]
        )
      }))

    it.scoped("asks for a level for a new place", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* check({ "src/misc/Helper.ts": "" }), [
          "src/misc/Helper.ts:1 src has no such place: give it a level in scripts/check-imports.ts"
        ])
      }))
  })

  describe("cycles", () => {
    it.scoped("refuses files that import each other", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(
          yield* check({
            "src/protocol/A.ts": `import "./B.ts"`,
            "src/protocol/B.ts": `import "./C.ts"`,
            "src/protocol/C.ts": `import "./A.ts"`
          }),
          [
            "src/protocol/A.ts:1 imports itself: " +
            "src/protocol/A.ts → src/protocol/B.ts → src/protocol/C.ts → src/protocol/A.ts"
          ]
        )
      }))

    it.scoped("lets types go round", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(
          yield* check({
            "src/protocol/A.ts": `import "./B.ts"\nexport interface A {}`,
            "src/protocol/B.ts": `import type { A } from "./A.ts"\nexport type B = A`
          }),
          []
        )
      }))
  })

  describe("reading", () => {
    it.scoped("is not taken in by comments, strings and templates", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(
          yield* check({
            "src/protocol/A.ts": [
              `// import "../../cli/Cli.ts"`,
              `/* export * from "../Flash.ts" */`,
              `export const a = "import '../Flash.ts'"`,
              "export const b = `import(\"../Flash.ts\")`"
            ].join("\n"),
            "src/Flash.ts": "",
            "cli/Cli.ts": ""
          }),
          []
        )
      }))
  })

  describe("examples", () => {
    it.scoped("import the package by its name, and files beside them", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(
          yield* check({
            "examples/01/hello.ts": [
              `import { remote } from "effect-flash"`,
              `import { Effect } from "effect"`,
              `import "./words.ts"`,
              `import "../../src/Flash.ts"`
            ].join("\n"),
            "examples/01/words.ts": "",
            "src/Flash.ts": ""
          }),
          [
            "examples/01/hello.ts:4 imports src/Flash.ts: " +
            "an example imports \"effect-flash\" by its name, as a user does"
          ]
        )
      }))
  })
})
