/** The control plane for programs: what the original exports as ResourceManager and FlashApp, over both their layers. */
import { assert, expect, it, layer } from "@effect/vitest"
import { ConfigProvider, Effect, Either, Layer, Redacted } from "effect"
import { CpuLiveServerless, CpuServerlessEndpoint, FlashApp, ResourceManager } from "effect-flash"
import { layerFlashAppOn, layerResourceManagerOn, Platform } from "effect-flash/local"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Endpoints from "./e2e/endpoints.ts"

const image = CpuServerlessEndpoint.make("image", { imageName: "me/api:1", workersMax: 2 })
const wider = CpuServerlessEndpoint.make("image", { imageName: "me/api:1", workersMax: 3 })
const live = CpuLiveServerless.make("live")

const summary = ({ steps }: ResourceManager.Plan) =>
  steps.map(({ action, changes, name }) => [name, action, action === "update" ? changes.map(({ field }) => field) : []])

const endpoints = Effect.map(
  Endpoints.rest("GET", "serverless"),
  (answer) =>
    (answer as { readonly endpoints: ReadonlyArray<{ readonly name: string }> }).endpoints.map(({ name }) => name)
      .toSorted()
)

/** Everything a program does with its resources, from none to none. */
const fromNoneToNone = (prefix: string) =>
  Effect.gen(function*() {
    const manager = yield* ResourceManager.ResourceManager
    const plan = yield* manager.plan([image, live])
    expect(summary(plan)).toEqual([["image", "create", []], ["live", "create", []]])
    const outcomes = yield* manager.apply(plan)
    expect(outcomes.every(({ result }) => Either.isRight(result))).toBe(true)
    expect(yield* endpoints).toEqual([`${prefix}-image`, `${prefix}-live`])
    expect(ResourceManager.isEmpty(yield* manager.plan([image, live], { against: "platform" }))).toBe(true)

    const next = yield* manager.plan([wider], { removed: "delete" })
    expect(summary(next)).toEqual([["image", "update", ["workersMax"]], ["live", "delete", []]])
    yield* manager.apply(next)
    expect((yield* manager.list).map(({ name }) => name)).toEqual(["image"])
    yield* manager.undeploy("image")
    expect(yield* endpoints).toEqual([])
    const error = yield* Effect.flip(manager.undeploy("image"))
    assert(error instanceof ResourceManager.NotDeployed)
    expect(error).toMatchObject({ resource: "image", known: [] })
  })

const apps = Effect.gen(function*() {
  const { create, createEnvironment, delete: remove, get, getEnvironment, list } = yield* FlashApp.FlashApp
  yield* create("shop")
  yield* createEnvironment("shop", "staging")
  expect((yield* list).map(({ name }) => name)).toEqual(["shop"])
  expect(yield* getEnvironment("shop", "staging")).toMatchObject({ name: "staging", endpoints: [] })
  yield* remove("shop")
  expect((yield* Effect.flip(get("shop")))._tag).toBe("NotFound")
})

layer(Platform.layer(), { excludeTestServices: true })("on an embedded platform", (it) => {
  it.effect("a program makes, changes and removes its resources", () =>
    fromNoneToNone("shop-test").pipe(Effect.provide(layerResourceManagerOn({ app: "shop", env: "test" }))))

  it.effect("a program makes and removes apps", () => Effect.provide(apps, layerFlashAppOn))

  it.scoped("a program does both where the environment says that the platform is RunPod", () =>
    Effect.gen(function*() {
      const { apiKey, url } = yield* Platform.Platform
      const directory = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-account-"))),
        (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
      )
      const environment = Layer.setConfigProvider(ConfigProvider.fromMap(
        new Map([
          ["RUNPOD_API_BASE_URL", url],
          ["RUNPOD_ENDPOINT_BASE_URL", `${url}/v2`],
          ["RUNPOD_API_KEY", Redacted.value(apiKey)]
        ])
      ))
      const manager = ResourceManager.layer({ app: "shop", env: "files", directory })
      yield* fromNoneToNone("shop-files").pipe(Effect.provide(Layer.provide(manager, environment)))
      expect(existsSync(join(directory, "shop", "files.json"))).toBe(true)
      yield* Effect.provide(apps, Layer.provide(FlashApp.layer, environment))
    }))
})

it.effect("an address that is none is said before anything is asked", () =>
  Effect.gen(function*() {
    const error = yield* Effect.flip(Effect.scoped(Layer.build(Layer.provide(
      FlashApp.layer,
      Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["RUNPOD_API_BASE_URL", "nowhere"]])))
    ))))
    expect(String(error)).toContain("RUNPOD_API_BASE_URL")
  }))
