/** Finds remote functions and resources among the exports of modules, and says what they are. */
import * as RpcSchema from "@effect/rpc/RpcSchema"
import * as Either from "effect/Either"
import * as JSONSchema from "effect/JSONSchema"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as HttpRoute from "../../../src/invoke/http/HttpRoute.ts"
import * as Procedure from "../../../src/Procedure.ts"
import { ResourceConfig, structs } from "../../../src/resources/ResourceConfig.ts"
import type { FoundFunction, FoundResource, JsonSchema, Place, Report } from "./Report.ts"

type Exports = Readonly<Record<string, unknown>>

export const look = (modules: ReadonlyMap<string, Exports>): Omit<Report, "failures"> => {
  const functions = new Map<Procedure.Procedure, Array<Place>>()
  const resources = new Map<Procedure.Declared, Array<Place>>()
  for (const [module, exports] of modules) {
    for (const [name, value] of Object.entries(exports)) {
      const place: Place = { module, export: name }
      for (const part of [value, ...partsOf(value)]) {
        const procedures = Procedure.proceduresOf(part)
        for (const procedure of procedures) functions.set(procedure, [...functions.get(procedure) ?? [], place])
        if (isResource(part)) resources.set(part, [...resources.get(part) ?? [], place])
      }
    }
  }
  for (const procedure of functions.keys()) {
    const { resource } = procedure[Procedure.DefinitionId]
    if (!resources.has(resource)) resources.set(resource, [])
  }
  const all = [...resources.keys()]
  return {
    functions: [...functions].flatMap(([procedure, [first, ...others]]) =>
      first === undefined ? [] : [functionOf(procedure, [first, ...others], all)]
    ),
    resources: [...resources].map(([resource, places]) => resourceOf(resource, places))
  }
}

/** As a worker finds functions in the module that it loads. */
const partsOf = (value: unknown): ReadonlyArray<unknown> => {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return []
  if (Procedure.proceduresOf(value).length > 0) return []
  const prototype: unknown = Object.getPrototypeOf(value)
  return typeof value === "function" || prototype === Object.prototype || prototype === null ? Object.values(value) : []
}

const isResource = (u: unknown): u is Procedure.Declared => {
  if (typeof u !== "object" || u === null || !("name" in u) || !("config" in u) || !("layerMock" in u)) return false
  const { config } = u
  return typeof config === "object" && config !== null && "_tag" in config && typeof config._tag === "string" &&
    config._tag in structs
}

const resourceOf = ({ config, name }: Procedure.Declared, places: ReadonlyArray<Place>): FoundResource => ({
  places,
  name,
  type: config._tag,
  config: Schema.encodeSync(ResourceConfig)(config)
})

const functionOf = (
  procedure: Procedure.Procedure,
  places: FoundFunction["places"],
  resources: ReadonlyArray<Procedure.Declared>
): FoundFunction => {
  const definition = procedure[Procedure.DefinitionId]
  const stream = Option.getOrUndefined(RpcSchema.getStreamSchemas(procedure.successSchema.ast))
  const [payload, success, error] = [
    jsonSchemaOf(procedure.payloadSchema),
    jsonSchemaOf(stream?.success ?? procedure.successSchema),
    jsonSchemaOf(stream?.failure ?? procedure.errorSchema)
  ]
  return {
    places,
    name: procedure._tag,
    module: definition.module,
    resource: resources.indexOf(definition.resource),
    hasHandler: definition.handler !== undefined || definition.method?.class.make !== undefined,
    isLocal: definition.local,
    isIdempotent: definition.idempotent,
    isStream: stream !== undefined,
    ...routeOf(procedure),
    ...classOf(definition),
    dependencies: definition.dependencies,
    systemDependencies: definition.systemDependencies,
    ...(payload === undefined ? {} : { payload }),
    ...(success === undefined ? {} : { success }),
    ...(error === undefined ? {} : { error })
  }
}

const classOf = ({ method }: Procedure.Definition): Pick<FoundFunction, "class"> => {
  if (method === undefined) return {}
  const schema = jsonSchemaOf(method.class.constructorSchema)
  return { class: { name: method.class.name, ...(schema === undefined ? {} : { constructorSchema: schema }) } }
}

/** Of a function of a load balancer. */
const routeOf = (procedure: Procedure.Procedure): Pick<FoundFunction, "route"> => {
  if (procedure[Procedure.DefinitionId].route === undefined) return {}
  const route = HttpRoute.make(procedure)
  // `remote` throws where a route is wrong
  if (Either.isLeft(route)) return {}
  const { method, path, payload: { body, query }, response: { content, status } } = route.right
  return {
    route: {
      method,
      path,
      body: query.size > 0 ? "Query" : body._tag,
      files: body._tag === "Form"
        ? [...body.parts].flatMap(([name, part]) => part._tag === "Bytes" ? [name] : [])
        : [],
      status,
      content: content === "numbers" ? "bytes" : content
    }
  }
}

/** A schema of a user's own may have none. */
const jsonSchemaOf = (schema: { readonly ast: Schema.Schema.All["ast"] }): JsonSchema | undefined => {
  try {
    return { ...JSONSchema.make(Schema.make(schema.ast)) }
  } catch {
    return undefined
  }
}
