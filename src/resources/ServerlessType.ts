/**
 * The two kinds of endpoints, by RunPod's short names.
 *
 * @since 0.1.0
 */

/**
 * `QB`: queue-based, jobs wait for a worker. `LB`: load-balanced, requests go to a worker's HTTP server.
 *
 * @since 0.1.0
 * @category constants
 */
export const ServerlessType = {
  QB: "QB",
  LB: "LB"
} as const

/**
 * @since 0.1.0
 * @category models
 */
export type ServerlessType = keyof typeof ServerlessType
