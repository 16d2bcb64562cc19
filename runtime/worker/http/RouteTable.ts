/**
 * Finds the function that a request is for.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import { DefinitionId } from "../../../src/Endpoint.ts"
import type { Procedure } from "../../../src/Endpoint.ts"
import * as HttpRoute from "../../../src/invoke/http/HttpRoute.ts"
import * as Route from "../../../src/protocol/Route.ts"
import type { Functions } from "../Functions.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Entry {
  readonly procedure: Procedure
  readonly route: HttpRoute.HttpRoute
  readonly segments: ReadonlyArray<Route.Segment>
}

/**
 * What a request is for: a function with the texts of its placeholders, or no path, or a path with other methods.
 *
 * @since 0.1.0
 * @category models
 */
export type Match =
  | { readonly _tag: "Found"; readonly entry: Entry; readonly path: Readonly<Record<string, string>> }
  | { readonly _tag: "NoPath" }
  | { readonly _tag: "NoMethod"; readonly allow: ReadonlyArray<string> }

/**
 * @since 0.1.0
 * @category models
 */
export interface RouteTable {
  readonly entries: ReadonlyArray<Entry>
  readonly match: (method: string, pathname: string) => Match
}

/**
 * The table of those functions that have a route. Fails with what is wrong with one of them, or with two of the same.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (functions: Functions): Either.Either<RouteTable, string> =>
  Either.gen(function*() {
    const entries: Array<Entry> = []
    const known = new Map<string, string>()
    for (const procedure of functions.values()) {
      if (procedure[DefinitionId].route === undefined) continue
      const name = procedure._tag
      const route = yield* Either.mapLeft(HttpRoute.make(procedure), (problem) => `"${name}": ${problem}`)
      const segments = Route.segmentsOf(route.path)
      const shape = [route.method, ...segments.map((segment) => segment._tag === "Text" ? segment.text : "{}")].join(
        "/"
      )
      const other = known.get(shape)
      if (other !== undefined) {
        return yield* Either.left(`"${name}" and "${other}" both answer ${route.method} ${route.path}`)
      }
      known.set(shape, name)
      entries.push({ procedure, route, segments })
    }
    // a text in a segment goes before a placeholder
    const sorted = entries.toSorted((a, b) => weight(b).localeCompare(weight(a)))
    return { entries, match: (method, pathname) => match(sorted, method, pathname) }
  })

const weight = ({ segments }: Entry): string => segments.map(({ _tag }) => _tag === "Text" ? "1" : "0").join("")

const match = (entries: ReadonlyArray<Entry>, method: string, pathname: string): Match => {
  const parts = pathname.split("/").slice(1)
  const allow: Array<string> = []
  for (const entry of entries) {
    const path = textsOf(entry.segments, parts)
    if (path === undefined) continue
    if (entry.route.method === method) return { _tag: "Found", entry, path }
    allow.push(entry.route.method)
  }
  return allow.length === 0 ? { _tag: "NoPath" } : { _tag: "NoMethod", allow }
}

/** The texts of a path's placeholders; `undefined` where it is another path. */
const textsOf = (
  segments: ReadonlyArray<Route.Segment>,
  parts: ReadonlyArray<string>
): Readonly<Record<string, string>> | undefined => {
  if (segments.length !== parts.length) return undefined
  const texts: Array<readonly [string, string]> = []
  for (const [index, segment] of segments.entries()) {
    const text = decoded(parts[index] ?? "")
    if (text === undefined) return undefined
    if (segment._tag === "Text" ? decoded(segment.text) !== text : text === "") return undefined
    if (segment._tag === "Field") texts.push([segment.name, text])
  }
  return Object.fromEntries(texts)
}

const decoded = (part: string): string | undefined => {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
