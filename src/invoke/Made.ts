/**
 * Tells of the remote functions that are made, where somebody wants to know: a worker has to find those of a bundle that
 * only other functions of it call, and that it therefore does not export.
 *
 * The ear is found by a global symbol: user code may come with a copy of this package of its own.
 *
 * @since 0.1.0
 */
import type { Procedure } from "../Procedure.ts"

type Ear = (procedure: Procedure) => void

const key = Symbol.for("effect-flash/Made")

const ears = globalThis as { [key]?: Ear }

/**
 * Says that a function was made.
 *
 * @since 0.1.0
 * @category observing
 */
export const tell = (procedure: Procedure): void => ears[key]?.(procedure)

/**
 * Hears of each function that is made from now on in this thread.
 *
 * @since 0.1.0
 * @category observing
 */
export const listen = (ear: Ear): void => {
  ears[key] = ear
}
