/**
 * Fixed points: what follows from what follows.
 *
 * @since 0.1.0
 */

/**
 * Runs a step until the size that it returns grows no more.
 *
 * @since 0.1.0
 * @category combinators
 */
export const grow = (step: () => number): void => {
  for (let before = -1, size = step(); size > before;) [before, size] = [size, step()]
}
