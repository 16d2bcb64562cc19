/**
 * Version of this package, sent with pings and as user agent. A test holds it against `package.json`.
 *
 * @since 0.1.0
 */
export const version = "0.1.0"
