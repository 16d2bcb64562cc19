/** What the platform is told of each type of resource, exactly; and how it differs from what the original tells it. */
import { assert, describe, expect, it } from "@effect/vitest"
import { ConfigProvider, Effect, Either, Layer, Schema } from "effect"
import { readFileSync } from "node:fs"
import { isDeepStrictEqual } from "node:util"
import type { EndpointSettings } from "../../src/provision/EndpointSettings.ts"
import * as Fields from "../../src/provision/Fields.ts"
import * as GraphqlPayload from "../../src/provision/GraphqlPayload.ts"
import * as Resolve from "../../src/provision/Resolve.ts"
import * as RestPayload from "../../src/provision/RestPayload.ts"
import type { ResourceType } from "../../src/resources/ResourceConfig.ts"
import { EndpointInput } from "../../src/runpod/graphql/Endpoints.ts"
import { CreateEndpointRequest } from "../../src/runpod/rest/Endpoints.ts"
import { declare, isLoadBalancer, types } from "../resources/declarations.ts"
import * as OpenApi from "../runpod/contracts/openApi.ts"
import * as Declared from "./payloads/declared.ts"
import * as Words from "./payloads/inOriginalsWords.ts"
import { original } from "./payloads/original.ts"
import * as Ours from "./payloads/ours.ts"

/** Settings of a live endpoint, on a machine that says nothing of images. */
const settings = (table: Declared.Table, type: ResourceType): Promise<EndpointSettings> =>
  Effect.gen(function*() {
    const config = declare(type, Declared.look(table, type), "w")
    const resolved = yield* Resolve.make({ app: "shop", env: Resolve.liveEnvironment })(config)
    const networkVolumes = config.networkVolumes.flatMap((volume) => "id" in volume ? volume : [])
    return Fields.settings(config, { ...resolved, networkVolumes })
  }).pipe(Effect.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map()))), Effect.runPromise)

/** As it travels. */
const json = (value: unknown) => JSON.parse(JSON.stringify(value))

const rest = (settings: EndpointSettings) =>
  Either.map(RestPayload.create(settings), (body) => json(Schema.encodeSync(CreateEndpointRequest)(body)))

const graphql = (settings: EndpointSettings) =>
  Words.graphql(json(Schema.encodeSync(EndpointInput)(Either.getOrThrow(GraphqlPayload.endpoint(settings)))))

const document = OpenApi.read("runpod-rest-v2-openapi.json")

const queues = types.filter((type) => !isLoadBalancer(type))

const { byRequests, full, minimal, whole } = Declared
const declared = { byRequests, full, minimal, whole }

const restCases = [
  ...types.map((type) => [type, "minimal"] as const),
  ...queues.map((type) => [type, "byRequests"] as const),
  ...types.map((type) => [type, "full"] as const)
]

const graphqlCases = [
  ...types.map((type) => [type, "minimal"] as const),
  ...queues.map((type) => [type, "byRequests"] as const),
  ...types.map((type) => [type, "whole"] as const)
]

describe("REST v2", () => {
  it.each(restCases)("is told of a %s (%s)", async (type, which) => {
    expect(rest(await settings(declared[which], type))).toEqual(Either.right(Declared.look(Ours.rest[which], type)))
  })

  it.each(types)("has no words for all that a %s can say", async (type) => {
    const problems = Either.flip(rest(await settings(Declared.whole, type)))
    expect(Either.getOrThrow(problems).map(({ setting }) => setting)).toEqual([
      "workersPFBTarget",
      "template.startScript",
      "template.advancedStart",
      "template.config"
    ])
  })

  describe.skipIf(document === undefined)(
    `${document === undefined ? "(its document is not there) " : ""}takes`,
    () => {
      it.each(restCases)("a %s (%s)", (type, which) => {
        assert(document !== undefined)
        expect(OpenApi.make(document).problems("CreateEndpointRequest")(Declared.look(Ours.rest[which], type))).toEqual(
          []
        )
      })
    }
  )
})

describe("GraphQL", () => {
  it.each(graphqlCases)("is told of a %s (%s)", async (type, which) => {
    expect(graphql(await settings(declared[which], type))).toEqual(Declared.look(Ours.graphql[which], type))
  })
})

// ---------------------------------------------------------------------------------------------------------------------
// the original's
// ---------------------------------------------------------------------------------------------------------------------

/** Paths at which two payloads differ. */
const differences = (a: object, b: object): ReadonlyArray<string> => {
  const [one, other] = [Words.flat({ ...a }), Words.flat({ ...b })]
  return [...new Set([...one.keys(), ...other.keys()])].filter((path) =>
    one.has(path) !== other.has(path) || !isDeepStrictEqual(one.get(path), other.get(path))
  )
}

/** The table of the decision: `<API>: <field>` for each. */
const listed = (() => {
  const text = readFileSync(new URL("../../docs/decisions/0006-provisioning.md", import.meta.url), "utf8")
  const table = /## What differs from the original's payload, on purpose\n(.*?)\nBesides/s.exec(text)?.[1]
  assert(table !== undefined)
  const rows = table.split("\n").filter((line) => line.startsWith("| `"))
  return rows.flatMap((row) => {
    const [, fields = "", api = "", , , why = ""] = row.split("|").map((cell) => cell.trim())
    assert.isNotEmpty(why, `no reason is given for ${fields}`)
    const apis = api === "both" ? ["REST v2", "GraphQL"] : [api]
    return [...fields.matchAll(/`([^`]+)`/g)].flatMap(([, field]) => apis.map((api) => `${api}: ${field}`))
  })
})()

describe("what the original sends", () => {
  it("differs where the decision says so, and nowhere else", () => {
    const found = [
      ...restCases.flatMap(([type, which]) =>
        differences(
          Words.rest(Declared.look(Ours.rest[which], type) as never),
          Declared.look(original[which], type)
        ).map((path) => `REST v2: ${path}`)
      ),
      ...graphqlCases.flatMap(([type, which]) =>
        differences(Declared.look(Ours.graphql[which], type), Declared.look(original[which], type))
          .map((path) => `GraphQL: ${path}`)
      )
    ]
    expect([...new Set(found)].toSorted()).toEqual(listed.toSorted())
  })
})
