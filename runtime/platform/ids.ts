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
 * Jobs: a UUID and a region; those of `/runsync` say so.
 *
 * @since 0.1.0
 * @category constructors
 */
export const jobId = (kind: "async" | "sync"): string => `${kind === "sync" ? "sync-" : ""}${randomUUID()}-u1`

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
