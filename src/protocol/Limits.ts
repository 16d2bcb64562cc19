/**
 * Sizes the platform accepts, in bytes (reference: RunPod's job API).
 *
 * @since 0.1.0
 */
const MiB = 1024 * 1024

/**
 * Body of `POST /run`.
 *
 * @since 0.1.0
 * @category limits
 */
export const runBody = 10 * MiB

/**
 * Body of `POST /runsync`.
 *
 * @since 0.1.0
 * @category limits
 */
export const runsyncBody = 20 * MiB

/**
 * Body of a request to a load-balanced endpoint, and of its answer.
 *
 * @since 0.1.0
 * @category limits
 */
export const loadBalancerBody = 30 * MiB

/**
 * Body of one post to `job-stream`.
 *
 * @since 0.1.0
 * @category limits
 */
export const streamBody = MiB

/**
 * A live bundle up to this size travels with every call; a larger one only until the endpoint has it.
 *
 * @since 0.1.0
 * @category limits
 */
export const codeWithEveryCall = 16 * 1024

/**
 * Calls in one another: a handler that calls a function that calls a function …
 *
 * @since 0.1.0
 * @category limits
 */
export const callDepth = 32
