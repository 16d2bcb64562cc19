/**
 * What a function did, as an HTTP answer, and back: its result, its own errors with the statuses their schemas have
 * (`HttpApiSchema.annotations({ status })`), and what is neither.
 *
 * @since 0.1.0
 */
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import { assertJson } from "../../protocol/Codec.ts"
import { protocolVersion } from "../../protocol/FunctionRequest.ts"
import * as FunctionResponse from "../../protocol/FunctionResponse.ts"
import * as Route from "../../protocol/Route.ts"
import * as Fields from "./Fields.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface HttpReply {
  readonly status: number
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | string
}

/**
 * How one schema's values stand in a body.
 *
 * @since 0.1.0
 * @category models
 */
export type Content = "none" | "json" | "text" | "bytes" | "numbers"

interface Failure {
  readonly status: number
  readonly content: Content
  /** Whether an encoded error is of this schema. */
  readonly is: (encoded: unknown) => boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ResponseLayout {
  readonly status: number
  readonly content: Content
  readonly failures: ReadonlyArray<Failure>
}

/**
 * Fails with why HTTP cannot carry what the schemas say.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (success: AST.AST, error: AST.AST): Either.Either<ResponseLayout, string> =>
  Either.gen(function*() {
    const content = yield* contentOf("its success", success)
    const failures: Array<Failure> = []
    for (const ast of membersOf(error)) {
      const content = yield* contentOf("its error", ast)
      failures.push({
        status: HttpApiSchema.getStatusErrorAST(ast),
        content,
        // a schema of nothing takes anything
        is: content === "none" ? (value) => value === undefined : Schema.is(Schema.make(AST.encodedAST(ast)))
      })
    }
    return { status: HttpApiSchema.getStatusSuccessAST(success), content, failures }
  })

const membersOf = (ast: AST.AST): ReadonlyArray<AST.AST> =>
  ast._tag === "Union" ? ast.types.flatMap(membersOf) : ast._tag === "NeverKeyword" ? [] : [ast]

const contentOf = (what: string, ast: AST.AST): Either.Either<Content, string> => {
  if (HttpApiSchema.isVoid(ast)) return Either.right("none")
  const { kind } = HttpApiSchema.getEncoding(ast)
  if (kind === "Text") return Either.right("text")
  if (kind === "UrlParams") return Either.left(`${what}: an answer is no form; use another encoding`)
  const bytes = Fields.bytesOf(ast)
  if (bytes !== undefined) return Either.right(bytes)
  const problem = kind === "Json" ? Fields.jsonProblem(ast) : undefined
  return problem === undefined ? Either.right(kind === "Json" ? "json" : "bytes") : Either.left(`${what}: ${problem}`)
}

// ---------------------------------------------------------------------------------------------------------------------
// encoding
// ---------------------------------------------------------------------------------------------------------------------

const contentTypes = {
  json: "application/json",
  text: "text/plain; charset=utf-8",
  bytes: "application/octet-stream",
  numbers: "application/octet-stream"
} as const

/**
 * The answer that says what a response does; its values are as their schemas encode them.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encode = (layout: ResponseLayout, { error, result }: FunctionResponse.FunctionResponse): HttpReply => {
  try {
    if (error === undefined || error === null) return reply(layout.status, layout.content, result, "success")
    if (error._tag !== "fail") return problem(error)
    const failure = failureOf(error.cause)
    const as = layout.failures.find(({ is }) => is(failure))
    return as === undefined ? problem(error) : reply(as.status, as.content, failure, "failure")
  } catch (cause) {
    const message = `what it returned cannot be carried: ${cause instanceof Error ? cause.message : String(cause)}`
    return problem({ _tag: "reject", reason: "refused", message })
  }
}

const reply = (status: number, content: Content, value: unknown, outcome: Route.Outcome): HttpReply => ({
  status,
  headers: {
    [Route.outcomeHeader]: outcome,
    ...(content === "none" || value === undefined ? {} : { "content-type": contentTypes[content] })
  },
  body: bodyOf(content, value)
})

const bodyOf = (content: Content, value: unknown): Uint8Array | string => {
  if (content === "none" || value === undefined) return ""
  switch (content) {
    case "json":
      return JSON.stringify(assertJson(value))
    case "text":
      return String(value)
    case "bytes":
      return value instanceof Uint8Array ? value : String(value)
    case "numbers":
      return Uint8Array.from(value as ReadonlyArray<number>)
  }
}

/** The first failure in an encoded cause. */
const failureOf = (cause: unknown): unknown => {
  if (!Predicate.hasProperty(cause, "_tag")) return undefined
  if (cause._tag === "Fail") return Predicate.hasProperty(cause, "error") ? cause.error : undefined
  if (cause._tag !== "Sequential" && cause._tag !== "Parallel") return undefined
  const { left, right } = cause as { readonly left?: unknown; readonly right?: unknown }
  return failureOf(left) ?? failureOf(right)
}

const statusOf = (error: FunctionResponse.ResponseError): number => {
  if (error._tag === "interrupt") return 503
  if (error._tag !== "reject") return 500
  switch (error.reason) {
    case "payload":
    case "protocol":
      return 400
    case "function_missing":
      return 404
    default:
      return 500
  }
}

/**
 * The answer of a call that did not end by itself.
 *
 * @since 0.1.0
 * @category encoding
 */
export const problem = (error: FunctionResponse.ResponseError, status = statusOf(error)): HttpReply => ({
  status,
  headers: {
    [Route.outcomeHeader]: error._tag === "reject" ? "rejected" : "defect",
    "content-type": "application/json"
  },
  body: JSON.stringify({ error })
})

// ---------------------------------------------------------------------------------------------------------------------
// decoding
// ---------------------------------------------------------------------------------------------------------------------

const head = { protocol_version: protocolVersion, serialization_format: "json" as const }

const decodeProblem = Schema.decodeUnknownOption(
  Schema.parseJson(Schema.Struct({ error: FunctionResponse.ResponseError }))
)

/**
 * What a function did, from its answer. `undefined` where the answer is not the function's, but of something between.
 * Fails with why it cannot be read.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (
  layout: ResponseLayout,
  { body, headers, status }: HttpReply
): Either.Either<FunctionResponse.FunctionResponse | undefined, string> => {
  const outcome = headers[Route.outcomeHeader]
  if (outcome === "defect" || outcome === "rejected") {
    const problem = decodeProblem(textOf(body))
    return problem._tag === "None"
      ? Either.left(`its ${outcome} is not one: ${textOf(body).slice(0, 1024)}`)
      : Either.right({ ...head, success: false, error: problem.value.error })
  }
  if (outcome === "success" || (outcome === undefined && status >= 200 && status < 300)) {
    return Either.map(valueOf(layout.content, body), (result): FunctionResponse.FunctionResponse => ({
      ...head,
      success: true,
      ...(result === undefined ? {} : { result })
    }))
  }
  // workers that are not ours say no more than the status
  for (const failure of layout.failures) {
    const value = failure.status === status || outcome === "failure" ? valueOf(failure.content, body) : undefined
    if (value !== undefined && Either.isRight(value) && failure.is(value.right)) {
      return Either.right(failed(value.right))
    }
  }
  return outcome === undefined
    ? Either.right(undefined)
    : Either.left(`status ${status} with ${textOf(body).slice(0, 1024)} is none of its errors`)
}

/**
 * The response of a function that has no result.
 *
 * @since 0.1.0
 * @category constructors
 */
export const succeeded: FunctionResponse.FunctionResponse = { ...head, success: true }

/**
 * The response of a function that failed with an encoded error of its own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const failed = (error: unknown): FunctionResponse.FunctionResponse => ({
  ...head,
  success: false,
  error: { _tag: "fail", message: "", cause: { _tag: "Fail", error } }
})

const textOf = (body: Uint8Array | string): string =>
  typeof body === "string" ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()

const valueOf = (content: Content, body: Uint8Array | string): Either.Either<unknown, string> => {
  switch (content) {
    case "none":
      return Either.right(undefined)
    case "text":
      return Either.right(textOf(body))
    case "bytes":
    case "numbers": {
      const bytes = typeof body === "string" ? Buffer.from(body) : body
      return Either.right(content === "numbers" ? Array.from(bytes) : new Uint8Array(bytes))
    }
    case "json":
      return body.length === 0
        ? Either.right(undefined)
        : Either.try({ try: () => JSON.parse(textOf(body)), catch: (error) => `its answer is not JSON: ${error}` })
  }
}
