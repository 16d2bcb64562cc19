/**
 * Where the parts of a payload travel in a request: path, query or body.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as AST from "effect/SchemaAST"
import * as Route from "../../protocol/Route.ts"
import * as Fields from "./Fields.ts"
import * as TextField from "./TextField.ts"

/**
 * A field in a query or a form.
 *
 * @since 0.1.0
 * @category models
 */
export type Part =
  | { readonly _tag: "Text"; readonly text: TextField.TextField }
  /** The name comes as often as the list has items. */
  | { readonly _tag: "List"; readonly text: TextField.TextField; readonly isOptional: boolean }
  /** A file. `numbers`: its schema encodes bytes as a list of numbers. */
  | { readonly _tag: "Bytes"; readonly encoding: "bytes" | "numbers" }
  | { readonly _tag: "Json" }

/**
 * @since 0.1.0
 * @category models
 */
export type Parts = ReadonlyMap<string, Part>

/**
 * @since 0.1.0
 * @category models
 */
export type Body =
  | { readonly _tag: "None" }
  /** The fields that are not in the path. */
  | { readonly _tag: "Fields" }
  | { readonly _tag: "Form"; readonly parts: Parts }
  /** The whole payload. */
  | { readonly _tag: "Json" }
  | { readonly _tag: "Bytes"; readonly encoding: "bytes" | "numbers" }

/**
 * @since 0.1.0
 * @category models
 */
export interface PayloadLayout {
  readonly path: ReadonlyMap<string, TextField.TextField>
  readonly query: Parts
  readonly body: Body
}

/**
 * Fails with why a payload cannot travel on a route.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ method, path }: Route.Route, payload: AST.AST): Either.Either<PayloadLayout, string> =>
  Either.gen(function*() {
    const none: PayloadLayout = { path: new Map(), query: new Map(), body: { _tag: "None" } }
    const names = Route.fieldsOf(path)
    const fields = Fields.of(payload)
    const hasBody = method !== "GET" && method !== "DELETE"
    if (fields === undefined) {
      const [name] = names
      if (name !== undefined) return yield* Either.left(`{${name}} is no field of the payload, which is not a struct`)
      if (payload._tag === "VoidKeyword") return none
      if (!hasBody) return yield* Either.left(`${method} has no body: its payload has to be a struct of fields`)
      return { ...none, body: yield* wholeBody(payload) }
    }
    const inPath = new Map<string, TextField.TextField>()
    for (const name of names) {
      const field = fields.find((field) => field.name === name)
      if (field === undefined) return yield* Either.left(`{${name}} is no field of the payload`)
      if (field.isOptional) return yield* Either.left(`${name}: a field in the path cannot be optional`)
      inPath.set(name, yield* named(name, TextField.make(AST.encodedAST(field.ast))))
    }
    const others = fields.filter(({ name }) => !inPath.has(name))
    if (!hasBody) return { path: inPath, query: yield* partsOf(others, "query"), body: { _tag: "None" } }
    return { ...none, path: inPath, body: yield* bodyOf(others) }
  })

const named = <A>(name: string, either: Either.Either<A, string>): Either.Either<A, string> =>
  Either.mapLeft(either, (problem) => `${name}: ${problem}`)

const wholeBody = (payload: AST.AST): Either.Either<Body, string> => {
  const encoding = Fields.bytesOf(payload)
  if (encoding !== undefined) return Either.right({ _tag: "Bytes", encoding })
  const problem = Fields.jsonProblem(payload)
  return problem === undefined ? Either.right({ _tag: "Json" }) : Either.left(`its payload: ${problem}`)
}

const bodyOf = (fields: ReadonlyArray<Fields.Field>): Either.Either<Body, string> => {
  if (fields.length === 0) return Either.right({ _tag: "None" })
  if (fields.some(({ ast }) => Fields.bytesOf(ast) !== undefined)) {
    return Either.map(partsOf(fields, "form"), (parts) => ({ _tag: "Form", parts }))
  }
  for (const { ast, name } of fields) {
    const problem = Fields.jsonProblem(ast)
    if (problem !== undefined) return Either.left(`${name}: ${problem}`)
  }
  return Either.right({ _tag: "Fields" })
}

const partsOf = (fields: ReadonlyArray<Fields.Field>, place: "query" | "form"): Either.Either<Parts, string> =>
  Either.map(
    Either.all(fields.map((field) => named(field.name, partOf(field, place)))),
    (parts) => new Map(fields.map(({ name }, index) => [name, parts[index] as Part]))
  )

const partOf = ({ ast, isOptional }: Fields.Field, place: "query" | "form"): Either.Either<Part, string> => {
  const encoding = Fields.bytesOf(ast)
  if (encoding !== undefined) {
    return place === "form"
      ? Either.right({ _tag: "Bytes", encoding })
      : Either.left("a query carries no bytes: use POST, PUT or PATCH")
  }
  const encoded = AST.encodedAST(ast)
  const text = Either.map(TextField.make(encoded), (text): Part => ({ _tag: "Text", text }))
  if (Either.isRight(text)) return text
  if (place === "form") {
    const problem = Fields.jsonProblem(ast)
    return problem === undefined ? Either.right({ _tag: "Json" }) : Either.left(problem)
  }
  const [item] = encoded._tag === "TupleType" && encoded.elements.length === 0 ? encoded.rest : []
  return item === undefined
    ? text
    : Either.map(TextField.make(item.type), (text) => ({ _tag: "List", text, isOptional }))
}
