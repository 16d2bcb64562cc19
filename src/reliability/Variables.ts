/**
 * Variables of the environment by their kind. What means nothing is a `ConfigError` that names its variable.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as Duration from "effect/Duration"

/**
 * True or false, in any case of its letters: the original is written for Python, whose own words are `True` and `False`.
 *
 * @since 0.1.0
 * @category configs
 */
export const flag = (name: string, fallback: boolean): Config.Config<boolean> =>
  Config.mapAttempt(Config.string(name), (text) => {
    const word = text.trim().toLowerCase()
    if (["true", "yes", "on", "1"].includes(word)) return true
    if (["false", "no", "off", "0"].includes(word)) return false
    throw new Error(`Expected true or false, but received ${JSON.stringify(text)}`)
  }).pipe(Config.withDefault(fallback))

/**
 * A whole number of at least 1.
 *
 * @since 0.1.0
 * @category configs
 */
export const count = (name: string, fallback: number): Config.Config<number> =>
  Config.integer(name).pipe(
    Config.validate({ message: "Expected a whole number of at least 1", validation: (n) => n >= 1 }),
    Config.withDefault(fallback)
  )

/**
 * Seconds of a range, which `legal` says in words.
 *
 * @since 0.1.0
 * @category configs
 */
export const seconds = (
  name: string,
  isLegal: (n: number) => boolean,
  legal: string,
  fallback: Duration.Duration
): Config.Config<Duration.Duration> =>
  Config.number(name).pipe(
    Config.validate({ message: `Expected seconds, ${legal}`, validation: (n) => isLegal(n) && Number.isFinite(n) }),
    Config.map(Duration.seconds),
    Config.withDefault(fallback)
  )
