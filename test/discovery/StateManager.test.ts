import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Schema, TestClock } from "effect"
import * as Manifest from "../../src/discovery/Manifest.ts"
import * as StateManager from "../../src/discovery/StateManager.ts"
import { Endpoint } from "../../src/runpod/rest/Endpoints.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import { ApiRetired, NotFound, ServerError } from "../../src/runpod/RunpodError.ts"
import { RunpodGraphql } from "../../src/runpod/RunpodGraphql.ts"
import { RunpodRest } from "../../src/runpod/RunpodRest.ts"

const manifestOf = (project_name: string) => Manifest.decode({ version: "1.0", project_name, resources: {} })

/** A platform that is asked, and may be down or take ten milliseconds. */
const platform = (options?: StateManager.Options) => {
  const script = { asked: 0, isDown: false, isSlow: false }
  const fetch = Effect.suspend(() => {
    script.asked++
    const answer = script.isDown
      ? Effect.fail(new StateManager.ManifestUnavailable({ environment: "env1", reason: `down ${script.asked}` }))
      : Effect.orDie(manifestOf(String(script.asked)))
    return script.isSlow ? Effect.delay(answer, "10 millis") : answer
  })
  const { manifest } = StateManager.make(fetch, options)
  return { script, name: Effect.map(manifest, ({ project_name }) => project_name) }
}

describe("the manifest of an environment", () => {
  it.effect("is asked for again after five minutes, not before", () =>
    Effect.gen(function*() {
      const { name, script } = platform()
      expect(yield* name).toBe("1")
      yield* TestClock.adjust("299999 millis")
      expect(yield* name).toBe("1")
      yield* TestClock.adjust("1 millis")
      expect(yield* name).toBe("2")
      expect(script.asked).toBe(2)
    }))

  it.effect("is asked for once by all who want it at a time, also where the first of them goes away", () =>
    Effect.gen(function*() {
      const { name, script } = platform()
      script.isSlow = true
      const first = yield* Effect.fork(name)
      const others = yield* Effect.fork(Effect.all(Array.from({ length: 20 }, () => name), { concurrency: 20 }))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("10 millis")
      expect(new Set(yield* Fiber.join(others))).toEqual(new Set(["1"]))
      expect(script.asked).toBe(1)
    }))

  it.effect("is the one before it where it cannot be had, which is tried every ten seconds", () =>
    Effect.gen(function*() {
      const { name, script } = platform()
      expect(yield* name).toBe("1")
      script.isDown = true
      yield* TestClock.adjust("5 minutes")
      expect(yield* name).toBe("1")
      expect(yield* name).toBe("1")
      expect(script.asked).toBe(2)
      yield* TestClock.adjust("10 seconds")
      script.isDown = false
      expect(yield* name).toBe("3")
    }))

  it.effect("that was never had is a failure, which is not tried again for ten seconds", () =>
    Effect.gen(function*() {
      const { name, script } = platform()
      script.isDown = true
      expect((yield* Effect.flip(name)).message).toContain("down 1")
      expect((yield* Effect.flip(name)).message).toContain("down 1")
      yield* TestClock.adjust("10 seconds")
      expect((yield* Effect.flip(name)).message).toContain("down 2")
      script.isDown = false
      yield* TestClock.adjust("10 seconds")
      expect(yield* name).toBe("3")
    }))
})

describe("over GraphQL", () => {
  /** The two queries that it takes, of any environment. */
  const graphql = (activeBuildId: string | undefined, manifest: unknown) =>
    Layer.mock(RunpodGraphql, {
      getFlashEnvironment: (id) =>
        Effect.succeed({
          id,
          name: "production",
          endpoints: [],
          networkVolumes: [],
          ...(activeBuildId === undefined ? {} : { activeBuildId })
        }),
      getFlashBuild: (id) => Effect.succeed({ id, manifest })
    })

  const ask = (activeBuildId: string | undefined, manifest: unknown) =>
    Effect.flatMap(StateManager.StateManager, ({ manifest }) => manifest).pipe(
      Effect.provide(StateManager.layer("env1").pipe(Layer.provide(graphql(activeBuildId, manifest))))
    )

  it.effect("it is that of the active build, as a value or as a text", () =>
    Effect.gen(function*() {
      const value = { version: "1.0", project_name: "app", resources: {} }
      expect((yield* ask("b1", value)).project_name).toBe("app")
      expect((yield* ask("b1", JSON.stringify(value))).project_name).toBe("app")
    }))

  it.effect("an environment without a build, and a manifest that cannot be read, are told apart", () =>
    Effect.gen(function*() {
      expect((yield* Effect.flip(ask(undefined, {}))).message).toContain("no build is deployed")
      const newer = yield* Effect.flip(ask("b1", { version: "2.0", resources: {} }))
      assert(newer._tag === "ManifestUnavailable")
      expect(newer.message).toContain("env1")
      expect(newer.message).toContain("version 2.0")
    }))
})

describe("of an app and its environment", () => {
  const endpoint = (
    name: string,
    env: Record<string, string> = {},
    type = "QUEUE",
    createdAt = "2026-01-01T00:00:00Z"
  ) =>
    Schema.decodeUnknownSync(Endpoint)({
      id: `id-${name}`,
      name,
      type,
      env,
      workers: { min: 0, max: 1 },
      scaling: { type: "REQUEST_COUNT", requestCount: 1 },
      dataCenterIds: [],
      networkVolumes: [],
      timeout: 0,
      flashboot: "OFF",
      createdAt
    })

  const ours = (app: string, env: string, resource: string, ...rest: [type?: string, createdAt?: string]) =>
    endpoint(
      `${app}-${env}-${resource}`,
      { FLASH_APP: app, FLASH_ENV: env, FLASH_RESOURCE_NAME: resource },
      ...rest
    )

  const ask = (
    graphql: Partial<typeof RunpodGraphql.Service>,
    endpoints: ReadonlyArray<Endpoint>,
    place = { app: "shop", env: "staging" }
  ) =>
    Effect.flatMap(StateManager.StateManager, ({ manifest }) => manifest).pipe(
      Effect.provide(
        StateManager.layerNamed(place).pipe(
          Layer.provide(Layer.mock(RunpodGraphql, graphql)),
          Layer.provide(Layer.mock(RunpodRest, { listEndpoints: Effect.succeed(endpoints) })),
          Layer.provide(RunpodConfig.layerOf({}))
        )
      )
    )

  const noApp = {
    getFlashAppByName: (id: string) => Effect.fail(new NotFound({ kind: "flash app", id, detail: "App not found" }))
  }

  it.effect("where there is no flash app, it is what the endpoints say of themselves, or their names", () =>
    Effect.gen(function*() {
      const found = yield* ask(noApp, [
        ours("shop", "staging", "web"),
        { ...ours("shop", "staging", "api", "LOAD_BALANCER"), id: "balanced" },
        // another environment, whose names begin so, too
        ours("shop", "staging-2", "web"),
        endpoint("shop-staging-image"),
        endpoint("shop-production-image")
      ])
      expect(found.resources_endpoints).toEqual({
        web: "https://api.runpod.ai/v2/id-shop-staging-web",
        api: "https://balanced.api.runpod.ai",
        image: "https://api.runpod.ai/v2/id-shop-staging-image"
      })
      expect(found.resources["api"]).toMatchObject({ is_load_balanced: true, endpoint_id: "balanced" })
    }))

  it.effect("of two endpoints with one name it is the older", () =>
    Effect.gen(function*() {
      const [younger, older] = [
        { ...ours("shop", "staging", "web", "QUEUE", "2026-02-01T00:00:00Z"), id: "younger" },
        { ...ours("shop", "staging", "web"), id: "older" }
      ]
      for (const endpoints of [[younger, older], [older, younger]]) {
        expect((yield* ask(noApp, endpoints)).resources["web"]?.endpoint_id).toBe("older")
      }
    }))

  it.effect("where GraphQL is gone, nothing but endpoints is asked for", () =>
    Effect.gen(function*() {
      const retired = {
        getFlashAppByName: () => Effect.fail(new ApiRetired({ request: "POST", api: "GraphQL", detail: "gone" }))
      }
      expect(Object.keys((yield* ask(retired, [ours("shop", "staging", "web")])).resources)).toEqual(["web"])
      expect((yield* Effect.flip(ask(retired, []))).message).toContain("it has no endpoint")
      // that the app is not there says more than that no endpoint is
      expect((yield* Effect.flip(ask(noApp, []))).message).toContain("App not found")
    }))

  it.effect("where the platform fails, it is not taken for an app that is not there", () =>
    Effect.gen(function*() {
      const down = {
        getFlashAppByName: () => Effect.fail(new ServerError({ request: "POST", status: 500, detail: "down" }))
      }
      expect((yield* Effect.flip(ask(down, [ours("shop", "staging", "web")]))).message).toContain("down")
    }))
})
