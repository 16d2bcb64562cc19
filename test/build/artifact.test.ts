import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { execFile, execFileSync } from "node:child_process"
import { readFileSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as DeployedCode from "../../runtime/worker/artifact/DeployedCode.ts"
import * as Deployment from "../../runtime/worker/artifact/Deployment.ts"
import * as Manifest from "../../src/discovery/Manifest.ts"
import { project } from "../live/liveThread.ts"
import type { Files } from "../live/liveThread.ts"
import { base, build, buildAt, defining, filesBelow, problems, unpack } from "./fixture.ts"

/** Two resources that share a module, a file that is named, one that is imported, and a program. */
const shop: Files = {
  "src/shared.ts": `export class Shared { greet(name: string) { return \`Hello \${name}\` } }`,
  "src/hello.ts": [
    defining("hello", "cpu"),
    `import { Flash } from "effect-flash"`,
    `import { readFileSync } from "node:fs"`,
    `import { Shared } from "./shared.js"`,
    `import words from "./words.txt"`,
    `export const text = () => new Shared().greet(words) + readFileSync(new URL("./data.txt", import.meta.url), "utf8")`,
    `hello().pipe(Flash.runMain)`
  ].join("\n").replace(`Effect.succeed("hello")`, `Effect.succeed(text())`),
  "src/other.ts": [
    defining("other", "gpu"),
    `import { hello } from "./hello.js"`,
    `import { Shared } from "./shared.js"`,
    `export const used = [hello, Shared]`
  ].join("\n").replace(`Effect.succeed("other")`, `hello().pipe(Effect.orDie)`),
  "src/alone.ts": defining("alone", "alone"),
  "src/words.txt": "Ada",
  "src/data.txt": "!"
}

/** The function of a resource's module, run by Node with the packages of this checkout. */
const runUnpacked = (folder: string, module: string): string => {
  for (const [path, text] of filesBelow(folder)) {
    if (path.endsWith(".mjs")) writeFileSync(join(folder, path), text.replaceAll("effect-flash:external/", ""))
  }
  const program = `
    import { Effect } from "effect"
    import { Flash } from "effect-flash"
    const [f] = Object.values(await import(${JSON.stringify(pathToFileURL(join(folder, module)).href)}))
    console.log(await Effect.runPromise(f().pipe(Flash.provide, Effect.provide(Flash.layerInline))))`
  return execFileSync(process.execPath, ["--input-type=module", "-e", program], { cwd: folder, encoding: "utf8" })
}

describe("an artifact", () => {
  it.scoped("holds a module for each resource, shared chunks, named files and a manifest that says what they are", () =>
    Effect.gen(function*() {
      const built = yield* build(shop)
      const folder = yield* unpack(built)
      const files = filesBelow(folder)
      expect([...files.keys()]).toEqual(built.files.map(({ path }) => path))
      const manifest = yield* Manifest.decode(files.get(Manifest.fileName))
      expect(manifest.project_name).toBe("shop")
      expect(Object.keys(manifest.resources)).toEqual(["alone", "cpu", "gpu"])
      expect(Object.values(manifest.resources).map(({ calls, makes_remote_calls }) => [makes_remote_calls, calls]))
        .toEqual([
          [false, []],
          [false, []],
          [true, ["cpu"]]
        ])
      for (const { code } of Object.values(manifest.resources)) {
        assert(code !== undefined)
        for (const path of [code.module, ...Object.keys(code.files)]) assert(files.has(path), path)
      }
      const sources = [...files].flatMap(([path, text]) => path.endsWith(".map") ? JSON.parse(text).sources : [])
      expect([...new Set(sources)].filter((source) => !/^(\.\.\/)+src\//.test(source))).toEqual([])
      // once, although two resources have it
      expect([...files.values()].filter((text) => /class Shared|Shared = class/.test(text))).toHaveLength(1)
      expect([...files.values()].filter((text) => text.includes("runMain"))).toEqual([])
      expect(runUnpacked(folder, manifest.resources["gpu"]?.code?.module ?? "")).toBe("Hello Ada!\n")
    }))

  it.scoped("is the same whoever builds it, where, when and in which order the files were made", () =>
    Effect.gen(function*() {
      const first = yield* build(shop)
      const root = yield* project({ ...base, ...Object.fromEntries(Object.entries(shop).reverse()) })
      for (const path of Object.keys(shop)) utimesSync(join(root, path), 1e9, 1e9)
      const { TZ, LANG } = process.env
      Object.assign(process.env, { TZ: "Asia/Tokyo", LANG: "tr_TR.UTF-8" })
      const second = yield* buildAt(root, { output: join(root, "out", "other.tgz") }).pipe(
        Effect.ensuring(Effect.sync(() => {
          for (const [name, value] of Object.entries({ TZ, LANG })) {
            if (value === undefined) delete process.env[name]
            else process.env[name] = value
          }
        }))
      )
      expect(second.sha256).toBe(first.sha256)
      expect(second.digest).toBe(first.digest)
      assert(readFileSync(second.archive).equals(readFileSync(first.archive)))
      writeFileSync(join(root, "src/words.txt"), "Bob")
      const third = yield* buildAt(root)
      assert.notStrictEqual(third.digest, first.digest)
      const hashes = (built: typeof first) => Object.values(built.manifest.resources).map(({ code_hash }) => code_hash)
      // only what has the file in it
      expect(hashes(third).map((hash, index) => hash === hashes(first)[index])).toEqual([true, false, false])
    }))

  it.scoped("has no files with secrets, and the build names those that are there", () =>
    Effect.gen(function*() {
      const secret = "correct horse battery staple"
      const secrets = [
        ".aws/credentials",
        ".env",
        ".env.production",
        ".npmrc",
        ".ssh/id_ed25519",
        "certs/server.key",
        "certs/server.pem",
        "credentials.json",
        "id_rsa",
        "src/.env.local",
        "src/secrets.yaml"
      ]
      const built = yield* build({
        ...shop,
        ...Object.fromEntries(secrets.map((path) => [path, secret])),
        ".env.example": "TOKEN=",
        ".gitignore": ".env"
      })
      expect(built.refused).toEqual(
        secrets.map((path) => path.replace(/^(\.aws|\.ssh)\/.*$/, "$1/")).toSorted()
      )
      const files = filesBelow(yield* unpack(built))
      for (const [path, text] of files) {
        assert(!text.includes(secret) && !/\.env|\.npmrc|\.pem|\.key|id_/.test(path), path)
      }
    }))

  it.scoped("is not made where the code or a resource asks for a secret, by name or in plain text", () =>
    Effect.gen(function*() {
      const key = `hf_${"a1B2".repeat(10)}`
      const said = yield* problems({
        "a.ts": [
          defining("a").replace(`make("cpu")`, `make("cpu", { env: { HF_TOKEN: "x", SAFE: "y", OTHER: "${key}" } })`),
          `import config from "./secrets.json"`,
          `export const used = [config, new URL("./server.pem", import.meta.url)]`
        ].join("\n").replace(`Effect.succeed("a")`, `Effect.succeed(String(used))`),
        "b.ts": `${defining("b")}\nexport const token = "fine" // flash: not a secret ${key}`.replace(`"cpu"`, `"b"`),
        "secrets.json": "{}",
        "server.pem": ""
      })
      assert.match(said, /^a\.ts:3: an access key stands in it/m)
      assert.match(said, /^secrets\.json: the code imports it/m)
      assert.match(said, /^server\.pem: the code imports it/m)
      assert.match(said, /resource "cpu": the variable HF_TOKEN has a literal value/)
      assert.match(said, /resource "cpu": the variable OTHER has a literal value/)
      assert.notMatch(said, /SAFE|b\.ts/)
      assert.notInclude(said, key)
    }))
})

describe("a worker", () => {
  it.scoped("unpacks an artifact, finds its code as the manifest says it, and connects it with its own copies", () =>
    Effect.gen(function*() {
      const { archive, sha256 } = yield* build(shop)
      const directory = `${archive}.worker`
      const variables = yield* Deployment.prepare({
        directory,
        env: {
          FLASH_BUILD_ARTIFACT_PATH: archive,
          FLASH_BUILD_ARTIFACT_SHA256: sha256,
          FLASH_RESOURCE_NAME: "gpu",
          RUNPOD_ENDPOINT_ID: "endpoint"
        },
        resolve: (specifier) => `file:///worker/${specifier}.mjs`
      })
      const code = DeployedCode.read(variables)
      assert(code !== undefined)
      expect(code.functions).toEqual(["other"])
      assert.match(readFileSync(new URL(code.module), "utf8"), /from "file:\/\/\/worker\/effect-flash\.mjs"/)
    }))
})

describe("which resources call which", () => {
  it.scoped("is told by what a function leads to, and not by the modules that functions share", () =>
    Effect.gen(function*() {
      const { manifest } = yield* build({
        "a.ts": [
          `import { Effect } from "effect"`,
          `import { CpuLiveServerless, remote } from "effect-flash"`,
          `import { far } from "./far.js"`,
          `const on = (name: string) => ({ resource: CpuLiveServerless.make(name) })`,
          `export const quiet = remote("quiet", on("quiet"), () => Effect.void)`,
          `const later = () => near()`,
          `export const caller = remote("caller", on("caller"), () => Effect.orDie(later()))`,
          `export const near = remote("near", on("near"), () => Effect.void)`,
          `export const outward = remote("outward", on("outward"), () => Effect.orDie(far()))`
        ].join("\n"),
        "far.ts": defining("far", "far").replace("success: Schema.String,", "").replace(
          `Effect.succeed("far")`,
          "Effect.void"
        )
      })
      expect(Object.values(manifest.resources).map(({ calls, functions }) => [functions[0]?.name, calls])).toEqual([
        ["caller", ["near"]],
        ["far", []],
        ["near", []],
        ["outward", ["far"]],
        ["quiet", []]
      ])
    }))
})

describe("packages", () => {
  it.scoped("stay out of the archive where workers are to install them, and are excluded where they have them", () =>
    Effect.gen(function*() {
      const files = {
        "a.ts": defining("a", "one", `dependencies: ["ms@2.1.3", "left-pad"], systemDependencies: ["ffmpeg"],`)
          .replace(`Effect.succeed("a")`, `Effect.promise(async () => String((await import("ms")).default(1)))`),
        "package-lock.json": JSON.stringify({ packages: { "node_modules/left-pad": { version: "1.3.0" } } })
      }
      const { manifest, notes } = yield* build(files, { dependencies: "onWorker", exclude: ["ms", "nothing"] })
      expect(manifest.resources["one"]).toMatchObject({
        dependencies: ["left-pad@1.3.0"],
        system_dependencies: ["ffmpeg"]
      })
      expect(notes).toEqual(["--exclude names what the code does not use: nothing"])
    }))

  it.scoped("are installed for the machines of workers, in the versions of the lock file", (context) =>
    Effect.gen(function*() {
      const reachable = yield* Effect.promise(() =>
        new Promise<boolean>((resolve) =>
          execFile(
            "npm",
            ["view", "ms@2.1.2", "version", "--fetch-retries=0"],
            { timeout: 20_000 },
            (error) => resolve(error === null)
          )
        )
      )
      if (!reachable) return context.skip("there is no npm registry")
      const built = yield* build({
        "a.ts": defining("a", "one", `dependencies: ["msgpackr-extract@3.0.3", "debug"],`).replace(
          `Effect.succeed("a")`,
          `Effect.promise(async () => String((await import("debug")).default))`
        ),
        "package-lock.json": JSON.stringify({
          lockfileVersion: 3,
          packages: {
            "": { dependencies: { debug: "^4.0.0", other: "1" } },
            "node_modules/debug": { version: "4.3.4", dependencies: { ms: "2.1.2" } },
            "node_modules/ms": { version: "2.1.2" },
            "node_modules/other": { version: "1.0.0" }
          }
        })
      })
      expect(built.manifest.packages).toMatchObject({ "node_modules/debug": "4.3.4", "node_modules/ms": "2.1.2" })
      expect(built.manifest.packages).not.toHaveProperty("node_modules/other")
      expect(built.manifest.resources["one"]?.dependencies).toEqual([])
      assert(built.files.some(({ path }) => /msgpackr-extract-linux-x64\/.*\.node$/.test(path)))
      assert(!built.files.some(({ path }) => /darwin|win32|arm64|\.bin\/|package-lock/.test(path)))
    }))

  it.scoped("have one version, which is known before the build", () =>
    Effect.gen(function*() {
      const said = yield* problems({
        "a.ts": defining("a", "one", `dependencies: ["ms@2.1.3", "not-installed"],`),
        "b.ts": defining("b", "two", `dependencies: ["ms@2.0.0", "--evil"],`)
      })
      assert.include(said, `"a" asks for ms@2.1.3 and "b" for ms@2.0.0: an artifact has one version`)
      assert.include(said, `"a" asks for not-installed without a version`)
      assert.include(said, `"--evil" is not an npm package`)
    }))
})
