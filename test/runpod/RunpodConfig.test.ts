import { FileSystem } from "@effect/platform"
import { NodeFileSystem } from "@effect/platform-node"
import { describe, expect, layer } from "@effect/vitest"
import { ConfigProvider, Deferred, Effect, Fiber, Layer, Logger, Redacted } from "effect"
import * as Path from "node:path"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"

const read = (env: Record<string, string>, places = { directory: "/nowhere", home: "/nowhere" }) =>
  Effect.provide(RunpodConfig.RunpodConfig, RunpodConfig.layerFrom(places)).pipe(
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(env))))
  )

const addresses = (settings: RunpodConfig.RunpodSettings) =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => name.endsWith("Url")))

/** What is logged. */
const logged = <A, E, R>(effect: Effect.Effect<A, E, R>) => {
  const lines: Array<string> = []
  const logger = Logger.make(({ message }) => void lines.push(String(message)))
  return Effect.as(Effect.provide(effect, Logger.replace(Logger.defaultLogger, logger)), lines)
}

layer(NodeFileSystem.layer)("RunpodConfig", (it) => {
  describe("addresses", () => {
    it.effect("are RunPod's own by default", () =>
      Effect.gen(function*() {
        expect(addresses(yield* read({}))).toEqual({
          restBaseUrl: "https://api.runpod.io/v2",
          restV1BaseUrl: "https://rest.runpod.io/v1",
          graphqlUrl: "https://api.runpod.io/graphql",
          endpointBaseUrl: "https://api.runpod.ai/v2",
          consoleBaseUrl: "https://console.runpod.io",
          hapiBaseUrl: "https://hapi.runpod.net"
        })
      }))

    it.effect("are those of the environment, without slashes at their ends", () =>
      Effect.gen(function*() {
        expect(addresses(
          yield* read({
            RUNPOD_API_BASE_URL: "http://localhost:8080/",
            RUNPOD_REST_API_URL: "http://localhost:8081/v1//",
            RUNPOD_ENDPOINT_BASE_URL: " http://localhost:8082/v2 ",
            RUNPOD_CONSOLE_URL: "http://localhost:8083",
            RUNPOD_HAPI_URL: "http://localhost:8084"
          })
        )).toEqual({
          restBaseUrl: "http://localhost:8080/v2",
          restV1BaseUrl: "http://localhost:8081/v1",
          graphqlUrl: "http://localhost:8080/graphql",
          endpointBaseUrl: "http://localhost:8082/v2",
          consoleBaseUrl: "http://localhost:8083",
          hapiBaseUrl: "http://localhost:8084"
        })
      }))

    it.effect("REST v2 has a variable of its own, and the console an older one", () =>
      Effect.gen(function*() {
        const settings = yield* read({
          RUNPOD_API_BASE_URL: "http://localhost:8080",
          RUNPOD_REST_V2_API_URL: "http://localhost:9/rest",
          RUNPOD_ENDPOINT_BASE_URL: "http://localhost:8082/v2",
          CONSOLE_BASE_URL: "http://localhost:8083"
        })
        expect(settings.restBaseUrl).toBe("http://localhost:9/rest")
        expect(settings.graphqlUrl).toBe("http://localhost:8080/graphql")
        expect(settings.consoleBaseUrl).toBe("http://localhost:8083")
      }))

    it.effect("a blank variable is not set", () =>
      Effect.gen(function*() {
        expect((yield* read({ RUNPOD_REST_API_URL: " " })).restV1BaseUrl).toBe("https://rest.runpod.io/v1")
      }))

    it.effect("one that is none is an error that names its variable, and not its value", () =>
      Effect.gen(function*() {
        const bad: ReadonlyArray<readonly [string, string]> = [
          ["RUNPOD_API_BASE_URL", "api.runpod.io"],
          ["RUNPOD_REST_V2_API_URL", "localhost:8080"],
          ["RUNPOD_REST_API_URL", "ftp://rest.runpod.io"],
          ["RUNPOD_ENDPOINT_BASE_URL", "https://user:pass@api.runpod.ai/v2"],
          ["RUNPOD_CONSOLE_URL", "https://console.runpod.io?x=1"],
          ["RUNPOD_HAPI_URL", "http://a b"]
        ]
        for (const [name, value] of bad) {
          const error = yield* Effect.flip(read({ [name]: value }))
          expect(String(error)).toContain(name)
          expect(String(error)).not.toContain(value)
        }
      }))

    it.effect("of two platforms are warned of, where that is not said to be meant", () =>
      Effect.gen(function*() {
        const both = { RUNPOD_API_BASE_URL: "http://localhost:1", RUNPOD_ENDPOINT_BASE_URL: "http://localhost:1/v2" }
        expect(yield* logged(read({}))).toEqual([])
        expect(yield* logged(read(both))).toEqual([])
        const half = { RUNPOD_ENDPOINT_BASE_URL: "http://localhost:1/v2" }
        expect((yield* logged(read(half))).join()).toContain("RUNPOD_API_BASE_URL is not")
        expect((yield* logged(read({ RUNPOD_REST_V2_API_URL: "http://localhost:1/v2" }))).join()).toContain(
          "RUNPOD_ENDPOINT_BASE_URL is not"
        )
        expect(yield* logged(read({ ...half, RUNPOD_URL_MIXED_OK: "1" }))).toEqual([])
      }))

    it.effect("of load-balanced endpoints are below the job API's host", () =>
      Effect.gen(function*() {
        expect(RunpodConfig.loadBalancerUrl(RunpodConfig.runpod, "ep1")).toBe("https://ep1.api.runpod.ai")
        const local = yield* read({
          RUNPOD_ENDPOINT_BASE_URL: "http://localhost:8082/v2",
          RUNPOD_API_BASE_URL: "http://localhost:8082"
        })
        expect(RunpodConfig.loadBalancerUrl(local, "ep1")).toBe("http://ep1.localhost:8082")
      }))
  })

  describe("key", () => {
    it.scoped("is looked for when it is asked for, again where there was none, and then kept", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const directory = yield* fs.makeTempDirectoryScoped()
        const { apiKey } = yield* read({}, { directory, home: directory })
        expect((yield* Effect.flip(apiKey))._tag).toBe("ApiKeyMissing")
        yield* fs.writeFileString(Path.join(directory, ".env"), "RUNPOD_API_KEY=rpa_one\n")
        expect(Redacted.value((yield* apiKey).value)).toBe("rpa_one")
        yield* fs.writeFileString(Path.join(directory, ".env"), "RUNPOD_API_KEY=rpa_two\n")
        expect(Redacted.value((yield* apiKey).value)).toBe("rpa_one")
      }))

    it.scoped("is found also where the first who asked went away", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const directory = yield* fs.makeTempDirectoryScoped()
        yield* fs.writeFileString(Path.join(directory, ".env"), "RUNPOD_API_KEY=rpa_one\n")
        const reading = yield* Deferred.make<void>()
        const go = yield* Deferred.make<void>()
        const slow = Layer.succeed(
          FileSystem.FileSystem,
          {
            ...fs,
            stat: (path) =>
              Effect.zipRight(Deferred.succeed(reading, undefined), Effect.zipRight(Deferred.await(go), fs.stat(path)))
          } satisfies FileSystem.FileSystem
        )
        const { apiKey } = yield* Effect.provide(read({}, { directory, home: directory }), slow)
        const first = yield* Effect.fork(apiKey)
        yield* Deferred.await(reading)
        const leaving = yield* Effect.fork(Fiber.interrupt(first))
        const second = yield* Effect.fork(apiKey)
        yield* Deferred.succeed(go, undefined)
        yield* Fiber.join(leaving)
        expect(Redacted.value((yield* Fiber.join(second)).value)).toBe("rpa_one")
      }))

    it.effect("is the given one in fixed settings", () =>
      Effect.gen(function*() {
        const fixed = RunpodConfig.layerOf({
          apiKey: Redacted.make("rpa_x"),
          apiKeyOrigin: "a vault",
          graphqlUrl: "http://g"
        })
        const settings = yield* Effect.provide(RunpodConfig.RunpodConfig, fixed)
        expect(addresses(settings)).toEqual({ ...RunpodConfig.runpod, graphqlUrl: "http://g" })
        const { origin, value } = yield* settings.apiKey
        expect([origin, Redacted.value(value)]).toEqual(["a vault", "rpa_x"])
        for (const without of [{}, { apiKey: Redacted.make(" ") }]) {
          const none = yield* Effect.provide(RunpodConfig.RunpodConfig, RunpodConfig.layerOf(without))
          expect((yield* Effect.flip(none.apiKey))._tag).toBe("ApiKeyMissing")
        }
        const slashed = RunpodConfig.layerOf({ endpointBaseUrl: "http://localhost:1/v2/" })
        expect((yield* Effect.provide(RunpodConfig.RunpodConfig, slashed)).endpointBaseUrl).toBe(
          "http://localhost:1/v2"
        )
      }))
  })
})
