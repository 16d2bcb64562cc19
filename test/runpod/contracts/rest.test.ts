/** The schemas of REST v2 and v1 against the platform's own API documents. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Either, FastCheck as fc, ParseResult, Redacted, Schema } from "effect"
import * as Catalog from "../../../src/runpod/rest/Catalog.ts"
import * as Endpoints from "../../../src/runpod/rest/Endpoints.ts"
import * as NetworkVolumes from "../../../src/runpod/rest/NetworkVolumes.ts"
import * as Registries from "../../../src/runpod/rest/Registries.ts"
import * as Releases from "../../../src/runpod/rest/Releases.ts"
import * as Templates from "../../../src/runpod/rest/Templates.ts"
import * as Workers from "../../../src/runpod/rest/Workers.ts"
import * as V1 from "../../../src/runpod/RunpodRestV1.ts"
import { cases } from "../../laws.ts"
import * as OpenApi from "./openApi.ts"

type Schemas = Readonly<Record<string, Schema.Schema.AnyNoContext>>

const requests: Schemas = {
  CreateEndpointRequest: Endpoints.CreateEndpointRequest,
  UpdateEndpointRequest: Endpoints.UpdateEndpointRequest,
  CreateTemplateRequest: Templates.CreateTemplateRequest,
  UpdateTemplateRequest: Templates.UpdateTemplateRequest,
  CreateNetworkVolumeRequest: NetworkVolumes.CreateNetworkVolumeRequest,
  UpdateNetworkVolumeRequest: NetworkVolumes.UpdateNetworkVolumeRequest,
  CreateRegistryRequest: Registries.CreateRegistryRequest
}

const responses: Schemas = {
  Endpoint: Endpoints.Endpoint,
  ListEndpointsResponse: Endpoints.ListEndpointsResponse,
  ListEndpointWorkersResponse: Workers.ListEndpointWorkersResponse,
  ListEndpointReleasesResponse: Releases.ListEndpointReleasesResponse,
  Template: Templates.Template,
  ListTemplatesResponse: Templates.ListTemplatesResponse,
  NetworkVolume: NetworkVolumes.NetworkVolume,
  ListNetworkVolumesResponse: NetworkVolumes.ListNetworkVolumesResponse,
  Registry: Registries.Registry,
  ListRegistriesResponse: Registries.ListRegistriesResponse,
  GpuType: Catalog.GpuType,
  ListGpuTypesResponse: Catalog.ListGpuTypesResponse,
  CpuType: Catalog.CpuType,
  ListCpuTypesResponse: Catalog.ListCpuTypesResponse,
  DataCenter: Catalog.DataCenter,
  ListDataCentersResponse: Catalog.ListDataCentersResponse
}

/** What our requests refuse and the document has only words for. */
const ownRules = [
  "give either minCudaVersion or allowedCudaVersions",
  "is above max",
  "an endpoint needs exactly one of gpu and cpu",
  "no idleTimeout for a queue endpoint that scales on REQUEST_COUNT",
  "give either gpu or cpu",
  "each CPU configuration once"
]

const isOwnRule = (message: string): boolean => ownRules.some((rule) => message.includes(rule))

/** Everything of `json` that is not `null` is in `value`, under the same names. */
const isKept = (json: unknown, value: unknown): boolean => {
  if (json === null || Redacted.isRedacted(value)) return true
  if (Array.isArray(json)) return Array.isArray(value) && json.every((item, index) => isKept(item, value[index]))
  if (typeof json !== "object") return Object.is(json, value)
  return typeof value === "object" && value !== null &&
    Object.entries(json).every(([name, item]) =>
      item === null || isKept(item, Object.getOwnPropertyDescriptor(value, name)?.value)
    )
}

const contract = (document: string | undefined, name: string, requests: Schemas, responses: Schemas): void => {
  describe.skipIf(document === undefined)(
    `${name}${document === undefined ? " (its document is not there)" : ""}`,
    () => {
      const api = document === undefined ? undefined : OpenApi.make(document)

      for (const [schemaName, schema] of Object.entries(requests)) {
        it(`sends a ${schemaName} that the API takes`, () => {
          assert(api !== undefined)
          const problems = api.problems(schemaName)
          const encode = Schema.encodeSync(schema)
          fc.assert(
            fc.property(Arbitrary.make(schema), (request) => {
              // as it travels: what JSON cannot hold is found, too
              const json: unknown = JSON.parse(JSON.stringify(encode(request)))
              assert.deepStrictEqual(problems(json), [])
            }),
            cases(200)
          )
        })

        it(`can send every ${schemaName} that the API takes`, () => {
          assert(api !== undefined)
          const decode = Schema.decodeUnknownEither(schema, { onExcessProperty: "error", errors: "all" })
          let good = 0
          fc.assert(
            fc.property(api.arbitrary(schemaName), (json) => {
              const decoded = decode(json)
              if (Either.isRight(decoded)) {
                good++
                assert(isKept(json, decoded.right))
              } else {
                const issues = ParseResult.ArrayFormatter.formatErrorSync(decoded.left)
                assert.deepStrictEqual(issues.filter(({ message }) => !isOwnRule(message)), [])
              }
            }),
            cases(300)
          )
          assert.isAbove(good, 10)
        })
      }

      for (const [schemaName, schema] of Object.entries(responses)) {
        it(`reads every ${schemaName} and loses nothing`, () => {
          assert(api !== undefined)
          const decode = Schema.decodeUnknownSync(schema)
          fc.assert(
            fc.property(api.arbitrary(schemaName), (json) => {
              assert(isKept(json, decode(json)), `lost something of ${JSON.stringify(json)}`)
            }),
            cases(100)
          )
        })
      }
    }
  )
}

contract(OpenApi.read("runpod-rest-v2-openapi.json"), "REST v2", requests, responses)

contract(
  OpenApi.read("runpod-rest-v1-openapi.json"),
  "REST v1",
  { NetworkVolumeCreateInput: V1.NetworkVolumeCreateInput },
  {}
)

describe("tolerance", () => {
  const volume = { id: "v1", name: "models", size: 50, dataCenter: "EU-RO-1", type: "STANDARD" }

  it("passes over keys that it does not know", () => {
    const read = Schema.decodeUnknownSync(NetworkVolumes.NetworkVolume)({ ...volume, snapshots: [] })
    assert.deepStrictEqual(read, volume)
  })

  it("keeps an enum's unknown member as the text it is", () => {
    const read = Schema.decodeUnknownSync(NetworkVolumes.NetworkVolume)({ ...volume, type: "GLACIAL" })
    assert.strictEqual(read.type, "GLACIAL")
  })

  it("reads an endpoint that scales in an unknown way", () => {
    const read = Schema.decodeUnknownSync(Endpoints.Endpoint)({
      id: "ep1",
      name: "hello",
      workers: { min: 0, max: 3 },
      scaling: { type: "TOKENS", tokens: 5 },
      dataCenterIds: [],
      networkVolumes: [],
      timeout: 0,
      flashboot: "TURBO",
      createdAt: "2026-11-24T00:00:00Z",
      env: { HF_TOKEN: "hf_secret" }
    })
    assert.deepStrictEqual(read.scaling, { type: "TOKENS" })
    assert.strictEqual(read.flashboot, "TURBO")
    assert.notInclude(JSON.stringify(read), "hf_secret")
  })

  it("does not take a known way to scale, of which it cannot read the value, for an unknown one", () => {
    const read = Schema.decodeUnknownEither(Endpoints.Endpoint.fields.scaling)({
      type: "QUEUE_DELAY",
      queueDelay: "soon"
    })
    assert(Either.isLeft(read))
  })
})
