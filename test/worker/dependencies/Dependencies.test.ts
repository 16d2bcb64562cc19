import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Dependencies from "../../../runtime/worker/dependencies/Dependencies.ts"
import * as Npm from "../../../runtime/worker/dependencies/Npm.ts"
import * as stubs from "./stubs.ts"

const nothingInstalled = { "dpkg-query": "process.exit(1)" }

const wanted = (...dependencies: ReadonlyArray<string>) => ({ dependencies })

/** Why there are no packages. */
const refused = <A>(effect: Effect.Effect<A, { readonly error?: { readonly message: string } | null }>) =>
  Effect.map(Effect.flip(effect), ({ error }) => error?.message ?? "")

describe("packages of a function", () => {
  it.scopedLive("with names that are options, paths or more than a name are refused before any program starts", () =>
    Effect.gen(function*() {
      const { calls, ...options } = yield* stubs.make({ npm: stubs.npm, "apt-get": "", ...nothingInstalled })
      const { ensure } = Dependencies.make({ ...options, apt: "install" })
      for (
        const name of [
          "--registry=x",
          "../x",
          "a b",
          "-g",
          "ms@file:../x",
          "ms@http://x",
          "x@npm:y",
          "git+ssh://x",
          "",
          "A/B"
        ]
      ) {
        expect(yield* refused(ensure(wanted("ms", name)))).toContain(JSON.stringify(name))
      }
      for (const name of ["--allow-unauthenticated", "./x.deb", "a b", "-o", "x;y", "Upper"]) {
        expect(yield* refused(ensure({ system_dependencies: [name] }))).toContain(JSON.stringify(name))
      }
      expect(calls()).toEqual([])
    }))

  it.scopedLive("are installed once for twenty jobs, of one worker and of many, and found again", () =>
    Effect.gen(function*() {
      const { calls, ...options } = yield* stubs.make({ npm: stubs.npm })
      const workers = Array.from({ length: 5 }, () => Dependencies.make({ ...options, apt: "look" }))
      const folders = yield* Effect.all(
        workers.flatMap(({ ensure }) => Array.from({ length: 4 }, () => ensure(wanted("ms@2.1.3", "@a/b")))),
        { concurrency: "unbounded" }
      )
      const [folder = ""] = new Set(folders)
      expect(new Set(folders).size).toBe(1)
      expect(readFileSync(join(folder, "node_modules/ms/package.json"), "utf8")).toContain("2.1.3")
      expect(calls()).toHaveLength(1)
      // no name is an argument
      expect(calls()[0]).not.toMatch(/ms|@a/)
      // another order is the same set
      yield* Dependencies.make({ ...options, apt: "look" }).ensure(wanted("@a/b", "ms@2.1.3", "ms@2.1.3"))
      expect(calls()).toHaveLength(1)
      // and nothing else is left behind
      expect(readdirSync(options.cache).sort()).toEqual([folder.slice(options.cache.length + 1), "locks"])
    }))

  it.scopedLive("are installed again, by their lock, where they are not what was locked", () =>
    Effect.gen(function*() {
      const { calls, ...options } = yield* stubs.make({ npm: stubs.npm })
      const again = Effect.suspend(() => Dependencies.make({ ...options, apt: "look" }).ensure(wanted("ms")))
      const folder = (yield* again) ?? ""
      const installed = join(folder, "node_modules/.package-lock.json")
      const damages = [
        () => writeFileSync(installed, readFileSync(installed, "utf8").replace("sha512-ms", "sha512-other")),
        () => writeFileSync(join(folder, "node_modules/ms/package.json"), `{ "version": "6.6.6" }`),
        () => writeFileSync(join(folder, "package-lock.json"), "cut o")
      ]
      for (const damage of damages) {
        damage()
        expect(yield* again).toBe(folder)
        expect(readFileSync(join(folder, "node_modules/ms/package.json"), "utf8")).toContain("9.9.9")
      }
      const kinds = calls().map((call) => call.split(" ")[1])
      expect(kinds).toEqual(["install", "ci", "ci", "ci"])
    }))

  it.scopedLive("that npm installs other than it has locked them are no packages", () =>
    Effect.gen(function*() {
      const { calls: _, ...options } = yield* stubs.make({
        npm: `${stubs.npm}
        fs.writeFileSync("node_modules/ms/package.json", '{ "version": "0.0.1" }')`
      })
      const { ensure } = Dependencies.make({ ...options, apt: "look" })
      expect(yield* refused(ensure(wanted("ms")))).toContain("something else than it locked")
    }))

  it.scopedLive("that do not install are an error with npm's words, and are tried again by the next job", () =>
    Effect.gen(function*() {
      const { calls, ...options } = yield* stubs.make({
        npm: `console.error("npm ERR! 404 Not Found: no-such"); process.exit(1)`
      })
      const { ensure } = Dependencies.make({ ...options, apt: "look" })
      expect(yield* refused(ensure(wanted("no-such")))).toContain("404 Not Found: no-such")
      expect(yield* refused(ensure(wanted("no-such")))).toContain("code 1")
      expect(calls()).toHaveLength(2)
      expect(readdirSync(options.cache)).toEqual([])
      expect(yield* refused(ensure(wanted("ms@1", "ms@2")))).toContain(`"ms" is wanted twice`)
    }))

  it.scopedLive(
    "that take too long are given up, with everything that was started for them",
    () =>
      Effect.gen(function*() {
        const { cache, env } = yield* stubs.make({
          npm: `
        const { spawn } = require("node:child_process")
        const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" })
        fs = require("node:fs")
        fs.writeFileSync("../pid", String(child.pid))
        setInterval(() => {}, 1000)`
        })
        const error = yield* Effect.flip(
          Npm.install(["ms"], { cache, env, timeLimit: 4000, buildTools: Effect.void })
        )
        expect(error.message).toContain("4 seconds")
        const pid = Number(readFileSync(join(cache, "pid"), "utf8"))
        yield* Effect.sync(() => process.kill(pid, 0)).pipe(
          Effect.repeat({ while: () => true }),
          Effect.catchAllCause(() => Effect.void),
          Effect.timeoutFail({ duration: "5 seconds", onTimeout: () => "it is still there" })
        )
      }),
    30_000
  )

  it.scopedLive("are compiled with build tools where the output says that there is no compiler, apt before npm", () =>
    Effect.gen(function*() {
      const { calls, env, cache } = yield* stubs.make({
        ...nothingInstalled,
        npm: `if (require("node:fs").existsSync(process.env.TOOLS)) { ${stubs.npm} } else {
          console.error("gyp ERR! stack Error: not found: make")
          process.exit(1)
        }`,
        "apt-get":
          `if (process.argv.includes("build-essential")) require("node:fs").writeFileSync(process.env.TOOLS, "")`
      })
      const { ensure } = Dependencies.make({ cache, env: { ...env, TOOLS: `${cache}-tools` }, apt: "install" })
      yield* ensure({ ...wanted("bufferutil"), system_dependencies: ["ffmpeg"] })
      const steps = calls().filter((call) => !call.startsWith("dpkg")).map((call) =>
        call.replace(/ -[^ ]+( [A-Z]\S+)?/g, "")
      )
      expect(steps.map((step) => step.replace(/ \/.*/, ""))).toEqual([
        "apt-get update",
        "apt-get install ffmpeg",
        "npm install",
        "apt-get update",
        "apt-get install build-essential python3",
        "npm install"
      ])
    }))

  it("lack a compiler by many words, and not by others", () => {
    const lacks = (output: string) => Npm.lacksCompiler({ output })
    for (
      const output of [
        "gyp ERR! stack Error: not found: make",
        "sh: 1: g++: not found",
        "/bin/sh: gcc: command not found",
        "make: cc: No such file or directory",
        "gyp ERR! find Python Could not find any Python installation to use",
        "Error: spawn make ENOENT",
        "configure: error: no acceptable C compiler found in $PATH",
        "CMake Error: No CMAKE_CXX_COMPILER could be found."
      ]
    ) {
      expect(lacks(output), output).toBe(true)
    }
    for (const output of ["npm ERR! 404 Not Found", "error: expected ';' before '}'", "network timeout", "EACCES"]) {
      expect(lacks(output), output).toBe(false)
    }
  })

  it.scopedLive("of the system are looked for, not installed, on a person's machine", () =>
    Effect.gen(function*() {
      const { calls, ...options } = yield* stubs.make({ "apt-get": "", ...nothingInstalled })
      yield* Dependencies.make({ ...options, apt: "look" }).ensure({ system_dependencies: ["ffmpeg"] })
      expect(calls().some((call) => call.startsWith("apt-get"))).toBe(false)
      yield* Dependencies.make({ ...options, apt: "install" }).ensure({ system_dependencies: ["ffmpeg=7:4.2-1"] })
      expect(calls().at(-1)).toMatch(/^apt-get .* install .* -- ffmpeg=7:4\.2-1$/)
    }))

  it.scopedLive("never see the account's key while they are installed", () =>
    Effect.gen(function*() {
      const { calls: _, ...options } = yield* stubs.make({
        npm: `${stubs.npm}; fs.writeFileSync("../seen", String(process.env.RUNPOD_API_KEY))`
      })
      yield* Dependencies.make({ ...options, apt: "look" }).ensure(wanted("ms"))
      expect(readFileSync(join(options.cache, "seen"), "utf8")).toBe("undefined")
      expect(existsSync(join(options.cache, "locks"))).toBe(true)
    }))
})
