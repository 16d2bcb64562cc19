/** No field of a declaration is lost on its way to the platform: another value of it is another request. */
import { describe, expect, it } from "@effect/vitest"
import { ConfigProvider, Effect, Either, FastCheck, Layer, Schema } from "effect"
import { isDeepStrictEqual } from "node:util"
import * as Fields from "../../src/provision/Fields.ts"
import * as GraphqlPayload from "../../src/provision/GraphqlPayload.ts"
import * as Resolve from "../../src/provision/Resolve.ts"
import * as RestPayload from "../../src/provision/RestPayload.ts"
import * as Derived from "../../src/resources/Derived.ts"
import { type ConfigField, type Destination, fields } from "../../src/resources/fields.ts"
import { check } from "../../src/resources/internal/rules.ts"
import type { TemplateSettings } from "../../src/resources/PodTemplate.ts"
import { type ResourceConfig, type ResourceType, structs } from "../../src/resources/ResourceConfig.ts"
import { EndpointInput } from "../../src/runpod/graphql/Endpoints.ts"
import { CreateEndpointRequest } from "../../src/runpod/rest/Endpoints.ts"
import { cases } from "../laws.ts"
import { declare, isLoadBalancer, options, types } from "../resources/declarations.ts"

type Path = Exclude<ConfigField, "template"> | `template.${keyof TemplateSettings}`

/** A template is told of part by part. */
const { template: _, ...others } = fields
const destinations: Readonly<Record<Path, Destination | "GraphQL">> = {
  ...others,
  "template.ports": "remote",
  "template.dockerArgs": "remote",
  "template.startScript": "remote",
  "template.advancedStart": "remote",
  "template.config": "remote",
  // a template of REST v2 is none beside an endpoint, and needs no name
  "template.name": "GraphQL"
}

/** The paths of a type that can be changed: its tag is what it is, and an endpoint with an id is never told anything. */
const pathsOf = (type: ResourceType): ReadonlyArray<Path> =>
  (Object.keys(destinations) as ReadonlyArray<Path>).filter((path) =>
    path !== "_tag" && path !== "id" && (path.startsWith("template.") || path in structs[type].fields) &&
    // a load balancer's has one value
    !(path === "scalerType" && isLoadBalancer(type))
  )

const nothing: TemplateSettings = { ports: [], advancedStart: false, config: {} }

const at = (config: ResourceConfig, path: Path): unknown =>
  Object.entries(path.startsWith("template.") ? config.template ?? nothing : config)
    .find(([name]) => name === path.replace("template.", ""))?.[1]

/** A configuration with one value of another one. */
const mix = (config: ResourceConfig, path: Path, value: unknown): ResourceConfig => {
  const put = (fields: object, name: string) => {
    const { [name]: _, ...rest } = { ...fields } as Readonly<Record<string, unknown>>
    return value === undefined ? rest : { ...rest, [name]: value }
  }
  return (path.startsWith("template.")
    ? { ...config, template: put(config.template ?? nothing, path.replace("template.", "")) }
    : put(config, path)) as ResourceConfig
}

const thisMachine = Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["HOME", "/home/me"]])))

const resolve = (config: ResourceConfig): Fields.Resolved => ({
  ...Effect.runSync(Effect.provide(Resolve.make({ app: "shop", env: "production" })(config), thisMachine)),
  // a declared volume is made by another request, with all that is said of it
  networkVolumes: config.networkVolumes.map((volume) => "id" in volume ? volume : { id: JSON.stringify(volume) })
})

/** What is sent to make its endpoint; nothing, where no API has words for it. */
const sent = (config: ResourceConfig): { readonly api: string; readonly body: unknown } | undefined => {
  const settings = Fields.settings(config, resolve(config))
  const rest = RestPayload.create(settings)
  if (Either.isRight(rest)) return { api: "REST", body: Schema.encodeSync(CreateEndpointRequest)(rest.right) }
  const graphql = GraphqlPayload.endpoint(settings)
  return Either.isRight(graphql)
    ? { api: "GraphQL", body: Schema.encodeSync(EndpointInput)(graphql.right) }
    : undefined
}

/** A load balancer's own port may be in its template, too; and the stock image of GPUs wants a version of CUDA itself. */
const isSaidAlready = (path: Path, a: ResourceConfig, b: ResourceConfig): boolean => {
  const means = (config: ResourceConfig): unknown =>
    path === "template.ports" ? Derived.ports(config) : at(config, path) ?? resolve(config).worker.minCudaVersion
  return (path === "template.ports" || path === "minCudaVersion") && isDeepStrictEqual(means(a), means(b))
}

const other = (type: ResourceType, options: object): object =>
  type.includes("Live") ? options : { ...options, imageName: "me/another:2" }

describe.each(types)("of a %s", (type) => {
  it("every field that is set arrives", () => {
    const seen = new Set<Path>()
    FastCheck.assert(
      FastCheck.property(options(type), options(type), (a, b) => {
        const [one, two] = [declare(type, a, "one"), declare(type, other(type, b), "two")]
        const before = sent(one)
        if (before === undefined) return
        for (const path of pathsOf(type)) {
          const value = at(two, path)
          const mixed = mix(one, path, value)
          if (isDeepStrictEqual(at(one, path), value) || check(mixed).length > 0) continue
          const after = sent(mixed)
          if (after === undefined || isSaidAlready(path, one, mixed)) continue
          const destination = destinations[path]
          const arrives = destination === "GraphQL" ? after.api === "GraphQL" : destination !== "local-only"
          expect(!isDeepStrictEqual(before, after), `${path}: ${JSON.stringify(value)}`).toBe(arrives)
          if (arrives || destination === "local-only") seen.add(path)
        }
      }),
      cases(60)
    )
    expect([...seen].toSorted()).toEqual(pathsOf(type).toSorted())
  })
})
