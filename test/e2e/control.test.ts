/** The control plane over HTTP, with worker processes behind it. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schedule } from "effect"
import { Platform } from "effect-flash/local"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"

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

describe("a network volume", () => {
  it.scopedLive("is a folder that each of its endpoint's workers has, and goes when it is deleted", () => {
    const folder = mkdtempSync(join(tmpdir(), "effect-flash-volumes-test-"))
    return Effect.gen(function*() {
      const ask = yield* client
      const { workerPids } = yield* Platform.Platform
      const volume = yield* ask("POST", "/v2/network-volumes", { name: "models", size: 10, dataCenter: "EU-RO-1" })
      const id = String(volume.json["id"])
      const module = join(folder, "worker.mjs")
      writeFileSync(
        module,
        `import { existsSync, readFileSync, writeFileSync } from "node:fs"
        import { CpuLiveServerless, remote } from "${new URL("../../dist/src/index.js", import.meta.url).href}"
        import * as Effect from "${new URL("../../node_modules/effect/dist/esm/Effect.js", import.meta.url).href}"
        import * as Schema from "${new URL("../../node_modules/effect/dist/esm/Schema.js", import.meta.url).href}"
        const file = process.env.FLASH_VOLUME_PATH + "/count"
        export const count = remote("count", {
          resource: CpuLiveServerless.make("volume"),
          success: Schema.Struct({ count: Schema.Int, volume: Schema.String })
        }, () => Effect.sync(() => {
          const count = existsSync(file) ? Number(readFileSync(file, "utf8")) + 1 : 1
          writeFileSync(file, String(count))
          return { count, volume: process.env.RUNPOD_VOLUME_ID }
        }))`
      )
      const made = yield* ask("POST", "/v2/serverless", {
        ...endpoint,
        name: "with-volume",
        networkVolumes: [id],
        env: { FLASH_MODULE: pathToFileURL(module).href, FLASH_IS_LIVE_PROVISIONING: "false" }
      })
      const run = ask("POST", `/v2/${String(made.json["id"])}/runsync`, { input: {} })
      expect((yield* run).json["output"]).toEqual({ count: 1, volume: id })
      const [pid = 0] = yield* workerPids(String(made.json["id"]))
      process.kill(pid, "SIGKILL")
      // another worker finds what the first one left
      expect((yield* run).json["output"]).toEqual({ count: 2, volume: id })
      expect(readFileSync(join(folder, "volumes", id, "count"), "utf8")).toBe("2")
      // not while it is in use
      expect((yield* ask("DELETE", `/v2/network-volumes/${id}`)).status).toBe(400)
      yield* ask("DELETE", `/v2/serverless/${String(made.json["id"])}`)
      expect((yield* ask("DELETE", `/v2/network-volumes/${id}`)).status).toBe(204)
      expect(existsSync(join(folder, "volumes", id))).toBe(false)
    }).pipe(
      Effect.provide(Platform.layer({ volumes: join(folder, "volumes") })),
      Effect.ensuring(Effect.sync(() => rmSync(folder, { recursive: true, force: true })))
    )
  })
})

describe("a platform whose clock runs fast", () => {
  it.scopedLive("lets jobs expire sooner, and answers and pings as ever", () =>
    Effect.gen(function*() {
      const ask = yield* client
      const { clock } = yield* Platform.Platform
      const made = yield* ask("POST", "/v2/serverless", { ...endpoint, workers: { min: 0, max: 0 } })
      const base = `/v2/${String(made.json["id"])}`
      const job = yield* ask("POST", `${base}/run`, { input: 1, policy: { ttl: 3_600_000 } })
      // an hour in less than four seconds
      expect((yield* ask("PUT", "/_platform/clock", { speed: 1000 })).json).toEqual({ speed: 1000 })
      expect(clock.speed).toBe(1000)
      const start = performance.now()
      const status = Effect.map(ask("GET", `${base}/status-sync/${String(job.json["id"])}?wait=10000`), ({ json }) =>
        json["status"])
      expect(yield* status).toBe("TIMED_OUT")
      expect(performance.now() - start).toBeGreaterThan(3000)
    }).pipe(Effect.provide(Platform.layer({ clockSpeed: 2 }))))
})
