/** The REST APIs against the platform's own documents of them. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck } from "effect"
import * as Rest from "../../../runtime/platform/control/rest/Rest.ts"
import * as RestV1 from "../../../runtime/platform/control/restV1/RestV1.ts"
import type * as Router from "../../../runtime/platform/control/Router.ts"
import { cases } from "../../laws.ts"
import * as Api from "./api.ts"
import * as OpenApi from "./openapi.ts"

interface Contract {
  /** File of the document. */
  readonly document: string
  /** What comes before a documented path. */
  readonly prefix: string
  readonly table: (context: Router.Options["context"]) => object
  /** Bodies that are granted. */
  readonly good: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Operations that are asked for more than others. */
  readonly weighty: RegExp
  /** What must have been answered at least once. */
  readonly expected: ReadonlyArray<string>
  /** Whether it is right to answer so, when the document takes the body or does not. */
  readonly isRight: (isTaken: boolean, answer: Api.Answer) => boolean
}

const likely = {
  pools: FastCheck.constantFrom(["ADA_24"], ["AMPERE_24", "ADA_48_PRO"], ["AMPERE_24"]),
  excludedTypes: FastCheck.constantFrom(["NVIDIA L4"], ["NVIDIA L40"], []),
  cpu: FastCheck.constantFrom([{ id: "cpu3c", vcpuCount: 2 }], [{ id: "cpu5c", vcpuCount: 3 }]),
  dataCenter: FastCheck.constantFrom("EU-RO-1", "US-KS-2", "XX-1"),
  dataCenterIds: FastCheck.constantFrom([], ["EU-RO-1"]),
  networkVolumes: FastCheck.constantFrom([], ["nope"], ["<network-volumes>"]),
  networkVolumeIds: FastCheck.constantFrom([], ["<networkvolumes>"]),
  gpuTypeIds: FastCheck.constantFrom(["NVIDIA L4", "NVIDIA L40"], ["NVIDIA A30"]),
  minCudaVersion: FastCheck.constantFrom("12.8"),
  executionTimeoutMs: FastCheck.constantFrom(0, 5000),
  ports: FastCheck.constantFrom([], ["80/http"], ["nonsense"]),
  registry: FastCheck.constantFrom(null, "", "nope"),
  env: FastCheck.constantFrom({}, { A: "1" }, { "": "" }),
  templateId: FastCheck.constantFrom("nope", "<templates>"),
  timeout: FastCheck.constantFrom(0, 5000, 1),
  disk: FastCheck.constantFrom(1, 50),
  workers: FastCheck.constantFrom({}, { min: 0, max: 2 }, { min: 3, max: 1 }, { idleTimeout: 5 }),
  size: FastCheck.constantFrom(10, 20, 4096)
}

/** What only a look at the records can tell. */
const isSemantic = (errors: unknown): boolean =>
  JSON.stringify(errors).includes("is a serverless template") ||
  JSON.stringify(errors).includes("not applicable to queue-based") ||
  JSON.stringify(errors).includes("not a serverless template")

const v2: Contract = {
  document: "runpod-rest-v2-openapi.json",
  prefix: "",
  table: Rest.table,
  good: {
    "POST /v2/serverless": Api.body(),
    "POST /v2/templates": { name: "t", image: "i" },
    "POST /v2/network-volumes": { name: "v", size: 10, dataCenter: "EU-RO-1" },
    "POST /v2/registries": { name: "r", username: "u", password: "p" },
    "POST /v2/pods": { name: "p", image: "i", gpu: { id: "NVIDIA L4" } }
  },
  weighty: /serverless|templates|volumes|registries|\/v2\/pods/,
  expected: [
    "POST /v2/serverless 201",
    "POST /v2/serverless 400",
    "POST /v2/serverless 422",
    "PATCH /v2/serverless/{id} 200",
    "PATCH /v2/serverless/{id} 422",
    "GET /v2/serverless/{id}/releases 200",
    "PATCH /v2/templates/{id} 200",
    "DELETE /v2/registries/{id} 204",
    "POST /v2/pods 201",
    "POST /v2/pods 422",
    "PATCH /v2/pods/{id} 200",
    "POST /v2/pods/{id}/action 200",
    "POST /v2/pods/{id}/action 204",
    "POST /v2/pods/{id}/action 409",
    "GET /v2/pods/{id}/logs 200",
    "GET /v2/catalog/gpus 200"
  ],
  // what the document takes is refused for its meaning alone, and what it does not take for its form
  isRight: (isTaken, { json, status }) => isTaken ? status !== 422 || isSemantic(json["errors"]) : status === 422
}

const v1: Contract = {
  document: "runpod-rest-v1-openapi.json",
  prefix: "/v1",
  table: RestV1.table,
  good: {
    "POST /templates": { name: "t", imageName: "i", isServerless: true },
    "POST /networkvolumes": { name: "v", size: 10, dataCenterId: "EU-RO-1" },
    "POST /containerregistryauth": { name: "r", username: "u", password: "p" },
    "POST /endpoints": { templateId: "<templates>" },
    "POST /pods": { name: "p", imageName: "i", gpuTypeIds: ["NVIDIA L4"] }
  },
  weighty: /endpoints|templates|volumes|registry|pods/,
  expected: [
    "POST /endpoints 200",
    "POST /endpoints 400",
    "GET /endpoints 200",
    "PATCH /endpoints/{endpointId} 200",
    "POST /templates 200",
    "PATCH /templates/{templateId} 200",
    "POST /networkvolumes/{networkVolumeId}/update 200",
    "GET /containerregistryauth 200",
    "POST /pods 201",
    "GET /pods 200",
    "PATCH /pods/{podId} 200",
    "POST /pods/{podId}/stop 200",
    "DELETE /pods/{podId} 204"
  ],
  isRight: (isTaken, { json, status }) => isTaken || (status === 400 && typeof json["error"] === "string")
}

for (const contract of [v2, v1]) {
  const isThere = OpenApi.isThere(contract.document)
  describe.skipIf(!isThere)(`${contract.document}${isThere ? "" : " (skipped: it is not there)"}`, () => {
    it.scoped("has the operations that are served", () =>
      Effect.gen(function*() {
        const { context } = yield* Api.make()
        // it is the document itself that is not served, and its page
        const documented = OpenApi.load(contract.document).operations.map(({ method, path }) =>
          `${method} ${path.replace(/^\/v2/, "").replaceAll(/\{\w+\}/g, ":")}`
        ).filter((route) => route !== "GET /openapi.json" && route !== "GET /docs")
        const served = Object.keys(contract.table(context)).map((route) => route.replaceAll(/:\w+/g, ":"))
        expect(served.sort()).toEqual(documented.sort())
      }))

    it.effect(
      "is agreed with on generated requests: what is refused, and what an answer looks like",
      () =>
        Effect.gen(function*() {
          const document = OpenApi.load(contract.document)
          const seen = new Map<string, number>()
          const sequences = FastCheck.array(requestOf(contract, document), { minLength: 8, maxLength: 16 })
          yield* Effect.promise(() =>
            FastCheck.assert(
              FastCheck.asyncProperty(
                sequences,
                (sequence) => Effect.runPromise(Effect.scoped(talk(contract, document, sequence, seen)))
              ),
              cases(180)
            )
          )
          // it has come to something
          expect([...seen.values()].reduce((sum, count) => sum + count)).toBeGreaterThan(2000)
          for (const answer of contract.expected) expect([answer, seen.has(answer)]).toEqual([answer, true])
        }),
      60_000
    )
  })
}

interface Generated {
  readonly operation: OpenApi.Operation
  readonly body: unknown
  /** Says whose id stands in the path. */
  readonly whose: number
  readonly query: ReadonlyArray<string>
}

const requestOf = (contract: Contract, document: OpenApi.Document): FastCheck.Arbitrary<Generated> => {
  const weighty = document.operations.filter(({ path }) => contract.weighty.test(path))
  return FastCheck.constantFrom(...document.operations, ...weighty, ...weighty).chain((operation) =>
    FastCheck.record({
      operation: FastCheck.constant(operation),
      body: operation.body === undefined
        ? FastCheck.constant(undefined)
        : OpenApi.bodies(
          document,
          operation.body,
          likely,
          contract.good[`${operation.method} ${operation.path}`] ?? {}
        ),
      whose: FastCheck.nat(),
      query: FastCheck.subarray(
        operation.parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name)
      ).chain((names) => FastCheck.tuple(...names.map(query)))
    })
  )
}

/** One platform takes several requests, so that there is something to be found and changed. */
const talk = Effect.fnUntraced(function*(
  { good, isRight, prefix }: Contract,
  document: OpenApi.Document,
  sequence: ReadonlyArray<Generated>,
  seen: Map<string, number>
) {
  const { ask, jump } = yield* Api.make()
  yield* jump(Date.UTC(2026, 5, 10))
  const made = new Map<string, string>()
  const collectionOf = (path: string) => path.replace(/^\/v2/, "").split("/")[1] ?? ""
  /** With ids of what there is, where a collection stands for one of its own. */
  const filled = (body: unknown): unknown =>
    body === undefined ? undefined : JSON.parse(
      JSON.stringify(body).replaceAll(/<([a-z-]+)>/g, (_, collection: string) => made.get(collection) ?? "")
    )
  for (const [route, body] of Object.entries(good)) {
    const [method = "", path = ""] = route.split(" ")
    made.set(collectionOf(path), String((yield* ask(method, prefix + path, { body: filled(body) })).json["id"]))
  }
  for (const { body: generated, operation, query, whose } of sequence) {
    const body = filled(generated)
    const strangers = ["nope", "NVIDIA L4", "cpu3c", "EU-RO-1"]
    const known = whose % 4 === 0 ? undefined : made.get(collectionOf(operation.path))
    const id = encodeURIComponent(known ?? strangers[whose % strangers.length] ?? "")
    const target = operation.path.replaceAll(/\{\w+\}/g, id) + (query.length === 0 ? "" : `?${query.join("&")}`)
    const answer = yield* ask(operation.method, prefix + target, { body })
    const { reply, status, value } = answer
    const what = `${operation.method} ${target} ${JSON.stringify(body)} → ${status} ${reply.body}`
    const kind = `${operation.method} ${operation.path} ${status}`
    seen.set(kind, (seen.get(kind) ?? 0) + 1)
    expect(status, what).toBeLessThan(500)
    // v1 documents no bodies of errors, and none of a pod's moves, which runpodctl reads
    const isDocumented = status < 300 && !/\/(start|stop)$/.test(operation.path)
    if (isDocumented || prefix === "") expect(document.objection(operation, status, value), what).toBeUndefined()
    if (operation.body === undefined || status === 404 || /clusters/.test(operation.path)) continue
    expect(isRight(document.accepts(operation, body), answer), what).toBe(true)
  }
})

/** A parameter of a query, more often right than wrong. */
const query = (name: string): FastCheck.Arbitrary<string> => {
  const values: Readonly<Record<string, ReadonlyArray<string>>> = {
    include: ["AVAILABILITY", "GPU_AVAILABILITY", "CPU_AVAILABILITY"],
    product: ["POD", "SERVERLESS,POD"],
    count: ["1", "0"],
    cloud: ["SECURE"],
    countryCodes: ["RO", "RO,US", "xx"],
    cudaVersions: ["12.8", "99.9", "x"],
    minCudaVersion: ["12", "12.1"],
    vcpuCount: ["4", "3"],
    regions: ["EUROPE", "MARS"],
    networkVolumeTypes: ["STANDARD"],
    compliance: ["GDPR"],
    globalNetwork: ["true", "maybe"],
    source: ["official", "container"],
    startTime: ["2026-06-01T00:00:00Z", "x"],
    endTime: ["2026-06-05T00:00:00Z"],
    bucketSize: ["hour", "month"],
    lastN: ["3", "0"]
  }
  return FastCheck.constantFrom(...values[name] ?? ["x"]).map((value) => `${name}=${encodeURIComponent(value)}`)
}
