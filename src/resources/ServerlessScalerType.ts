/**
 * What an endpoint adds workers on.
 *
 * @since 0.1.0
 */
import { oneOf } from "./internal/oneOf.ts"

/**
 * `QUEUE_DELAY`: a job has waited `scalerValue` seconds; only queues. `REQUEST_COUNT`: there is more than one worker
 * for each `scalerValue` requests.
 *
 * @since 0.1.0
 * @category constants
 */
export const ServerlessScalerType = {
  QUEUE_DELAY: "QUEUE_DELAY",
  REQUEST_COUNT: "REQUEST_COUNT"
} as const

/**
 * @since 0.1.0
 * @category models
 */
export type ServerlessScalerType = keyof typeof ServerlessScalerType

/**
 * @since 0.1.0
 * @category schemas
 */
export const ServerlessScalerTypeSchema = oneOf("a scaler", Object.values(ServerlessScalerType))
