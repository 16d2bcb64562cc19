/**
 * Identifiers in the shapes the platform gives them.
 *
 * @since 0.1.0
 */
import { randomBytes, randomUUID } from "node:crypto"

const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"

const letters = (length: number): string =>
  Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join("")

/**
 * Endpoints and workers: 14 lower-case letters and digits.
 *
 * @since 0.1.0
 * @category constructors
 */
export const endpointId = (): string => letters(14)

/**
 * @since 0.1.0
 * @category constructors
 */
export const workerId = (): string => letters(14)

/**
 * Jobs: a UUID and a region; those of `/runsync` say so. The first digits are the time (milliseconds): a database has
 * jobs of one time side by side, however many it has.
 *
 * @since 0.1.0
 * @category constructors
 */
export const jobId = (kind: "async" | "sync", submittedAt: number): string => {
  const time = submittedAt.toString(16).padStart(12, "0").slice(-12)
  return `${kind === "sync" ? "sync-" : ""}${time.slice(0, 8)}-${time.slice(8)}${randomUUID().slice(13)}-u1`
}

/**
 * API keys.
 *
 * @since 0.1.0
 * @category constructors
 */
export const apiKey = (): string => `rpa_${letters(42).toUpperCase()}`

/**
 * Templates and network volumes: 10 lower-case letters and digits.
 *
 * @since 0.1.0
 * @category constructors
 */
export const resourceId = (): string => letters(10)

/**
 * Registry credentials: `c` and 24 lower-case letters and digits.
 *
 * @since 0.1.0
 * @category constructors
 */
export const registryId = (): string => `c${letters(24)}`

/**
 * The account: `user_` and 27 letters and digits.
 *
 * @since 0.1.0
 * @category constructors
 */
export const userId = (): string => `user_${letters(27)}`

/**
 * Flash apps, environments, builds, logins and releases.
 *
 * @since 0.1.0
 * @category constructors
 */
export const uuid = (): string => randomUUID()
