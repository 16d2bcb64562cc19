import { assert, describe, expect, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, HashMap, Layer, Logger, LogLevel, Redacted, TestClock } from "effect"
import { inspect } from "node:util"
import type { CreateEndpointRequest } from "../../src/runpod/rest/Endpoints.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import type { RunpodError } from "../../src/runpod/RunpodError.ts"
import * as RunpodRest from "../../src/runpod/RunpodRest.ts"
import { version } from "../../src/Version.ts"
import { broken, config, key, make, problem, reply } from "./scriptedApi.ts"
import type { Asked, Reply } from "./scriptedApi.ts"

/** REST v2 over a script. */
const api = (script: (asked: Asked) => Reply, settings: Layer.Layer<RunpodConfig.RunpodConfig> = config) => {
  const platform = make(script, settings)
  return Effect.map(
    Effect.provide(RunpodRest.RunpodRest, Layer.provide(RunpodRest.layer, platform.layer)),
    (rest) => ({ ...platform, rest })
  )
}

/** Its outcome, however long it waits by the test's clock. */
const outcome = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(Effect.exit(effect))
    yield* TestClock.adjust("1 hour")
    return yield* Fiber.join(fiber)
  })

const failure = <A>(effect: Effect.Effect<A, RunpodError>) =>
  Effect.flatMap(outcome(effect), (exit) => {
    assert(Exit.isFailure(exit), "it succeeded")
    assert(exit.cause._tag === "Fail", Cause.pretty(exit.cause))
    return Effect.succeed(exit.cause.error)
  })

const endpoint = {
  id: "ep1",
  name: "hello",
  type: "QUEUE",
  workers: { min: 0, max: 3, idleTimeout: 10 },
  scaling: { type: "QUEUE_DELAY", queueDelay: 4 },
  dataCenterIds: [],
  networkVolumes: [],
  timeout: 600_000,
  flashboot: "OFF",
  createdAt: "2026-11-24T20:00:00Z"
}

const creation: CreateEndpointRequest = {
  name: "hello",
  type: "QUEUE",
  image: "runpod/flash:1",
  gpu: { pools: ["AMPERE_48"] },
  scaling: { type: "QUEUE_DELAY", queueDelay: 4 },
  timeout: 600_000,
  flashboot: "OFF",
  env: { MODE: "live", HF_TOKEN: Redacted.make("hf_abcdefgh") }
}

const volume = { id: "v1", name: "models", size: 50, dataCenter: "EU-RO-1", type: "STANDARD" }

const template = {
  id: "t1",
  name: "t",
  image: "i",
  args: "",
  disk: 10,
  mounts: {},
  ports: [],
  env: {},
  registry: null,
  serverless: true,
  public: false,
  category: "NVIDIA",
  startSsh: false,
  startJupyter: false,
  allowedCudaVersions: []
}

const workers = {
  workers: [{ id: "w1", status: "RUNNING", gpuCount: 1, isStale: false, image: null }],
  summary: { running: 1, idle: 0, initializing: 0, throttled: 0, unhealthy: 0, total: 1 }
}

const releases = {
  rollout: { inProgress: false, workersOnLatest: 1, workersTotal: 1, percentOnLatest: 100 },
  releases: []
}

const gpu = {
  id: "NVIDIA GeForce RTX 4090",
  name: "RTX 4090",
  pool: "ADA_24",
  manufacturer: "NVIDIA",
  memory: 24,
  secure: true,
  community: true,
  price: { secure: 0.7, community: 0.4 },
  maxCount: { secure: 8, community: 4 }
}

const cpu = {
  id: "cpu3c",
  name: "Compute",
  group: "3",
  vcpu: { min: 2, max: 32 },
  ramGbPerVcpu: 2,
  price: { securePerVcpu: 0.03, serverlessPerVcpu: 0.03 }
}

const dataCenter = {
  id: "EU-RO-1",
  name: "EU-RO-1",
  region: "EUROPE",
  networkVolumeTypes: ["STANDARD"],
  compliance: ["GDPR"],
  globalNetwork: true
}

describe("operations", () => {
  type Call = (rest: typeof RunpodRest.RunpodRest.Service) => Effect.Effect<unknown, RunpodError>
  const operations: ReadonlyArray<readonly [line: string, answer: unknown, call: Call, body?: unknown]> = [
    ["GET /v2/serverless", { endpoints: [endpoint] }, (rest) => rest.listEndpoints],
    ["GET /v2/serverless/ep1", endpoint, (rest) => rest.getEndpoint("ep1")],
    ["POST /v2/serverless", endpoint, (rest) => rest.createEndpoint(creation), {
      ...creation,
      env: { MODE: "live", HF_TOKEN: "hf_abcdefgh" }
    }],
    [
      "PATCH /v2/serverless/ep1",
      endpoint,
      (rest) => rest.updateEndpoint("ep1", { workers: { max: 5 } }),
      { workers: { max: 5 } }
    ],
    ["DELETE /v2/serverless/ep1", undefined, (rest) => rest.deleteEndpoint("ep1")],
    ["GET /v2/serverless/ep1/workers", workers, (rest) => rest.listEndpointWorkers("ep1")],
    ["GET /v2/serverless/ep1/releases", releases, (rest) => rest.listEndpointReleases("ep1")],
    ["GET /v2/templates", { templates: [template] }, (rest) => rest.listTemplates],
    ["GET /v2/templates/t1", template, (rest) => rest.getTemplate("t1")],
    ["POST /v2/templates", template, (rest) => rest.createTemplate({ name: "t", image: "i" }), {
      name: "t",
      image: "i"
    }],
    ["PATCH /v2/templates/t1", template, (rest) => rest.updateTemplate("t1", { registry: null }), { registry: null }],
    ["DELETE /v2/templates/t1", undefined, (rest) => rest.deleteTemplate("t1")],
    ["GET /v2/network-volumes", { networkVolumes: [volume] }, (rest) => rest.listNetworkVolumes],
    ["GET /v2/network-volumes/v1", volume, (rest) => rest.getNetworkVolume("v1")],
    [
      "POST /v2/network-volumes",
      volume,
      (rest) => rest.createNetworkVolume({ name: "models", size: 50, dataCenter: "EU-RO-1" }),
      { name: "models", size: 50, dataCenter: "EU-RO-1" }
    ],
    ["PATCH /v2/network-volumes/v1", volume, (rest) => rest.updateNetworkVolume("v1", { size: 60 }), { size: 60 }],
    ["DELETE /v2/network-volumes/v1", undefined, (rest) => rest.deleteNetworkVolume("v1")],
    ["GET /v2/registries", { registries: [{ id: "r1", name: "hub" }] }, (rest) => rest.listRegistries],
    ["GET /v2/registries/r1", { id: "r1", name: "hub" }, (rest) => rest.getRegistry("r1")],
    [
      "POST /v2/registries",
      { id: "r1", name: "hub" },
      (rest) => rest.createRegistry({ name: "hub", username: "ada", password: Redacted.make("p4ssword") }),
      { name: "hub", username: "ada", password: "p4ssword" }
    ],
    ["DELETE /v2/registries/r1", undefined, (rest) => rest.deleteRegistry("r1")],
    ["GET /v2/catalog/gpus", { gpus: [gpu] }, (rest) => rest.listGpuTypes()],
    [
      "GET /v2/catalog/gpus?include=AVAILABILITY&product=POD,SERVERLESS&count=2&minCudaVersion=12.4",
      { gpus: [{ ...gpu, availability: "HIGH" }] },
      (rest) => rest.listGpuTypes({ product: ["POD", "SERVERLESS"], count: 2, minCudaVersion: "12.4" })
    ],
    ["GET /v2/catalog/gpus/NVIDIA%20GeForce%20RTX%204090", gpu, (rest) => rest.getGpuType("NVIDIA GeForce RTX 4090")],
    [
      "GET /v2/catalog/cpus?include=AVAILABILITY&product=SERVERLESS&vcpuCount=4",
      { cpus: [cpu] },
      (rest) => rest.listCpuTypes({ product: ["SERVERLESS"], vcpuCount: 4 })
    ],
    ["GET /v2/catalog/cpus/cpu3c", cpu, (rest) => rest.getCpuType("cpu3c")],
    [
      "GET /v2/catalog/datacenters?include=GPU_AVAILABILITY,CPU_AVAILABILITY&globalNetwork=false",
      { dataCenters: [dataCenter] },
      (rest) => rest.listDataCenters({ include: ["GPU_AVAILABILITY", "CPU_AVAILABILITY"], globalNetwork: false })
    ],
    ["GET /v2/catalog/datacenters/EU-RO-1", dataCenter, (rest) => rest.getDataCenter("EU-RO-1")]
  ]

  for (const [line, answer, call, body] of operations) {
    it.effect(line, () =>
      Effect.gen(function*() {
        const { asked, lines, rest } = yield* api(() =>
          answer === undefined ? reply(204) : reply(line.startsWith("POST") ? 201 : 200, answer)
        )
        yield* call(rest)
        expect(lines()).toEqual([line])
        expect(asked[0]?.body).toEqual(body)
        expect(asked[0]?.headers).toMatchObject({
          authorization: `Bearer ${key}`,
          accept: "application/json",
          "user-agent": `effect-flash/${version} (node ${process.version}; ${process.platform} ${process.arch})`,
          ...(body === undefined ? {} : { "content-type": "application/json" })
        })
      }))
  }

  it.effect("reads what the platform holds", () =>
    Effect.gen(function*() {
      const { rest } = yield* api(() =>
        reply(200, { ...endpoint, gpu: null, image: "i", env: { TOKEN: "hf_secret" }, pleaseIgnore: 1 })
      )
      const { env, ...read } = yield* rest.getEndpoint("ep1")
      expect(read).toEqual({ ...endpoint, image: "i" })
      expect(Redacted.value(env?.["TOKEN"] ?? Redacted.make(""))).toBe("hf_secret")
    }))

  it.effect("fails before anything is sent where the request does not fit, and names each field", () =>
    Effect.gen(function*() {
      const { lines, rest } = yield* api(() => reply(201, endpoint))
      const error = yield* failure(rest.createEndpoint({
        ...creation,
        workers: { min: -1, idleTimeout: 4000 },
        gpu: { pools: ["ADA_24"], minCudaVersion: "twelve" }
      }))
      assert(error._tag === "ValidationFailed")
      expect(error.fields.map(({ path }) => path).sort()).toEqual([
        "gpu.minCudaVersion",
        "workers.idleTimeout",
        "workers.min"
      ])
      expect(error.message).toContain("gpu.minCudaVersion: a CUDA version as major.minor")
      expect(lines()).toEqual([])
    }))

  it.effect("refuses a field that the API does not know", () =>
    Effect.gen(function*() {
      const { lines, rest } = yield* api(() => reply(201, volume))
      const input = { name: "models", size: 50, dataCenter: "EU-RO-1", dataCenterId: "EU-RO-1" }
      const error = yield* failure(rest.createNetworkVolume(input))
      expect(error).toMatchObject({ _tag: "ValidationFailed", fields: [{ path: "dataCenterId" }] })
      expect(lines()).toEqual([])
    }))

  it.effect("does not take an empty id for the list, nor dots for another path", () =>
    Effect.gen(function*() {
      const { lines, rest } = yield* api(() => reply(204))
      for (const id of ["", " ", ".", ".."]) {
        expect(yield* failure(rest.deleteEndpoint(id))).toMatchObject({
          _tag: "ValidationFailed",
          fields: [{ path: "id" }]
        })
      }
      expect(lines()).toEqual([])
      yield* rest.deleteEndpoint("a/b?c")
      expect(lines()).toEqual(["DELETE /v2/serverless/a%2Fb%3Fc"])
    }))
})

describe("errors", () => {
  const get = (answer: Reply) => Effect.flatMap(api(() => answer), ({ rest }) => failure(rest.getEndpoint("ep1")))

  it.effect("Unauthorized tells where the key came from", () =>
    Effect.gen(function*() {
      const error = yield* get(problem(401, "missing bearer token"))
      expect(error).toMatchObject({ _tag: "Unauthorized", keyOrigin: "RUNPOD_API_KEY in a test" })
      expect(error.message).toContain("RUNPOD_API_KEY in a test")
      expect(error.message).toContain("flash login")
    }))

  it.effect("Forbidden", () =>
    Effect.gen(function*() {
      const error = yield* get(problem(403, "access denied"))
      expect(error).toMatchObject({ _tag: "Forbidden", detail: "access denied" })
      expect(error.message).toContain("read and write access")
    }))

  it.effect("NotFound", () =>
    Effect.gen(function*() {
      const error = yield* get(problem(404, "resource not found"))
      expect(error).toMatchObject({ _tag: "NotFound", kind: "endpoint", id: "ep1", detail: "resource not found" })
    }))

  it.effect("a 404 that is not the API's own does not say that anything is gone", () =>
    Effect.gen(function*() {
      for (const page of ["404 page not found", "<html><h1>Not Found</h1></html>", "", "{}", "null"]) {
        expect(yield* get(reply(404, page))).toMatchObject({ _tag: "RequestRejected", status: 404 })
      }
    }))

  it.effect("a 404 to a list is not a missing thing", () =>
    Effect.gen(function*() {
      const { rest } = yield* api(() => problem(404, "no such route"))
      expect(yield* failure(rest.listEndpoints)).toMatchObject({ _tag: "RequestRejected", status: 404 })
      expect(yield* failure(rest.createEndpoint(creation))).toMatchObject({ _tag: "RequestRejected", status: 404 })
    }))

  it.effect("a 404 to an update is the thing itself only where the thing is not there", () =>
    Effect.gen(function*() {
      const present = yield* api(({ method }) =>
        method === "PATCH" ? problem(404, "template not found") : reply(200, endpoint)
      )
      expect(yield* failure(present.rest.updateEndpoint("ep1", { templateId: "t9" }))).toMatchObject({
        _tag: "RequestRejected",
        detail: "template not found"
      })
      const gone = yield* api(() => problem(404, "resource not found"))
      expect(yield* failure(gone.rest.updateEndpoint("ep1", { templateId: "t9" }))).toMatchObject({
        _tag: "NotFound",
        id: "ep1"
      })
    }))

  it.effect("Conflict", () =>
    Effect.gen(function*() {
      expect(yield* get(problem(409, "it is being deleted"))).toMatchObject({
        _tag: "Conflict",
        detail: "it is being deleted"
      })
    }))

  it.effect("ValidationFailed has each field", () =>
    Effect.gen(function*() {
      const error = yield* get(problem(422, "Request validation failed.", {
        errors: [
          "$: missing property 'dataCenter'",
          "$: additional properties 'dataCenterId' not allowed",
          "$.gpu.pools[0]: expected string",
          "/workers/min: must be at least 0",
          "all is lost"
        ]
      }))
      assert(error._tag === "ValidationFailed")
      expect(error.fields).toEqual([
        { path: "dataCenter", problem: "missing property 'dataCenter'" },
        { path: "dataCenterId", problem: "additional properties 'dataCenterId' not allowed" },
        { path: "gpu.pools[0]", problem: "expected string" },
        { path: "workers/min", problem: "must be at least 0" },
        { path: "", problem: "all is lost" }
      ])
      expect(error.message).toContain("gpu.pools[0]: expected string")
    }))

  it.effect("ValidationFailed for a bad request", () =>
    Effect.gen(function*() {
      expect(yield* get(problem(400, "neither gpu nor cpu"))).toMatchObject({
        _tag: "ValidationFailed",
        detail: "neither gpu nor cpu",
        fields: []
      })
    }))

  it.effect("CapacityUnavailable", () =>
    Effect.gen(function*() {
      const error = yield* get(problem(
        400,
        "There are no longer any instances available with the requested specifications. Please refresh and try again."
      ))
      expect(error._tag).toBe("CapacityUnavailable")
      expect(error.message).toContain("more GPU pools")
    }))

  it.effect("ApiRetired", () =>
    Effect.gen(function*() {
      const error = yield* get(reply(410, "Gone"))
      expect(error).toMatchObject({ _tag: "ApiRetired", api: "REST v2" })
      expect(error.message).toContain("Update effect-flash")
    }))

  it.effect("RequestRejected for what has no class", () =>
    Effect.gen(function*() {
      expect(yield* get(problem(405, "method not allowed"))).toMatchObject({ _tag: "RequestRejected", status: 405 })
      // a page in front of the API says nothing of the key's permissions
      expect(yield* get(reply(403, "<html>Attention Required! | Cloudflare</html>"))).toMatchObject({
        _tag: "RequestRejected",
        status: 403,
        detail: "Attention Required! | Cloudflare"
      })
    }))

  it.effect("ServerError after the retries", () =>
    Effect.gen(function*() {
      expect(yield* get(reply(502, "<html>\n<h1>Bad   Gateway</h1></html>"))).toMatchObject({
        _tag: "ServerError",
        status: 502,
        detail: "Bad Gateway"
      })
    }))

  it.effect("RateLimited after the retries", () =>
    Effect.gen(function*() {
      expect(yield* get(problem(429, "minute", {}, { "retry-after": "12" }))).toMatchObject({
        _tag: "RateLimited",
        retryAfterMs: 12_000
      })
    }))

  it.effect("TransportFailed has the system's code", () =>
    Effect.gen(function*() {
      const error = yield* get(broken("ECONNRESET"))
      expect(error).toMatchObject({
        _tag: "TransportFailed",
        code: "ECONNRESET",
        request: "GET https://api.runpod.test/v2/serverless/ep1"
      })
    }))

  it.effect("TransportFailed where the body breaks off", () =>
    Effect.gen(function*() {
      const answer = Effect.sync(() =>
        new Response(
          new ReadableStream({
            start: (controller) => controller.error(Object.assign(new Error("terminated"), { code: "UND_ERR_SOCKET" }))
          })
        )
      )
      expect(yield* get(answer)).toMatchObject({ _tag: "TransportFailed", code: "UND_ERR_SOCKET" })
    }))

  it.effect("RequestTimedOut", () =>
    Effect.gen(function*() {
      expect(yield* get(Effect.never)).toMatchObject({ _tag: "RequestTimedOut", limitMs: 60_000 })
    }))

  it.effect("UnexpectedResponse says what cannot be read", () =>
    Effect.gen(function*() {
      expect(yield* get(reply(200, "<html>hello from your hotel</html>"))).toMatchObject({
        _tag: "UnexpectedResponse",
        status: 200,
        issue: "it is not JSON",
        body: "hello from your hotel"
      })
      const error = yield* get(reply(200, { ...endpoint, workers: { min: "none", max: 3 } }))
      assert(error._tag === "UnexpectedResponse")
      expect(error.issue).toContain("workers.min: Expected")
    }))

  it.effect("ApiKeyMissing, when a request needs the key and not before", () =>
    Effect.gen(function*() {
      const { lines, rest } = yield* api(() => reply(200, endpoint), RunpodConfig.layerOf({}))
      expect((yield* failure(rest.getEndpoint("ep1")))._tag).toBe("ApiKeyMissing")
      expect(lines()).toEqual([])
    }))

  it.effect("no error shows a secret", () =>
    Effect.gen(function*() {
      const says = `Bearer ${key} https://s3.test/x?X-Amz-Signature=abc hf_abcdefgh p4ssword`
      const env = { HF_TOKEN: "hf_abcdefgh", OTHER: "p4ssword" }
      const replies = [
        problem(401, says),
        problem(403, says),
        problem(404, says),
        problem(409, says),
        problem(400, says, { errors: [says] }),
        problem(422, says, { errors: [`$.env: ${says}`] }),
        problem(405, says),
        reply(410, says),
        reply(500, says),
        reply(200, says),
        reply(200, `{"env":{"A":"p4ssword","B":"${key}`),
        reply(200, { ...endpoint, timeout: says, env }),
        reply(200, { ...endpoint, env: { deep: env } })
      ]
      for (const answer of replies) {
        const { rest } = yield* api(() => answer)
        const request = {
          ...creation,
          env: { HF_TOKEN: Redacted.make("hf_abcdefgh"), OTHER: Redacted.make("p4ssword") }
        }
        const errors = [
          yield* failure(rest.createEndpoint(request)),
          yield* failure(rest.updateEndpoint("ep1", { env: request.env }))
        ]
        for (const error of errors) {
          for (const shown of [error.message, inspect(error, { depth: 9 }), JSON.stringify(error)]) {
            expect(shown).not.toContain(key)
            expect(shown).not.toContain("hf_abcdefgh")
            expect(shown).not.toContain("p4ssword")
            expect(shown).not.toContain("Signature=abc")
          }
        }
      }
    }))

  it.effect("an answer is shown by its first kilobyte", () =>
    Effect.gen(function*() {
      const error = yield* get(reply(200, `${"x".repeat(5000)}`))
      assert(error._tag === "UnexpectedResponse")
      expect(error.body).toHaveLength(1025)
    }))
})

describe("retries", () => {
  const volumes = (script: (asked: Asked) => Reply) => api(script)

  it.effect("waits as long as the platform asks, and says so", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make(({ annotations, logLevel, message }) => {
        lines.push(`${logLevel.label} ${String(message)}${HashMap.size(annotations)}`)
      })
      const { gaps, rest } = yield* volumes(({ nth }) =>
        nth === 0 ? problem(429, "minute", {}, { "retry-after": "17" }) : reply(200, endpoint)
      )
      const exit = yield* outcome(rest.getEndpoint("ep1")).pipe(
        Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
        Logger.withMinimumLogLevel(LogLevel.Debug)
      )
      assert(Exit.isSuccess(exit))
      expect(gaps()).toEqual([17_000])
      expect(lines.join()).toMatch(/^DEBUG .*rate limited.*Trying again in 17s/)
    }))

  it.effect("waits for the window that is used up, where there is no Retry-After", () =>
    Effect.gen(function*() {
      const { gaps, rest } = yield* volumes(({ nth }) =>
        nth === 0
          ? problem(429, "minute", {}, { ratelimit: `"minute";r=0;t=42, "hour";r=2800;t=1812, "day";r=9;t=45012` })
          : reply(200, endpoint)
      )
      assert(Exit.isSuccess(yield* outcome(rest.getEndpoint("ep1"))))
      expect(gaps()).toEqual([42_000])
    }))

  it.effect("understands a Retry-After that is a date", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.parse("2026-11-24T20:00:00Z"))
      const { gaps, rest } = yield* volumes(({ nth }) =>
        nth === 0
          ? problem(429, "minute", {}, { "retry-after": "Tue, 24 Nov 2026 20:00:30 GMT" })
          : reply(200, endpoint)
      )
      assert(Exit.isSuccess(yield* outcome(rest.getEndpoint("ep1"))))
      expect(gaps()).toEqual([30_000])
    }))

  it.effect("does not wait for an hour", () =>
    Effect.gen(function*() {
      const { lines, rest } = yield* volumes(() => problem(429, "hour", {}, { "retry-after": "1800" }))
      const error = yield* Effect.flip(rest.getEndpoint("ep1"))
      expect(error).toMatchObject({ _tag: "RateLimited", retryAfterMs: 1_800_000 })
      expect(lines()).toHaveLength(1)
    }))

  it.effect("repeats what failed with growing waits, four times", () =>
    Effect.gen(function*() {
      const { gaps, rest } = yield* volumes(() => reply(503))
      yield* failure(rest.getEndpoint("ep1"))
      const expected = [500, 1000, 2000, 4000]
      expect(gaps()).toHaveLength(expected.length)
      gaps().forEach((gap, index) => {
        expect(gap).toBeGreaterThanOrEqual((expected[index] ?? 0) * 0.8 - 1)
        expect(gap).toBeLessThanOrEqual((expected[index] ?? 0) * 1.2 + 1)
      })
    }))

  it.effect("gives up two minutes after the first failure", () =>
    Effect.gen(function*() {
      const { asked, rest } = yield* volumes(() => Effect.never)
      yield* failure(rest.getEndpoint("ep1"))
      expect(asked).toHaveLength(3)
    }))

  const lapses: ReadonlyArray<readonly [string, Reply]> = [
    ["a broken connection", broken("ECONNRESET")],
    ["a time-out", Effect.never],
    ["a failure of the platform", reply(500)],
    ["a gateway that gives up", reply(524)]
  ]
  for (const [name, lapse] of lapses) {
    it.effect(`${name} is repeated for what can be done twice`, () =>
      Effect.gen(function*() {
        const once = ({ nth }: Asked) => nth === 0 ? lapse : reply(200, endpoint)
        const calls = [
          (rest: typeof RunpodRest.RunpodRest.Service) => rest.getEndpoint("ep1"),
          (rest: typeof RunpodRest.RunpodRest.Service) => rest.updateEndpoint("ep1", { name: "x" }),
          (rest: typeof RunpodRest.RunpodRest.Service) => rest.deleteEndpoint("ep1")
        ]
        for (const call of calls) {
          const { lines, rest } = yield* api(once)
          assert(Exit.isSuccess(yield* outcome(call(rest))))
          expect(lines()).toHaveLength(2)
        }
      }))

    it.effect(`${name} leaves a creation's outcome unknown, and it is sent once`, () =>
      Effect.gen(function*() {
        const { lines, rest } = yield* api(({ nth }) => nth === 0 ? lapse : reply(201, endpoint))
        const error = yield* failure(rest.createEndpoint(creation))
        expect(error).toMatchObject({ _tag: "OutcomeUnknown", kind: "endpoint", name: "hello" })
        expect(error.message).toContain("Look for it before you create it again")
        expect(lines()).toHaveLength(1)
      }))
  }

  it.effect("a creation whose answer cannot be read has an unknown outcome", () =>
    Effect.gen(function*() {
      const { lines, rest } = yield* api(() => reply(201, "OK"))
      const error = yield* failure(rest.createEndpoint(creation))
      assert(error._tag === "OutcomeUnknown")
      expect(error.cause).toMatchObject({ _tag: "UnexpectedResponse" })
      expect(lines()).toHaveLength(1)
    }))

  it.effect("a creation is sent again where it certainly was not accepted", () =>
    Effect.gen(function*() {
      for (const refusal of [broken("ECONNREFUSED"), broken("ENOTFOUND"), problem(429, "minute")]) {
        const { lines, rest } = yield* api(({ nth }) => nth === 0 ? refusal : reply(201, endpoint))
        assert(Exit.isSuccess(yield* outcome(rest.createEndpoint(creation))))
        expect(lines()).toHaveLength(2)
      }
    }))

  it.effect("a refusal is not repeated", () =>
    Effect.gen(function*() {
      for (const status of [400, 401, 403, 404, 409, 410, 422]) {
        const { lines, rest } = yield* api(() => problem(status, "no"))
        yield* Effect.flip(rest.getEndpoint("ep1"))
        expect(lines()).toHaveLength(1)
      }
    }))

  it.effect("an interrupted request is given up", () =>
    Effect.gen(function*() {
      let interrupted = false
      const { rest } = yield* api(() => Effect.onInterrupt(Effect.never, () => Effect.sync(() => (interrupted = true))))
      const fiber = yield* Effect.fork(rest.getEndpoint("ep1"))
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      expect(interrupted).toBe(true)
    }))
})
