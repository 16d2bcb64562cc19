/** Schemas of functions as they stand in one OpenAPI document. */
import * as Predicate from "effect/Predicate"
import type { JsonSchema } from "../build/child/Report.ts"
import type { Operation } from "./Operation.ts"

/** Of one function. */
export interface Schemas {
  readonly payload: unknown
  readonly success: unknown
  readonly error: unknown
  /** Of a method: what an instance is made of. */
  readonly constructor: unknown
}

/** Anything. */
export const any = {}

/**
 * Schemas of a document share one place for what they refer to. A name that another function gives to another schema is
 * made longer by the function's.
 */
export const make = ({ function: one }: Operation, shared: Map<string, unknown>): Schemas => {
  const taken = (schema: JsonSchema | undefined): unknown => {
    if (schema === undefined) return any
    const { $defs = {}, $schema: _, ...rest } = schema
    const defs = Predicate.isReadonlyRecord($defs) ? $defs : {}
    const names = new Map(
      Object.entries(defs).map(([name, definition]) => {
        const known = shared.get(name)
        const isOther = known !== undefined && JSON.stringify(known) !== JSON.stringify(moved(definition, (it) => it))
        return [name, isOther ? `${one.name}.${name}` : name] as const
      })
    )
    const rename = (name: string) => names.get(name) ?? name
    for (const [name, definition] of Object.entries(defs)) shared.set(rename(name), moved(definition, rename))
    return moved(rest, rename)
  }
  return {
    payload: taken(one.payload),
    success: taken(one.success),
    error: taken(one.error),
    constructor: taken(one.class?.constructorSchema)
  }
}

/** With its references as this document has them; `$id`s are none that anything can be found by. */
const moved = (schema: unknown, rename: (name: string) => string): unknown => {
  if (Array.isArray(schema)) return schema.map((part) => moved(part, rename))
  if (!Predicate.isReadonlyRecord(schema)) return schema
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]) => {
      if (key === "$id") return []
      const name = key === "$ref" && typeof value === "string" ? /^#\/\$defs\/(.+)$/.exec(value)?.[1] : undefined
      return [[
        key,
        name === undefined
          ? moved(value, rename)
          : `#/components/schemas/${rename(decodeURIComponent(name).replaceAll("~1", "/").replaceAll("~0", "~"))}`
      ]]
    })
  )
}

/** The fields of a struct, also of one that has a name. */
export const structOf = (schema: unknown, shared: ReadonlyMap<string, unknown>): {
  readonly properties: Readonly<Record<string, unknown>>
  readonly required: ReadonlyArray<string>
} => {
  if (!Predicate.isReadonlyRecord(schema)) return { properties: {}, required: [] }
  const { $ref, properties, required } = schema
  if (typeof $ref === "string") return structOf(shared.get($ref.slice("#/components/schemas/".length)), shared)
  return {
    properties: Predicate.isReadonlyRecord(properties) ? properties : {},
    required: Array.isArray(required) ? required.map(String) : []
  }
}
