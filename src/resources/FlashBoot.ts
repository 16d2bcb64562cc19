/**
 * FlashBoot: how a worker that was stopped comes back.
 *
 * @since 0.1.0
 */
import { oneOf } from "./internal/oneOf.ts"

/**
 * `OFF`: workers start anew. `FLASHBOOT`: a stopped worker is kept and resumed where possible. `PRIORITY_FLASHBOOT`: the
 * same, with capacity held for it.
 *
 * @since 0.1.0
 * @category constants
 */
export const FlashBoot = {
  OFF: "OFF",
  FLASHBOOT: "FLASHBOOT",
  PRIORITY_FLASHBOOT: "PRIORITY_FLASHBOOT"
} as const

/**
 * @since 0.1.0
 * @category models
 */
export type FlashBoot = keyof typeof FlashBoot

/**
 * @since 0.1.0
 * @category schemas
 */
export const FlashBootSchema = oneOf("a FlashBoot mode", Object.values(FlashBoot))
