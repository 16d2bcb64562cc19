/**
 * GPU pools of RunPod serverless: a pool is a class of GPUs of one memory size.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * Every pool by its id; `ANY` leaves the choice to the platform.
 *
 * @since 0.1.0
 * @category constants
 */
export const GpuGroup = {
  ANY: "any",
  ADA_24: "ADA_24",
  ADA_32_PRO: "ADA_32_PRO",
  ADA_48_PRO: "ADA_48_PRO",
  ADA_80_PRO: "ADA_80_PRO",
  AMPERE_16: "AMPERE_16",
  AMPERE_24: "AMPERE_24",
  AMPERE_48: "AMPERE_48",
  AMPERE_80: "AMPERE_80",
  HOPPER_141: "HOPPER_141"
} as const

/**
 * @since 0.1.0
 * @category models
 */
export type GpuGroup = (typeof GpuGroup)[keyof typeof GpuGroup]

/**
 * @since 0.1.0
 * @category schemas
 */
export const GpuGroupSchema: Schema.Schema<GpuGroup> = Schema.Enums(GpuGroup)
