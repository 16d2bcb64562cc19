/**
 * The packages that a bundle leaves to the worker, so that a worker has one copy of each.
 *
 * @since 0.1.0
 */

/**
 * Stands before the name in such an import; the worker puts the place of its own copy there.
 *
 * @since 0.1.0
 * @category constants
 */
export const externalPrefix = "effect-flash:external/"

/**
 * What every worker brings along; other packages are bundled, or installed where `dependencies` names them.
 *
 * @since 0.1.0
 * @category constants
 */
export const provided: ReadonlyArray<string> = ["effect", "effect-flash", "@effect/platform", "@effect/rpc"]
