/** The examples and the project of `flash init`, deployed to the embedded platform; their sources are gone then. */
import { assert, expect, layer } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"
import { CpuLiveLoadBalancer, CpuLiveServerless, Flash, remote } from "effect-flash"
import { Platform } from "effect-flash/local"
import { readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { skeleton } from "../../cli/init/skeleton.ts"
import { gpuHello } from "../../examples/01_getting_started/01_hello_world/gpu_worker.ts"
import { hello } from "../../examples/01_getting_started/01_hello_world/hello.ts"
import { cpuHello } from "../../examples/01_getting_started/02_cpu_worker/cpu_worker.ts"
import { judge, Sentiment } from "../../examples/03_advanced_workers/03_caching/cpu_worker.ts"
import { health, transform, validate } from "../../examples/03_advanced_workers/05_load_balancer/cpu_lb.ts"
import { projectRoot } from "../../scripts/build.mjs"
import * as FlashDeployed from "../../src/FlashDeployed.ts"
import { Source } from "../../src/provision/Deployment.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import { base, buildAt } from "../build/fixture.ts"
import { project } from "../live/liveThread.ts"
import type { Files } from "../live/liveThread.ts"
import * as Deploying from "../provision/deploying.ts"

const examples = (): Files => {
  const root = join(projectRoot, "examples")
  return Object.fromEntries(
    readdirSync(root, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"))
      .map((path) => [path, readFileSync(join(root, path), "utf8")])
  )
}

const made = (): Files =>
  Object.fromEntries(
    [...skeleton("my-app", { own: "0", peers: {}, typescript: "0", node: "0" })].filter(([path]) =>
      path.endsWith(".ts") || path.startsWith(".")
    )
  )

/** Builds and deploys; the sources and the archive are removed. Succeeds with the URLs of endpoints by resource. */
const deploy = (app: string, files: Files) =>
  Effect.gen(function*() {
    const root = yield* project({ ...base, ...files })
    const { archive, digest, manifest, sha256, size } = yield* buildAt(root, { app })
    const source = Source.Archive({ archive: { path: archive, digest, sha256, size }, manifest })
    const { endpoints } = yield* Deploying.deploy({ app, env: "production" }, source).pipe(
      Effect.provide(Deploying.layer(yield* Platform.Platform, Deploying.memory()))
    )
    rmSync(root, { recursive: true })
    const { url: platform } = yield* Platform.Platform
    // not every machine knows names below localhost
    return new Map(
      endpoints.map(({ id, resource, url }) => [resource, url.includes("/v2/") ? url : `${platform}/lb/${id}`])
    )
  })

const ask = (method: string, url: string, body?: unknown) =>
  Effect.gen(function*() {
    const { apiKey } = yield* Platform.Platform
    const answer: unknown = yield* Effect.promise(() =>
      fetch(url, {
        method,
        headers: { authorization: `Bearer ${Redacted.value(apiKey)}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) })
      }).then((response) => response.json())
    )
    return answer
  })

const runsync = (url: string | undefined, input: unknown) => ask("POST", `${url}/runsync`, { input })

const deployed = (app: string) =>
  Layer.unwrapEffect(
    Effect.map(Platform.Platform, ({ apiKey, url }) =>
      FlashDeployed.layerOn({ app, env: "production" }).pipe(Layer.provide(RunpodConfig.layerOf({
        apiKey,
        restBaseUrl: `${url}/v2`,
        endpointBaseUrl: `${url}/v2`,
        graphqlUrl: `${url}/graphql`
      }))))
  )

layer(Platform.layer(), { excludeTestServices: true })("deployed", (it) => {
  it.scoped(
    "the examples answer over the job API, the load balancer and layerDeployed, and call each other",
    () =>
      Effect.gen(function*() {
        const urls = yield* deploy("examples", examples())
        expect([...urls.keys()].length).toBeGreaterThanOrEqual(6)
        expect(yield* runsync(urls.get("01_01_hello"), { name: "Ada" })).toMatchObject({
          status: "COMPLETED",
          output: { greeting: "Hello Ada" }
        })
        const balancer = urls.get("03_05_load_balancer_cpu")
        expect(yield* ask("GET", `${balancer}/health`)).toEqual({ status: "healthy" })
        expect(yield* ask("POST", `${balancer}/transform/reverse`, { text: "flash" })).toBe("hsalf")
        yield* Effect.gen(function*() {
          expect((yield* Effect.flip(hello({ name: "" })))._tag).toBe("EmptyName")
          expect((yield* gpuHello({})).workerType).toBe("GPU")
          expect((yield* cpuHello({ name: "Bea" })).message).toBe("Hello, Bea!")
          expect((yield* health()).status).toBe("healthy")
          expect((yield* validate({ text: "one two" })).words).toBe(2)
          expect(yield* transform({ operation: "uppercase", text: "flash" })).toBe("FLASH")
          expect(yield* (yield* Sentiment({ language: "en" })).score({ words: ["good"] })).toBe(1)
          // its worker calls the model of the other endpoint, which keeps it
          expect(yield* judge({ text: "A good day", language: "en" })).toBe("good")
          expect((yield* Effect.flip(judge({ text: "?", language: "tlh" })))._tag).toBe("UnknownLanguage")
          expect(yield* (yield* Sentiment({ language: "en" })).calls()).toBe(2)
        }).pipe(Flash.provide, Effect.provide(deployed("examples")))
      }),
    90_000
  )

  it.scoped("the project of flash init answers as well", () =>
    Effect.gen(function*() {
      const urls = yield* deploy("my-app", made())
      expect([...urls.keys()]).toEqual(["cpu_worker", "gpu_worker", "lb_worker"])
      expect(yield* runsync(urls.get("gpu_worker"), { message: "hi" })).toMatchObject({ output: { message: "hi" } })
      expect(yield* ask("POST", `${urls.get("lb_worker")}/process`, { text: "one two three" })).toEqual({ words: 3 })
      const cpu = CpuLiveServerless.make("cpu_worker")
      const api = CpuLiveLoadBalancer.make("lb_worker")
      const greeted = remote("cpu_hello", {
        resource: cpu,
        payload: { name: Schema.String },
        success: Schema.Struct({ greeting: Schema.String, node: Schema.String })
      })
      const healthy = remote("health", {
        resource: api,
        method: "GET",
        path: "/health",
        success: Schema.Struct({ status: Schema.String })
      })
      yield* Effect.gen(function*() {
        const { greeting, node } = yield* greeted({ name: "Cleo" })
        assert.strictEqual(greeting, "Hello Cleo")
        assert.strictEqual(node, process.version)
        expect(yield* healthy()).toEqual({ status: "healthy" })
      }).pipe(Flash.provide, Effect.provide(deployed("my-app")))
    }), 60_000)
})
