/** What an update sends, and what it leaves on the platform: a setting that is taken back, and a template beside it. */
import { describe, expect, it, layer } from "@effect/vitest"
import { ConfigProvider, Effect, Either, Layer, Redacted } from "effect"
import { PodTemplate } from "effect-flash"
import { Platform } from "effect-flash/local"
import type { EndpointSettings } from "../../src/provision/EndpointSettings.ts"
import * as Fields from "../../src/provision/Fields.ts"
import * as GraphqlPayload from "../../src/provision/GraphqlPayload.ts"
import * as Provisioning from "../../src/provision/Provisioning.ts"
import * as Resolve from "../../src/provision/Resolve.ts"
import { ResourceManager } from "../../src/provision/ResourceManager.ts"
import * as ResourceState from "../../src/provision/ResourceState.ts"
import * as RestPayload from "../../src/provision/RestPayload.ts"
import type { ResourceType } from "../../src/resources/ResourceConfig.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import { declare } from "../resources/declarations.ts"
import * as Resources from "./resources.ts"

const noVariables = Layer.setConfigProvider(ConfigProvider.fromMap(new Map()))

const settings = (type: ResourceType, options: object): EndpointSettings => {
  const config = declare(type, options, "w")
  const resolved = Effect.runSync(
    Effect.provide(Resolve.make({ app: "shop", env: "production" })(config), noVariables)
  )
  return Fields.settings(config, {
    ...resolved,
    networkVolumes: config.networkVolumes.map((volume) => "id" in volume ? volume : { id: volume.name })
  })
}

const settingsOf = (problems: Either.Either<unknown, ReadonlyArray<RestPayload.Unsupported>>) =>
  Either.match(problems, { onLeft: (all) => all.map(({ setting }) => setting), onRight: () => [] })

describe("with a template on the platform", () => {
  const own = { imageName: "me/image:1", templateId: "tpl" }

  it("what is not said is the template's", () => {
    expect(Either.getOrThrow(RestPayload.create(settings("ServerlessEndpoint", { templateId: "tpl" })))).toMatchObject({
      templateId: "tpl",
      gpu: expect.not.objectContaining({ allowedCudaVersions: expect.anything() }),
      env: {}
    })
    for (const key of ["ports", "image", "args", "disk", "registry"]) {
      expect(Either.getOrThrow(RestPayload.create(settings("ServerlessEndpoint", { templateId: "tpl" }))))
        .not.toHaveProperty(key)
    }
    expect(Either.getOrThrow(
      RestPayload.create(settings("ServerlessEndpoint", { ...own, cudaVersions: ["12.8"] }))
    )).toMatchObject({ image: "me/image:1", gpu: { allowedCudaVersions: ["12.8"] } })
  })

  it("another value of a container's field goes with the template, which is applied once", () => {
    const body = Either.getOrThrow(
      RestPayload.update(settings("ServerlessEndpoint", { ...own, env: { A: "1" } }), ["env"])
    )
    expect(Object.keys(body).toSorted()).toEqual(["env", "image", "templateId"])
    // and other fields without it
    const workers = RestPayload.update(settings("ServerlessEndpoint", own), ["workersMax"])
    expect(Object.keys(Either.getOrThrow(workers))).toEqual(["workers"])
  })

  it("taken away, all that the template said is taken away", () => {
    const body = Either.getOrThrow(
      RestPayload.update(settings("ServerlessEndpoint", { imageName: "me/image:1" }), ["templateId", "gpu"])
    )
    expect(body).toMatchObject({ args: "", disk: 64, env: {}, image: "me/image:1", ports: [], registry: null })
    expect(body).toMatchObject({ gpu: { allowedCudaVersions: [], minCudaVersion: "" } })
    expect(body).not.toHaveProperty("templateId")
  })

  it("GraphQL takes it as it is, and says what is beside it", () => {
    const plain = settings("ServerlessEndpoint", { templateId: "tpl" })
    expect(Either.getOrThrow(GraphqlPayload.endpoint(plain))).toMatchObject({ templateId: "tpl" })
    expect(settingsOf(GraphqlPayload.endpoint(settings("ServerlessEndpoint", {
      ...own,
      env: { A: "1" },
      containerDiskInGb: 20,
      containerRegistryAuthId: "reg"
    })))).toEqual(["image", "disk", "registry", "env"])
    expect(settingsOf(GraphqlPayload.endpoint(settings("LoadBalancerSlsResource", { templateId: "tpl" })))).toEqual([
      "env",
      "ports"
    ])
  })
})

describe("what REST v2 does not take", () => {
  it("it cannot take back either", () => {
    const plain = settings("LiveServerless", {})
    expect(settingsOf(RestPayload.update(plain, ["workersMax", "workersPFBTarget", "template"]))).toEqual([
      "workersPFBTarget",
      "template"
    ])
    expect(settingsOf(RestPayload.update(plain, ["workersMax"]))).toEqual([])
  })
})

describe("volumes", () => {
  it("of which one does not say where it is leave workers free to be there", () => {
    const networkVolumes = [
      { _tag: "NetworkVolume", name: "models", size: 10, dataCenterId: "US-KS-2" },
      { _tag: "ExistingNetworkVolume", id: "vol1" }
    ]
    expect(settings("LiveServerless", { networkVolumes }).dataCenterIds).toEqual([])
    expect(settings("LiveServerless", { networkVolumes: networkVolumes.slice(0, 1) }).dataCenterIds).toEqual([
      "US-KS-2"
    ])
  })
})

describe("maxConcurrency", () => {
  it("is told to an image of one's own where it is more than one job", () => {
    const variables = (options: object) =>
      Object.entries(settings("ServerlessEndpoint", { imageName: "me/image:1", ...options }).env)
        .map(([name, value]) => [name, Redacted.value(value)])
    expect(variables({})).toEqual([])
    expect(variables({ maxConcurrency: 4 })).toEqual([["FLASH_MAX_CONCURRENCY", "4"]])
  })
})

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

const TestLayer = Provisioning.layer.pipe(
  Layer.provide(ResourceState.layerMemory({ app: "shop", env: "production" })),
  Layer.provideMerge(Layer.merge(config, noVariables)),
  Layer.provideMerge(Platform.layer())
)

/** What GraphQL shows of an endpoint, and REST v2 does not. */
const unseen = Effect.fnUntraced(function*(name: string) {
  const { apiKey, url } = yield* Platform.Platform
  const query = "{ myself { endpoints { name template { startScript advancedStart ports dockerArgs } } } }"
  const response = yield* Effect.promise(() =>
    fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${Redacted.value(apiKey)}` },
      body: JSON.stringify({ query })
    }).then((response) => response.json())
  )
  const { data } = response as { data: { myself: { endpoints: ReadonlyArray<{ readonly name: string }> } } }
  return data.myself.endpoints.find((endpoint) => endpoint.name === name)
})

layer(TestLayer, { excludeTestServices: true })("a setting that only GraphQL takes", (it) => {
  it.effect("is set, and taken back", () =>
    Effect.gen(function*() {
      const manager = yield* ResourceManager
      const apply = Effect.fnUntraced(function*(options: Readonly<Record<string, unknown>>) {
        const resource = Resources.make("CpuLiveServerless", "r", options)
        const outcomes = yield* Effect.flatMap(manager.plan([resource]), manager.apply)
        for (const { result } of outcomes) if (result._tag === "Left") return yield* Effect.fail(result.left)
        const again = yield* manager.plan([resource], { against: "platform" })
        expect(again.steps.map(({ changes, drift }) => ({ changes, drift }))).toEqual([{ changes: [], drift: [] }])
        return yield* unseen("shop-production-r")
      })
      const template = { ports: ["8888/http"], dockerArgs: "--fast" }
      expect(
        yield* apply({
          workersPFBTarget: 1,
          template: PodTemplate.make({ ...template, startScript: "./start", advancedStart: true })
        })
      ).toMatchObject({ template: { advancedStart: true, startScript: "./start", ports: "8888/http" } })
      expect(yield* apply({ template: PodTemplate.make({ ...template, startScript: "./start" }) })).toMatchObject({
        template: { startScript: "./start", advancedStart: false }
      })
      expect(yield* apply({ template: PodTemplate.make(template) })).toMatchObject({
        template: { startScript: "", dockerArgs: "--fast", ports: "8888/http" }
      })
    }))
})
