/**
 * Values as they stand in a URL or in a form: what the schema of a field says decides how a text is read.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import type * as AST from "effect/SchemaAST"

/**
 * @since 0.1.0
 * @category models
 */
export interface TextField {
  /** Throws where the value is none that a text stands for. */
  readonly encode: (value: unknown) => string
  /** A text that is not of the field's kind is given as it is: the schema says what is wrong with it. */
  readonly decode: (text: string) => unknown
}

/** What texts of a field may stand for. */
interface Kinds {
  readonly scalars: Set<"text" | "number" | "boolean" | "bigint">
  readonly literals: Set<string | number | boolean | bigint>
}

const number = /^-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^NaN$|^-?Infinity$/

const readers = {
  number: (text: string) => number.test(text) ? Number(text) : undefined,
  boolean: (text: string) => text === "true" ? true : text === "false" ? false : undefined,
  bigint: (text: string) => /^-?\d+$/.test(text) ? BigInt(text) : undefined,
  text: (text: string) => text
} as const

/**
 * How values of a type stand in a text; the type is the encoded side of a schema. Fails with why they do not.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (ast: AST.AST): Either.Either<TextField, string> =>
  Either.flatMap(kindsOf(ast), ({ literals, scalars }) => {
    const read = (text: string): unknown => {
      for (const literal of literals) if (String(literal) === text) return literal
      for (const kind of ["number", "boolean", "bigint", "text"] as const) {
        const value = scalars.has(kind) ? readers[kind](text) : undefined
        if (value !== undefined) return value
      }
      return text
    }
    const isAmbiguous = (scalars.has("text") && scalars.size > 1) || (scalars.has("number") && scalars.has("bigint")) ||
      (scalars.has("text") && [...literals].some((literal) => typeof literal !== "string")) ||
      [...literals].some((literal) =>
        read(String(literal)) !== literal || (typeof literal === "string" && scalars.has("number") &&
          number.test(literal))
      )
    if (isAmbiguous) return Either.left("a text in a URL or a form may be one value of it or another")
    return Either.right({
      encode(value) {
        if (value === null || typeof value === "object" || typeof value === "function" || value === undefined) {
          throw new TypeError(`${JSON.stringify(value)} is not a text`)
        }
        return String(value)
      },
      decode: read
    })
  })

const kindsOf = (ast: AST.AST): Either.Either<Kinds, string> => {
  const kinds: Kinds = { scalars: new Set(), literals: new Set() }
  const problem = collect(ast, kinds)
  return problem === undefined ? Either.right(kinds) : Either.left(problem)
}

const collect = (ast: AST.AST, kinds: Kinds): string | undefined => {
  switch (ast._tag) {
    case "StringKeyword":
    case "TemplateLiteral":
      kinds.scalars.add("text")
      return undefined
    case "NumberKeyword":
      kinds.scalars.add("number")
      return undefined
    case "BooleanKeyword":
      kinds.scalars.add("boolean")
      return undefined
    case "BigIntKeyword":
      kinds.scalars.add("bigint")
      return undefined
    case "Literal":
      if (ast.literal === null) return "a URL or a form has no null; make the field optional instead"
      kinds.literals.add(ast.literal)
      return undefined
    case "Enums":
      for (const [, value] of ast.enums) kinds.literals.add(value)
      return undefined
    case "Union": {
      for (const type of ast.types) {
        const problem = type._tag === "UndefinedKeyword" ? undefined : collect(type, kinds)
        if (problem !== undefined) return problem
      }
      return undefined
    }
    case "Refinement":
      return collect(ast.from, kinds)
    case "Suspend":
      return collect(ast.f(), kinds)
    default:
      return `a URL or a form carries texts, numbers, booleans and lists of them, not ${String(ast)}`
  }
}
