/**
 * What is made of a procedure once, when it is first asked for.
 *
 * @since 0.1.0
 */
import type { Procedure } from "../Procedure.ts"

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = <A extends object>(of: (procedure: Procedure) => A): (procedure: Procedure) => A => {
  const known = new Map<Procedure, A>()
  return (procedure) => {
    let found = known.get(procedure)
    if (found === undefined) known.set(procedure, found = of(procedure))
    return found
  }
}
