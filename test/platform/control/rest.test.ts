/** REST v2. */
import { assert, describe, expect, it } from "@effect/vitest"
import { Chunk, Effect, Fiber, Stream } from "effect"
import * as RateLimits from "../../../runtime/platform/control/RateLimits.ts"
import * as Rest from "../../../runtime/platform/control/rest/Rest.ts"
import * as JumpClock from "../jumpClock.ts"
import * as Api from "./api.ts"

const text = (value: unknown): string => String(value)

describe("REST v2", () => {
  it.scoped("refuses whoever has no key or another, on every route, in its own form", () =>
    Effect.gen(function*() {
      const { ask, context, control } = yield* Api.make()
      const routes = Object.keys(Rest.table(context))
      expect(routes.length).toBeGreaterThan(50)
      for (const route of routes) {
        const [method = "", pattern = ""] = route.split(" ")
        for (const prefix of ["/v2", "/rest/v2"]) {
          for (
            const [key, detail] of [[undefined, "missing bearer token"], ["rpa_OTHER", "invalid api key"]] as const
          ) {
            const { headers, json, status } = yield* ask(method, prefix + pattern, { key, body: Api.body() })
            expect([route, status, json]).toEqual([route, 401, { title: "Unauthorized", status: 401, detail }])
            expect(headers["content-type"]).toBe("application/problem+json")
          }
        }
      }
      expect(control.endpoints.list()).toEqual([])
    }))

  it.scoped("tells a path that is not there from a method that is not", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make()
      for (const path of ["/v2/serverless/a/b", "/v2/openapi.json", "/v2/catalog", "/rest/v2", "/v2/serverless/"]) {
        expect([path, (yield* ask("GET", path)).status]).toEqual([path, 404])
      }
      const { headers, json, status } = yield* ask("PUT", "/v2/serverless")
      expect(status).toBe(405)
      expect(headers["allow"]).toBe("GET, POST")
      expect(json).toMatchObject({ title: "Method Not Allowed", status: 405 })
      expect((yield* ask("DELETE", "/v2/catalog/gpus")).headers["allow"]).toBe("GET")
    }))

  it.scoped("leaves every other path below /v2 to the job API", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make()
      const { json } = yield* ask("POST", "/v2/serverless", { body: Api.body() })
      const id = text(json["id"])
      expect(yield* ask("POST", `/v2/${id}/run`, { body: { input: 1 } })).toMatchObject({
        status: 200,
        json: { status: "IN_QUEUE" }
      })
      expect((yield* ask("GET", `/v2/${id}/health`)).json).toMatchObject({ jobs: { inQueue: 1 } })
      expect((yield* ask("GET", "/v2/unknown/health")).status).toBe(404)
    }))

  it.scoped("counts requests, and says when there are too many", () =>
    Effect.gen(function*() {
      const clock = { now: 1_000_000 }
      const limits = RateLimits.make({ minute: 2, hour: 3, day: 100 }, () => clock.now)
      const { ask } = yield* Api.make({ limits })
      const first = yield* ask("GET", "/v2/serverless")
      expect(first.headers["ratelimit"]).toBe(`"minute";r=1;t=60, "hour";r=2;t=3600, "day";r=99;t=86400`)
      expect(first.headers["ratelimit-policy"]).toBe(`"minute";q=2;w=60, "hour";q=3;w=3600, "day";q=100;w=86400`)
      clock.now += 12_500
      yield* ask("GET", "/v2/nothing/of/the/kind")
      expect((yield* ask("GET", "/v2/templates/nope")).status).toBe(404)
      const third = yield* ask("GET", "/v2/serverless")
      expect(third).toMatchObject({
        status: 429,
        json: { title: "Too Many Requests", detail: "rate limit exceeded for the minute window" }
      })
      expect(third.headers).toMatchObject({ "retry-after": "48", "content-type": "application/problem+json" })
      clock.now += 60_000
      expect((yield* ask("GET", "/v2/serverless")).status).toBe(200)
      expect((yield* ask("GET", "/v2/serverless")).json["detail"]).toContain("hour")
    }))
})

describe("an endpoint over REST v2", () => {
  it.scoped("is made with what is given and what is usual, and answers as it was made", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make()
      const made = yield* ask("POST", "/v2/serverless", {
        body: Api.body({ env: { A: "1" }, dataCenterIds: ["EU-RO-1"], gpu: { pools: ["AMPERE_24"], count: 2 } })
      })
      const id = text(made.json["id"])
      expect(made.status).toBe(201)
      expect(made.value).toEqual({
        id,
        name: "hello",
        type: "QUEUE",
        requestUrls: {
          run: `${Api.base}/v2/${id}/run`,
          runSync: `${Api.base}/v2/${id}/runsync`,
          status: `${Api.base}/v2/${id}/status/{job_id}`,
          stream: `${Api.base}/v2/${id}/stream/{job_id}`,
          cancel: `${Api.base}/v2/${id}/cancel/{job_id}`,
          retry: `${Api.base}/v2/${id}/retry/{job_id}`,
          purgeQueue: `${Api.base}/v2/${id}/purge-queue`,
          health: `${Api.base}/v2/${id}/health`
        },
        image: "my/image:1",
        args: "",
        disk: 20,
        env: { A: "1" },
        ports: [],
        registry: null,
        gpu: { pools: ["AMPERE_24"], count: 2, allowedCudaVersions: [], minCudaVersion: null },
        workers: { min: 0, max: 3, idleTimeout: 10 },
        scaling: { type: "QUEUE_DELAY", queueDelay: 4 },
        dataCenterIds: ["EU-RO-1"],
        networkVolumes: [],
        timeout: 300_000,
        flashboot: "OFF",
        createdAt: "1970-01-01T00:00:00.000Z"
      })
      expect((yield* ask("GET", `/v2/serverless/${id}`)).value).toEqual(made.value)
      expect((yield* ask("GET", `/rest/v2/serverless`)).value).toEqual({ endpoints: [made.value] })
      // its template is part of it
      expect((yield* ask("GET", "/v2/templates")).json).toEqual({ templates: [] })
    }))

  it.scoped("on CPUs has their memory, and one that balances load its own host", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make()
      const cpu = yield* ask("POST", "/v2/serverless", {
        body: Api.body({ gpu: undefined, cpu: [{ id: "cpu5c", vcpuCount: 4 }] })
      })
      expect(cpu.json["cpu"]).toEqual([{ id: "cpu5c", vcpuCount: 4, memory: 8 }])
      expect("gpu" in cpu.json).toBe(false)
      const balanced = yield* ask("POST", "/v2/serverless", {
        body: Api.body({ type: "LOAD_BALANCER", scaling: { type: "REQUEST_COUNT", requestCount: 2 } })
      })
      const id = text(balanced.json["id"])
      expect(balanced.json["requestUrls"]).toEqual({
        base: `http://${id}.localhost:8123`,
        health: `http://${id}.localhost:8123/ping`
      })
      // it takes no jobs, and says so at once
      expect(yield* ask("POST", `/v2/${id}/run`, { body: { input: 1 } })).toMatchObject({
        status: 400,
        json: { error: "not allowed for QB API" }
      })
      expect((yield* ask("POST", `/v2/${id}/run`, { body: { input: 1 }, key: "wrong" })).status).toBe(401)
      expect((yield* ask("GET", `/v2/${id}/health`)).status).toBe(200)
    }))

  it.scoped("scaled by its requests has no idle timeout", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make()
      const scaling = { type: "REQUEST_COUNT", requestCount: 1 }
      const made = yield* ask("POST", "/v2/serverless", { body: Api.body({ scaling }) })
      expect(made.json["workers"]).toEqual({ min: 0, max: 3 })
      const workers = { idleTimeout: 5 }
      const path = `/v2/serverless/${text(made.json["id"])}`
      for (
        const refused of [
          yield* ask("POST", "/v2/serverless", { body: Api.body({ scaling, workers }) }),
          yield* ask("PATCH", path, { body: { workers } })
        ]
      ) {
        expect(refused.status).toBe(422)
        expect(text(refused.json["errors"])).toContain("$.workers.idleTimeout: not applicable")
      }
      const back = { scaling: { type: "QUEUE_DELAY", queueDelay: 0.5 }, workers }
      expect((yield* ask("PATCH", path, { body: back })).json["workers"]).toEqual({ min: 0, max: 3, idleTimeout: 5 })
    }))

  it.scoped("changes in what is given alone, with a release where its workers are replaced", () =>
    Effect.gen(function*() {
      const { ask, workers } = yield* Api.make()
      const made = yield* ask("POST", "/v2/serverless", {
        body: Api.body({ env: { A: "1", B: "2" }, gpu: { pools: ["AMPERE_24"], excludedTypes: [" NVIDIA L4 "] } })
      })
      const path = `/v2/serverless/${text(made.json["id"])}`
      expect(made.json["gpu"]).toMatchObject({ excludedTypes: ["NVIDIA L4"] })
      const scaled = yield* ask("PATCH", path, { body: { workers: { max: 9 }, timeout: 0 } })
      expect(scaled.value).toEqual({
        ...made.json,
        workers: { min: 0, max: 9, idleTimeout: 10 },
        timeout: 0
      })
      const patched = yield* ask("PATCH", path, {
        body: { env: { C: "3" }, gpu: { minCudaVersion: "12.8" }, image: "my/image:2" }
      })
      expect(patched.json).toMatchObject({
        image: "my/image:2",
        env: { C: "3" },
        gpu: { pools: ["AMPERE_24"], excludedTypes: ["NVIDIA L4"], minCudaVersion: "12.8" }
      })
      const pooled = yield* ask("PATCH", path, { body: { gpu: { pools: ["ADA_24"], minCudaVersion: "" } } })
      expect(pooled.json["gpu"]).toEqual({ pools: ["ADA_24"], count: 1, allowedCudaVersions: [], minCudaVersion: null })

      workers.push(Api.worker({ version: 3 }), Api.worker({ version: 2 }), Api.worker({ version: 3 }))
      const releases = yield* ask("GET", `${path}/releases`)
      expect(releases.json).toMatchObject({
        endpointVersion: 3,
        rollout: { inProgress: true, workersOnLatest: 2, workersTotal: 3, percentOnLatest: 66 },
        releases: [
          { version: 3, source: "MANUAL", workerCount: 2, buildId: null },
          {
            version: 2,
            workerCount: 1,
            diff: [
              { field: "minCudaVersion", old: null, new: "12.8" },
              { field: "template.imageName", old: "my/image:1", new: "my/image:2" },
              { field: "template.env", old: { A: "1", B: "2" }, new: { C: "3" } }
            ]
          },
          { version: 1, diff: [] }
        ]
      })
    }))

  it.scoped("shows its workers", () =>
    Effect.gen(function*() {
      const { ask, jump, workers } = yield* Api.make()
      const { json: { id } } = yield* ask("POST", "/v2/serverless", {
        body: Api.body({ gpu: { pools: ["ADA_24"], count: 2 } })
      })
      workers.push(Api.worker({ status: "RUNNING" }), Api.worker({ id: "w2", version: 0, status: "INITIALIZING" }))
      yield* jump(61_999)
      expect((yield* ask("GET", `/v2/serverless/${text(id)}/workers`)).value).toEqual({
        workers: [
          {
            id: "worker00000001",
            status: "RUNNING",
            isStale: false,
            version: 1,
            gpuCount: 2,
            image: "my/image:1",
            uptimeSeconds: 61,
            gpuTypeId: "NVIDIA GeForce RTX 4090",
            dataCenterId: null,
            startedAt: "1970-01-01T00:00:00.000Z"
          },
          expect.objectContaining({ id: "w2", isStale: true, status: "INITIALIZING" })
        ],
        summary: { running: 1, idle: 0, initializing: 1, throttled: 0, unhealthy: 0, total: 2 },
        endpointVersion: 1
      })
    }))

  it.scoped("is gone when it is deleted, and so are its routes", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make()
      const { json: { id } } = yield* ask("POST", "/v2/serverless", { body: Api.body() })
      const path = `/v2/serverless/${text(id)}`
      expect(yield* ask("DELETE", path)).toMatchObject({ status: 204, value: undefined })
      for (
        const [method, target] of [
          ["GET", path],
          ["PATCH", path],
          ["DELETE", path],
          ["GET", `${path}/workers`],
          ["GET", `${path}/releases`],
          ["GET", `${path}/workers/w1/logs`],
          ["POST", `/v2/${text(id)}/run`],
          ["GET", `/v2/${text(id)}/health`]
        ] as const
      ) {
        expect([method, target, (yield* ask(method, target, { body: { input: 1 } })).status])
          .toEqual([method, target, 404])
      }
    }))

  it.scoped("is copied from a template once", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make()
      const template = yield* ask("POST", "/v2/templates", {
        body: {
          name: "t",
          image: "t/image",
          args: "--from-template",
          disk: 33,
          env: { A: "template", B: "template" },
          serverless: true,
          allowedCudaVersions: ["12.8"]
        }
      })
      const templateId = text(template.json["id"])
      const made = yield* ask("POST", "/v2/serverless", {
        body: Api.body({ image: undefined, templateId, args: "--mine", env: { B: "mine" } })
      })
      expect(made).toMatchObject({
        status: 201,
        json: {
          image: "t/image",
          args: "--mine",
          disk: 33,
          env: { A: "template", B: "mine" },
          gpu: { allowedCudaVersions: ["12.8"] }
        }
      })
      // a floor is not put beside a set that nobody asked for
      const floored = yield* ask("POST", "/v2/serverless", {
        body: Api.body({ templateId, gpu: { pools: ["ADA_24"], minCudaVersion: "12.1" } })
      })
      expect(floored.json["gpu"]).toMatchObject({ allowedCudaVersions: [], minCudaVersion: "12.1" })
      yield* ask("PATCH", `/v2/templates/${templateId}`, { body: { image: "t/image:2" } })
      const path = `/v2/serverless/${text(made.json["id"])}`
      expect((yield* ask("GET", path)).json["image"]).toBe("t/image")
      const applied = yield* ask("PATCH", path, { body: { templateId, env: { C: "patch" } } })
      expect(applied.json).toMatchObject({
        image: "t/image:2",
        args: "--from-template",
        env: { A: "template", B: "template", C: "patch" }
      })
      // nobody holds the template
      expect((yield* ask("DELETE", `/v2/templates/${templateId}`)).status).toBe(204)
      const missing = yield* ask("POST", "/v2/serverless", { body: Api.body({ templateId }) })
      expect(missing).toMatchObject({ status: 404, json: { detail: `template ${templateId} not found` } })
      const pod = yield* ask("POST", "/v2/templates", { body: { name: "p", image: "i" } })
      const wrong = yield* ask("POST", "/v2/serverless", { body: Api.body({ templateId: pod.json["id"] }) })
      expect(wrong.status).toBe(422)
      expect(text(wrong.json["errors"])).toContain("not a serverless template")
    }))

  const malformed: ReadonlyArray<readonly [unknown, ReadonlyArray<string>]> = [
    [{}, ["$: missing property 'name'", "$: missing property 'scaling'", "$: missing property 'type'"]],
    [Api.body({ image: undefined }), ["$: missing property 'image'"]],
    [Api.body({ dataCenterId: "EU-RO-1" }), ["$: additional properties 'dataCenterId' not allowed"]],
    [Api.body({ name: "" }), ["$.name: minLength: got 0, want 1"]],
    [Api.body({ name: 5 }), ["$.name: got number, want string"]],
    [Api.body({ disk: 0 }), ["$.disk: minimum: got 0, want 1"]],
    [Api.body({ disk: 1.5 }), ["$.disk: got number, want integer"]],
    [Api.body({ disk: "1" }), ["$.disk: got string, want integer"]],
    [Api.body({ registry: 1 }), ["$.registry: got number, want string or null"]],
    [Api.body({ env: { A: 1 } }), ["$.env.A: got number, want string"]],
    [Api.body({ env: [] }), ["$.env: got array, want object"]],
    [Api.body({ ports: "80/http" }), ["$.ports: got string, want array"]],
    [Api.body({ type: "BATCH" }), ["$.type: value must be one of 'QUEUE', 'LOAD_BALANCER'"]],
    [Api.body({ type: "LOAD_BALANCER" }), ["$.scaling.type: value must be 'REQUEST_COUNT'"]],
    [Api.body({ flashboot: "ON" }), ["$.flashboot: value must be one of 'OFF', 'FLASHBOOT', 'PRIORITY_FLASHBOOT'"]],
    [Api.body({ gpu: {} }), ["$.gpu: missing property 'pools'"]],
    [Api.body({ gpu: { pools: [] } }), ["$.gpu.pools: minItems: got 0, want 1"]],
    [Api.body({ gpu: { pools: ["ADA_24", 1] } }), ["$.gpu.pools[1]: got number, want string"]],
    [
      Api.body({ gpu: { pools: ["ADA_24"], excludedTypes: ["a", "a"] } }),
      ["$.gpu.excludedTypes: items at 0 and 1 are equal"]
    ],
    [
      Api.body({ gpu: { pools: ["ADA_24"], minCudaVersion: "12" } }),
      ["$.gpu.minCudaVersion: \"12\" does not match pattern '^\\d+\\.\\d+$'"]
    ],
    [
      Api.body({ cpu: [{ id: "cpu3c", vcpuCount: 1 }], gpu: undefined }),
      ["$.cpu[0].vcpuCount: minimum: got 1, want 2"]
    ],
    [Api.body({ workers: { idleTimeout: 0 } }), ["$.workers.idleTimeout: minimum: got 0, want 1"]],
    [Api.body({ workers: { idleTimeout: 3601 } }), ["$.workers.idleTimeout: maximum: got 3601, want 3600"]],
    [Api.body({ scaling: {} }), ["$.scaling: missing property 'type'"]],
    [[], ["$: got array, want object"]]
  ]
  for (const [body, errors] of malformed) {
    it.scoped(`is refused with ${errors.join(" and ")}`, () =>
      Effect.gen(function*() {
        const { ask, control } = yield* Api.make()
        const { headers, json, status } = yield* ask("POST", "/v2/serverless", { body })
        expect([status, headers["content-type"]]).toEqual([422, "application/problem+json"])
        expect(json).toMatchObject({
          title: "Unprocessable Entity",
          status: 422,
          detail: "Request validation failed."
        })
        expect(json["errors"]).toEqual(errors)
        expect(control.endpoints.list()).toEqual([])
      }))
  }

  it.scoped("is refused where it is well formed and cannot be", () =>
    Effect.gen(function*() {
      const { ask, control } = yield* Api.make()
      const { json: { id } } = yield* ask("POST", "/v2/serverless", { body: Api.body() })
      const cpu = [{ id: "cpu3c", vcpuCount: 2 }]
      for (
        const [method, target, body, detail] of [
          ["POST", "/v2/serverless", Api.body({ gpu: undefined }), "exactly one of gpu and cpu"],
          ["POST", "/v2/serverless", Api.body({ cpu }), "exactly one of gpu and cpu"],
          ["POST", "/v2/serverless", Api.body({ timeout: 1 }), "timeout must be"],
          ["POST", "/v2/serverless", Api.body({ networkVolumes: ["x"] }), "network volume x not found"],
          ["POST", "/v2/serverless", "{", "not JSON"],
          ["POST", "/v2/serverless", "", "no body"],
          ["PATCH", `/v2/serverless/${text(id)}`, { cpu }, "runs on GPUs"],
          ["PATCH", `/v2/serverless/${text(id)}`, { workers: { min: 9 } }, "above workers.max"]
        ] as const
      ) {
        const answer = yield* ask(method, target, { body })
        expect([answer.status, answer.json["title"]]).toEqual([400, "Bad Request"])
        expect(answer.json["detail"]).toContain(detail)
      }
      expect(control.endpoints.list()).toHaveLength(1)
    }))
})

describe("a worker's log", () => {
  const events = Effect.fnUntraced(function*(stream: Stream.Stream<Uint8Array | string> | undefined, count: number) {
    assert(stream !== undefined)
    return Chunk.toReadonlyArray(yield* Stream.runCollect(Stream.take(stream, count))).map(String)
  })

  it.scoped("is sent as events, from where it is asked for, and goes on", () =>
    Effect.gen(function*() {
      const { ask, logs } = yield* Api.make()
      const { json: { id } } = yield* ask("POST", "/v2/serverless", { body: Api.body() })
      logs.open("w1", text(id))
      logs.append("w1", "system", "create container my/image:1")
      for (const line of ["a", "b", "c"]) logs.append("w1", "container", line)
      const path = `/v2/serverless/${text(id)}/workers/w1/logs`
      const all = yield* ask("GET", path)
      expect(all.headers).toMatchObject({
        "content-type": "text/event-stream",
        "cache-control": "no-cache",
        "connection": "keep-alive",
        "x-accel-buffering": "no"
      })
      expect(all.headers["ratelimit"]).toBeDefined()
      const [first, second, third] = yield* events(all.reply.stream, 4)
      expect(first).toBe(
        "id: 1970-01-01T00:00:00.000000000Z\n" +
          `data: {"source":"system","line":"create container my/image:1","ts":"1970-01-01T00:00:00.000000000Z"}\n\n`
      )
      const lines = (query: string, count: number, headers: Readonly<Record<string, string>> = {}) =>
        Effect.gen(function*() {
          const { reply } = yield* ask("GET", `${path}${query}`, { headers })
          return (yield* events(reply.stream, count)).map((event) => /"line":"([^"]*)"/.exec(event)?.[1])
        })
      expect(yield* lines("?source=system", 1)).toEqual(["create container my/image:1"])
      expect(yield* lines("?source=container&tail=2", 2)).toEqual(["b", "c"])
      const [, cursor = ""] = /^id: (.*)$/m.exec(third ?? "") ?? []
      expect(yield* lines(`?since=${encodeURIComponent(cursor)}`, 2)).toEqual(["b", "c"])
      // the header wins over the query
      expect(yield* lines("?tail=0&since=1970-01-01T00:00:00Z", 1, { "last-event-id": cursor })).toEqual(["c"])
      expect(second).toContain(`"line":"a"`)

      const following = yield* Effect.fork(lines("?tail=0", 1))
      yield* JumpClock.settle
      logs.append("w1", "container", "live")
      expect(yield* Fiber.join(following)).toEqual(["live"])
    }))

  it.scoped("is found for this endpoint's workers alone, and asked for in a form that there is", () =>
    Effect.gen(function*() {
      const { ask, logs } = yield* Api.make()
      const { json: { id } } = yield* ask("POST", "/v2/serverless", { body: Api.body() })
      logs.open("w1", text(id))
      logs.open("w2", "another")
      const path = (worker: string) => `/v2/serverless/${text(id)}/workers/${worker}/logs`
      expect((yield* ask("GET", path("w2"))).status).toBe(404)
      expect((yield* ask("GET", path("w3"))).status).toBe(404)
      for (const query of ["?tail=5001", "?tail=-1", "?tail=x", "?source=disk", "?since=yesterday"]) {
        expect([query, (yield* ask("GET", path("w1") + query)).status]).toEqual([query, 422])
      }
    }))
})

describe("other resources over REST v2", () => {
  it.scoped("are templates", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make()
      const made = yield* ask("POST", "/v2/templates", {
        body: { name: "t", image: "i", mounts: { persistent: { size: 20, path: "/w" } } }
      })
      expect(made).toMatchObject({
        status: 201,
        json: { mounts: { persistent: { size: 20, path: "/w" } }, startSsh: true, category: "NVIDIA" }
      })
      const path = `/v2/templates/${text(made.json["id"])}`
      expect((yield* ask("PATCH", path, { body: { mounts: {}, readme: "x" } })).status).toBe(422)
      expect((yield* ask("PATCH", path, { body: { mounts: {}, public: true } })).json).toMatchObject({
        mounts: { persistent: { size: 20, path: "/w" } },
        public: true
      })
      expect((yield* ask("POST", "/v2/templates", { body: { name: "t", image: "i" } })).status).toBe(409)
      expect((yield* ask("PATCH", path, { body: { serverless: true } })).status).toBe(400)
      expect((yield* ask("GET", "/v2/templates")).json["templates"]).toHaveLength(1)
      expect((yield* ask("DELETE", path)).status).toBe(204)
      expect((yield* ask("GET", path)).status).toBe(404)
    }))

  it.scoped("are network volumes", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make()
      const made = yield* ask("POST", "/v2/network-volumes", {
        body: { name: "v", size: 50, dataCenter: "US-KS-2", type: "HIGH_PERFORMANCE" }
      })
      const path = `/v2/network-volumes/${text(made.json["id"])}`
      expect(made).toMatchObject({ status: 201, json: { dataCenter: "US-KS-2", type: "HIGH_PERFORMANCE" } })
      expect((yield* ask("PATCH", path, { body: { size: 60 } })).json["size"]).toBe(60)
      const smaller = yield* ask("PATCH", path, { body: { size: 50 } })
      expect(smaller).toMatchObject({ status: 400, json: { detail: expect.stringContaining("cannot shrink") } })
      expect((yield* ask("PATCH", path, { body: {} })).json["errors"]).toEqual(["$: minProperties: got 0, want 1"])
      expect(
        (yield* ask("POST", "/v2/network-volumes", { body: { name: "v", size: 50, dataCenterId: "EU-RO-1" } })).json
      )
        .toEqual({
          title: "Unprocessable Entity",
          status: 422,
          detail: "Request validation failed.",
          errors: ["$: additional properties 'dataCenterId' not allowed", "$: missing property 'dataCenter'"]
        })
      const endpoint = yield* ask("POST", "/v2/serverless", { body: Api.body({ networkVolumes: [made.json["id"]] }) })
      expect(endpoint.json["networkVolumes"]).toEqual([made.json["id"]])
      expect((yield* ask("DELETE", path)).status).toBe(400)
      yield* ask("DELETE", `/v2/serverless/${text(endpoint.json["id"])}`)
      expect((yield* ask("DELETE", path)).status).toBe(204)
    }))

  it.scoped("are registries, whose passwords nobody sees again", () =>
    Effect.gen(function*() {
      const { ask, control } = yield* Api.make()
      const made = yield* ask("POST", "/v2/registries", { body: { name: "hub", username: "me", password: "pa55" } })
      expect(made).toMatchObject({ status: 201, value: { id: made.json["id"], name: "hub" } })
      expect(JSON.stringify(control.registries.list())).not.toContain("pa55")
      expect((yield* ask("GET", "/v2/registries")).json["registries"]).toHaveLength(1)
      expect((yield* ask("GET", "/v2/registries/delegations")).json).toEqual({ delegations: [] })
      expect((yield* ask("DELETE", "/v2/registries/delegations/x")).status).toBe(404)
      expect((yield* ask("DELETE", `/v2/registries/${text(made.json["id"])}`)).status).toBe(204)
    }))

  it.scoped("are the account's SSH keys", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make()
      expect((yield* ask("GET", "/v2/account/ssh-keys")).json).toEqual({ keys: [] })
      const keys = ["ssh-ed25519 AAAA me"]
      expect((yield* ask("PUT", "/v2/account/ssh-keys", { body: { keys } })).json).toEqual({ keys })
      expect((yield* ask("PUT", "/v2/account/ssh-keys", { body: { keys: ["nonsense"] } })).status).toBe(422)
      expect((yield* ask("GET", "/v2/account/ssh-keys")).json).toEqual({ keys })
    }))

  it.scoped("are pods, which never run", () =>
    Effect.gen(function*() {
      const { ask, control } = yield* Api.make({ stock: { "NVIDIA A40": "NONE" } })
      const volume = yield* ask("POST", "/v2/network-volumes", {
        body: { name: "v", size: 10, dataCenter: "EU-RO-1" }
      })
      const template = yield* ask("POST", "/v2/templates", {
        body: { name: "t", image: "from/template", env: { A: "1", B: "2" }, ports: ["22/tcp"] }
      })
      const made = yield* ask("POST", "/v2/pods", {
        body: {
          name: "a pod",
          templateId: template.json["id"],
          gpu: { id: "NVIDIA L4" },
          env: { B: "3" },
          mounts: { network: [{ volumeId: volume.json["id"], path: "/models" }] }
        }
      })
      const path = `/v2/pods/${text(made.json["id"])}`
      expect(made).toMatchObject({
        status: 201,
        json: {
          status: "PROVISIONING",
          image: "from/template",
          env: { A: "1", B: "3" },
          ports: ["22/tcp"],
          gpu: { id: "NVIDIA L4", count: 1 },
          mounts: { network: [{ volumeId: volume.json["id"], path: "/models" }] },
          cost: 0,
          template: null,
          runtime: null
        }
      })
      expect((yield* ask("GET", "/v2/pods")).json).toEqual({ pods: [made.json] })
      // its volume is in use
      expect((yield* ask("DELETE", `/v2/network-volumes/${text(volume.json["id"])}`)).status).toBe(400)
      expect((yield* ask("GET", `${path}/logs`)).reply.body).toContain("has no machine for pods")
      expect((yield* ask("GET", `${path}/logs?source=container`)).reply.body).toBe("")

      const act = (action: string) => ask("POST", `${path}/action`, { body: { action } })
      expect((yield* act("restart")).status).toBe(409)
      expect((yield* act("start")).status).toBe(409)
      expect((yield* act("stop")).json).toMatchObject({ status: "EXITED", actions: ["start", "terminate"] })
      expect((yield* act("stop")).status).toBe(409)
      expect((yield* act("start")).json).toMatchObject({ status: "PROVISIONING" })
      const locked = yield* ask("PATCH", path, { body: { locked: true, env: {}, image: "another" } })
      expect(locked.json).toMatchObject({ locked: true, env: {}, image: "another", actions: ["terminate"] })
      expect((yield* act("stop")).status).toBe(409)
      expect((yield* act("explode")).status).toBe(422)
      expect((yield* act("terminate")).status).toBe(204)
      expect((yield* ask("GET", path)).status).toBe(404)

      const refused = (body: object) => ask("POST", "/v2/pods", { body: { name: "x", image: "i", ...body } })
      expect((yield* refused({ gpu: { id: "NVIDIA A40" } })).json["detail"]).toContain("no longer any instances")
      expect((yield* refused({ gpu: { id: "NVIDIA X" } })).json["detail"]).toContain("NVIDIA X")
      expect((yield* refused({ cpu: { id: "cpu3c", vcpuCount: 3 } })).json["detail"]).toContain("power of two")
      expect((yield* refused({})).json["detail"]).toContain("exactly one of gpu and cpu")
      expect(control.pods.list()).toEqual([])
      const cpu = yield* refused({ cpu: { id: "cpu3c", vcpuCount: 4 } })
      expect(cpu.json).toMatchObject({ cpu: { id: "cpu3c", vcpuCount: 4, memory: 8 } })
    }))

  it.scoped("are no clusters", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make()
      expect((yield* ask("GET", "/v2/clusters")).json).toEqual({ clusters: [] })
      expect((yield* ask("POST", "/v2/clusters", { body: {} })).json["detail"]).toContain("no longer any instances")
      expect((yield* ask("GET", "/v2/clusters/x")).status).toBe(404)
    }))
})

describe("the catalog", () => {
  const stock = { "NVIDIA L4": "LOW", "NVIDIA L4@EU-RO-1": "NONE", "cpu3c": "NONE" } as const

  it.scoped("has GPUs with their pools, and their availability where it is asked for", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make({ stock })
      const path = `/v2/catalog/gpus/${encodeURIComponent("NVIDIA L4")}`
      const plain = yield* ask("GET", path)
      expect(plain.json).toMatchObject({ pool: "AMPERE_24", memory: 24, price: { serverless: 0.684 } })
      expect("availability" in plain.json).toBe(false)
      const asked = yield* ask("GET", `${path}?include=AVAILABILITY&product=SERVERLESS&minCudaVersion=12.8`)
      expect(asked.json["availability"]).toBe("LOW")
      expect(asked.json["cudaVersions"]).toEqual(
        ["13.0", "12.9", "12.8"].map((version) => ({ version, available: true }))
      )
      expect(JSON.stringify(asked.json["dataCenters"])).not.toContain("EU-RO-1")
      const none = yield* ask("GET", `${path}?include=AVAILABILITY&product=SERVERLESS&countryCodes=RO`)
      expect(none.json).toMatchObject({ availability: "NONE" })
      expect("dataCenters" in none.json).toBe(false)
      const list = yield* ask("GET", "/v2/catalog/gpus?include=AVAILABILITY&product=POD&countryCodes=RO")
      expect(JSON.stringify(list.json)).not.toContain(`"NVIDIA L4"`)
      expect((yield* ask("GET", "/v2/catalog/gpus/nope")).status).toBe(404)
    }))

  it.scoped("refuses questions that have no answer", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make()
      for (
        const [query, status] of [
          ["gpus?include=AVAILABILITY", 400],
          ["gpus?product=SERVERLESS", 400],
          ["gpus?count=2", 400],
          ["gpus?include=AVAILABILITY&product=POD&minCudaVersion=12&cudaVersions=12.1", 400],
          ["gpus?include=PRICES", 422],
          ["gpus?include=AVAILABILITY&product=HOUSE", 422],
          ["gpus?include=AVAILABILITY&product=POD&countryCodes=fr", 422],
          ["gpus?include=AVAILABILITY&product=POD&count=0", 422],
          ["cpus?include=AVAILABILITY&product=POD&vcpuCount=3", 400],
          ["cpus?vcpuCount=4", 400],
          ["datacenters?regions=MARS", 422],
          ["templates?source=mine", 422],
          ["gpus?anything=else", 200],
          ["datacenters?globalNetwork=true&networkVolumeTypes=HIGH_PERFORMANCE&regions=EUROPE", 200]
        ] as const
      ) expect([query, (yield* ask("GET", `/v2/catalog/${query}`)).status]).toEqual([query, status])
    }))

  it.scoped("has CPUs and data centers", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make({ stock })
      const cpu = yield* ask("GET", "/v2/catalog/cpus/cpu3c?include=AVAILABILITY&product=SERVERLESS")
      expect(cpu.json).toMatchObject({ availability: "NONE", ramGbPerVcpu: 2 })
      const europe = yield* ask("GET", "/v2/catalog/datacenters?regions=EUROPE&globalNetwork=true")
      expect(JSON.stringify(europe.json)).toContain("EU-RO-1")
      expect(JSON.stringify(europe.json)).not.toContain("US-")
      const one = yield* ask("GET", "/v2/catalog/datacenters/EU-RO-1?include=GPU_AVAILABILITY,CPU_AVAILABILITY")
      expect(one.json["gpuAvailability"]).toContainEqual({ id: "NVIDIA L4", name: "L4", availability: "NONE" })
      expect(one.json["cpuAvailability"]).toContainEqual({
        id: "cpu3c",
        name: "Compute-Optimized",
        availability: "NONE"
      })
    }))
})

describe("billing", () => {
  it.scoped("is nothing, over whole buckets", () =>
    Effect.gen(function*() {
      const { ask, jump } = yield* Api.make()
      yield* jump(Date.UTC(2026, 5, 10, 12, 30))
      const query = Effect.fnUntraced(function*(target: string) {
        const { json, status } = yield* ask("GET", `/v2/billing/serverless${target}`)
        expect(status).toBe(200)
        expect(json["records"]).toEqual([])
        return (json["metadata"] as { readonly query: unknown }).query
      })
      expect(yield* query("")).toEqual({
        startTime: "2026-05-11T00:00:00.000Z",
        endTime: "2026-06-11T00:00:00.000Z",
        bucketSize: "day",
        serverlessId: null
      })
      expect(yield* query("?lastN=2&bucketSize=month&serverlessId=x")).toEqual({
        startTime: "2026-05-01T00:00:00.000Z",
        endTime: "2026-07-01T00:00:00.000Z",
        bucketSize: "month",
        serverlessId: "x"
      })
      expect(yield* query("?bucketSize=week&startTime=2026-06-03T10:00:00Z&endTime=2026-06-08T00:00:00Z"))
        .toMatchObject({
          startTime: "2026-06-01T00:00:00.000Z",
          endTime: "2026-06-08T00:00:00.000Z"
        })
      expect(yield* query("?bucketSize=hour&lastN=1")).toMatchObject({ startTime: "2026-06-10T12:00:00.000Z" })
      expect(yield* query("?bucketSize=year&lastN=1")).toMatchObject({ endTime: "2027-01-01T00:00:00.000Z" })
      for (
        const [target, status] of [
          ["?lastN=1&startTime=2026-06-03T10:00:00Z", 400],
          ["?startTime=2027-01-01T00:00:00Z", 400],
          ["?bucketSize=decade", 422],
          ["?startTime=monday", 422]
        ] as const
      ) expect([target, (yield* ask("GET", `/v2/billing${target}`)).status]).toEqual([target, status])
    }))
})
