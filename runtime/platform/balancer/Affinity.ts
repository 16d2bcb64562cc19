/**
 * Which worker a request asks for: `X-Runpod-Worker-Id: <id>`, `strict <id>` or `strict-resume <id>`. Every answer names
 * its worker in the same header.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category constants
 */
export const header = "x-runpod-worker-id"

/**
 * @since 0.1.0
 * @category models
 */
export interface Affinity {
  readonly workerId: string
  /** No other will do. A worker that was scaled down is gone here: there is nothing to resume it from. */
  readonly isStrict: boolean
}

/**
 * @since 0.1.0
 * @category decoding
 */
export const parse = (value: string | undefined): Affinity | undefined => {
  const words = (value ?? "").trim().split(/\s+/)
  const workerId = words.at(-1)
  if (workerId === undefined || workerId === "") return undefined
  return { workerId, isStrict: words.length > 1 && (words[0] === "strict" || words[0] === "strict-resume") }
}
