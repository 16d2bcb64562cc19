/**
 * What an error says to people.
 *
 * @since 0.1.0
 */
import { isConfigError } from "effect/ConfigError"

/**
 * The message of an error. An error of the configuration has its words elsewhere, and what is no error is shown as it is.
 *
 * @since 0.1.0
 * @category accessors
 */
export const wordsOf = (error: unknown): string =>
  !isConfigError(error) && error instanceof Error ? error.message : String(error)
