/**
 * CPU instance types of RunPod serverless: `<family>-<vCPU>-<GB of memory>`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * Every instance type by its enum name.
 *
 * @since 0.1.0
 * @category constants
 */
export const CpuInstanceType = {
  CPU3G_1_4: "cpu3g-1-4",
  CPU3G_2_8: "cpu3g-2-8",
  CPU3G_4_16: "cpu3g-4-16",
  CPU3G_8_32: "cpu3g-8-32",
  CPU3C_1_2: "cpu3c-1-2",
  CPU3C_2_4: "cpu3c-2-4",
  CPU3C_4_8: "cpu3c-4-8",
  CPU3C_8_16: "cpu3c-8-16",
  CPU5C_1_2: "cpu5c-1-2",
  CPU5C_2_4: "cpu5c-2-4",
  CPU5C_4_8: "cpu5c-4-8",
  CPU5C_8_16: "cpu5c-8-16"
} as const

/**
 * @since 0.1.0
 * @category models
 */
export type CpuInstanceType = (typeof CpuInstanceType)[keyof typeof CpuInstanceType]

/**
 * @since 0.1.0
 * @category schemas
 */
export const CpuInstanceTypeSchema: Schema.Schema<CpuInstanceType> = Schema.Enums(CpuInstanceType)
