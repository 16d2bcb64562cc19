/**
 * The mutations that make endpoints and templates, as this package's own client writes them: answered without graphql-js,
 * which takes longer to load than everything else of a first call on this machine.
 *
 * A request is known by the whole text of its document, and where its input is exactly what the client's schema says.
 * Whatever else comes is read, checked and answered by graphql-js.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Documents from "../../../../src/runpod/graphql/Documents.ts"
import {
  EndpointInput,
  SavedEndpoint,
  SavedTemplate,
  SaveTemplateInput
} from "../../../../src/runpod/graphql/Endpoints.ts"
import type { Reply, Request } from "../../http/HttpServer.ts"
import type { Context } from "../Context.ts"
import * as endpoints from "./endpoints.ts"

/**
 * Answers a request of the account; nothing where it is not known.
 *
 * @since 0.1.0
 * @category routes
 */
export const make = (context: Context): (request: Request) => Reply | undefined => {
  const { saveEndpoint, saveTemplate } = endpoints.resolvers(context)
  const mutations: Readonly<Record<string, Mutation>> = {
    [Documents.saveEndpoint.document]: mutation("saveEndpoint", EndpointInput, SavedEndpoint, saveEndpoint),
    [Documents.saveTemplate.document]: mutation("saveTemplate", SaveTemplateInput, SavedTemplate, saveTemplate)
  }
  return ({ body }) => {
    const asked = decodeAsked(body)
    return Either.isRight(asked) ? mutations[asked.right.query]?.(asked.right.variables.input) : undefined
  }
}

type Mutation = (input: unknown) => Reply | undefined

const exactly = { onExcessProperty: "error" } as const

const decodeAsked = Schema.decodeEither(
  Schema.parseJson(Schema.Struct({ query: Schema.String, variables: Schema.Struct({ input: Schema.Unknown }) })),
  exactly
)

const mutation = <A, I, S extends Schema.Struct.Fields>(
  name: string,
  input: Schema.Schema<A, I>,
  saved: Schema.Struct<S>,
  resolve: (args: { readonly input: I }) => object | null
): Mutation => {
  const fields = Object.keys(saved.fields)
  const isInput = (value: unknown): value is I => Either.isRight(Schema.decodeUnknownEither(input, exactly)(value))
  return (value) => {
    if (!isInput(value)) return undefined
    try {
      const view: Readonly<Record<string, unknown>> = { ...resolve({ input: value }) }
      return answer({ data: { [name]: Object.fromEntries(fields.map((field) => [field, valueOf(view[field])])) } })
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return answer({ errors: [{ message, path: [name] }], data: { [name]: null } })
    }
  }
}

/** Of a view, what is a function is made when it is asked for. */
const valueOf = (field: unknown): unknown => (typeof field === "function" ? field() : field) ?? null

const answer = (value: unknown): Reply => ({ status: 200, body: JSON.stringify(value) })
