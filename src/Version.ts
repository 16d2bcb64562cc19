/**
 * The package's version, as in package.json: a test keeps them equal. Read from there it would be a file to find at run
 * time, from sources, from the built library and from inside a bundle.
 *
 * @since 0.1.0
 * @category constants
 */
export const version = "0.1.0"
