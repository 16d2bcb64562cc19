/**
 * GraphQL: documents of clients, checked against the schema and run over the control plane.
 *
 * Loaded with the first request: graphql-js takes longer to load than the platform takes to start.
 *
 * @since 0.1.0
 */
import * as graphql from "graphql"
import type { Caller } from "../../Endpoints.ts"
import type { Reply, Request } from "../../http/HttpServer.ts"
import type { Context } from "../Context.ts"
import * as account from "./account.ts"
import * as catalog from "./catalog.ts"
import * as endpoints from "./endpoints.ts"
import * as flash from "./flash.ts"
import * as pods from "./pods.ts"
import { sdl } from "./sdl.ts"

/** What may be asked for without a key. */
const publicFields = new Set([
  "__typename",
  "allAiApiPublicConfigs",
  "createFlashAuthRequest",
  "dataCenters",
  "flashAuthRequestStatus",
  "gpuTypes",
  "listing",
  "listingFromRepo",
  "listings"
])

/**
 * The schema that documents are checked against.
 *
 * @since 0.1.0
 * @category constructors
 */
export const schema = (): graphql.GraphQLSchema => graphql.buildSchema(sdl)

/**
 * Answers requests; `caller` is who a request comes from.
 *
 * @since 0.1.0
 * @category routes
 */
export const make = (context: Context): (request: Request, caller: Caller) => Reply => {
  const served = schema()
  const rules = [...graphql.specifiedRules, graphql.NoSchemaIntrospectionCustomRule]
  const rootValue = {
    ...account.resolvers(context),
    ...catalog.resolvers(context),
    ...endpoints.resolvers(context),
    ...flash.resolvers(context),
    ...pods.resolvers(context)
  }
  return (request, caller) => {
    const asked = read(request.body)
    if (typeof asked === "string") return answer(400, { errors: [{ message: asked }] })
    const document = parse(asked.query)
    if (document instanceof graphql.GraphQLError) return answer(200, { errors: [failure(document)] })
    if (caller !== "account" && !isPublic(document, asked.operationName)) return unauthorized(caller)
    const invalid = graphql.validate(served, document, rules)
    if (invalid.length > 0) return answer(200, { errors: invalid.map(failure) })
    const { data, errors } = graphql.executeSync({
      schema: served,
      document,
      rootValue,
      variableValues: asked.variables,
      operationName: asked.operationName
    })
    return answer(200, errors === undefined ? { data } : { errors: errors.map(failure), data: data ?? null })
  }
}

interface Asked {
  readonly query: string
  readonly variables: { readonly [name: string]: unknown } | null
  readonly operationName: string | null
}

/** What is asked, or why it cannot be read. */
const read = (body: string): Asked | string => {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return "the body is not JSON"
  }
  const { operationName, query, variables }: Readonly<Record<string, unknown>> = isRecord(value) ? value : {}
  if (typeof query !== "string") return "the body has no query"
  if (variables !== undefined && variables !== null && !isRecord(variables)) return "variables are not an object"
  return {
    query,
    variables: variables ?? null,
    operationName: typeof operationName === "string" ? operationName : null
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const parse = (query: string): graphql.DocumentNode | graphql.GraphQLError => {
  try {
    return graphql.parse(query, { maxTokens: 20_000 })
  } catch (error) {
    if (error instanceof graphql.GraphQLError) return error
    throw error
  }
}

const isPublic = (document: graphql.DocumentNode, operationName: string | null): boolean => {
  const operation = graphql.getOperationAST(document, operationName)
  return operation !== null && operation !== undefined &&
    operation.selectionSet.selections.every((selection) =>
      selection.kind === graphql.Kind.FIELD && publicFields.has(selection.name.value)
    )
}

const failure = ({ message, path }: graphql.GraphQLError) => path === undefined ? { message } : { message, path }

const answer = (status: number, value: unknown): Reply => ({ status, body: JSON.stringify(value) })

const unauthorized = (caller: Caller): Reply => {
  const detail = caller === "nobody" ? "no token provided" : "invalid api key"
  return answer(401, { status: 401, title: "Unauthorized", detail, errors: [{ message: detail }] })
}
