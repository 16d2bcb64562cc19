/**
 * A table of routes, and the answers that are the same for all of them.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { Reply, Request } from "../../http/HttpServer.ts"
import type { ControlError } from "../ControlError.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Call extends Request {
  /** The segment of the path that a pattern calls by that name. */
  readonly param: (name: string) => string
}

/**
 * @since 0.1.0
 * @category models
 */
export type Handler = (call: Call) => Effect.Effect<Reply, ControlError>

/**
 * Handlers by method and pattern, as `GET /serverless/:id`. Where two patterns fit, the earlier one is taken.
 *
 * @since 0.1.0
 * @category models
 */
export type Table = Readonly<Record<string, Handler>>

/**
 * @since 0.1.0
 * @category constructors
 */
export const json = (status: number, value: unknown): Reply => ({ status, body: JSON.stringify(value) })

/**
 * @since 0.1.0
 * @category constructors
 */
export const noContent: Reply = { status: 204 }

/**
 * An error document of RFC 9457.
 *
 * @since 0.1.0
 * @category constructors
 */
export const problem = (
  status: number,
  title: string,
  detail: string,
  more: { readonly errors?: ReadonlyArray<string>; readonly headers?: Readonly<Record<string, string>> } = {}
): Reply => ({
  status,
  headers: { "content-type": "application/problem+json", ...more.headers },
  body: JSON.stringify({ title, status, detail, ...(more.errors === undefined ? {} : { errors: more.errors }) })
})

/**
 * How a refusal is told.
 *
 * @since 0.1.0
 * @category encoding
 */
export const refusal = (error: ControlError): Reply => {
  switch (error._tag) {
    case "NotFound":
      return problem(404, "Not Found", error.message)
    case "Refused":
      return problem(400, "Bad Request", error.message)
    case "Malformed":
      return problem(422, "Unprocessable Entity", "Request validation failed.", { errors: error.errors })
    case "Conflict":
      return problem(409, "Conflict", error.message)
    case "StoreError":
      return problem(500, "Internal Server Error", `the platform's database refused: ${error.message}`)
  }
}

type Found =
  | { readonly _tag: "Handler"; readonly handler: Handler; readonly param: Call["param"] }
  | { readonly _tag: "OtherMethods"; readonly methods: ReadonlyArray<string> }
  | { readonly _tag: "Nothing" }

const matcher = (table: Table): (method: string, path: ReadonlyArray<string>) => Found => {
  const routes = Object.entries(table).map(([route, handler]) => {
    const [method = "", pattern = ""] = route.split(" ")
    return { method, pattern: pattern.split("/").slice(1), handler }
  })
  return (method, path) => {
    const fitting = routes.filter(({ pattern }) => fits(pattern, path))
    const route = fitting.find((route) => route.method === method)
    if (route !== undefined) {
      return {
        _tag: "Handler",
        handler: route.handler,
        param: (name) => path[route.pattern.indexOf(`:${name}`)] ?? ""
      }
    }
    return fitting.length > 0
      ? { _tag: "OtherMethods", methods: [...new Set(fitting.map((route) => route.method))] }
      : { _tag: "Nothing" }
  }
}

const fits = (pattern: ReadonlyArray<string>, path: ReadonlyArray<string>): boolean =>
  pattern.length === path.length &&
  pattern.every((part, index) => part.startsWith(":") ? path[index] !== "" : part === path[index])

/**
 * How an API says that it does not do what it is asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Forms {
  readonly refusal: (error: ControlError) => Reply
  readonly otherMethods: (methods: ReadonlyArray<string>) => Reply
  readonly nothing: Reply
}

/**
 * The forms of REST v2.
 *
 * @since 0.1.0
 * @category encoding
 */
export const problems: Forms = {
  refusal,
  otherMethods: (methods) =>
    problem(405, "Method Not Allowed", "The requested method is not allowed for this path.", {
      headers: { allow: methods.join(", ") }
    }),
  nothing: problem(404, "Not Found", "no such route")
}

/**
 * Answers requests from a table, by what comes behind the API's prefix in their paths.
 *
 * @since 0.1.0
 * @category constructors
 */
export const answerer = (table: Table, forms: Forms) => {
  const match = matcher(table)
  return (request: Request, path: ReadonlyArray<string>): Effect.Effect<Reply> => {
    const found = match(request.method, path)
    switch (found._tag) {
      case "Handler":
        return Effect.catchAll(
          found.handler({ ...request, param: found.param }),
          (error) => Effect.succeed(forms.refusal(error))
        )
      case "OtherMethods":
        return Effect.succeed(forms.otherMethods(found.methods))
      case "Nothing":
        return Effect.succeed(forms.nothing)
    }
  }
}
