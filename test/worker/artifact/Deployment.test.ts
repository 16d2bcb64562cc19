import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as ArtifactSource from "../../../runtime/worker/artifact/ArtifactSource.ts"
import * as DeployedCode from "../../../runtime/worker/artifact/DeployedCode.ts"
import * as Deployment from "../../../runtime/worker/artifact/Deployment.ts"
import { externalPrefix } from "../../../src/invoke/bundle/externals.ts"
import { sha256, tarGz } from "./tar.ts"

const require = createRequire(import.meta.url)

const deployed = { RUNPOD_ENDPOINT_ID: "e1", FLASH_RESOURCE_NAME: "front" }

const code = `import { succeed } from "${externalPrefix}effect/Effect"\nexport const a = succeed(1)\n`

const manifest = (resource: object) =>
  JSON.stringify({ version: "1.0", resources: { front: { resource_type: "CpuLiveServerless", ...resource } } })

const files = (digest = sha256(code)) => ({ code: { module: "b/front.mjs", files: { "b/front.mjs": digest } } })

/** Prepares a worker of "front" with an archive of that manifest. */
const prepare = (text: string | undefined) =>
  Effect.gen(function*() {
    const directory = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-deployment-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    const source = join(directory, "archive.tar.gz")
    const entries = [{ name: "b/front.mjs", text: code }]
    writeFileSync(
      source,
      yield* Effect.promise(() =>
        tarGz(...entries, ...(text === undefined ? [] : [{ name: "flash_manifest.json", text }]))
      )
    )
    return yield* Deployment.prepare({
      env: { ...deployed, FLASH_BUILD_ARTIFACT_PATH: source },
      directory,
      resolve: (specifier) => pathToFileURL(require.resolve(specifier)).href
    })
  })

describe("a worker runs a build", () => {
  it("where the original does, from the same places", () => {
    expect(ArtifactSource.of(deployed)).toBe("/root/.runpod/artifact.tar.gz")
    expect(ArtifactSource.of({ ...deployed, FLASH_BUILD_ARTIFACT_PATH: "/a.tgz" })).toBe("/a.tgz")
    expect(ArtifactSource.of({ ...deployed, FLASH_DISABLE_UNPACK: "0" })).toBeDefined()
    for (const yes of ["1", "true", "TRUE", "yes", "YES"]) {
      expect(ArtifactSource.of({ ...deployed, FLASH_DISABLE_UNPACK: yes })).toBeUndefined()
    }
    expect(ArtifactSource.of({ ...deployed, FLASH_IS_LIVE_PROVISIONING: "true" })).toBeUndefined()
    expect(ArtifactSource.of({ ...deployed, FLASH_MODULE: "/own.mjs" })).toBeUndefined()
    expect(ArtifactSource.of({ FLASH_RESOURCE_NAME: "front" })).toBeUndefined()
    expect(ArtifactSource.of({ RUNPOD_ENDPOINT_ID: "e1", FLASH_RESOURCE_NAME: "" })).toBeUndefined()
  })

  it.scoped("with its code connected to what the worker provides", () =>
    Effect.gen(function*() {
      const env = yield* prepare(
        manifest({ ...files(), functions: [{ name: "welcome" }], dependencies: ["ms@2.1.3"] })
      )
      const found = DeployedCode.read(env)
      assert(found !== undefined)
      expect(found).toMatchObject({ functions: ["welcome"], dependencies: ["ms@2.1.3"], system_dependencies: [] })
      const text = readFileSync(fileURLToPath(found.module), "utf8")
      expect(text).not.toContain(externalPrefix)
      expect((yield* Effect.promise(() => import(found.module))).a).toBeDefined()
    }))

  it.scoped("and none that has no code for it, or other code than its manifest names", () =>
    Effect.gen(function*() {
      const refused = (text: string | undefined) =>
        Effect.map(Effect.flip(prepare(text)), (error) => {
          assert(error._tag === "DeploymentInvalid")
          return error.message
        })
      expect(yield* refused(undefined)).toContain("manifest cannot be read")
      expect(yield* refused("{}")).toContain("manifest is none that this version reads")
      expect(yield* refused(`{ "version": "1.0", "resources": {} }`)).toContain("knows no resource")
      expect(yield* refused(manifest({}))).toContain("build it with effect-flash")
      expect(yield* refused(manifest(files("0".repeat(64))))).toContain("is not what the manifest says")
      expect(yield* refused(manifest({ code: { module: "b/front.mjs", files: {} } }))).toContain("not among its files")
    }))
})
