/**
 * The remote functions of a module.
 *
 * @since 0.1.0
 */
import { DefinitionId, isProcedure } from "../../src/Endpoint.ts"
import type { Procedure } from "../../src/Endpoint.ts"

/**
 * The functions of one module, by name.
 *
 * @since 0.1.0
 * @category models
 */
export type Functions = ReadonlyMap<string, Procedure>

/**
 * Imports a module and finds its functions among the exports, and among the parts of exported objects, classes and
 * namespaces.
 *
 * @since 0.1.0
 * @category constructors
 */
export const load = async (url: string): Promise<Functions> => {
  const exports: Readonly<Record<string, unknown>> = await import(url)
  const functions = new Map<string, Procedure>()
  for (const procedure of Object.values(exports).flatMap((value) => [value, ...partsOf(value)]).filter(isProcedure)) {
    // a contract may be exported beside what completes it
    const known = functions.get(procedure._tag)
    if (known === undefined || known[DefinitionId].handler === undefined) functions.set(procedure._tag, procedure)
  }
  return functions
}

const partsOf = (value: unknown): ReadonlyArray<unknown> => {
  if (value === null || (typeof value !== "object" && typeof value !== "function") || isProcedure(value)) return []
  const prototype: unknown = Object.getPrototypeOf(value)
  // a namespace has no prototype
  return typeof value === "function" || prototype === Object.prototype || prototype === null ? Object.values(value) : []
}
