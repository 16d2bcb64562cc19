/** Provisioning over HTTP, against the embedded platform. */
import { assert, describe, expect, layer } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Option, Redacted } from "effect"
import { CpuLiveServerless, Env, Flash, LiveServerless, NetworkVolume } from "effect-flash"
import { Platform } from "effect-flash/local"
import { mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Flash as FlashService } from "../../src/Endpoint.ts"
import * as FlashLive from "../../src/FlashLive.ts"
import * as ControlPlane from "../../src/provision/ControlPlane.ts"
import { FlashApp } from "../../src/provision/FlashApp.ts"
import * as Plan from "../../src/provision/Plan.ts"
import * as Provisioning from "../../src/provision/Provisioning.ts"
import { ResourceManager } from "../../src/provision/ResourceManager.ts"
import * as ResourceState from "../../src/provision/ResourceState.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import { hello } from "../e2e/functions.ts"
import { first } from "../e2e/nested/chain.ts"

const directory = mkdtempSync(join(tmpdir(), "effect-flash-test-"))

const config = Layer.unwrapEffect(
  Effect.map(Platform.Platform, ({ apiKey, url }) =>
    RunpodConfig.layerOf({
      restBaseUrl: `${url}/v2`,
      restV1BaseUrl: `${url}/v1`,
      graphqlUrl: `${url}/graphql`,
      endpointBaseUrl: `${url}/v2`,
      apiKey,
      apiKeyOrigin: "a test"
    }))
)

const state = (env: string) => ResourceState.layerFile({ app: "shop", env, directory })

const place = (env: string) => Provisioning.layer.pipe(Layer.provide(state(env)), Layer.provide(config))

const secret = "hunter2-hunter2"
const withSecret = Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["LOCAL_TOKEN", secret]])))

const TestLayer = Provisioning.layerFlashApp.pipe(Layer.provideMerge(config), Layer.provideMerge(Platform.layer()))

layer(TestLayer, { excludeTestServices: true })("on the embedded platform", (it) => {
  const web = CpuLiveServerless.make("web", {
    instanceIds: ["cpu3c-2-4"],
    workersMax: 2,
    env: { MODE: "fast", TOKEN: Env.fromLocal("LOCAL_TOKEN"), KEY: Env.secret("account") },
    networkVolume: NetworkVolume.make("data", { size: 20, dataCenterId: "EU-RO-1" })
  })
  const gpu = LiveServerless.make("gpu", { gpus: ["NVIDIA L4", "ADA_24"], workersMax: 3, minCudaVersion: "12.8" })
  // an instance that only GraphQL can name
  const small = CpuLiveServerless.make("small", { instanceIds: ["cpu3c-1-2"], workersPFBTarget: 1 })

  describe("a plan", () => {
    it.effect("is applied, is empty then, also against the platform, and holds no secret in the state", () =>
      Effect.gen(function*() {
        const manager = yield* ResourceManager
        const plan = yield* manager.plan([web, gpu, small])
        expect(plan.steps.map(({ action, name }) => `${action} ${name}`)).toEqual([
          "create gpu",
          "create small",
          "create web"
        ])
        const outcomes = yield* manager.apply(plan)
        for (const { result } of outcomes) if (result._tag === "Left") return yield* Effect.fail(result.left)
        expect(Plan.isEmpty(yield* manager.plan([web, gpu, small]))).toBe(true)
        const observed = yield* manager.plan([web, gpu, small], { against: "platform" })
        expect(observed.steps.flatMap(({ drift, name }) => drift.map((field) => `${name}.${field}`))).toEqual([])
        expect(Plan.isEmpty(observed)).toBe(true)
        const file = readFileSync(join(directory, "shop", "production.json"), "utf8")
        const { apiKey } = yield* Platform.Platform
        expect(file).not.toContain(secret)
        expect(file).not.toContain(Redacted.value(apiKey))
        expect(JSON.stringify([plan, observed])).not.toContain(secret)

        const changed = CpuLiveServerless.make("web", { instanceIds: ["cpu3c-2-4"], workersMax: 5 })
        const update = yield* manager.plan([changed])
        expect(update.steps[0]?.changes.map(({ field }) => field)).toEqual([
          "dataCenters",
          "env.KEY",
          "env.MODE",
          "env.TOKEN",
          "networkVolumes",
          "workersMax"
        ])
        yield* manager.apply(update)
        expect(Plan.isEmpty(yield* manager.plan([changed], { against: "platform" }))).toBe(true)
        for (const name of ["web", "gpu", "small"]) yield* manager.undeploy(name)
        expect(yield* manager.list).toEqual([])
      }).pipe(Effect.provide(Layer.merge(place("production"), withSecret))))

    it.effect("names the variable of this machine that is missing", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Effect.flatMap(ResourceManager, (manager) => manager.plan([web])))
        assert(error._tag === "LocalVariableMissing")
        expect(error.message).toContain("LOCAL_TOKEN")
      }).pipe(Effect.provide(
        Layer.merge(place("nowhere"), Layer.setConfigProvider(ConfigProvider.fromMap(new Map())))
      )))
  })

  it.effect("fifty first calls of three projects that know nothing of each other provision one endpoint", () =>
    Effect.gen(function*() {
      const shared = CpuLiveServerless.make("shared", { instanceIds: ["cpu3c-2-4"] })
      const refs = yield* Effect.forEach(
        Array.from({ length: 3 }, () => Provisioning.layer.pipe(Layer.provide(state("shared")), Layer.fresh)),
        (one) =>
          Effect.flatMap(
            ResourceManager,
            (manager) =>
              Effect.all(Array.from({ length: 17 }, () => manager.ensure(shared)), { concurrency: "unbounded" })
          ).pipe(
            Effect.provide(one)
          ),
        { concurrency: "unbounded" }
      )
      expect(new Set(refs.flat().map(({ id }) => id)).size).toBe(1)
    }))

  it.effect("a live call provisions its endpoint and runs on it", () =>
    Effect.gen(function*() {
      const { greeting, pid } = yield* Flash.provide(hello({ name: "Ada" }))
      expect(greeting).toBe("Hello Ada")
      expect(pid).not.toBe(process.pid)
      expect((yield* FlashService).target).toBe("live")
    }).pipe(
      Effect.provide(FlashLive.layerOn.pipe(
        Layer.provide(ResourceState.layerFile({ app: "live", env: "live", directory })),
        Layer.provide(config)
      ))
    ))

  it.effect("a worker calls other endpoints by their live names, and has them made where they are not there", () =>
    Effect.gen(function*() {
      for (const _ of [1, 2]) {
        const hops = yield* Effect.withSpan(Flash.provide(first({ fail: false })), "program")
        expect(hops.map(({ name }) => name)).toEqual(["first", "beside", "second", "third"])
      }
      const { findEndpoints } = yield* ControlPlane.ControlPlane
      for (const name of ["first", "second", "third"]) {
        expect(yield* findEndpoints(`live-e2e-nested-${name}`)).toHaveLength(1)
        expect(yield* findEndpoints(`e2e-nested-${name}`)).toHaveLength(0)
      }
    }).pipe(
      Effect.provide(FlashLive.layerOn.pipe(
        Layer.provide(ResourceState.layerFile({ app: "live", env: "live", directory })),
        Layer.merge(Provisioning.layerControlPlane),
        Layer.provide(config)
      ))
    ))

  it.effect("flash apps, environments and builds are found, made and deleted, and never made by looking", () =>
    Effect.gen(function*() {
      const apps = yield* FlashApp
      expect((yield* Effect.flip(apps.get("shop")))._tag).toBe("NotFound")
      expect((yield* Effect.flip(apps.getEnvironment("shop", "staging")))._tag).toBe("NotFound")
      const staging = yield* apps.getOrCreateEnvironment("shop", "staging")
      expect((yield* apps.getOrCreateEnvironment("shop", "staging")).id).toBe(staging.id)
      expect((yield* apps.listEnvironments("shop")).map(({ name }) => name)).toEqual(["staging"])
      expect(yield* apps.listBuilds("shop")).toEqual([])
      yield* apps.deleteEnvironment("shop", "staging")
      expect((yield* Effect.flip(apps.getEnvironment("shop", "staging")))._tag).toBe("NotFound")
      yield* apps.delete("shop")
      expect(Option.isNone(yield* Effect.option(apps.get("shop")))).toBe(true)
    }))
})
