/** A build deployed to the embedded platform: its workers run its archive, and call one another. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { Platform } from "effect-flash/local"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Manifest from "../../src/discovery/Manifest.ts"
import * as ModuleBundle from "../../src/invoke/bundle/ModuleBundle.ts"
import * as FunctionRequest from "../../src/protocol/FunctionRequest.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import * as RunpodGraphql from "../../src/runpod/RunpodGraphql.ts"
import * as RunpodJobs from "../../src/runpod/RunpodJobs.ts"
import * as UndiciTransport from "../../src/runpod/UndiciTransport.ts"
import { sha256, tarGz } from "../worker/artifact/tar.ts"
import { blunt, hush, shout, welcome, whisper } from "./deployedApp.ts"

const platform = Layer.unwrapEffect(
  Effect.map(Platform.Platform, ({ apiKey, url }) =>
    Layer.merge(
      RunpodGraphql.layer.pipe(Layer.provide(FetchHttpClient.layer)),
      RunpodJobs.layer.pipe(Layer.provide(UndiciTransport.layer))
    ).pipe(
      Layer.provide(RunpodConfig.layerOf({ apiKey, endpointBaseUrl: `${url}/v2`, graphqlUrl: `${url}/graphql` }))
    ))
).pipe(Layer.provideMerge(Platform.layer()))

const program = fileURLToPath(new URL("../../dist/worker/main.mjs", import.meta.url))

/** The manifest of two resources that are one module. */
const manifestOf = (code: string) =>
  Effect.gen(function*() {
    const path = "bundles/app.mjs"
    const resourceOf = (
      functions: ReadonlyArray<typeof welcome | typeof blunt | typeof hush | typeof shout | typeof whisper>
    ) =>
      Effect.map(Manifest.ofConfig(functions[0]!.resource.config), (fields) => ({
        ...fields,
        functions: functions.map(({ _tag }) => ({ name: _tag })),
        code: { module: path, files: { [path]: sha256(code) } }
      }))
    return yield* Manifest.decode({
      version: "1.0",
      project_name: "app",
      resources: {
        front: yield* resourceOf([welcome, blunt, hush]),
        back: yield* resourceOf([shout]),
        edge: yield* resourceOf([whisper])
      },
      function_registry: { welcome: "front", blunt: "front", hush: "front", shout: "back", whisper: "edge" }
    })
  })

/** Deploys the app as a command line does; succeeds with the ids of its endpoints. */
const deploy = Effect.gen(function*() {
  const graphql = yield* RunpodGraphql.RunpodGraphql
  const { apiKey, url } = yield* Platform.Platform
  const { bundle } = yield* Effect.promise(() =>
    ModuleBundle.make({
      module: new URL("./deployedApp.ts", import.meta.url).href,
      dependencies: [],
      definitions: "known"
    })
  )
  assert(bundle !== undefined)
  const manifest = yield* manifestOf(bundle.code)
  const archive = yield* Effect.flatMap(
    Manifest.print(manifest),
    (text) =>
      Effect.promise(() =>
        tarGz({ name: `./${Manifest.fileName}`, text }, { name: "./bundles/app.mjs", text: bundle.code })
      )
  )
  const app = yield* graphql.createFlashApp("app")
  const environment = yield* graphql.createFlashEnvironment({ flashAppId: app.id, name: "production" })
  const upload = yield* graphql.prepareFlashArtifactUpload({ flashAppId: app.id, tarballSize: archive.length })
  yield* Effect.promise(() => fetch(Redacted.value(upload.uploadUrl), { method: "PUT", body: archive }))
  const build = yield* graphql.finalizeFlashArtifactUpload({
    flashAppId: app.id,
    objectKey: upload.objectKey,
    manifest: yield* Manifest.encode(manifest)
  })
  yield* graphql.deployBuildToEnvironment({ flashEnvironmentId: environment.id, flashBuildId: build.id })
  const endpointOf = (name: string) =>
    Effect.map(
      graphql.saveEndpoint({
        name: `app-production-${name}`,
        flashEnvironmentId: environment.id,
        ...(name === "edge" ? { type: "LB" as const } : {}),
        instanceIds: ["cpu3c-1-2"],
        workersMax: 1,
        template: {
          name: `app-production-${name}`,
          imageName: "node:22",
          containerDiskInGb: 10,
          env: [
            { key: "FLASH_RESOURCE_NAME", value: name },
            { key: "FLASH_ENVIRONMENT_ID", value: environment.id },
            { key: "FLASH_BUILD_ARTIFACT_SHA256", value: sha256(archive) },
            ...(name === "front" ? [{ key: "RUNPOD_API_KEY", value: Redacted.value(apiKey) }] : [])
          ]
        }
      }),
      ({ id }) => ({ id, name })
    )
  const front = yield* endpointOf("front")
  const back = yield* endpointOf("back")
  const edge = yield* endpointOf("edge")
  const { port } = new URL(url)
  const edgeUrl = `http://${edge.id}.localhost:${port}`
  yield* graphql.updateFlashBuildManifest({
    flashBuildId: build.id,
    manifest: yield* Manifest.encode({
      ...manifest,
      resources_endpoints: { front: `${url}/v2/${front.id}`, back: `${url}/v2/${back.id}`, edge: edgeUrl }
    })
  })
  return { front, back }
})

/** The job of an input, when it is over. */
const run = (endpoint: RunpodJobs.EndpointRef, input: unknown) =>
  Effect.flatMap(
    RunpodJobs.RunpodJobs,
    (jobs) => Effect.flatMap(jobs.run(endpoint, JSON.stringify({ input })), ({ id }) => jobs.await(endpoint, id))
  )

const envelope = (name: string, payload?: unknown) => ({
  protocol_version: FunctionRequest.protocolVersion,
  function_name: name,
  args: payload === undefined ? [] : [payload]
})

describe("a deployed build", () => {
  it.scopedLive(
    "serves plain JSON and envelopes from its archive, and its endpoints call one another",
    () =>
      Effect.gen(function*() {
        const { back, front } = yield* deploy
        // the only function of its resource takes a payload as it is
        const plain = yield* run(back, { text: "abc" })
        expect(plain.output).toEqual({ text: "ABC", at: "back" })

        const called = yield* run(front, envelope("welcome", { name: "Ada" }))
        expect(called.output).toMatchObject({ success: true, result: { greeting: "HELLO ADA", by: "back" } })
        // a failure of the other endpoint's function is that of its type
        expect((yield* run(front, envelope("blunt"))).output).toMatchObject({ result: "Rude" })

        // what is not the resource's is not run there, though the code is there
        const elsewhere = yield* run(front, envelope("shout", { text: "x" }))
        expect(elsewhere.output).toMatchObject({
          success: false,
          error: { reason: "function_missing", known: expect.arrayContaining(["welcome", "blunt"]) }
        })
        // a load balancer is asked at its route
        const hushed = yield* run(front, envelope("hush", { text: "HELLO" }))
        expect(hushed.output).toMatchObject({ success: true, result: ["hello", "edge"] })
        expect((yield* run(front, envelope("hush", { text: "rude" }))).output).toMatchObject({ result: ["Rude"] })
        const gone = yield* run(front, envelope("welcome", { name: "gone" }))
        expect(JSON.stringify(gone.output)).toContain(`has no resource \\"gone\\"`)
        // nor is code that comes along
        const evil = yield* run(front, { ...envelope("welcome"), function_code: "process.exit(1)" })
        expect(JSON.stringify(evil.output)).toContain("runs its own code only")
      }).pipe(Effect.provide(platform)),
    60_000
  )

  it.scopedLive("that is refused ends its worker, which says why and takes no job", () =>
    Effect.gen(function*() {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-deployed-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
      )
      const source = join(folder, "archive.tar.gz")
      writeFileSync(source, yield* Effect.promise(() => tarGz({ name: "../worker.mjs", text: "evil" })))
      const { output, status } = spawnSync(process.execPath, [program], {
        env: {
          PATH: process.env["PATH"],
          FLASH_CODE_DIRECTORY: join(folder, "code"),
          FLASH_BUILD_ARTIFACT_PATH: source,
          FLASH_RESOURCE_NAME: "front",
          RUNPOD_ENDPOINT_ID: "e1",
          RUNPOD_WEBHOOK_GET_JOB: "http://127.0.0.1:9/job-take/w1",
          RUNPOD_WEBHOOK_POST_OUTPUT: "http://127.0.0.1:9/job-done/w1/$ID",
          RUNPOD_AI_API_KEY: "key"
        },
        encoding: "utf8",
        timeout: 20_000
      })
      expect(status).toBe(1)
      expect(output.join("")).toContain("../worker.mjs")
      expect(output.join("")).toContain("is refused")
      expect(readdirSync(folder)).toEqual(["archive.tar.gz"])
    }))
})
