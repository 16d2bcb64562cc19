/** What the local target provisions: the declared settings, through the control plane, once for each resource. */
import { assert, describe, expect, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Schema } from "effect"
import { CpuLiveServerless, Env, Flash, LiveServerless, remote } from "effect-flash"
import { layerFlashOn, Platform } from "effect-flash/local"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startCommand } from "../../src/resources/startCommand.ts"
import { version } from "../../src/Version.ts"
import * as Endpoints from "./endpoints.ts"

const settings = CpuLiveServerless.make("e2e-settings", {
  // REST v2 has no such instance, so that this one goes through GraphQL
  instanceIds: ["cpu3c-1-2"],
  workersMax: 1,
  maxConcurrency: 3,
  idleTimeout: 17,
  executionTimeoutMs: 60_000,
  env: { MODE: "fast", TOKEN: Env.fromLocal("LOCAL_TOKEN") }
})

const gpu = LiveServerless.make("e2e-gpu", { gpus: ["NVIDIA L4"], workersMax: 1 })

const contract = {
  payload: { names: Schema.Array(Schema.String) },
  success: Schema.Array(Schema.NullOr(Schema.String))
}

const read = ({ names }: { readonly names: ReadonlyArray<string> }) =>
  Effect.sync(() => names.map((name) => process.env[name] ?? null))

export const readSettings = remote("readSettings", { ...contract, resource: settings }, read)
export const readGpu = remote("readGpu", { ...contract, resource: gpu }, read)

const TestLayer = Layer.provideMerge(layerFlashOn, Platform.layer())

const withToken = Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["LOCAL_TOKEN", "t0ken"]])))

interface Listed {
  readonly endpoints: ReadonlyArray<Readonly<Record<string, unknown>>>
}

const listed = Effect.map(Endpoints.rest("GET", "serverless"), (answer) => (answer as Listed).endpoints)

describe("a first call on the embedded platform", () => {
  it.scopedLive("makes the endpoint as it is declared, and its workers have the declared environment", () =>
    Effect.gen(function*() {
      expect(
        yield* Flash.provide(readSettings({
          names: ["MODE", "TOKEN", "FLASH_MAX_CONCURRENCY", "FLASH_RESOURCE_NAME", "FLASH_IS_LIVE_PROVISIONING"]
        }))
      ).toEqual(["fast", "t0ken", "3", "e2e-settings", "true"])
      const [made, ...others] = yield* listed
      expect(others).toEqual([])
      expect(made).toMatchObject({
        name: "live-e2e-settings",
        type: "QUEUE",
        // what a stock image is made a worker with; here it stands for this machine's own worker program
        image: "node:22-bookworm-slim",
        args: startCommand(version),
        workers: { min: 0, max: 1, idleTimeout: 17 },
        timeout: 60_000,
        env: {
          MODE: "fast",
          TOKEN: "t0ken",
          FLASH_MAX_CONCURRENCY: "3",
          FLASH_RESOURCE_NAME: "e2e-settings",
          FLASH_IS_LIVE_PROVISIONING: "true"
        }
      })
      // nothing of this machine is in it
      expect(Object.keys(made?.["env"] as object)).toHaveLength(5)
    }).pipe(Effect.provide(Layer.provideMerge(TestLayer, withToken))))

  it.scopedLive("simulates the hardware that was asked for", () =>
    Effect.gen(function*() {
      expect(yield* Flash.provide(readGpu({ names: ["RUNPOD_GPU_TYPE_ID"] }))).toEqual(["NVIDIA L4"])
    }).pipe(Effect.provide(TestLayer)))

  it.scopedLive("names the variable of this machine that is missing, and makes nothing", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Flash.provide(readSettings({ names: [] })))
      assert(error._tag === "ProvisionFailed")
      expect(error.message).toContain("LOCAL_TOKEN")
      expect(yield* listed).toEqual([])
    }).pipe(
      Effect.provide(
        Layer.provideMerge(TestLayer, Layer.setConfigProvider(ConfigProvider.fromMap(new Map())))
      )
    ))

  it.scopedLive("fails as the control plane does, and the next one tries again", () =>
    Effect.gen(function*() {
      const { faults } = yield* Platform.Platform
      faults.add([{ method: "POST", path: "/v2/serverless", fail: 403 }])
      const error = yield* Effect.flip(Endpoints.ensure(gpu))
      expect(error._tag).toBe("ProvisionFailed")
      expect((yield* Endpoints.ensure(gpu)).name).toBe("e2e-gpu")
    }).pipe(Effect.provide(Platform.layer())))
})

describe("a platform that is started on its file again", () => {
  it.live("has the endpoint that was made, by its name, and no second one", () =>
    Effect.gen(function*() {
      const folder = mkdtempSync(join(tmpdir(), "effect-flash-provision-"))
      const on = <A, E>(effect: Effect.Effect<A, E, Platform.Platform>) =>
        Effect.scoped(Effect.provide(effect, Platform.layer({ database: join(folder, "platform.db") })))
      const both = Effect.all([Endpoints.ensure(settings), Endpoints.ensure(gpu)])
      const first = yield* on(both)
      const [endpoints, releases] = yield* on(Effect.all([
        Effect.zipRight(Effect.all([both, both]), listed),
        Effect.forEach(first, ({ id }) => Endpoints.rest("GET", `serverless/${id}/releases`))
      ]))
      expect(endpoints.map(({ id }) => id)).toEqual(first.map(({ id }) => id))
      // nothing has changed that workers would have to be replaced for
      expect(releases).toMatchObject(first.map(() => ({ releases: [{ version: 1 }] })))
      rmSync(folder, { recursive: true, force: true })
    }).pipe(Effect.provide(withToken)))
})
