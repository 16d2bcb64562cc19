/** REST v1. */
import { describe, expect, it } from "@effect/vitest"
import { Effect } from "effect"
import * as RestV1 from "../../../runtime/platform/control/restV1/RestV1.ts"
import * as Api from "./api.ts"

const text = (value: unknown): string => String(value)

const withTemplate = Effect.fnUntraced(function*() {
  const api = yield* Api.make()
  const template = yield* api.ask("POST", "/v1/templates", {
    body: {
      name: "t",
      imageName: "my/image:1",
      isServerless: true,
      env: { A: "1" },
      dockerStartCmd: ["python", "-u", "my handler.py"]
    }
  })
  return { ...api, template: template.json, templateId: text(template.json["id"]) }
})

describe("REST v1", () => {
  it.scoped("refuses whoever has no key or another, on every route", () =>
    Effect.gen(function*() {
      const { ask, context } = yield* Api.make()
      for (const route of [...Object.keys(RestV1.table(context)), "GET /pod/w1/logs"]) {
        const [method = "", pattern = ""] = route.split(" ")
        for (const [key, message] of [[undefined, "missing bearer token"], ["rpa_X", "invalid api key"]] as const) {
          const { json, status } = yield* ask(method, `/v1${pattern}`, { key })
          expect([route, status, json]).toEqual([route, 401, { error: message, message, status: 401 }])
        }
      }
    }))

  it.scoped("is gone where it has been retired, whatever is asked", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make({ restV1: "retired" })
      for (
        const [method, path] of [["GET", "/v1/endpoints"], ["POST", "/v1/networkvolumes"], ["GET", "/v1/x"]] as const
      ) {
        const { json, status } = yield* ask(method, path)
        expect(status).toBe(410)
        expect(json["error"]).toContain("REST v2")
      }
    }))

  it.scoped("tells what is not there", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make()
      expect((yield* ask("GET", "/v1/nothing")).status).toBe(404)
      expect((yield* ask("GET", "/v1/endpoints/x")).json).toEqual({
        error: "endpoint x not found",
        message: "endpoint x not found",
        status: 404
      })
      expect(yield* ask("PUT", "/v1/endpoints")).toMatchObject({ status: 405, headers: { allow: "GET, POST" } })
      expect((yield* ask("GET", "/v1/billing/endpoints")).value).toEqual([])
      expect((yield* ask("GET", "/v1/pods")).value).toEqual([])
      expect((yield* ask("POST", "/v1/pods", { body: {} })).status).toBe(400)
    }))
})

describe("an endpoint over REST v1", () => {
  it.scoped("is made on a template, in v1's words", () =>
    Effect.gen(function*() {
      const { ask, control, template, templateId } = yield* withTemplate()
      expect(template).toMatchObject({
        imageName: "my/image:1",
        dockerStartCmd: ["python", "-u", "my handler.py"],
        containerDiskInGb: 50,
        ports: [],
        volumeInGb: 0
      })
      const made = yield* ask("POST", "/v1/endpoints", {
        body: {
          name: "hello",
          templateId,
          gpuTypeIds: ["NVIDIA L4", "NVIDIA GeForce RTX 4090"],
          scalerType: "REQUEST_COUNT",
          scalerValue: 2,
          flashboot: true,
          workersMax: 5,
          minCudaVersion: "12.8"
        }
      })
      expect(made.status).toBe(200)
      expect(made.value).toMatchObject({
        name: "hello",
        userId: control.account().id,
        templateId,
        computeType: "GPU",
        gpuTypeIds: ["NVIDIA L4", "NVIDIA GeForce RTX 4090"],
        gpuCount: 1,
        minCudaVersion: "12.8",
        env: { A: "1" },
        scalerType: "REQUEST_COUNT",
        scalerValue: 2,
        idleTimeout: 5,
        workersMin: 0,
        workersMax: 5,
        version: 1
      })
      expect(made.json["dataCenterIds"]).toHaveLength(26)
      expect("networkVolumeId" in made.json).toBe(false)
      const path = `/v1/endpoints/${text(made.json["id"])}`
      expect((yield* ask("GET", path)).value).toEqual(made.value)
      expect((yield* ask("GET", "/v1/endpoints")).value).toEqual([made.value])
      expect((yield* ask("GET", `${path}?includeTemplate=true`)).json["template"]).toEqual(template)
      // the same over v2
      const v2 = yield* ask("GET", `/v2/serverless/${text(made.json["id"])}`)
      expect(v2.json).toMatchObject({
        type: "QUEUE",
        image: "my/image:1",
        args: "python -u 'my handler.py'",
        flashboot: "FLASHBOOT",
        gpu: {
          pools: ["AMPERE_24", "ADA_24"],
          excludedTypes: ["NVIDIA RTX A5000", "NVIDIA GeForce RTX 3090"],
          minCudaVersion: "12.8"
        },
        scaling: { type: "REQUEST_COUNT", requestCount: 2 },
        dataCenterIds: [],
        workers: { min: 0, max: 5 }
      })
    }))

  it.scoped("on CPUs is made of flavors and a count", () =>
    Effect.gen(function*() {
      const { ask, templateId } = yield* withTemplate()
      const made = yield* ask("POST", "/v1/endpoints", {
        body: { templateId, computeType: "CPU", cpuFlavorIds: ["cpu3c", "cpu5g"], vcpuCount: 4, gpuCount: 3 }
      })
      expect(made.json).toMatchObject({ computeType: "CPU", instanceIds: ["cpu3c-4-8", "cpu5g-4-16"], name: "t" })
      const path = `/v1/endpoints/${text(made.json["id"])}`
      const smaller = yield* ask("PATCH", path, { body: { vcpuCount: 2 } })
      expect(smaller.json).toMatchObject({ instanceIds: ["cpu3c-2-4", "cpu5g-2-8"], version: 2 })
      const all = yield* ask("POST", "/v1/endpoints", { body: { templateId, computeType: "CPU" } })
      expect(all.json["instanceIds"]).toHaveLength(4)
    }))

  it.scoped("changes in place in what v1 says it does, and with a release otherwise", () =>
    Effect.gen(function*() {
      const { ask, templateId, workers } = yield* withTemplate()
      const made = yield* ask("POST", "/v1/endpoints", { body: { templateId } })
      const path = `/v1/endpoints/${text(made.json["id"])}`
      const inPlace = {
        executionTimeoutMs: 6000,
        idleTimeout: 9,
        name: "renamed",
        scalerType: "REQUEST_COUNT",
        scalerValue: 3,
        workersMax: 7,
        workersMin: 1
      }
      expect((yield* ask("PATCH", path, { body: inPlace })).json).toMatchObject({ ...inPlace, version: 1 })
      const rolled = yield* ask("POST", `${path}/update`, { body: { dataCenterIds: ["EU-RO-1"] } })
      expect(rolled.json).toMatchObject({ dataCenterIds: ["EU-RO-1"], version: 2 })
      // so does a change of its template
      yield* ask("POST", `/v1/templates/${templateId}/update`, { body: { env: { B: "2" }, readme: "x" } })
      workers.push(Api.worker({ version: 2 }))
      const after = yield* ask("GET", `${path}?includeWorkers=true`)
      expect(after.json).toMatchObject({
        version: 3,
        env: { B: "2" },
        workers: [{ id: "worker00000001", desiredStatus: "RUNNING", slsVersion: 2, env: { B: "2" } }]
      })
      expect(after.reply.body).not.toContain("rpa_")
      expect((yield* ask("DELETE", path)).status).toBe(204)
      expect((yield* ask("DELETE", path)).status).toBe(404)
    }))

  it.scoped("is refused with what is wrong", () =>
    Effect.gen(function*() {
      const { ask, templateId } = yield* withTemplate()
      for (
        const [body, error] of [
          [{}, "missing property 'templateId'"],
          [{ templateId, gpuTypeIds: ["NVIDIA A30"] }, "not all of these are serverless GPUs"],
          [{ templateId, gpuTypeIds: ["A BIG ONE"] }, "$.gpuTypeIds[0]: value must be one of"],
          [{ templateId, scalerValue: 0 }, "minimum: got 0, want 1"],
          [{ templateId, workersMin: 9 }, "above workers.max"],
          [{ templateId, networkVolumeId: "x" }, "network volume x not found"]
        ] as const
      ) {
        const { json, status } = yield* ask("POST", "/v1/endpoints", { body })
        expect(status).toBe(400)
        expect(json["error"]).toContain(error)
      }
      expect((yield* ask("POST", "/v1/endpoints", { body: { templateId: "x" } })).status).toBe(404)
      // what it does not know it passes over
      expect((yield* ask("POST", "/v1/endpoints", { body: { templateId, shoeSize: 44 } })).status).toBe(200)
    }))
})

describe("other resources over REST v1", () => {
  it.scoped("are network volumes, in a bare list", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make()
      const body = { name: "data", size: 20, dataCenterId: "EU-RO-1" }
      const made = yield* ask("POST", "/v1/networkvolumes", { body })
      expect([made.status, made.value]).toEqual([200, { ...body, id: made.json["id"] }])
      expect((yield* ask("GET", "/v1/networkvolumes")).value).toEqual([made.value])
      const path = `/v1/networkvolumes/${text(made.json["id"])}`
      expect((yield* ask("PATCH", path, { body: { size: 30 } })).json["size"]).toBe(30)
      expect((yield* ask("POST", `${path}/update`, { body: { size: 10 } })).json["error"]).toContain("cannot shrink")
      expect((yield* ask("DELETE", path)).status).toBe(204)
    }))

  it.scoped("are templates, without those that belong to endpoints unless these are asked for", () =>
    Effect.gen(function*() {
      const { ask } = yield* withTemplate()
      yield* ask("POST", "/v2/serverless", { body: Api.body() })
      expect((yield* ask("GET", "/v1/templates")).value).toHaveLength(1)
      expect((yield* ask("GET", "/v1/templates?includeEndpointBoundTemplates=true")).value).toHaveLength(2)
      const pod = yield* ask("POST", "/v1/templates", { body: { name: "p", imageName: "i" } })
      expect(pod.json).toMatchObject({ ports: ["8888/http", "22/tcp"], volumeInGb: 20, isServerless: false })
      expect((yield* ask("POST", "/v1/templates", { body: { name: "p", imageName: "i" } })).json["error"])
        .toContain("unique")
      expect((yield* ask("DELETE", `/v1/templates/${text(pod.json["id"])}`)).status).toBe(204)
    }))

  it.scoped("are pods, which runpodctl makes, lists and ends", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make()
      const made = yield* ask("POST", "/v1/pods", {
        body: { name: "a", imageName: "an/image:1", gpuTypeIds: ["NVIDIA L4"], env: { A: "1" }, ports: ["22/tcp"] }
      })
      expect(made).toMatchObject({
        status: 201,
        json: {
          name: "a",
          desiredStatus: "RUNNING",
          image: "an/image:1",
          imageName: "an/image:1",
          containerDiskInGb: 50,
          volumeInGb: 20,
          env: { A: "1" },
          costPerHr: 0,
          gpu: { id: "NVIDIA L4", count: 1 },
          lastStatusChange: expect.stringContaining("has no machine for pods")
        }
      })
      const cpu = yield* ask("POST", "/v1/pods", {
        body: { name: "b", imageName: "i", computeType: "CPU", cpuFlavorIds: ["cpu3g"], vcpuCount: 4 }
      })
      expect(cpu.json).toMatchObject({ cpuFlavorId: "cpu3g", vcpuCount: 4, memoryInGb: 16 })
      const listed = (query: string) =>
        Effect.map(ask("GET", `/v1/pods${query}`), ({ value }) =>
          (value as ReadonlyArray<{ readonly name: string }>).map(({ name }) => name))
      expect(yield* listed("")).toEqual(["a", "b"])
      expect(yield* listed("?computeType=CPU")).toEqual(["b"])
      expect(yield* listed("?name=a&name=c")).toEqual(["a"])
      expect(yield* listed("?gpuTypeId=NVIDIA%20L4&desiredStatus=EXITED")).toEqual([])
      expect(yield* listed("?dataCenterId=EU-RO-1")).toEqual([])

      const path = `/v1/pods/${text(made.json["id"])}`
      expect((yield* ask("PATCH", path, { body: { env: { B: "2" }, dockerStartCmd: ["sh", "-c", "a b"] } })).json)
        .toMatchObject({ env: { B: "2" }, dockerStartCmd: ["sh", "-c", "a b"] })
      expect((yield* ask("POST", `${path}/stop`)).json).toMatchObject({ desiredStatus: "EXITED" })
      expect((yield* ask("POST", `${path}/stop`)).status).toBe(400)
      expect((yield* ask("POST", `${path}/start`)).json).toMatchObject({ desiredStatus: "RUNNING" })
      expect((yield* ask("POST", `${path}/restart`)).json["error"]).toContain("does not run")
      expect((yield* ask("POST", `${path}/reset`)).status).toBe(400)
      expect((yield* ask("DELETE", path)).status).toBe(204)
      expect((yield* ask("GET", path)).status).toBe(404)
    }))

  it.scoped("are registries", () =>
    Effect.gen(function*() {
      const { ask } = yield* Api.make()
      const made = yield* ask("POST", "/v1/containerregistryauth", {
        body: { name: "hub", username: "me", password: "pa55" }
      })
      expect(made.value).toEqual({ id: made.json["id"], name: "hub" })
      expect((yield* ask("GET", "/v1/containerregistryauth")).value).toEqual([made.value])
      expect((yield* ask("DELETE", `/v1/containerregistryauth/${text(made.json["id"])}`)).status).toBe(204)
    }))

  it.scoped("are the lines of a worker, which RunPod has on another host", () =>
    Effect.gen(function*() {
      const { ask, logs } = yield* Api.make()
      logs.open("w1", "ep1")
      logs.append("w1", "system", "create container")
      logs.append("w1", "container", "hello")
      expect((yield* ask("GET", "/v1/pod/w1/logs")).value).toEqual({
        container: ["hello"],
        system: ["create container"]
      })
      expect((yield* ask("GET", "/v1/pod/w2/logs")).status).toBe(404)
    }))
})
