/** The archives of builds, from a command line to an environment. */
import { assert, describe, expect, it } from "@effect/vitest"
import { Chunk, Effect, Redacted, Stream } from "effect"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Readable } from "node:stream"
import * as Artifacts from "../../../runtime/platform/control/Artifacts.ts"
import * as Api from "./api.ts"
import { flash } from "./clientDocuments.ts"

const archive = Buffer.from("not really an archive, ".repeat(1000))

const put = (
  artifacts: Artifacts.Artifacts,
  url: string,
  body: Readable | Buffer,
  headers: Record<string, string> = {}
) =>
  artifacts.answer(
    { ...Api.request("PUT", url.slice(Api.base.length)), headers },
    Buffer.isBuffer(body) ? Readable.from([body.subarray(0, 100), body.subarray(100)]) : body
  )

const get = (artifacts: Artifacts.Artifacts, url: string) =>
  artifacts.answer(Api.request("GET", url.slice(Api.base.length)), Readable.from([]))

const bytes = Effect.fnUntraced(function*(stream: Stream.Stream<Uint8Array | string> | undefined) {
  assert(stream !== undefined)
  return Buffer.concat(Chunk.toReadonlyArray(yield* Stream.runCollect(stream)).map((chunk) => Buffer.from(chunk)))
})

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-artifacts-test-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const make = Effect.fnUntraced(function*() {
  const path = join(yield* folder, "below")
  const clock = { now: 1000 }
  const artifacts = yield* Artifacts.make({
    folder: path,
    signingKey: Redacted.make("signing key"),
    url: () => Api.base,
    now: () => clock.now
  })
  const upload = Effect.flatMap(artifacts.upload("app1", archive.length), Effect.succeed)
  return { artifacts, clock, path, upload }
})

describe("an archive", () => {
  it.scoped("is put where it is signed for, and fetched from where it is", () =>
    Effect.gen(function*() {
      const { artifacts, path, upload } = yield* make()
      const { objectKey, url } = yield* upload
      expect(objectKey).toMatch(/^app1\/[0-9a-f-]{36}\.tar\.gz$/)
      expect(artifacts.file(objectKey)).toBeUndefined()
      expect(artifacts.download(objectKey)).toBeUndefined()
      const stored = yield* put(artifacts, url, archive, { "content-length": String(archive.length) })
      expect(stored).toEqual({ status: 200 })
      const file = artifacts.file(objectKey)
      expect(file && readFileSync(file).equals(archive)).toBe(true)
      const download = artifacts.download(objectKey)
      assert(download !== undefined)
      const reply = yield* get(artifacts, download.url)
      expect(reply).toMatchObject({
        status: 200,
        headers: { "content-type": "application/gzip", "content-length": String(archive.length) }
      })
      expect((yield* bytes(reply.stream)).equals(archive)).toBe(true)
      artifacts.remove(objectKey)
      expect((yield* get(artifacts, download.url)).status).toBe(404)
      expect(readdirSync(join(path, "app1"))).toEqual([])
    }))

  it.scoped("of another size than was said is not kept", () =>
    Effect.gen(function*() {
      const { artifacts, path, upload } = yield* make()
      const { objectKey, url } = yield* upload
      const early = yield* put(artifacts, url, archive, { "content-length": "7" })
      expect([early.status, early.body]).toEqual([400, expect.stringContaining(`${archive.length} bytes, not 7`)])
      for (const body of [Buffer.concat([archive, Buffer.from("x")]), archive.subarray(1)]) {
        expect((yield* put(artifacts, url, body)).status).toBe(400)
      }
      expect(artifacts.file(objectKey)).toBeUndefined()
      // nor is half of one whose sender went away
      const broken = new Readable({ read() {} })
      broken.push(archive.subarray(0, 10))
      setImmediate(() => broken.destroy(new Error("gone")))
      expect((yield* put(artifacts, url, broken)).status).toBe(500)
      expect(readdirSync(join(path, "app1"))).toEqual([])
    }))

  it.scoped("is neither put nor fetched without its signature, or after its time", () =>
    Effect.gen(function*() {
      const { artifacts, clock, path, upload } = yield* make()
      const { expiresAt, url } = yield* upload
      const changed = [
        url.replace("app1", "app2"),
        url.replace("app1/", "app1/../"),
        url.replace(`size=${archive.length}`, "size=99999999"),
        url.replace(/expires=\d+/, "expires=9999999999999"),
        url.replace(/signature=./, "signature="),
        url.replace(/&signature=.*/, ""),
        `${Api.base}/flash/artifacts/`
      ]
      for (const wrong of changed) expect([wrong, (yield* put(artifacts, wrong, archive)).status]).toEqual([wrong, 403])
      // an address to put is none to fetch
      expect((yield* get(artifacts, url)).status).toBe(403)
      clock.now = expiresAt + 1
      const late = yield* put(artifacts, url, archive)
      expect([late.status, late.body]).toEqual([403, expect.stringContaining("expired")])
      expect(existsSync(path)).toBe(false)
    }))

  it.scoped("may not be empty or enormous", () =>
    Effect.gen(function*() {
      const { artifacts } = yield* make()
      for (const size of [0, -1, 2_000_000_000]) {
        expect((yield* Effect.flip(artifacts.upload("app1", size))).message).toContain("tarballSize must be")
      }
    }))

  it.effect("without a folder goes with the platform", () =>
    Effect.gen(function*() {
      const file = yield* Effect.scoped(Effect.gen(function*() {
        const artifacts = yield* Artifacts.make({
          folder: undefined,
          signingKey: Redacted.make("k"),
          url: () => Api.base,
          now: () => 0
        })
        const { objectKey, url } = yield* artifacts.upload("app1", archive.length)
        yield* put(artifacts, url, archive)
        return artifacts.file(objectKey)
      }))
      assert(file !== undefined)
      expect(existsSync(file)).toBe(false)
    }))
})

describe("a deployment", () => {
  it.scoped("goes from an app to an environment that runs a build", () =>
    Effect.gen(function*() {
      const { ask, context } = yield* Api.make()
      const field = Effect.fnUntraced(function*(query: string, variables?: object) {
        const { json } = yield* ask("POST", "/graphql", { body: { query, variables } })
        expect(json["errors"]).toBeUndefined()
        const [value] = Object.values(json["data"] as Record<string, Record<string, unknown>>)
        assert(value !== undefined)
        return value
      })
      const fail = Effect.fnUntraced(function*(query: string, variables: object) {
        return String((yield* ask("POST", "/graphql", { body: { query, variables } })).reply.body)
      })
      const { id: flashAppId } = yield* field(flash.createFlashApp, { input: { name: "shop" } })
      const { id: flashEnvironmentId } = yield* field(flash.createFlashEnvironment, {
        input: { flashAppId, name: "production" }
      })
      const prepare = { input: { flashAppId, tarballSize: archive.length } }
      const upload = yield* field(flash.prepareArtifactUpload, prepare)
      const objectKey = String(upload["objectKey"])
      expect(upload["expiresAt"]).toBe("1970-01-01T01:00:00.000Z")
      const manifest = { version: "1.0", resources: { sum: { functions: ["sum"] } } }
      const finalize = { input: { flashAppId, objectKey, manifest } }
      expect(yield* fail(flash.finalizeArtifactUpload, finalize)).toContain("uploaded artifact")
      expect((yield* put(context.artifacts, String(upload["uploadUrl"]), archive)).status).toBe(200)
      const other = yield* field(flash.createFlashApp, { input: { name: "other" } })
      expect(yield* fail(flash.finalizeArtifactUpload, { input: { ...finalize.input, flashAppId: other["id"] } }))
        .toContain("uploaded artifact")
      const build = yield* field(flash.finalizeArtifactUpload, finalize)
      expect(build["manifest"]).toEqual(manifest)
      const deployed = yield* field(flash.deployBuildToEnvironment, {
        input: { flashEnvironmentId, flashBuildId: build["id"] }
      })
      const { activeArtifact } = deployed as { readonly activeArtifact?: { objectKey: string; downloadUrl: string } }
      assert(activeArtifact !== undefined)
      expect(activeArtifact.objectKey).toBe(objectKey)
      const reply = yield* get(context.artifacts, activeArtifact.downloadUrl)
      expect((yield* bytes(reply.stream)).equals(archive)).toBe(true)

      const done = { ...manifest, resources_endpoints: { sum: "http://x" } }
      yield* field(flash.updateFlashBuildManifest, { input: { flashBuildId: build["id"], manifest: done } })
      expect((yield* field(flash.getFlashBuild, { input: build["id"] }))["manifest"]).toEqual(done)
      expect(yield* field(flash.getFlashEnvironment, { flashEnvironmentId })).toMatchObject({
        state: "HEALTHY",
        activeBuildId: build["id"]
      })
      // with the app its archives go
      yield* ask("POST", "/graphql", { body: { query: flash.deleteFlashApp, variables: { flashAppId } } })
      expect(context.artifacts.file(objectKey)).toBeUndefined()
    }))

  it.scoped("is called by its names", () =>
    Effect.gen(function*() {
      const { ask, control, jobs } = yield* Api.make()
      const app = yield* control.flash.createApp("shop")
      const environment = yield* control.flash.createEnvironment(app.id, "production")
      const { json: { id } } = yield* ask("POST", "/v2/serverless", { body: Api.body({ name: "sum" }) })
      const { endpoint, template } = yield* control.endpoints.find(String(id))
      yield* control.endpoints.save({ endpoint: { ...endpoint, flashEnvironmentId: environment.id }, template })
      const headers = { "x-flash-app": "shop", "x-flash-environment": "production", "x-flash-endpoint": "sum" }
      const body = { input: 1 }
      const run = yield* ask("POST", "/v2/flash/run", { body, headers })
      expect(run).toMatchObject({ status: 200, json: { status: "IN_QUEUE" } })
      expect(jobs.counts(endpoint.id).inQueue).toBe(1)
      expect((yield* ask("GET", `/v2/flash/status/${String(run.json["id"])}`, { headers })).json).toMatchObject({
        id: run.json["id"]
      })
      const missing = yield* ask("POST", "/v2/flash/run", { body, headers: { ...headers, "x-flash-endpoint": "mul" } })
      expect([missing.status, missing.json["detail"]]).toEqual([
        404,
        `endpoint "mul" is not deployed to environment "production" of flash app "shop"`
      ])
      expect((yield* ask("POST", "/v2/flash/run", { body })).status).toBe(400)
      for (const key of [undefined, "wrong"]) {
        expect((yield* ask("POST", "/v2/flash/run", { body, headers, key })).status).toBe(401)
      }
    }))
})
