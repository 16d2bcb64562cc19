/**
 * The remote functions of a module.
 *
 * @since 0.1.0
 */
import { DefinitionId, isProcedure, proceduresOf } from "../../src/Endpoint.ts"
import type { Procedure } from "../../src/Endpoint.ts"
import { host } from "./Host.ts"

/**
 * The functions of one module, by name.
 *
 * @since 0.1.0
 * @category models
 */
export type Functions = ReadonlyMap<string, Procedure>

/**
 * Imports a module and finds its functions, and the methods of its stateful classes, among the exports, and among the
 * parts of exported objects, classes and namespaces. `more` has others that belong to the module; of two functions of one
 * name the one of the worker's own endpoint is meant.
 *
 * @since 0.1.0
 * @category constructors
 */
export const load = async (
  url: string,
  more: () => ReadonlyArray<Procedure> = () => [],
  endpoint?: string
): Promise<Functions> => {
  const exports: Readonly<Record<string, unknown>> = await host.load(url)
  const functions = new Map<string, Procedure>()
  const exported = Object.values(exports).flatMap((value) => [value, ...partsOf(value)]).flatMap(proceduresOf)
  for (const procedure of [...exported, ...more()]) {
    const known = functions.get(procedure._tag)
    if (known === undefined || rankOf(procedure, endpoint) > rankOf(known, endpoint)) {
      functions.set(procedure._tag, procedure)
    }
  }
  return functions
}

/** A contract may stand beside what completes it. */
const rankOf = ({ [DefinitionId]: { handler, method, resource } }: Procedure, endpoint: string | undefined): number =>
  (handler !== undefined || method?.class.make !== undefined ? 2 : 0) + (resource.name === endpoint ? 1 : 0)

const partsOf = (value: unknown): ReadonlyArray<unknown> => {
  if (value === null || (typeof value !== "object" && typeof value !== "function") || isProcedure(value)) return []
  const prototype: unknown = Object.getPrototypeOf(value)
  // a namespace has no prototype
  return typeof value === "function" || prototype === Object.prototype || prototype === null ? Object.values(value) : []
}
