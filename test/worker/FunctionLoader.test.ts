import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Scope, TestClock } from "effect"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as FunctionLoader from "../../runtime/worker/FunctionLoader.ts"
import { DefinitionId } from "../../src/Endpoint.ts"
import * as FunctionRequest from "../../src/protocol/FunctionRequest.ts"
import type { FunctionRequestEncoded } from "../../src/protocol/FunctionRequest.ts"
import * as FunctionResponse from "../../src/protocol/FunctionResponse.ts"

const hashOf = (code: string) => createHash("sha256").update(code).digest("hex")

/** The text of an export that a loader takes for a remote function. */
const exported = (name: string, as = name, more = "") =>
  `export const ${as} = Object.assign(() => {}, { _tag: "${name}", [Symbol.for("effect-flash/Definition")]: { resource: { name: "e" } } ${more} })\n`

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-loader-"))),
  (root) => Effect.sync(() => rmSync(root, { recursive: true, force: true }))
)

/** A live worker's loader, with the folder it keeps bundles in. */
const loader = (options: Partial<FunctionLoader.Options> = {}) =>
  Effect.map(folder, (root) => {
    const directory = join(root, "bundles")
    const { load, own, single } = FunctionLoader.make({
      directory,
      resolve: (specifier) => {
        throw new Error(`${specifier} is not provided`)
      },
      live: true,
      module: undefined,
      dependencies: { ensure: () => Effect.succeed(undefined) },
      ...options
    })
    return {
      directory,
      root,
      own,
      single,
      load: (name: string, more: Partial<FunctionRequestEncoded> = {}) =>
        Effect.flatMap(
          Effect.orDie(FunctionRequest.decode({ protocol_version: 1, function_name: name, ...more })),
          load
        )
    }
  })

/** Writes a module of a worker's own; succeeds with its URL. */
const ownModule = (code: string) =>
  Effect.map(folder, (root) => {
    writeFileSync(join(root, "own.mjs"), code)
    return pathToFileURL(join(root, "own.mjs")).href
  })

/** Why there is no function. */
const rejected = <A, R>(loading: Effect.Effect<A, FunctionResponse.FunctionResponse, R>) =>
  Effect.map(Effect.flip(loading), ({ error, success }) => {
    expect(success).toBe(false)
    assert(error?._tag === "reject")
    return error
  })

describe("code that comes with a call", () => {
  it.scoped("is loaded, and its function found by name, whatever the export is called", () =>
    Effect.gen(function*() {
      const { load } = yield* loader()
      const code = exported("f", "other") + exported("g", "f") + `export const noise = 1; export default null\n`
      expect((yield* load("f", { function_code: code, code_hash: hashOf(code) }))._tag).toBe("f")
      expect((yield* load("g", { function_code: code, code_hash: hashOf(code) }))._tag).toBe("g")
    }))

  it.scoped("is loaded once, and found again by its hash alone", () =>
    Effect.gen(function*() {
      const { directory, load } = yield* loader()
      const code = exported("f", "f", ", random: Math.random()")
      const all = yield* Effect.all(
        Array.from({ length: 20 }, () => load("f", { function_code: code, code_hash: hashOf(code) })),
        { concurrency: "unbounded" }
      )
      const again = yield* load("f", { code_hash: hashOf(code) })
      for (const one of all) expect(one).toBe(again)
      expect(readdirSync(directory)).toHaveLength(1)
    }))

  it.scoped("may come without a hash", () =>
    Effect.gen(function*() {
      const { load } = yield* loader()
      const code = exported("f")
      const procedure = yield* load("f", { function_code: code })
      expect(yield* load("f", { code_hash: hashOf(code) })).toBe(procedure)
    }))

  it.scoped("is kept apart from other code", () =>
    Effect.gen(function*() {
      const { load } = yield* loader()
      const [one, two] = [exported("f"), exported("f") + "// two\n"]
      const first = yield* load("f", { function_code: one })
      const second = yield* load("f", { function_code: two })
      expect(first).not.toBe(second)
      expect(yield* load("f", { code_hash: hashOf(one) })).toBe(first)
    }))

  it.scoped("is refused where its hash is another, and nothing of it is kept", () =>
    Effect.gen(function*() {
      const { directory, load } = yield* loader()
      const code = exported("f")
      const error = yield* rejected(load("f", { function_code: code, code_hash: hashOf("other") }))
      expect(error).toMatchObject({ reason: "refused", message: "the code is not what its hash says" })
      expect(existsSync(directory)).toBe(false)
      expect((yield* rejected(load("f", { code_hash: hashOf(code) }))).reason).toBe("code_missing")
      expect((yield* rejected(load("f", { code_hash: hashOf("other") }))).reason).toBe("code_missing")
    }))

  it.scoped("is refused where the worker runs its own code only, with a hash, with code or with both", () =>
    Effect.gen(function*() {
      const { directory, load } = yield* loader({ live: false })
      const code = exported("f")
      for (
        const request of [{ function_code: code }, { code_hash: hashOf(code) }, {
          function_code: code,
          code_hash: hashOf(code)
        }]
      ) {
        expect(yield* rejected(load("f", request))).toMatchObject({
          reason: "refused",
          message: "a deployed worker runs its own code only"
        })
      }
      expect(existsSync(directory)).toBe(false)
    }))

  it.scoped("is asked for where it is named by a hash that is not here", () =>
    Effect.gen(function*() {
      const { load } = yield* loader()
      const error = yield* rejected(load("f", { code_hash: hashOf("x") }))
      expect(error.reason).toBe("code_missing")
      expect(error.message).toContain(hashOf("x"))
    }))

  it.scoped("has its function found in an exported object, class or namespace", () =>
    Effect.gen(function*() {
      const { load } = yield* loader()
      const code = exported("f").replace("export ", "") + [
        `const contract = Object.assign(() => {}, { _tag: "g", [Symbol.for("effect-flash/Definition")]: { resource: { name: "e" } } })`,
        `const g = Object.assign(() => {}, { _tag: "g", [Symbol.for("effect-flash/Definition")]: { handler() {}, resource: { name: "e" } } })`,
        `export const api = { f, other: 1, deep: { f: 2 } }`,
        `export class Api { static g = g }`,
        `export { g, contract }`,
        `export default null`,
        `export const map = new Map([["h", f]])`
      ].join("\n")
      expect((yield* load("f", { function_code: code }))._tag).toBe("f")
      // the one with a handler, whatever the order of the exports is
      expect((yield* load("g", { function_code: code }))[DefinitionId].handler).toBeDefined()
      expect((yield* rejected(load("h", { function_code: code }))).known?.toSorted()).toEqual(["f", "g"])
    }))

  it.scoped("is kept while it is used, and dropped with its files when it was not used for longest", () =>
    Effect.gen(function*() {
      const { directory, load } = yield* loader({ maxBundles: 2 })
      const code = (n: number) => exported("f") + `// ${n}\n`
      const run = (n: number) => Effect.scoped(load("f", { function_code: code(n) }))
      const scope = yield* Scope.make()
      const first = yield* Scope.extend(load("f", { function_code: code(0) }), scope)
      for (const n of [1, 2, 3, 4]) yield* run(n)
      expect(readdirSync(directory)).toHaveLength(2)
      expect(yield* load("f", { code_hash: hashOf(code(0)) })).toBe(first)
      expect((yield* load("f", { code_hash: hashOf(code(4)) }))._tag).toBe("f")
      expect((yield* rejected(load("f", { code_hash: hashOf(code(3)) }))).reason).toBe("code_missing")
      yield* Scope.close(scope, Exit.void)
    }))

  it.scoped("that newer code replaces frees what it holds when it was not used for a while, once nobody uses it", () =>
    Effect.gen(function*() {
      const released: Array<string> = []
      const { load } = yield* loader({
        release: (procedure) => Effect.sync(() => void released.push(Reflect.get(procedure, "version")))
      })
      const code = (version: string, ...names: ReadonlyArray<string>) =>
        names.map((name) => exported(name, name, `, version: "${name} ${version}"`)).join("")
      const run = (name: string, code: string) => Effect.scoped(load(name, { function_code: code }))
      const [one, two, other] = [code("one", "f", "g"), code("two", "f"), code("other", "h")]
      yield* run("f", one)
      yield* run("h", other)
      yield* TestClock.adjust("3 seconds")
      yield* run("f", two)
      expect(released).toEqual([])
      yield* TestClock.adjust("2 seconds")
      // before the function that comes next takes anything
      yield* run("f", two)
      expect(released).toEqual(["f one", "g one"])
      // who calls the old again replaces the new
      yield* run("f", one)
      yield* TestClock.adjust("5 seconds")
      yield* run("g", one)
      expect(released).toEqual(["f one", "g one", "f two"])

      const scope = yield* Scope.make()
      yield* Scope.extend(load("f", { function_code: one }), scope)
      yield* run("f", two)
      yield* TestClock.adjust("1 hour")
      yield* run("f", two)
      expect(released).toHaveLength(3)
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust("5 seconds")
      yield* run("h", other)
      expect(released.slice(3)).toEqual(["f one", "g one"])
    }))

  it.scoped("that is dropped frees what it holds", () =>
    Effect.gen(function*() {
      const released: Array<string> = []
      const { load } = yield* loader({
        maxBundles: 1,
        release: ({ _tag }) => Effect.sync(() => void released.push(_tag))
      })
      for (const name of ["a", "b", "c"]) yield* Effect.scoped(load(name, { function_code: exported(name) }))
      expect(released).toEqual(["a", "b"])
    }))

  it.scoped("that was dropped is loaded anew when it comes again", () =>
    Effect.gen(function*() {
      const { load } = yield* loader({ maxBundles: 1 })
      const one = exported("f", "f", `, file: import.meta.url, random: Math.random()`)
      const run = (code: string) => Effect.scoped(load("f", { function_code: code }))
      const before = yield* run(one)
      yield* run(exported("f") + "// other\n")
      const after = yield* run(one)
      expect(Reflect.get(after, "random")).not.toBe(Reflect.get(before, "random"))
      expect(existsSync(new URL(Reflect.get(after, "file")))).toBe(true)
      expect(existsSync(new URL(Reflect.get(before, "file")))).toBe(false)
    }))

  it.scoped("without such a function lists what is there", () =>
    Effect.gen(function*() {
      const { load } = yield* loader()
      const code = exported("f") + exported("g")
      expect(yield* rejected(load("h", { function_code: code }))).toMatchObject({
        reason: "function_missing",
        message: `there is no remote function "h"`,
        known: ["f", "g"]
      })
      expect(yield* rejected(load("constructor", { function_code: code }))).toMatchObject({
        reason: "function_missing"
      })
      expect((yield* rejected(load("f", { function_code: "export const f = 1" }))).known).toEqual([])
    }))

  it.scoped("that does not load is refused with the reason, and loaded again when it comes again", () =>
    Effect.gen(function*() {
      const { load } = yield* loader()
      const flag = `flag-${hashOf(import.meta.url)}`
      const state = globalThis as unknown as Record<string, unknown>
      const code = exported("f") + `if (!globalThis["${flag}"]) throw new Error("the disk is not mounted")\n`
      try {
        const error = yield* rejected(load("f", { function_code: code }))
        expect(error.reason).toBe("refused")
        expect(error.message).toContain("its code does not load")
        expect(error.message).toContain("the disk is not mounted")
        // by its hash alone it is not here
        expect((yield* rejected(load("f", { code_hash: hashOf(code) }))).reason).toBe("code_missing")
        state[flag] = true
        expect((yield* load("f", { function_code: code }))._tag).toBe("f")
      } finally {
        delete state[flag]
      }
      expect((yield* rejected(load("f", { function_code: "export const = 1" }))).message).toContain("does not load")
    }))

  it.scoped("imports what the worker provides from where the worker has it", () =>
    Effect.gen(function*() {
      const provided = yield* ownModule(`export const from = "the worker"; export default 1`)
      const asked: Array<string> = []
      const { load } = yield* loader({
        resolve(specifier) {
          asked.push(specifier)
          return provided
        }
      })
      const code = [
        `import { from } from "effect-flash:external/effect"`,
        `import one from 'effect-flash:external/@effect/rpc/Rpc'`,
        `const late = (await import("effect-flash:external/effect/Option")).from`,
        `const text = "effect-flash:external is a prefix"`,
        exported("f", "f", ", seen: [from, one, late, text]")
      ].join("\n")
      const procedure = yield* load("f", { function_code: code })
      expect(Reflect.get(procedure, "seen")).toEqual([
        "the worker",
        1,
        "the worker",
        "effect-flash:external is a prefix"
      ])
      expect(asked).toEqual(["effect", "@effect/rpc/Rpc", "effect/Option"])
    }))

  it.scoped("lies where nobody else may read it", () =>
    Effect.gen(function*() {
      const { directory, load } = yield* loader()
      yield* load("f", { function_code: exported("f") })
      expect(statSync(directory).mode & 0o077).toBe(0)
    }))
})

describe("the packages of a function", () => {
  it.scoped("are made ready before its code is loaded, and found by it", () =>
    Effect.gen(function*() {
      const packages = join(yield* folder, "set-1")
      mkdirSync(join(packages, "node_modules", "some-package"), { recursive: true })
      const asked: Array<unknown> = []
      const { load } = yield* loader({
        dependencies: {
          ensure: ({ dependencies }) =>
            Effect.sync(() => {
              asked.push(dependencies)
              // as an installation does
              const file = join(packages, "node_modules", "some-package", "index.mjs")
              writeFileSync(file, `export const from = "the package"`)
              writeFileSync(
                join(packages, "node_modules", "some-package", "package.json"),
                JSON.stringify({ name: "some-package", exports: "./index.mjs" })
              )
              return packages
            })
        }
      })
      const code = `import { from } from "some-package"\n` + exported("f", "f", ", from")
      const request = { function_code: code, dependencies: ["some-package@1.0.0"] }
      expect(Reflect.get(yield* load("f", request), "from")).toBe("the package")
      // the same code without them is other code
      expect((yield* rejected(load("f", { code_hash: hashOf("") }))).reason).toBe("code_missing")
      const again = yield* load("f", { code_hash: hashOf(code), dependencies: ["some-package@1.0.0"] })
      expect(Reflect.get(again, "from")).toBe("the package")
      expect(asked).toEqual([["some-package@1.0.0"], undefined, ["some-package@1.0.0"]])
    }))

  it.scoped("that cannot be made ready refuse the call, with its own words", () =>
    Effect.gen(function*() {
      const { directory, load } = yield* loader({
        dependencies: {
          ensure: () => Effect.fail(FunctionResponse.reject("refused", "its packages were not installed"))
        }
      })
      expect(yield* rejected(load("f", { function_code: exported("f"), dependencies: ["x"] }))).toMatchObject({
        reason: "refused",
        message: "its packages were not installed"
      })
      expect(existsSync(directory)).toBe(false)
    }))
})

describe("a worker's own module", () => {
  it.scoped("is loaded when it is first asked for, and once", () =>
    Effect.gen(function*() {
      const module = yield* ownModule(exported("f", "f", ", random: Math.random()"))
      const { load, single } = yield* loader({ live: false, module })
      const first = yield* load("f")
      expect(yield* load("f")).toBe(first)
      expect(yield* single).toBe(first)
    }))

  it.scoped("without such a function lists what is there", () =>
    Effect.gen(function*() {
      const module = yield* ownModule(exported("f") + exported("g"))
      const { load } = yield* loader({ module })
      expect(yield* rejected(load("h"))).toMatchObject({ reason: "function_missing", known: ["f", "g"] })
    }))

  it.scoped("of one function takes plain payloads; exported twice it is one still", () =>
    Effect.gen(function*() {
      const one = yield* loader({ module: yield* ownModule(exported("f") + "export default f; export { f as g }") })
      expect((yield* one.single)._tag).toBe("f")
      const two = yield* loader({ module: yield* ownModule(exported("f") + exported("g")) })
      expect(yield* rejected(two.single)).toMatchObject({ reason: "function_missing", known: ["f", "g"] })
      const none = yield* loader({ module: yield* ownModule("export const x = 1") })
      expect(yield* rejected(none.single)).toMatchObject({ reason: "function_missing", known: [] })
    }))

  it.scoped("that there is not, or that does not load, is said", () =>
    Effect.gen(function*() {
      const without = yield* loader()
      expect(yield* rejected(without.load("f"))).toMatchObject({ reason: "function_missing", known: [] })
      expect(yield* rejected(without.single)).toMatchObject({ reason: "function_missing", known: [] })
      const broken = yield* loader({ module: yield* ownModule(`throw new Error("boom")`) })
      const error = yield* rejected(broken.load("f"))
      expect(error.reason).toBe("refused")
      expect(error.message).toContain("its module does not load")
      expect(error.message).toContain("boom")
    }))
})

describe("the module of a build", () => {
  const build = (functions: ReadonlyArray<string>, dependencies: ReadonlyArray<string> = []) => ({
    module: "",
    functions,
    dependencies,
    system_dependencies: [],
    manifest: ""
  })

  it.scoped("serves what the manifest names, and nothing else that it exports", () =>
    Effect.gen(function*() {
      const module = yield* ownModule(exported("mine") + exported("other"))
      const { load, own, single } = yield* loader({ live: false, module, deployed: build(["mine"]) })
      expect([...(yield* own).keys()]).toEqual(["mine"])
      expect((yield* single)._tag).toBe("mine")
      expect((yield* load("mine"))._tag).toBe("mine")
      expect(yield* rejected(load("other"))).toMatchObject({ reason: "function_missing", known: ["mine"] })
    }))

  it.scoped("is refused where it lacks what the manifest names", () =>
    Effect.gen(function*() {
      const module = yield* ownModule(exported("mine"))
      const { load } = yield* loader({ live: false, module, deployed: build(["mine", "lost"]) })
      expect((yield* rejected(load("mine"))).message).toContain("lost")
    }))

  it.scoped("finds its packages, which are asked for until they are there", () =>
    Effect.gen(function*() {
      const packages = yield* folder
      mkdirSync(join(packages, "node_modules", "needed"), { recursive: true })
      writeFileSync(join(packages, "node_modules", "needed", "index.js"), "module.exports = 'f'")
      const module = yield* ownModule(
        `import { createRequire } from "node:module"\nconst name = createRequire(import.meta.url)("needed")\n` +
          exported("f").replace(`"f"`, "name")
      )
      const asked: Array<ReadonlyArray<string> | undefined> = []
      const { load } = yield* loader({
        live: false,
        module,
        deployed: build(["f"], ["needed@1.0.0"]),
        dependencies: {
          ensure: ({ dependencies }) =>
            Effect.suspend(() => {
              asked.push(dependencies)
              return asked.length === 1
                ? Effect.fail(FunctionResponse.reject("refused", "no network"))
                : Effect.succeed(packages)
            })
        }
      })
      expect((yield* rejected(load("f"))).message).toBe("no network")
      expect((yield* load("f"))._tag).toBe("f")
      yield* load("f")
      expect(asked).toEqual([["needed@1.0.0"], ["needed@1.0.0"]])
    }))
})
