/** The control plane over HTTP, with worker processes behind it. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schedule } from "effect"
import { Platform } from "effect-flash/local"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const client = Effect.map(
  Platform.Platform,
  ({ apiKey, url }) => (method: string, path: string, body?: unknown) =>
    Effect.promise(async () => {
      const response = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${Redacted.value(apiKey)}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      })
      const text = await response.text()
      const json: Record<string, unknown> = text === "" ? {} : JSON.parse(text)
      return { status: response.status, json }
    })
)

const until = <A>(effect: Effect.Effect<A>, check: (value: A) => boolean) =>
  effect.pipe(
    Effect.filterOrFail(check, () => "not yet"),
    Effect.retry(Schedule.spaced("20 millis")),
    Effect.timeout("20 seconds"),
    Effect.orDie
  )

const endpoint = {
  name: "controlled",
  type: "QUEUE",
  image: "my/image:1",
  cpu: [{ id: "cpu3c", vcpuCount: 2 }],
  scaling: { type: "QUEUE_DELAY", queueDelay: 4 },
  workers: { min: 1, max: 1 }
}

interface WorkersAnswer {
  readonly workers: ReadonlyArray<{ readonly id: string; readonly status: string; readonly version: number }>
}

describe("an endpoint made over REST v2", () => {
  it.scopedLive("has a worker process, which follows its changes and goes with it", () =>
    Effect.gen(function*() {
      const ask = yield* client
      const { apiKey, url, workerPids } = yield* Platform.Platform
      const made = yield* ask("POST", "/v2/serverless", endpoint)
      expect(made.status).toBe(201)
      const id = String(made.json["id"])
      const workers = Effect.map(ask("GET", `/v2/serverless/${id}/workers`), ({ json }) =>
        json as unknown as WorkersAnswer)
      const first = yield* until(workers, ({ workers }) =>
        workers[0]?.status === "IDLE")
      const [worker] = first.workers
      expect(worker?.version).toBe(1)

      // its log is followed until it is replaced
      const events = yield* Effect.fork(Effect.promise(async () => {
        const response = await fetch(`${url}/v2/serverless/${id}/workers/${worker?.id}/logs?source=system`, {
          headers: { authorization: `Bearer ${Redacted.value(apiKey)}` }
        })
        return response.text()
      }))
      yield* ask("PATCH", `/v2/serverless/${id}`, { env: { A: "1" } })
      yield* until(workers, ({ workers }) => workers[0]?.version === 2)
      const lines = (yield* events).split("\n").flatMap((line) => /"line":"([^"]*)"/.exec(line)?.[1] ?? [])
      expect(lines[0]).toBe("create container my/image:1")
      expect(lines[1]).toBe("start container for my/image:1: begin")
      expect(lines).toContain("model ready")
      expect(lines.at(-1)).toBe("remove container")

      const pids = yield* workerPids(id)
      expect(pids).toHaveLength(1)
      // a job that waits is gone with its endpoint
      yield* ask("PATCH", `/v2/serverless/${id}`, { workers: { min: 0, max: 0 } })
      const job = yield* ask("POST", `/v2/${id}/run`, { input: 1 })
      const waiting = yield* Effect.fork(ask("GET", `/v2/${id}/status-sync/${String(job.json["id"])}`))
      yield* until(ask("GET", `/v2/${id}/health`), ({ json }) => JSON.stringify(json).includes(`"inQueue":1`))
      expect((yield* ask("DELETE", `/v2/serverless/${id}`)).status).toBe(204)
      expect((yield* waiting).json["status"]).toBe("CANCELLED")
      expect(yield* workerPids(id)).toEqual([])
      expect((yield* ask("POST", `/v2/${id}/run`, { input: 1 })).status).toBe(404)
    }).pipe(Effect.provide(Platform.layer())))

  it.live("is there again, with what waits for it, on a platform that is started on its file", () =>
    Effect.gen(function*() {
      const folder = mkdtempSync(join(tmpdir(), "effect-flash-control-"))
      const options = { database: join(folder, "platform.db"), apiKey: Redacted.make("rpa_MINE") }
      const on = <A, E>(effect: Effect.Effect<A, E, Platform.Platform>) =>
        Effect.scoped(
          Effect.flatMap(Layer.build(Platform.layer(options)), (context) => Effect.provide(effect, context))
        )

      const before = yield* on(Effect.gen(function*() {
        const ask = yield* client
        const { json } = yield* ask("POST", "/v2/serverless", { ...endpoint, workers: { min: 0, max: 0 } })
        const job = yield* ask("POST", `/v2/${String(json["id"])}/run`, { input: 1 })
        return { endpoint: json, job: String(job.json["id"]) }
      }))
      yield* on(Effect.gen(function*() {
        const ask = yield* client
        const { json } = yield* ask("GET", "/v2/serverless")
        const id = String(before.endpoint["id"])
        const { requestUrls: _, ...settings } = before.endpoint
        expect(json).toMatchObject({ endpoints: [settings] })
        expect((yield* ask("GET", `/v2/${id}/status/${before.job}`)).json["status"]).toBe("IN_QUEUE")
        // it may have workers now, and gets one for what waits
        yield* ask("PATCH", `/v2/serverless/${id}`, { workers: { max: 1 } })
        yield* until(
          ask("GET", `/v2/serverless/${id}/workers`),
          ({ json }) => (json as unknown as WorkersAnswer).workers.length === 1
        )
      }))
      rmSync(folder, { recursive: true, force: true })
    }))
})

describe("an archive over HTTP", () => {
  it.scopedLive("may be larger than any other body, and comes back as it was", () =>
    Effect.gen(function*() {
      const ask = yield* client
      const graphql = Effect.fnUntraced(function*(query: string) {
        const { json } = yield* ask("POST", "/graphql", { query })
        const [value] = Object.values(json["data"] as Record<string, Record<string, unknown>>)
        return value ?? {}
      })
      const archive = Buffer.alloc(25_000_000, "archive ")
      const app = yield* graphql(`mutation { createFlashApp(input: { name: "shop" }) { id } }`)
      const prepared = yield* graphql(
        `mutation { prepareFlashArtifactUpload(input: { flashAppId: "${app["id"]}", tarballSize: ${archive.length} }) {
          uploadUrl objectKey } }`
      )
      // without a key: the address is the permission
      const put = (body: Buffer) =>
        Effect.promise(() => fetch(String(prepared["uploadUrl"]), { method: "PUT", body: new Uint8Array(body) }))
      expect((yield* put(archive.subarray(1))).status).toBe(400)
      expect((yield* put(archive)).status).toBe(200)
      const build = yield* graphql(
        `mutation { finalizeFlashArtifactUpload(input: { flashAppId: "${app["id"]}",
          objectKey: "${prepared["objectKey"]}", manifest: {} }) { id } }`
      )
      const environment = yield* graphql(
        `mutation { createFlashEnvironment(input: { flashAppId: "${app["id"]}", name: "production" }) { id } }`
      )
      const deployed = yield* graphql(
        `mutation { deployBuildToEnvironment(input: { flashEnvironmentId: "${environment["id"]}",
          flashBuildId: "${build["id"]}" }) { activeArtifact { downloadUrl } } }`
      )
      const { downloadUrl } = deployed["activeArtifact"] as { readonly downloadUrl: string }
      const fetched = yield* Effect.promise(() => fetch(downloadUrl).then((response) => response.arrayBuffer()))
      expect(Buffer.from(fetched).equals(archive)).toBe(true)
    }).pipe(Effect.provide(Platform.layer())))
})

describe("a platform that has faults", () => {
  it.scopedLive("has them from the start and on demand", () =>
    Effect.gen(function*() {
      const { apiKey, faults, url } = yield* Platform.Platform
      const headers = { authorization: `Bearer ${Redacted.value(apiKey)}` }
      const get = Effect.promise(() =>
        fetch(`${url}/v2/serverless`, { headers }).then(({ status }) => String(status), () => "broken")
      )
      expect(yield* get).toBe("broken")
      expect(yield* get).toBe("200")
      faults.add([{ path: "/v2/**", skip: 1, fail: 503 }])
      expect([yield* get, yield* get, yield* get]).toEqual(["200", "503", "200"])
    }).pipe(Effect.provide(Platform.layer({ faults: [{ fail: "drop" }] }))))
})
