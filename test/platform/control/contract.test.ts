/** The REST APIs against the platform's own documents of them. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, FastCheck } from "effect"
import * as Rest from "../../../runtime/platform/control/rest/Rest.ts"
import { cases } from "../../laws.ts"
import * as Api from "./api.ts"
import * as OpenApi from "./openapi.ts"

const name = "runpod-rest-v2-openapi.json"
const isThere = OpenApi.isThere(name)

const likely = {
  pools: FastCheck.constantFrom(["ADA_24"], ["AMPERE_24", "ADA_48_PRO"], ["AMPERE_24"]),
  excludedTypes: FastCheck.constantFrom(["NVIDIA L4"], ["NVIDIA L40"], []),
  cpu: FastCheck.constantFrom([{ id: "cpu3c", vcpuCount: 2 }], [{ id: "cpu5c", vcpuCount: 3 }]),
  dataCenter: FastCheck.constantFrom("EU-RO-1", "US-KS-2", "XX-1"),
  dataCenterIds: FastCheck.constantFrom([], ["EU-RO-1"]),
  networkVolumes: FastCheck.constantFrom([], ["nope"]),
  ports: FastCheck.constantFrom([], ["80/http"], ["nonsense"]),
  registry: FastCheck.constantFrom(null, "", "nope"),
  env: FastCheck.constantFrom({}, { A: "1" }, { "": "" }),
  templateId: FastCheck.constantFrom("nope"),
  timeout: FastCheck.constantFrom(0, 5000, 1),
  disk: FastCheck.constantFrom(1, 50),
  workers: FastCheck.constantFrom({}, { min: 0, max: 2 }, { min: 3, max: 1 }, { idleTimeout: 5 }),
  size: FastCheck.constantFrom(10, 20, 4096)
}

/** Bodies that are granted. */
const good: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "POST /v2/serverless": Api.body(),
  "POST /v2/templates": { name: "t", image: "i" },
  "POST /v2/network-volumes": { name: "v", size: 10, dataCenter: "EU-RO-1" },
  "POST /v2/registries": { name: "r", username: "u", password: "p" }
}

/** What only a look at the records can tell. */
const isSemantic = (errors: unknown): boolean =>
  JSON.stringify(errors).includes("not applicable to queue-based") ||
  JSON.stringify(errors).includes("not a serverless template")

describe.skipIf(!isThere)(`REST v2 and its document${isThere ? "" : ` (skipped: there is no ${name})`}`, () => {
  it.scoped("have the same operations", () =>
    Effect.gen(function*() {
      const { context } = yield* Api.make()
      const documented = OpenApi.load(name).operations.map(({ method, path }) =>
        `${method} ${path.replace(/^\/v2/, "").replaceAll(/\{(\w+)\}/g, ":$1")}`
      )
      expect(Object.keys(Rest.table(context)).sort()).toEqual([...documented].sort())
    }))

  it.effect(
    "agree on every generated request: what is refused, and what an answer looks like",
    () =>
      Effect.gen(function*() {
        const document = OpenApi.load(name)
        const seen = new Set<string>()
        const requests = FastCheck.array(requestOf(document), { minLength: 8, maxLength: 16 })
        yield* Effect.promise(() =>
          FastCheck.assert(
            FastCheck.asyncProperty(
              requests,
              (sequence) => Effect.runPromise(Effect.scoped(talk(document, sequence, seen)))
            ),
            cases(120)
          )
        )
        // it has come to something
        for (
          const answer of [
            "POST /v2/serverless 201",
            "POST /v2/serverless 400",
            "POST /v2/serverless 422",
            "PATCH /v2/serverless/{id} 200",
            "PATCH /v2/serverless/{id} 422",
            "GET /v2/serverless/{id}/releases 200",
            "PATCH /v2/templates/{id} 200",
            "DELETE /v2/registries/{id} 204",
            "GET /v2/catalog/gpus 200"
          ]
        ) expect([answer, seen.has(answer)]).toEqual([answer, true])
      }),
    60_000
  )
})

interface Generated {
  readonly operation: OpenApi.Operation
  readonly body: unknown
  /** Says whose id stands in the path. */
  readonly whose: number
  readonly query: ReadonlyArray<string>
}

const requestOf = (document: OpenApi.Document): FastCheck.Arbitrary<Generated> => {
  const weighty = document.operations.filter(({ path }) => /serverless|templates|volumes|registries/.test(path))
  return FastCheck.constantFrom(...document.operations, ...weighty, ...weighty).chain((operation) =>
    FastCheck.record({
      operation: FastCheck.constant(operation),
      body: operation.body === undefined
        ? FastCheck.constant(undefined)
        : OpenApi.bodies(document, operation.body, likely, good[`${operation.method} ${operation.path}`] ?? {}),
      whose: FastCheck.nat(),
      query: FastCheck.subarray(
        operation.parameters.filter((parameter) => parameter.in === "query").map(({ name }) => name)
      ).chain((names) => FastCheck.tuple(...names.map(query)))
    })
  )
}

/** One platform takes several requests, so that there is something to be found and changed. */
const talk = Effect.fnUntraced(
  function*(document: OpenApi.Document, sequence: ReadonlyArray<Generated>, seen: Set<string>) {
    const { ask, jump } = yield* Api.make()
    yield* jump(Date.UTC(2026, 5, 10))
    const made = new Map<string, string>()
    const collectionOf = (path: string) => path.split("/")[2] ?? ""
    for (const [route, body] of Object.entries(good)) {
      const [method = "", path = ""] = route.split(" ")
      made.set(collectionOf(path), String((yield* ask(method, path, { body })).json["id"]))
    }
    for (const { body, operation, query, whose } of sequence) {
      const strangers = ["nope", "NVIDIA L4", "cpu3c", "EU-RO-1"]
      const known = whose % 4 === 0 ? undefined : made.get(collectionOf(operation.path))
      const id = encodeURIComponent(known ?? strangers[whose % strangers.length] ?? "")
      const target = operation.path.replaceAll(/\{\w+\}/g, id) + (query.length === 0 ? "" : `?${query.join("&")}`)
      const { json, reply, status, value } = yield* ask(operation.method, target, { body })
      const what = `${operation.method} ${target} ${JSON.stringify(body)} → ${status} ${reply.body}`
      seen.add(`${operation.method} ${operation.path} ${status}`)
      expect(status, what).toBeLessThan(500)
      expect(document.objection(operation, status, value), what).toBeUndefined()
      if (operation.body === undefined || status === 404 || /pods|clusters/.test(operation.path)) continue
      // what the document takes is refused for its meaning alone, and what it does not take for its form
      const isTaken = document.accepts(operation, body)
      expect(isTaken ? status !== 422 || isSemantic(json["errors"]) : status === 422, what).toBe(true)
    }
  }
)

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
