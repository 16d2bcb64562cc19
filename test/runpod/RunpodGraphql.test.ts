import { assert, describe, expect, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber, Layer, Redacted, TestClock } from "effect"
import { inspect } from "node:util"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import type { RunpodError } from "../../src/runpod/RunpodError.ts"
import * as RunpodGraphql from "../../src/runpod/RunpodGraphql.ts"
import { broken, config, key, make, problem, reply } from "./scriptedApi.ts"
import type { Asked, Reply } from "./scriptedApi.ts"

type Service = typeof RunpodGraphql.RunpodGraphql.Service

const api = (script: (asked: Asked) => Reply, settings: Layer.Layer<RunpodConfig.RunpodConfig> = config) => {
  const platform = make(script, settings)
  return Effect.map(
    Effect.provide(RunpodGraphql.RunpodGraphql, Layer.provide(RunpodGraphql.layer, platform.layer)),
    (graphql) => ({ ...platform, graphql })
  )
}

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

const data = (content: object): Reply => reply(200, { data: content })

const errors = (...messages: ReadonlyArray<string | object>): Reply =>
  reply(200, {
    errors: messages.map((message) => typeof message === "string" ? { message } : message),
    data: null
  })

const app = {
  id: "a1",
  name: "shop",
  flashEnvironments: [{ id: "e1", name: "prod", state: "HEALTHY", activeBuildId: null, createdAt: "2026-11-24" }],
  flashBuilds: [{ id: "b1", objectKey: "k", createdAt: "2026-11-24" }]
}

const environment = { id: "e1", name: "prod", state: "HEALTHY", endpoints: [{ id: "ep1", name: "hello" }] }

describe("operations", () => {
  const input = { flashEnvironmentId: "e1", flashBuildId: "b1" }
  const operations: ReadonlyArray<{
    readonly name: string
    readonly call: (graphql: Service) => Effect.Effect<unknown, RunpodError>
    readonly variables: unknown
    readonly data: object
    readonly result: unknown
  }> = [
    {
      name: "getFlashApps",
      call: ({ listFlashApps }) => listFlashApps,
      variables: {},
      data: { myself: { flashApps: [app, { id: "a2", name: "bare", flashEnvironments: null, flashBuilds: null }] } },
      result: [
        { ...app, flashEnvironments: [{ id: "e1", name: "prod", state: "HEALTHY", createdAt: "2026-11-24" }] },
        { id: "a2", name: "bare", flashEnvironments: [], flashBuilds: [] }
      ]
    },
    {
      name: "getFlashApps",
      call: ({ listFlashApps }) => listFlashApps,
      variables: {},
      data: { myself: { flashApps: null } },
      result: []
    },
    {
      name: "getFlashApp",
      call: ({ getFlashApp }) => getFlashApp("a1"),
      variables: { input: "a1" },
      data: { flashApp: { ...app, flashEnvironments: [] } },
      result: { ...app, flashEnvironments: [] }
    },
    {
      name: "getFlashAppByName",
      call: ({ getFlashAppByName }) => getFlashAppByName("shop"),
      variables: { flashAppName: "shop" },
      data: { flashAppByName: { ...app, flashEnvironments: [] } },
      result: { ...app, flashEnvironments: [] }
    },
    {
      name: "createFlashApp",
      call: ({ createFlashApp }) => createFlashApp("shop"),
      variables: { input: { name: "shop" } },
      data: { createFlashApp: { id: "a1", name: "shop" } },
      result: { id: "a1", name: "shop" }
    },
    {
      name: "deleteFlashApp",
      call: ({ deleteFlashApp }) => deleteFlashApp("a1"),
      variables: { flashAppId: "a1" },
      data: { deleteFlashApp: null },
      result: undefined
    },
    {
      name: "listFlashEnvironments",
      call: ({ listFlashEnvironments }) => listFlashEnvironments("a1"),
      variables: { flashAppId: "a1" },
      data: { flashApp: { flashEnvironments: [{ id: "e1", name: "prod" }] } },
      result: [{ id: "e1", name: "prod" }]
    },
    {
      name: "getFlashEnvironment",
      call: ({ getFlashEnvironment }) => getFlashEnvironment("e1"),
      variables: { flashEnvironmentId: "e1" },
      data: { flashEnvironment: { ...environment, networkVolumes: null } },
      result: { ...environment, networkVolumes: [] }
    },
    {
      name: "getFlashEnvironmentByName",
      call: ({ getFlashEnvironmentByName }) => getFlashEnvironmentByName({ flashAppId: "a1", name: "prod" }),
      variables: { input: { flashAppId: "a1", name: "prod" } },
      data: { flashEnvironmentByName: { ...environment, networkVolumes: [] } },
      result: { ...environment, networkVolumes: [] }
    },
    {
      name: "createFlashEnvironment",
      call: ({ createFlashEnvironment }) => createFlashEnvironment({ flashAppId: "a1", name: "prod" }),
      variables: { input: { flashAppId: "a1", name: "prod" } },
      data: { createFlashEnvironment: { id: "e1", name: "prod" } },
      result: { id: "e1", name: "prod" }
    },
    {
      name: "updateFlashEnvironment",
      call: ({ updateFlashEnvironment }) => updateFlashEnvironment({ flashEnvironmentId: "e1", status: "DEPLOYING" }),
      variables: { input: { flashEnvironmentId: "e1", status: "DEPLOYING" } },
      data: { updateFlashEnvironment: { id: "e1", name: "prod", state: "DEPLOYING" } },
      result: { id: "e1", name: "prod", state: "DEPLOYING" }
    },
    {
      name: "deleteFlashEnvironment",
      call: ({ deleteFlashEnvironment }) => deleteFlashEnvironment("e1"),
      variables: { flashEnvironmentId: "e1" },
      data: { deleteFlashEnvironment: null },
      result: undefined
    },
    {
      name: "addEndpointToFlashEnvironment",
      call: ({ addEndpointToFlashEnvironment }) =>
        addEndpointToFlashEnvironment({ flashEnvironmentId: "e1", endpointId: "ep1" }),
      variables: { input: { flashEnvironmentId: "e1", endpointId: "ep1" } },
      data: { addEndpointToFlashEnvironment: { id: "ep1", name: "hello", flashEnvironmentId: "e1" } },
      result: { id: "ep1", name: "hello", flashEnvironmentId: "e1" }
    },
    {
      name: "addNetworkVolumeToFlashEnvironment",
      call: ({ addNetworkVolumeToFlashEnvironment }) =>
        addNetworkVolumeToFlashEnvironment({ flashEnvironmentId: "e1", networkVolumeId: "v1" }),
      variables: { input: { flashEnvironmentId: "e1", networkVolumeId: "v1" } },
      data: { addNetworkVolumeToFlashEnvironment: { id: "v1", name: "models", flashEnvironmentId: "e1" } },
      result: { id: "v1", name: "models", flashEnvironmentId: "e1" }
    },
    {
      name: "listFlashBuilds",
      call: ({ listFlashBuilds }) => listFlashBuilds("a1"),
      variables: { flashAppId: "a1" },
      data: { flashApp: { flashBuilds: [{ id: "b1", objectKey: null }] } },
      result: [{ id: "b1" }]
    },
    {
      name: "getFlashBuild",
      call: ({ getFlashBuild }) => getFlashBuild("b1"),
      variables: { input: "b1" },
      data: { flashBuild: { id: "b1", manifest: { version: "1" } } },
      result: { id: "b1", manifest: { version: "1" } }
    },
    {
      name: "PrepareArtifactUpload",
      call: ({ prepareFlashArtifactUpload }) =>
        Effect.map(prepareFlashArtifactUpload({ flashAppId: "a1", tarballSize: 9 }), ({ uploadUrl, ...upload }) => ({
          ...upload,
          uploadUrl: Redacted.value(uploadUrl)
        })),
      variables: { input: { flashAppId: "a1", tarballSize: 9 } },
      data: { prepareFlashArtifactUpload: { uploadUrl: "https://s3/x?sig=1", objectKey: "k", expiresAt: "later" } },
      result: { uploadUrl: "https://s3/x?sig=1", objectKey: "k", expiresAt: "later" }
    },
    {
      name: "FinalizeArtifactUpload",
      call: ({ finalizeFlashArtifactUpload }) =>
        finalizeFlashArtifactUpload({ flashAppId: "a1", objectKey: "k", manifest: { version: "1" } }),
      variables: { input: { flashAppId: "a1", objectKey: "k", manifest: { version: "1" } } },
      data: { finalizeFlashArtifactUpload: { id: "b1", manifest: { version: "1" } } },
      result: { id: "b1", manifest: { version: "1" } }
    },
    {
      name: "updateFlashBuildManifest",
      call: ({ updateFlashBuildManifest }) => updateFlashBuildManifest({ flashBuildId: "b1", manifest: [] }),
      variables: { input: { flashBuildId: "b1", manifest: [] } },
      data: { updateFlashBuildManifest: { id: "b1", manifest: [] } },
      result: { id: "b1", manifest: [] }
    },
    {
      name: "deployBuildToEnvironment",
      call: ({ deployBuildToEnvironment }) => deployBuildToEnvironment(input),
      variables: { input },
      data: { deployBuildToEnvironment: { id: "e1", name: "prod", activeArtifact: null } },
      result: { id: "e1", name: "prod" }
    },
    {
      name: "saveEndpoint",
      call: ({ saveEndpoint }) =>
        saveEndpoint({
          id: "ep1",
          name: "hello",
          template: { env: [{ key: "HF_TOKEN", value: Redacted.make("hf_abcdefgh") }] }
        }),
      variables: {
        input: { id: "ep1", name: "hello", template: { env: [{ key: "HF_TOKEN", value: "hf_abcdefgh" }] } }
      },
      data: { saveEndpoint: { id: "ep1", name: "hello", gpuIds: null, workersMin: 0 } },
      result: { id: "ep1", name: "hello", workersMin: 0 }
    },
    {
      name: "saveTemplate",
      call: ({ saveTemplate }) => saveTemplate({ id: "t1", volumeInGb: 0 }),
      variables: { input: { id: "t1", volumeInGb: 0 } },
      data: { saveTemplate: { id: "t1", env: [] } },
      result: { id: "t1", env: [] }
    },
    {
      name: "deleteEndpoint",
      call: ({ deleteEndpoint }) => deleteEndpoint("ep1"),
      variables: { id: "ep1" },
      data: { deleteEndpoint: null },
      result: undefined
    },
    {
      name: "listEndpointIds",
      call: ({ listEndpointIds }) => listEndpointIds,
      variables: {},
      data: { myself: { endpoints: [{ id: "ep1" }, { id: "ep2" }] } },
      result: ["ep1", "ep2"]
    },
    {
      name: "getGpuTypes",
      call: ({ getGpuTypes }) => getGpuTypes({ id: "NVIDIA L4" }),
      variables: { input: { id: "NVIDIA L4" } },
      data: { gpuTypes: [{ id: "NVIDIA L4", memoryInGb: 24, securePrice: null }] },
      result: [{ id: "NVIDIA L4", memoryInGb: 24 }]
    },
    {
      name: "getCpuTypes",
      call: ({ getCpuTypes }) => getCpuTypes,
      variables: {},
      data: { cpuTypes: [{ id: "c" }] },
      result: [{ id: "c" }]
    },
    {
      name: "createFlashAuthRequest",
      call: ({ createFlashAuthRequest }) => createFlashAuthRequest,
      variables: {},
      data: { createFlashAuthRequest: { id: "r1", status: "PENDING", expiresAt: "later" } },
      result: { id: "r1", status: "PENDING", expiresAt: "later" }
    },
    {
      name: "flashAuthRequestStatus",
      call: ({ flashAuthRequestStatus }) => flashAuthRequestStatus("r1"),
      variables: { flashAuthRequestId: "r1" },
      data: { flashAuthRequestStatus: { id: "r1", status: "SOMETHING_NEW", apiKey: null } },
      result: { id: "r1", status: "SOMETHING_NEW" }
    }
  ]

  for (const { call, data: answer, name, result, variables } of operations) {
    it.effect(`${name} ${JSON.stringify(variables)}`, () =>
      Effect.gen(function*() {
        const { asked, graphql, lines } = yield* api(() => data(answer))
        expect(yield* call(graphql)).toEqual(result)
        expect(lines()).toEqual(["POST /graphql"])
        expect(asked[0]?.body).toEqual({ query: expect.stringMatching(new RegExp(`\\b${name}\\b`)), variables })
      }))
  }

  it.effect("logging in is asked without a key, also where there is one", () =>
    Effect.gen(function*() {
      const answer = { id: "r1", status: "APPROVED", apiKey: "rpa_NEW" }
      for (const settings of [config, RunpodConfig.layerOf({})]) {
        const { asked, graphql } = yield* api(
          () => data({ createFlashAuthRequest: answer, flashAuthRequestStatus: answer }),
          settings
        )
        yield* graphql.createFlashAuthRequest
        const { apiKey } = yield* graphql.flashAuthRequestStatus("r1")
        assert(apiKey !== undefined)
        expect(Redacted.value(apiKey)).toBe("rpa_NEW")
        expect(asked.map(({ headers }) => headers["authorization"])).toEqual([undefined, undefined])
      }
    }))

  it.effect("everything else needs the key", () =>
    Effect.gen(function*() {
      const { asked, graphql } = yield* api(() => data({}))
      yield* failure(graphql.listFlashApps)
      expect(asked[0]?.headers["authorization"]).toBe(`Bearer ${key}`)
      const keyless = yield* api(() => data({}), RunpodConfig.layerOf({}))
      expect((yield* failure(keyless.graphql.listFlashApps))._tag).toBe("ApiKeyMissing")
      expect(keyless.lines()).toEqual([])
    }))
})

describe("not found", () => {
  const byName = ({ getFlashAppByName }: Service) => getFlashAppByName("shop")
  const byInput = ({ getFlashEnvironmentByName }: Service) =>
    getFlashEnvironmentByName({ flashAppId: "a1", name: "prod" })
  const deploy = ({ deployBuildToEnvironment }: Service) =>
    deployBuildToEnvironment({ flashEnvironmentId: "e1", flashBuildId: "b1" })
  const save = ({ saveEndpoint }: Service) => saveEndpoint({ id: "ep1", name: "hello", templateId: "t1" })
  const finalize = ({ finalizeFlashArtifactUpload }: Service) =>
    finalizeFlashArtifactUpload({ flashAppId: "a1", objectKey: "k", manifest: {} })

  const missing: ReadonlyArray<
    readonly [string, Reply, (graphql: Service) => Effect.Effect<unknown, RunpodError>, kind: string, id: string]
  > = [
    ["by message", errors("app not found"), byName, "flash app", "shop"],
    ["by message, whatever its case", errors("Flash App not found"), byName, "flash app", "shop"],
    ["by message with the name inside", errors(`App "shop" was not found`), byName, "flash app", "shop"],
    ["by a message that names nothing", errors("Not found"), byName, "flash app", "shop"],
    ["by a message that names any thing", errors("Resource not found."), byName, "flash app", "shop"],
    ["by code", errors({ message: "nope", extensions: { code: "NOT_FOUND" } }), byName, "flash app", "shop"],
    ["by shape", data({ flashAppByName: null }), byName, "flash app", "shop"],
    ["by shape, for a list below it", data({ flashApp: null }), (g) => g.listFlashBuilds("a1"), "flash app", "a1"],
    ["environment", errors("environment does not exist"), byInput, "flash environment", "prod"],
    ["its app", errors("App not found"), byInput, "flash app", "a1"],
    ["build of two", errors("Build b1 not found"), deploy, "flash build", "b1"],
    ["environment of two", errors("no such environment: e1"), deploy, "flash environment", "e1"],
    ["endpoint in a deletion", errors("Endpoint not found"), (g) => g.deleteEndpoint("ep1"), "endpoint", "ep1"],
    ["with a status of its own", reply(400, { errors: [{ message: "app not found" }] }), byName, "flash app", "shop"],
    ["login", data({ flashAuthRequestStatus: null }), (g) => g.flashAuthRequestStatus("r1"), "login request", "r1"]
  ]
  for (const [name, answer, call, kind, id] of missing) {
    it.effect(name, () =>
      Effect.gen(function*() {
        const { graphql } = yield* api(() => answer)
        expect(yield* failure(call(graphql))).toMatchObject({ _tag: "NotFound", kind, id })
      }))
  }

  const other: ReadonlyArray<readonly [string, Reply, (graphql: Service) => Effect.Effect<unknown, RunpodError>]> = [
    ["something of another kind", errors("User not found"), byName],
    ["one of two, and which is not said", errors("Not found"), deploy],
    ["what the thing needs", errors("Endpoint ep1 refers to a template that was not found"), save],
    ["an object in storage", errors("object key not found"), finalize],
    ["nothing of the kind", errors("name is not valid"), byName],
    ["a missing account", data({ myself: null }), ({ listFlashApps }) => listFlashApps],
    ["a missing field", data({}), byName],
    ["no data", reply(200, { data: null }), byName],
    ["another server", reply(404, "404 page not found"), byName],
    [
      "an update that answers null",
      data({ updateFlashBuildManifest: null }),
      (g) => g.updateFlashBuildManifest({ flashBuildId: "b1", manifest: {} })
    ]
  ]
  for (const [name, answer, call] of other) {
    it.effect(`is not ${name}`, () =>
      Effect.gen(function*() {
        const { graphql } = yield* api(() => answer)
        expect((yield* failure(call(graphql)))._tag).not.toBe("NotFound")
      }))
  }
})

describe("errors", () => {
  const fail = (answer: Reply) => Effect.flatMap(api(() => answer), ({ graphql }) => failure(graphql.getFlashApp("a1")))

  const classes: ReadonlyArray<readonly [tag: string, Reply, more?: object]> = [
    ["Unauthorized", reply(401, { errors: [{ message: "who" }] }), {
      keyOrigin: "RUNPOD_API_KEY in a test",
      detail: "who"
    }],
    ["Unauthorized", errors({ message: "who", extensions: { code: "UNAUTHENTICATED" } })],
    ["Unauthorized", errors("Unauthorized request, please check your API key.")],
    ["Forbidden", errors({ message: "no", extensions: { code: "FORBIDDEN" } })],
    ["RateLimited", reply(429, {}, { "retry-after": "3" }), { retryAfterMs: 3000 }],
    ["RateLimited", reply(200, { errors: [{ message: "Too many requests" }] }, { "retry-after": "3" }), {
      retryAfterMs: 3000
    }],
    ["CapacityUnavailable", errors("There are no longer any instances available with the requested specifications.")],
    ["Conflict", errors("An app of that name already exists")],
    ["Conflict", errors(`there is an app "shop" already`)],
    [
      "ValidationFailed",
      errors({ message: `Cannot query field "x"`, extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }),
      {
        fields: [{ path: "", problem: `Cannot query field "x"` }]
      }
    ],
    ["ValidationFailed", reply(400, { errors: [{ message: `Variable "$input" got invalid value` }] })],
    ["ValidationFailed", reply(400, { error: "bad" })],
    ["ServerError", errors("Something went wrong. Please try again later or contact support."), { status: 200 }],
    ["ServerError", reply(502, "<html>Bad Gateway</html>"), { status: 502 }],
    ["ApiRetired", reply(410, "Gone"), { api: "GraphQL" }],
    ["TransportFailed", broken("ECONNRESET"), { request: "GraphQL getFlashApp" }],
    ["RequestTimedOut", Effect.never, { request: "GraphQL getFlashApp" }],
    ["UnexpectedResponse", reply(200, "<html>welcome</html>"), { issue: "it is not JSON" }],
    ["UnexpectedResponse", reply(200, ""), { issue: "it is empty" }],
    ["UnexpectedResponse", reply(200, "[]")],
    ["UnexpectedResponse", data({ flashApp: { id: 5 } })],
    ["GraphqlErrors", errors("the moon is full", { message: "and red", path: ["flashApp", "id"] }), {
      request: "GraphQL getFlashApp",
      errors: [{ message: "the moon is full" }, { message: "and red", path: "flashApp.id" }]
    }],
    ["GraphqlErrors", reply(200, { errors: ["not", { even: "objects" }] })],
    ["GraphqlErrors", reply(200, { errors: [{ message: "half of it" }], data: { flashApp: app } })]
  ]
  for (const [tag, answer, more = {}] of classes) {
    it.effect(`${tag} ${JSON.stringify(more)}`, () =>
      Effect.gen(function*() {
        expect(yield* fail(answer)).toMatchObject({ _tag: tag, ...more })
      }))
  }

  it.effect("null errors, and none, are no errors", () =>
    Effect.gen(function*() {
      for (const errors of [null, []]) {
        const { graphql } = yield* api(() => reply(200, { errors, data: { flashApp: app } }))
        expect((yield* graphql.getFlashApp("a1")).name).toBe("shop")
      }
    }))

  it.effect("no error shows a secret", () =>
    Effect.gen(function*() {
      const says = `Bearer ${key} https://s3.test/x?X-Amz-Signature=abc p4ssword`
      const upload = { uploadUrl: says, objectKey: 5 }
      const replies = [
        errors(says),
        errors({ message: says, extensions: { code: "BAD_USER_INPUT" } }),
        reply(401, says),
        reply(500, says),
        reply(200, says),
        data({
          saveEndpoint: { id: [says], template: { env: [{ key: "A", value: "p4ssword" }] } },
          prepareFlashArtifactUpload: upload
        }),
        data({ saveEndpoint: { id: "ep1", gpuIds: [says] }, prepareFlashArtifactUpload: { ...upload, uploadUrl: 5 } })
      ]
      for (const answer of replies) {
        const { graphql } = yield* api(() => answer)
        const input = { name: "hello", template: { env: [{ key: "A", value: Redacted.make("p4ssword") }] } }
        const failures = [
          yield* failure(graphql.saveEndpoint(input)),
          yield* failure(graphql.saveEndpoint({ ...input, id: "ep1" }))
        ]
        for (const error of failures) {
          for (const shown of [error.message, inspect(error, { depth: 9 })]) {
            expect(shown).not.toContain(key)
            expect(shown).not.toContain("Signature=abc")
            expect(shown).not.toContain("p4ssword")
          }
        }
        const error = yield* Effect.either(graphql.prepareFlashArtifactUpload({ flashAppId: "a1", tarballSize: 1 }))
          .pipe(
            outcome
          )
        expect(inspect(error, { depth: 9 })).not.toContain("Signature=abc")
      }
    }))
})

describe("retries", () => {
  const lapses: ReadonlyArray<Reply> = [
    broken("ECONNRESET"),
    Effect.never,
    reply(503),
    errors("Something went wrong. Please try again later or contact support.")
  ]

  it.effect("repeats queries and what can be done twice", () =>
    Effect.gen(function*() {
      const answer = {
        flashApp: app,
        deleteFlashApp: null,
        saveEndpoint: { id: "ep1" },
        saveTemplate: { id: "t1" },
        deployBuildToEnvironment: { id: "e1", name: "prod" },
        updateFlashBuildManifest: { id: "b1" },
        updateFlashEnvironment: { id: "e1", name: "prod" },
        createFlashAuthRequest: { id: "r1", status: "PENDING" }
      }
      const calls: ReadonlyArray<(graphql: Service) => Effect.Effect<unknown, RunpodError>> = [
        ({ getFlashApp }) => getFlashApp("a1"),
        ({ deleteFlashApp }) => deleteFlashApp("a1"),
        ({ saveEndpoint }) => saveEndpoint({ id: "ep1", name: "hello" }),
        ({ saveTemplate }) => saveTemplate({ id: "t1" }),
        ({ deployBuildToEnvironment }) => deployBuildToEnvironment({ flashEnvironmentId: "e1", flashBuildId: "b1" }),
        ({ updateFlashBuildManifest }) => updateFlashBuildManifest({ flashBuildId: "b1", manifest: {} }),
        ({ updateFlashEnvironment }) => updateFlashEnvironment({ flashEnvironmentId: "e1", status: "HEALTHY" }),
        ({ createFlashAuthRequest }) => createFlashAuthRequest
      ]
      for (const lapse of lapses) {
        for (const call of calls) {
          const { graphql, lines } = yield* api(({ nth }) => nth === 0 ? lapse : data(answer))
          const exit = yield* outcome(call(graphql))
          assert(Exit.isSuccess(exit), String(exit))
          expect(lines()).toHaveLength(2)
        }
      }
    }))

  it.effect("sends a creation once", () =>
    Effect.gen(function*() {
      const calls: ReadonlyArray<readonly [string, (graphql: Service) => Effect.Effect<unknown, RunpodError>]> = [
        ["shop", ({ createFlashApp }) => createFlashApp("shop")],
        ["prod", ({ createFlashEnvironment }) => createFlashEnvironment({ flashAppId: "a1", name: "prod" })],
        ["hello", ({ saveEndpoint }) => saveEndpoint({ name: "hello" })],
        ["base", ({ saveTemplate }) => saveTemplate({ name: "base" })],
        ["k", (graphql) => graphql.finalizeFlashArtifactUpload({ flashAppId: "a1", objectKey: "k", manifest: {} })]
      ]
      for (const lapse of [...lapses, reply(200, "OK"), data({})]) {
        for (const [name, call] of calls) {
          const { graphql, lines } = yield* api(() => lapse)
          expect(yield* failure(call(graphql))).toMatchObject({ _tag: "OutcomeUnknown", name })
          expect(lines()).toHaveLength(1)
        }
      }
    }))

  it.effect("an error beside what was made leaves the outcome unknown", () =>
    Effect.gen(function*() {
      const { graphql, lines } = yield* api(() =>
        reply(200, { errors: [{ message: "the log is full" }], data: { createFlashApp: { id: "a1", name: "shop" } } })
      )
      const error = yield* failure(graphql.createFlashApp("shop"))
      assert(error._tag === "OutcomeUnknown")
      expect(error.cause).toMatchObject({ _tag: "GraphqlErrors" })
      expect(lines()).toHaveLength(1)
    }))

  it.effect("a creation is sent again where it certainly was not accepted", () =>
    Effect.gen(function*() {
      for (const refusal of [broken("ECONNREFUSED"), reply(429, {}, { "retry-after": "5" })]) {
        const { graphql, lines } = yield* api(({ nth }) =>
          nth === 0 ? refusal : data({ createFlashApp: { id: "a1", name: "shop" } })
        )
        assert(Exit.isSuccess(yield* outcome(graphql.createFlashApp("shop"))))
        expect(lines()).toHaveLength(2)
      }
    }))

  it.effect("a refusal is not repeated", () =>
    Effect.gen(function*() {
      for (const refusal of [errors("app not found"), errors("no"), problem(401, "no"), problem(400, "no")]) {
        const { graphql, lines } = yield* api(() => refusal)
        yield* Effect.flip(graphql.getFlashApp("a1"))
        expect(lines()).toHaveLength(1)
      }
    }))
})
