/**
 * The remote functions of a module.
 *
 * @since 0.1.0
 */
import { DefinitionId, isProcedure, proceduresOf } from "../../src/Endpoint.ts"
import type { Procedure } from "../../src/Endpoint.ts"

/**
 * The functions of one module, by name.
 *
 * @since 0.1.0
 * @category models
 */
export type Functions = ReadonlyMap<string, Procedure>

/**
 * Imports a module and finds its functions, and the methods of its stateful classes, among the exports, and among the
 * parts of exported objects, classes and namespaces.
 *
 * @since 0.1.0
 * @category constructors
 */
export const load = async (url: string): Promise<Functions> => {
  const exports: Readonly<Record<string, unknown>> = await import(url)
  const functions = new Map<string, Procedure>()
  for (const value of Object.values(exports).flatMap((value) => [value, ...partsOf(value)])) {
    for (const procedure of proceduresOf(value)) {
      // a contract may be exported beside what completes it
      const known = functions.get(procedure._tag)
      if (known === undefined || !isComplete(known)) functions.set(procedure._tag, procedure)
    }
  }
  return functions
}

const isComplete = ({ [DefinitionId]: { handler, method } }: Procedure): boolean =>
  handler !== undefined || method?.class.make !== undefined

const partsOf = (value: unknown): ReadonlyArray<unknown> => {
  if (value === null || (typeof value !== "object" && typeof value !== "function") || isProcedure(value)) return []
  const prototype: unknown = Object.getPrototypeOf(value)
  // a namespace has no prototype
  return typeof value === "function" || prototype === Object.prototype || prototype === null ? Object.values(value) : []
}
