/**
 * What HTTP can make of a schema: the fields of a struct, bytes, and what JSON cannot carry.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"

/**
 * A field of a payload, as it is encoded.
 *
 * @since 0.1.0
 * @category models
 */
export interface Field {
  readonly name: string
  readonly isOptional: boolean
  /** With its transformations. */
  readonly ast: AST.AST
}

/**
 * The fields of the struct that a schema encodes to; `undefined` where it encodes to anything else.
 *
 * @since 0.1.0
 * @category accessors
 */
export const of = (ast: AST.AST): ReadonlyArray<Field> | undefined => {
  switch (ast._tag) {
    case "TypeLiteral":
      return ast.indexSignatures.length > 0 ? undefined : ast.propertySignatures.map(({ isOptional, name, type }) => ({
        name: String(name),
        isOptional: isOptional || hasUndefined(type),
        ast: withoutUndefined(type)
      }))
    case "Transformation":
    case "Refinement":
      return of(ast.from)
    case "Suspend":
      return of(ast.f())
    default:
      return undefined
  }
}

const hasUndefined = (ast: AST.AST): boolean =>
  ast._tag === "UndefinedKeyword" || (ast._tag === "Union" && ast.types.some(hasUndefined))

const withoutUndefined = (ast: AST.AST): AST.AST =>
  ast._tag === "Union" ? AST.Union.make(ast.types.filter(({ _tag }) => _tag !== "UndefinedKeyword")) : ast

const isBytesType = (ast: AST.AST): boolean =>
  ast._tag === "Declaration" && Schema.is(Schema.make(ast))(new Uint8Array())

/**
 * How a schema of bytes encodes them: as they are, or as the list of numbers that `Schema.Uint8Array` makes of them.
 * `undefined` of any other schema.
 *
 * @since 0.1.0
 * @category accessors
 */
export const bytesOf = (ast: AST.AST): "bytes" | "numbers" | undefined => {
  if (ast._tag === "Refinement") return bytesOf(ast.from)
  if (isBytesType(AST.encodedAST(ast))) return "bytes"
  return ast._tag === "Transformation" && isBytesType(AST.typeAST(ast.to)) && ast.from._tag !== "Transformation" &&
      AST.encodedAST(ast)._tag === "TupleType"
    ? "numbers"
    : undefined
}

/**
 * Why JSON cannot carry what a schema encodes to, in words; `undefined` where it can.
 *
 * @since 0.1.0
 * @category guards
 */
export const jsonProblem = (ast: AST.AST): string | undefined => find(AST.encodedAST(ast), new Set())

const find = (ast: AST.AST, seen: Set<AST.AST>): string | undefined => {
  if (seen.has(ast)) return undefined
  seen.add(ast)
  const first = (types: ReadonlyArray<AST.AST>): string | undefined => {
    for (const type of types) {
      const problem = find(type, seen)
      if (problem !== undefined) return problem
    }
    return undefined
  }
  switch (ast._tag) {
    case "Declaration":
      return `${String(ast)} is nothing that JSON can carry: use a schema that encodes it, as Schema.Date does`
    case "BigIntKeyword":
    case "SymbolKeyword":
    case "UniqueSymbol":
      return `JSON has no ${ast._tag === "BigIntKeyword" ? "bigint" : "symbol"}: use a schema that encodes it as a text`
    case "Literal":
      return typeof ast.literal === "bigint" ? "JSON has no bigint" : undefined
    case "Union":
      return first(ast.types)
    case "TupleType":
      return first([...ast.elements, ...ast.rest].map(({ type }) => type))
    case "TypeLiteral":
      return first([...ast.propertySignatures, ...ast.indexSignatures].map(({ type }) => type))
    case "Refinement":
      return find(ast.from, seen)
    case "Suspend":
      return find(ast.f(), seen)
    default:
      return undefined
  }
}
