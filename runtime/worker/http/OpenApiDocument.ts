/**
 * The OpenAPI document of a worker's routes.
 *
 * @since 0.1.0
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import * as Endpoint from "../../../src/Endpoint.ts"
import * as Fields from "../../../src/invoke/http/Fields.ts"
import * as HttpRoute from "../../../src/invoke/http/HttpRoute.ts"
import { version } from "../version.ts"
import type { Entry } from "./RouteTable.ts"

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (name: string, entries: ReadonlyArray<Entry>): OpenApi.OpenAPISpec => {
  const endpoints = entries.map(endpointOf)
  const [first, ...others] = endpoints
  const empty = HttpApiGroup.make("functions", { topLevel: true })
  const group = first === undefined ? empty : others.reduce(
    (group, endpoint) => group.add(endpoint),
    empty.add(first)
  )
  const api = HttpApi.make(name).add(group)
    .annotate(OpenApi.Title, name)
    .annotate(OpenApi.Version, version)
  return OpenApi.fromApi(api)
}

const binary = Schema.String.annotations({ jsonSchema: { type: "string", format: "binary" } })

/** As it stands in a document: bytes are files. */
const shown = (ast: AST.AST): Schema.Schema<unknown> =>
  (Fields.bytesOf(ast) === undefined ? Schema.make(ast) : binary) as Schema.Schema<unknown>

const structOf = (fields: ReadonlyArray<Fields.Field>) =>
  Schema.Struct(Object.fromEntries(
    fields.map(({ ast, isOptional, name }) => [name, isOptional ? Schema.optional(shown(ast)) : shown(ast)])
  ))

/** How the platform's own pieces describe what `HttpRoute` does. */
const endpointOf = ({ procedure, route }: Entry): HttpApiEndpoint.HttpApiEndpoint.AnyWithProps => {
  const ast = Endpoint.payloadSchema(procedure).ast
  const fields = Fields.of(ast) ?? []
  const others = fields.filter(({ name }) => !route.payload.path.has(name))
  const path = route.path.replaceAll(/\{([^}]+)\}/g, ":$1") as `/${string}`
  const { body } = route.payload
  // of schemas that are known only now the types say nothing
  let endpoint = HttpApiEndpoint.make(route.method)(procedure._tag, path) as never as Builder
  if (route.payload.path.size > 0) {
    endpoint = endpoint.setPath(structOf(fields.filter(({ name }) => route.payload.path.has(name))))
  }
  if (route.payload.query.size > 0) endpoint = endpoint.setUrlParams(structOf(others))
  if (body._tag === "Fields") endpoint = endpoint.setPayload(structOf(others))
  if (body._tag === "Form") endpoint = endpoint.setPayload(HttpApiSchema.Multipart(structOf(others) as never) as never)
  if (body._tag === "Json") endpoint = endpoint.setPayload(shown(ast))
  if (body._tag === "Bytes") endpoint = endpoint.setPayload(HttpApiSchema.Uint8Array() as never)
  return endpoint.addSuccess(successOf(procedure, route)).addError(Schema.make(HttpRoute.errorAst(procedure)))
}

const successOf = (procedure: Endpoint.Procedure, { response }: HttpRoute.HttpRoute): Schema.Schema<unknown> => {
  if (Endpoint.isStream(procedure)) {
    const kind = { kind: "Text", contentType: "text/event-stream" } as const
    return Schema.String.pipe(HttpApiSchema.withEncoding(kind)) as never
  }
  return response.content === "bytes" || response.content === "numbers"
    ? HttpApiSchema.Uint8Array() as never
    : Schema.make(Endpoint.successSchema(procedure).ast)
}

/** An endpoint's methods, whatever its schemas. */
interface Builder extends HttpApiEndpoint.HttpApiEndpoint.AnyWithProps {
  readonly setPath: (schema: Schema.Schema.Any) => Builder
  readonly setUrlParams: (schema: Schema.Schema.Any) => Builder
  readonly setPayload: (schema: Schema.Schema.Any) => Builder
  readonly addSuccess: (schema: Schema.Schema.Any) => Builder
  readonly addError: (schema: Schema.Schema.All) => Builder
}
