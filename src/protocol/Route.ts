/**
 * The HTTP route of a function of a load-balanced endpoint, as its declaration says it.
 *
 * @since 0.1.0
 */

/**
 * The methods a route may have. `GET` routes answer `HEAD` as well.
 *
 * @since 0.1.0
 * @category constants
 */
export const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const

/**
 * @since 0.1.0
 * @category models
 */
export type Method = (typeof methods)[number]

/**
 * @since 0.1.0
 * @category models
 */
export interface Route {
  readonly method: Method
  /** Begins with a slash; `{name}` in place of a segment stands for the field of that name, as in `/users/{id}`. */
  readonly path: string
}

/**
 * Paths that every worker serves itself.
 *
 * @since 0.1.0
 * @category constants
 */
export const reserved = { health: "/ping", execute: "/execute", document: "/openapi.json" } as const

/**
 * @since 0.1.0
 * @category models
 */
export type Reserved = (typeof reserved)[keyof typeof reserved]

/**
 * Says what an answer is, beyond its status: a function's own error may have any, and so may a gateway's.
 *
 * @since 0.1.0
 * @category constants
 */
export const outcomeHeader = "x-flash-outcome"

/**
 * `failure` is the function's own error; `defect` and `rejected` hold `{"error":…}` as a `FunctionResponse` has it.
 *
 * @since 0.1.0
 * @category models
 */
export type Outcome = "success" | "failure" | "defect" | "rejected"

/**
 * A part of a path between two slashes.
 *
 * @since 0.1.0
 * @category models
 */
export type Segment =
  | { readonly _tag: "Text"; readonly text: string }
  | { readonly _tag: "Field"; readonly name: string }

/**
 * @since 0.1.0
 * @category accessors
 */
export const segmentsOf = (path: string): ReadonlyArray<Segment> =>
  path.split("/").slice(1).map((part) => {
    const name = /^\{(.+)\}$/.exec(part)?.[1]
    return name === undefined ? { _tag: "Text", text: part } : { _tag: "Field", name }
  })

/**
 * The names in a path's braces, in order.
 *
 * @since 0.1.0
 * @category accessors
 */
export const fieldsOf = (path: string): ReadonlyArray<string> =>
  segmentsOf(path).flatMap((segment) => segment._tag === "Field" ? [segment.name] : [])

const isReserved = (path: string): boolean => Object.values<string>(reserved).includes(path)

/**
 * What is wrong with a route, in words; `undefined` where nothing is.
 *
 * @since 0.1.0
 * @category guards
 */
export const problemOf = ({ method, path }: { readonly method: unknown; readonly path: unknown }):
  | string
  | undefined =>
{
  if (!methods.some((known) => known === method)) {
    return `method: expected one of ${methods.join(", ")}, not ${JSON.stringify(method)}`
  }
  if (typeof path !== "string" || !path.startsWith("/")) {
    return `path: expected a path that begins with "/", not ${JSON.stringify(path)}`
  }
  if (/[?#\s]/.test(path)) return `path: ${JSON.stringify(path)} holds "?", "#" or a space; a payload makes the query`
  if (isReserved(path)) return `path: ${path} is served by every worker itself; choose another`
  for (const segment of segmentsOf(path)) {
    if (segment._tag === "Text" && /[{}]/.test(segment.text)) {
      return `path: a placeholder is a whole segment, as in "/users/{id}", not ${JSON.stringify(segment.text)}`
    }
    if (segment._tag === "Text" && segment.text.startsWith(":")) {
      return `path: write "{${segment.text.slice(1)}}" in place of "${segment.text}"`
    }
  }
  const fields = fieldsOf(path)
  const twice = fields.find((name, index) => fields.indexOf(name) !== index)
  return twice === undefined ? undefined : `path: {${twice}} stands in it twice`
}

// ---------------------------------------------------------------------------------------------------------------------
// types
// ---------------------------------------------------------------------------------------------------------------------

/** The names in the braces of a path. */
type Placeholders<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never

/**
 * A path that the compiler has looked at: itself, or what is wrong with it.
 *
 * @since 0.1.0
 * @category models
 */
export type Checked<Path extends string, Field extends PropertyKey> = Path extends Reserved
  ? `${Path} is served by every worker itself`
  : Path extends `${string}/:${string}` ? "a placeholder is written {name}"
  : Path extends `/${string}`
    ? Exclude<Placeholders<Path>, Field> extends infer Unknown extends string
      ? [Unknown] extends [never] ? Path : `{${Unknown}} is not a field of the payload`
    : never
  : "a path begins with a slash"
