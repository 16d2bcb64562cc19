/** GraphQL. */
import { assert, describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import * as esbuild from "esbuild"
import * as graphql from "graphql"
import { fileURLToPath } from "node:url"
import * as Graphql from "../../../runtime/platform/control/graphql/Graphql.ts"
import * as known from "../../../runtime/platform/control/graphql/known.ts"
import * as Documents from "../../../src/runpod/graphql/Documents.ts"
import * as Api from "./api.ts"
import { all, flash, flash119, runpodctl, runpodPython } from "./clientDocuments.ts"

type Json = Readonly<Record<string, unknown>>

const text = (value: unknown): string => String(value)

const make = Effect.fnUntraced(function*(options?: Parameters<typeof Api.make>[0]) {
  const api = yield* Api.make(options)
  const post = (query: string, variables?: Json, asked: Api.Asked = {}) =>
    api.ask("POST", "/graphql", { body: { query, ...(variables === undefined ? {} : { variables }) }, ...asked })
  /** The data of a document that succeeds. */
  const run = Effect.fnUntraced(function*(query: string, variables?: Json) {
    const { json, status } = yield* post(query, variables)
    expect([status, json["errors"]]).toEqual([200, undefined])
    return json["data"] as Json
  })
  /** The only field of a document that succeeds. */
  const field = Effect.fnUntraced(function*(query: string, variables?: Json) {
    const data = yield* run(query, variables)
    const [value] = Object.values(data)
    return value as Json
  })
  /** The message of a document that fails. */
  const fail = Effect.fnUntraced(function*(query: string, variables?: Json) {
    const { json, status } = yield* post(query, variables)
    expect(status).toBe(200)
    const errors = json["errors"]
    assert(Array.isArray(errors))
    return text(errors[0].message)
  })
  return { ...api, fail, field, post, run }
})

/** As the Python Flash saves an endpoint that it deploys. */
const saved = (more: Json = {}): Json => ({
  name: "sum-fb",
  type: "QB",
  gpuIds: "AMPERE_48,ADA_24",
  gpuCount: 1,
  idleTimeout: 60,
  executionTimeoutMs: 0,
  locations: "EU-RO-1",
  scalerType: "QUEUE_DELAY",
  scalerValue: 4,
  workersMin: 0,
  workersMax: 1,
  workersPFBTarget: 0,
  allowedCudaVersions: "",
  template: {
    name: "LiveServerless_abc__PodTemplate_def",
    imageName: "runpod/flash:latest",
    dockerArgs: "",
    containerDiskInGb: 64,
    containerRegistryAuthId: "",
    env: [{ key: "FLASH_RESOURCE_NAME", value: "sum" }],
    ports: "",
    startScript: "",
    advancedStart: false,
    config: {}
  },
  ...more
})

describe("the schema", () => {
  const schema = Graphql.schema()
  for (const [client, documents] of Object.entries(all)) {
    for (const [name, document] of Object.entries(documents)) {
      it(`takes what ${client} sends for ${name}`, () => {
        expect(graphql.validate(schema, graphql.parse(document)).map(({ message }) => message)).toEqual([])
      })
    }
  }
})

describe("graphql-js", () => {
  it("is not loaded with the platform", async () => {
    const { metafile } = await esbuild.build({
      entryPoints: [fileURLToPath(new URL("../../../runtime/platform/index.ts", import.meta.url))],
      bundle: true,
      write: false,
      metafile: true,
      packages: "external",
      platform: "node",
      format: "esm",
      conditions: ["effect-flash-source"]
    })
    const loaded = new Set<string>()
    const load = (path: string): void => {
      if (loaded.has(path)) return
      loaded.add(path)
      for (const { kind, path: next } of metafile.inputs[path]?.imports ?? []) {
        if (kind !== "dynamic-import") load(next)
      }
    }
    load("runtime/platform/index.ts")
    expect([...loaded]).toContain("runtime/platform/control/Router.ts")
    expect([...loaded]).toContain("libsql")
    expect([...loaded].filter((path) => /^graphql(\/|$)|\/(Graphql|sdl)\.ts$/.test(path))).toEqual([])
  })
})

describe("GraphQL", () => {
  it.scoped("is for the account, but for what is public", () =>
    Effect.gen(function*() {
      const { post } = yield* make()
      for (
        const query of [
          flash.endpointIds,
          flash.getCpuTypes,
          "{ myself { id } gpuTypes { id } }",
          "{ ...on Query { gpuTypes { id } } }",
          "query a { gpuTypes { id } } query b { myself { id } }"
        ]
      ) {
        for (const [key, detail] of [[undefined, "no token provided"], ["rpa_OTHER", "invalid api key"]] as const) {
          const { json, status } = yield* post(query, undefined, { key })
          expect([query, status]).toEqual([query, 401])
          expect(json).toMatchObject({ status: 401, title: "Unauthorized", detail, errors: [{ message: detail }] })
        }
      }
      for (const query of [runpodctl.gpuTypes, runpodctl.dataCenters, "{ listings(input: {}) { id } }"]) {
        for (const key of [undefined, "rpa_OTHER"]) {
          const { json, status } = yield* post(query, undefined, { key })
          expect([status, json["errors"]]).toEqual([200, undefined])
        }
      }
    }))

  it.scoped("takes the key raw, with its scheme, and in the query", () =>
    Effect.gen(function*() {
      const { ask, post } = yield* make()
      for (const key of [Api.key, `Bearer ${Api.key}`]) {
        expect((yield* post(flash.endpointIds, undefined, { key })).status).toBe(200)
      }
      const asked = { key: undefined, body: { query: flash.endpointIds } }
      expect((yield* ask("POST", `/graphql?api_key=${Api.key}`, asked)).status).toBe(200)
      expect((yield* ask("POST", "/graphql?api_key=x", asked)).status).toBe(401)
    }))

  it.scoped("says what is wrong with a request", () =>
    Effect.gen(function*() {
      const { ask, fail } = yield* make()
      expect((yield* ask("GET", "/graphql")).status).toBe(405)
      for (const [body, message] of [["{", "not JSON"], [{}, "no query"], [{ query: "{a}", variables: 1 }, "object"]]) {
        const { json, status } = yield* ask("POST", "/graphql", { body })
        expect(status).toBe(400)
        expect(JSON.stringify(json["errors"])).toContain(message)
      }
      expect(yield* fail("{ nonsense")).toContain("Syntax Error")
      expect(yield* fail("{ nonsense }")).toContain(`Cannot query field "nonsense"`)
      expect(yield* fail("{ __schema { types { name } } }")).toContain("introspection")
      expect(yield* fail("query a { myself { id } } query b { myself { id } }")).toContain("operation name")
      expect(yield* fail(flash.saveEndpoint, {})).toContain(`Variable "$input"`)
    }))
})

describe("an endpoint over GraphQL", () => {
  it.scoped("is what it is over the other APIs", () =>
    Effect.gen(function*() {
      const { ask, control, field } = yield* make()
      const made = yield* field(flash.saveEndpoint, { input: saved() })
      const id = text(made["id"])
      expect(made).toEqual({
        id,
        aiKey: expect.stringMatching(/^rpa_/),
        name: "sum-fb",
        type: "QB",
        gpuIds: "AMPERE_48,ADA_24",
        gpuCount: 1,
        idleTimeout: 60,
        executionTimeoutMs: 0,
        locations: "EU-RO-1",
        scalerType: "QUEUE_DELAY",
        scalerValue: 4,
        workersMin: 0,
        workersMax: 1,
        workersStandby: 0,
        workersPFBTarget: 0,
        allowedCudaVersions: "",
        instanceIds: null,
        networkVolumeId: null,
        flashEnvironmentId: null,
        templateId: expect.stringMatching(/^[a-z0-9]{10}$/),
        userId: control.account().id,
        version: 1,
        activeBuildid: null,
        idePodId: null
      })
      expect((yield* ask("GET", `/v2/serverless/${id}`)).json).toMatchObject({
        name: "sum-fb",
        type: "QUEUE",
        image: "runpod/flash:latest",
        disk: 64,
        env: { FLASH_RESOURCE_NAME: "sum" },
        gpu: { pools: ["AMPERE_48", "ADA_24"] },
        // it is asked for in the name
        flashboot: "FLASHBOOT",
        dataCenterIds: ["EU-RO-1"]
      })
      expect((yield* ask("GET", `/v1/endpoints/${id}`)).json).toMatchObject({
        name: "sum-fb",
        templateId: made["templateId"],
        gpuTypeIds: ["NVIDIA A40", "NVIDIA RTX A6000", "NVIDIA GeForce RTX 4090"]
      })
      yield* ask("PATCH", `/v2/serverless/${id}`, { body: { workers: { max: 5 }, flashboot: "OFF" } })
      const { endpoint } = yield* field(`{ myself { endpoint(id: "${id}") { workersMax flashBootType version
        template { imageName env { key value } } } } }`)
      expect(endpoint).toEqual({
        workersMax: 5,
        flashBootType: "OFF",
        version: 2,
        template: { imageName: "runpod/flash:latest", env: [{ key: "FLASH_RESOURCE_NAME", value: "sum" }] }
      })
    }))

  it.scoped("is replaced as a whole when it is saved, and keeps its template's id", () =>
    Effect.gen(function*() {
      const { field } = yield* make()
      const made = yield* field(flash.saveEndpoint, { input: saved({ workersMin: 1, workersMax: 4 }) })
      const { id, templateId } = made
      const again = yield* field(flash.saveEndpoint, { input: { id, name: "sum-fb", gpuIds: "ADA_24" } })
      expect(again).toMatchObject({
        id,
        templateId,
        workersMin: 0,
        workersMax: 3,
        idleTimeout: 5,
        locations: null,
        version: 2,
        aiKey: made["aiKey"]
      })
      const whole = yield* field(flash.saveEndpoint, { input: saved({ id, template: { imageName: "other" } }) })
      expect(whole).toMatchObject({ templateId, version: 3 })
      const template = yield* field(flash119.getTemplate, { id: templateId })
      // what is left out of the template stays
      expect(template).toMatchObject({ imageName: "other", env: [{ key: "FLASH_RESOURCE_NAME", value: "sum" }] })
      const update = { id: templateId, env: [{ key: "B", value: "2" }], volumeInGb: 0, containerDiskInGb: 64 }
      expect(yield* field(flash.saveTemplate, { input: update })).toMatchObject({ env: [{ key: "B", value: "2" }] })
      expect((yield* field(flash119.getEndpoint, { id }))["endpoint"]).toEqual({ id })
      expect((yield* field(flash119.getEndpoint, { id: "x" }))["endpoint"]).toBeNull()
    }))

  it.scoped("on CPUs has instances, and one that balances load another type", () =>
    Effect.gen(function*() {
      const { field } = yield* make()
      const cpu = yield* field(flash.saveEndpoint, {
        input: saved({ gpuIds: "", instanceIds: ["cpu3g-2-8", "cpu3c-1-2"], template: { imageName: "i" } })
      })
      expect(cpu).toMatchObject({ instanceIds: ["cpu3g-2-8", "cpu3c-1-2"], gpuIds: "", gpuCount: 0 })
      const balanced = yield* field(flash.saveEndpoint, {
        input: saved({ type: "LB", scalerType: "REQUEST_COUNT", scalerValue: 2 })
      })
      expect(balanced).toMatchObject({ type: "LB", scalerType: "REQUEST_COUNT", scalerValue: 2 })
    }))

  it.scoped("is refused in words that say what to do", () =>
    Effect.gen(function*() {
      const { fail, field } = yield* make()
      const { id } = yield* field(flash.saveEndpoint, { input: saved() })
      for (
        const [input, message] of [
          [saved(), "Template name must be unique"],
          [saved({ template: null }), "templateId or template is required"],
          [saved({ templateId: "x" }), "template x not found"],
          [saved({ gpuIds: "", template: { imageName: "i" } }), "gpuIds is required"],
          [saved({ instanceIds: ["huge"], template: { imageName: "i" } }), "no CPU instance huge"],
          [saved({ scalerType: "MAGIC", template: { imageName: "i" } }), "scalerType must be"],
          [saved({ type: "XX", template: { imageName: "i" } }), "type must be QB or LB"],
          [saved({ id, type: "LB", scalerType: "REQUEST_COUNT" }), "cannot be changed"],
          [saved({ id: "x" }), "endpoint x not found"],
          [saved({ locations: "MOON", template: { imageName: "i" } }), "no data center MOON"],
          [saved({ workersMin: 2, template: { imageName: "i" } }), "above workers.max"],
          [saved({ hubReleaseId: "x" }), "no hub releases"],
          [saved({ name: "", template: { imageName: "i" } }), "name is required"]
        ] as const
      ) expect(yield* fail(flash.saveEndpoint, { input })).toContain(message)
    }))

  it.scoped("may be in a country, and have volumes", () =>
    Effect.gen(function*() {
      const { field } = yield* make()
      const volume = yield* field(
        `mutation ($input: CreateNetworkVolumeInput!) { createNetworkVolume(input: $input) { id name size dataCenterId } }`,
        { input: { name: "v", size: 20, dataCenterId: "EU-RO-1" } }
      )
      const networkVolumeIds = [{ networkVolumeId: volume["id"], dataCenterId: "EU-RO-1" }]
      const made = yield* field(flash119.saveEndpoint, {
        input: saved({
          networkVolumeIds,
          locations: "RO,CZ",
          flashBootType: "PRIORITY_FLASHBOOT",
          minCudaVersion: "12.8"
        })
      })
      expect(made).toMatchObject({
        networkVolumeIds,
        networkVolumeId: volume["id"],
        locations: "EU-RO-1,EU-CZ-1",
        flashBootType: "PRIORITY_FLASHBOOT",
        minCudaVersion: "12.8"
      })
      const grown = yield* field(
        `mutation ($input: UpdateNetworkVolumeInput!) { updateNetworkVolume(input: $input) { size } }`,
        { input: { id: volume["id"], size: 30 } }
      )
      expect(grown).toEqual({ size: 30 })
    }))

  it.scoped("is deleted with null, and gone for everybody", () =>
    Effect.gen(function*() {
      const { ask, fail, field, run } = yield* make()
      const { id } = yield* field(flash.saveEndpoint, { input: saved() })
      expect(yield* run(flash.deleteEndpoint, { id })).toEqual({ deleteEndpoint: null })
      expect((yield* ask("GET", `/v2/serverless/${text(id)}`)).status).toBe(404)
      expect(yield* fail(flash.deleteEndpoint, { id })).toContain("not found")
      expect((yield* field(flash.endpointIds))["endpoints"]).toEqual([])
      // its template went with it, so that it can be made again
      yield* field(flash.saveEndpoint, { input: saved() })
    }))
})

describe("what clients do over GraphQL", () => {
  it.scoped("is done: runpod-python", () =>
    Effect.gen(function*() {
      const { ask, field, run } = yield* make()
      const { id: templateId } = yield* field(runpodPython.createTemplate)
      const made = yield* field(runpodPython.createEndpoint.replace("TEMPLATE", text(templateId)))
      expect(made).toMatchObject({ templateId, gpuCount: 2, locations: null })
      const { id: registryId } = yield* field(runpodPython.createRegistry)
      expect(yield* field(runpodPython.updateRegistry.replace("REGISTRY", text(registryId)))).toMatchObject({
        id: registryId
      })
      const { id: other } = yield* field(runpodPython.createTemplate.replace("py-template", "another"))
      const moved = yield* field(
        runpodPython.updateEndpointTemplate.replace("TEMPLATE", text(other)).replace("ENDPOINT", text(made["id"]))
      )
      expect(moved).toMatchObject({ templateId: other })
      expect(yield* run(runpodPython.deleteRegistry.replace("REGISTRY", text(registryId)))).toEqual({
        deleteRegistryAuth: true
      })
      expect(yield* run(`mutation { deleteTemplate(templateName: "py-template") }`)).toEqual({ deleteTemplate: null })
      expect(yield* field(runpodPython.endpoints)).toMatchObject({
        endpoints: [{ id: made["id"], userId: expect.any(String) }]
      })
      expect(yield* field(runpodPython.gpu)).toMatchObject([{ id: "NVIDIA L4", memoryInGb: 24 }])
      expect(yield* field(runpodPython.gpus)).toHaveLength(53)
      expect((yield* field(runpodPython.user))["networkVolumes"]).toEqual([])
      expect(yield* field(runpodPython.pods)).toEqual({ pods: [] })
      expect(yield* run(runpodPython.pod)).toEqual({ pod: null })
      const pod = yield* field(runpodPython.createPod)
      expect(pod).toMatchObject({ desiredStatus: "RUNNING", imageName: "i", env: [], machineId: null, machine: null })
      expect(yield* field(runpodPython.pods)).toMatchObject({
        pods: [{ id: pod["id"], name: "p", ports: "22/tcp", gpuCount: 1, runtime: null }]
      })
      expect((yield* ask("GET", "/v1/containerregistryauth")).value).toEqual([])
    }))

  it.scoped("is done: runpodctl", () =>
    Effect.gen(function*() {
      const { ask, field, run } = yield* make()
      const template = yield* ask("POST", "/v1/templates", {
        body: { name: "ctl", imageName: "i", isServerless: true, env: { A: "1" } }
      })
      const templateId = text(template.json["id"])
      expect(yield* field(runpodctl.podTemplate, { id: templateId })).toMatchObject({
        isServerless: true,
        env: [{ key: "A", value: "1" }]
      })
      expect(yield* run(runpodctl.podTemplate, { id: "x" })).toEqual({ podTemplate: null })
      const pools = yield* field(runpodctl.gpuPools)
      expect(pools).toContainEqual({ id: "ADA_24", gpuTypeIds: ["NVIDIA GeForce RTX 4090"] })
      const made = yield* field(runpodctl.createEndpoint, {
        input: { name: "ctl", templateId, gpuIds: "ADA_24", flashBootType: "FLASHBOOT", executionTimeoutMs: 600_000 }
      })
      expect(made).toMatchObject({ templateId, computeType: "GPU", executionTimeoutMs: 600_000 })
      expect((yield* ask("GET", "/v1/endpoints?includeTemplate=true")).value).toMatchObject([
        { id: made["id"], template: { name: "ctl" } }
      ])
      expect(yield* field(runpodctl.podTemplates, { input: { isServerless: true } })).toHaveLength(1)
      expect(yield* field(runpodctl.podTemplates, { input: { isServerless: false } })).toHaveLength(0)
      expect(yield* field(runpodctl.podTemplates, { input: { isRunpod: true } })).toHaveLength(0)
      const pubKey = "ssh-ed25519 AAAA me\nssh-rsa BBBB you"
      expect(yield* field(runpodctl.setSshKeys, { input: { pubKey } })).toMatchObject({ pubKey })
      expect((yield* ask("GET", "/v2/account/ssh-keys")).json["keys"]).toHaveLength(2)
      const secret = yield* field(runpodctl.createSecret, { input: { name: "hub", value: "s3cret" } })
      expect(yield* run(runpodctl.deleteSecret, { id: secret["id"] })).toEqual({ secretDelete: null })
      expect(yield* field(runpodctl.user)).toMatchObject({ spendLimit: 80, serverlessDiscount: null })
      expect(
        yield* field(runpodctl.saveTemplate, {
          input: {
            id: templateId,
            name: "ctl",
            imageName: "i:2",
            dockerArgs: "",
            containerDiskInGb: 5,
            volumeInGb: 0,
            env: []
          }
        })
      ).toMatchObject({ id: templateId, imageName: "i:2" })
      expect(yield* field(runpodctl.templatePorts, { id: templateId })).toMatchObject({ portsConfig: [] })
      expect(yield* field(runpodctl.myEndpoints)).toMatchObject({ endpoints: [{ id: made["id"] }] })
      expect(yield* field(runpodctl.volumes)).toEqual({ networkVolumes: [] })
      expect(yield* run(runpodctl.listingFromRepo, { repoOwner: "a", repoName: "b" })).toEqual({
        listingFromRepo: null
      })
      expect(yield* run(runpodctl.listings, { input: {} })).toEqual({ listings: [] })
      expect(yield* run(runpodctl.listing, { id: "x" })).toEqual({ listing: null })
      expect(yield* run(runpodctl.models)).toEqual({ myModels: [] })
      expect(yield* run(runpodctl.model, { owner: "a", name: "b" })).toEqual({ myModel: null })
      for (
        const [document, variables] of [
          [runpodctl.addModel, { input: { owner: "a", name: "b" } }],
          [runpodctl.removeModel, { input: { owner: "a", name: "b" } }],
          [runpodctl.uploadModel, { input: { owner: "a", name: "b", fileName: "f", fileSizeBytes: 1 } }],
          [runpodctl.completeModel, { input: { sessionId: "s" } }],
          [runpodctl.modelStatus, { uuid: "u", status: "READY" }]
        ] as const
      ) {
        expect(yield* field(document, variables)).toMatchObject({
          success: false,
          message: expect.stringContaining("models")
        })
      }
    }))

  it.scoped("is done: runpodctl, with pods", () =>
    Effect.gen(function*() {
      const { ask, fail, field, run } = yield* make()
      const made = yield* field(runpodctl.deployPod, {
        input: {
          cloudType: "SECURE",
          containerDiskInGb: 20,
          dockerArgs: "",
          dataCenterId: "",
          env: [{ key: "A", value: "1" }],
          gpuCount: 2,
          gpuTypeId: "NVIDIA L4",
          imageName: "an/image:1",
          name: "an/image",
          networkVolumeId: "",
          ports: "8888/http,22/tcp",
          templateId: "",
          volumeInGb: 10,
          volumeMountPath: "/data"
        }
      })
      const podId = text(made["id"])
      expect(made).toEqual({
        id: expect.stringMatching(/^[a-z0-9]{14}$/),
        costPerHr: 0,
        desiredStatus: "RUNNING",
        lastStatusChange: expect.stringContaining("has no machine for pods")
      })
      // it does not run, and nothing says that it does
      expect(yield* field(runpodctl.pods)).toMatchObject({
        pods: [{ id: podId, desiredStatus: "RUNNING", env: ["A=1"], uptimeSeconds: 0, machine: null, runtime: null }]
      })
      expect((yield* ask("GET", `/v2/pods/${podId}`)).json).toMatchObject({
        status: "PROVISIONING",
        actions: ["stop", "terminate"],
        gpu: { id: "NVIDIA L4", count: 2 },
        mounts: { persistent: { size: 10, path: "/data" } },
        runtime: null,
        startedAt: null
      })
      expect(yield* fail(runpodctl.startPod, { podId })).toContain("is not stopped")
      expect(yield* field(runpodctl.stopPod, { podId })).toEqual({ id: podId, desiredStatus: "EXITED" })
      expect((yield* ask("GET", `/v2/pods/${podId}`)).json).toMatchObject({
        status: "EXITED",
        actions: ["start", "terminate"]
      })
      expect(yield* field(runpodctl.startPod, { podId })).toMatchObject({ desiredStatus: "RUNNING" })
      yield* field(runpodctl.stopPod, { podId })
      expect(yield* field(runpodctl.startSpotPod, { podId, bidPerGpu: 0.2, gpuCount: 1 })).toMatchObject({
        desiredStatus: "RUNNING"
      })
      expect(yield* run(runpodctl.removePod, { podId })).toEqual({ podTerminate: null })
      expect(yield* field(runpodctl.pods)).toEqual({ pods: [] })
      expect(yield* fail(runpodctl.stopPod, { podId })).toBe(`pod ${podId} not found`)
      expect(yield* fail(runpodctl.deployPod, { input: { imageName: "i", gpuTypeId: "NVIDIA X" } })).toContain(
        "NVIDIA X"
      )
    }))

  it.scoped("is done: stock, as it is configured", () =>
    Effect.gen(function*() {
      const { field } = yield* make({ stock: { "AMPERE_24": "LOW", "cpu3c@EU-RO-1": "NONE" } })
      const gpus = yield* field(flash119.gpuStock, {
        gpuTypesInput: { ids: ["NVIDIA L4", "NVIDIA H200"] },
        lowestPriceInput: {
          dataCenterId: null,
          gpuCount: 1,
          secureCloud: true,
          includeAiApi: true,
          allowedCudaVersions: [],
          compliance: []
        }
      })
      expect(gpus).toEqual([
        { id: "NVIDIA L4", lowestPrice: { stockStatus: "Low" } },
        { id: "NVIDIA H200", lowestPrice: { stockStatus: "High" } }
      ])
      const cpu = (instanceId: string) =>
        field(flash119.cpuStock, {
          cpuFlavorInput: { id: "cpu3c" },
          specificsInput: { dataCenterId: "EU-RO-1", instanceId }
        })
      expect(yield* cpu("cpu3c-2-4")).toEqual([{ specifics: { stockStatus: "None" } }])
      expect(yield* field(flash.getGpuTypes, {})).toHaveLength(53)
      expect(yield* field(flash.getCpuTypes)).toHaveLength(6)
    }))
})

describe("a flash app over GraphQL", () => {
  it.scoped("has environments, and endpoints and volumes in them", () =>
    Effect.gen(function*() {
      const { fail, field, run } = yield* make()
      expect((yield* fail(flash.getFlashAppByName, { flashAppName: "shop" })).toLowerCase()).toContain("app not found")
      const app = yield* field(flash.createFlashApp, { input: { name: "shop" } })
      const environment = yield* field(flash.createFlashEnvironment, {
        input: { flashAppId: app["id"], name: "production" }
      })
      const endpoint = yield* field(flash.saveEndpoint, { input: saved({ flashEnvironmentId: environment["id"] }) })
      const loose = yield* field(flash.saveEndpoint, { input: saved({ template: { imageName: "i" } }) })
      const volume = yield* field(
        `mutation { createNetworkVolume(input: { name: "v", size: 10, dataCenterId: "EU-RO-1" }) { id } }`
      )
      const flashEnvironmentId = environment["id"]
      expect(
        yield* field(flash.addEndpointToFlashEnvironment, { input: { flashEnvironmentId, endpointId: loose["id"] } })
      )
        .toMatchObject({ flashEnvironmentId })
      expect(
        yield* field(flash.addNetworkVolumeToFlashEnvironment, {
          input: { flashEnvironmentId, networkVolumeId: volume["id"] }
        })
      ).toMatchObject({ flashEnvironmentId })
      expect(
        yield* field(flash.getFlashEnvironmentByName, { input: { flashAppId: app["id"], name: "production" } })
      ).toEqual({
        id: environment["id"],
        name: "production",
        state: "PENDING",
        activeBuildId: null,
        endpoints: [{ id: endpoint["id"], name: "sum-fb" }, { id: loose["id"], name: "sum-fb" }],
        networkVolumes: [{ id: volume["id"], name: "v" }]
      })
      const missing = { input: { flashAppId: app["id"], name: "staging" } }
      expect(yield* run(flash.getFlashEnvironmentByName, missing)).toEqual({ flashEnvironmentByName: null })
      expect(yield* field(flash.updateFlashEnvironment, { input: { flashEnvironmentId, status: "DEPLOYING" } }))
        .toMatchObject({ state: "DEPLOYING" })
      const apps = yield* field(flash.getFlashApps)
      expect(apps["flashApps"]).toMatchObject([{ name: "shop", flashEnvironments: [{ name: "production" }] }])
      expect(yield* run(flash.deleteFlashEnvironment, { flashEnvironmentId })).toEqual({ deleteFlashEnvironment: null })
      expect(yield* run(flash.getFlashEnvironment, { flashEnvironmentId })).toEqual({ flashEnvironment: null })
      expect(yield* run(flash.deleteFlashApp, { flashAppId: app["id"] })).toEqual({ deleteFlashApp: null })
      expect((yield* fail(flash.getFlashApp, { input: app["id"] })).toLowerCase()).toContain("app not found")
      expect((yield* field(flash.endpointIds))["endpoints"]).toHaveLength(2)
    }))
})

describe("the documents of this package's own client", () => {
  /** Another text of the same document, which is read by graphql-js. */
  const spaced = (document: string) => `${document} `
  const withoutIds = (value: unknown) =>
    JSON.parse(JSON.stringify(value, (key, inner: unknown) => /^(id|templateId|userId)$/.test(key) ? "an id" : inner))

  it.scoped("are answered as graphql-js answers them, also where they fail", () =>
    Effect.gen(function*() {
      const [own, other] = [yield* make(), yield* make()]
      const inputs: ReadonlyArray<Json> = [
        saved(),
        // a name that is taken
        saved(),
        saved({ name: "small", gpuIds: undefined, instanceIds: ["cpu3c-1-2"], template: { imageName: "an/image:1" } }),
        saved({ id: "nothing" }),
        saved({ name: "volume", networkVolumeIds: [{ networkVolumeId: "nothing" }] })
      ]
      for (const input of inputs) {
        const document = Documents.saveEndpoint.document
        const known = yield* own.post(document, { input })
        expect(withoutIds(known.value)).toEqual(
          withoutIds((yield* other.post(spaced(document), { input })).value)
        )
        expect(known.status).toBe(200)
      }
      for (
        const input of [{ name: "a template", imageName: "an/image:1", env: [{ key: "A", value: "1" }] }, { id: "x" }]
      ) {
        const document = Documents.saveTemplate.document
        expect(withoutIds((yield* own.post(document, { input })).value)).toEqual(
          withoutIds((yield* other.post(spaced(document), { input })).value)
        )
      }
    }))

  it.scoped("are left to graphql-js where the input is not what its schema says, or a stranger asks", () =>
    Effect.gen(function*() {
      const { context, fail, post } = yield* make()
      const answer = known.make(context)
      const document = Documents.saveEndpoint.document
      const request = (input: unknown) =>
        Api.request("POST", "/graphql", { body: { query: document, variables: { input } } })
      expect(answer(request(saved()))).toMatchObject({ status: 200 })
      expect(answer(request(saved({ gpuCount: "two" })))).toBeUndefined()
      expect(answer(request(saved({ nothing: 1 })))).toBeUndefined()
      expect(answer(request(undefined))).toBeUndefined()
      expect(answer(Api.request("POST", "/graphql", { body: "no JSON" }))).toBeUndefined()
      expect(yield* fail(document, { input: saved({ gpuCount: "two" }) })).toContain(`Variable "$input"`)
      expect((yield* post(document, { input: saved({ name: "strange" }) }, { key: "Bearer wrong" })).status).toBe(401)
    }))
})
