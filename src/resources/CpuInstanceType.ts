/**
 * CPU instance types of RunPod serverless: `<flavor>-<vCPU>-<GB of memory>`.
 *
 * @since 0.1.0
 */
import { oneOf } from "./internal/oneOf.ts"

const types = {
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
export type CpuInstanceType = (typeof types)[keyof typeof types]

/**
 * A line of machines: generation and balance of vCPUs and memory.
 *
 * @since 0.1.0
 * @category models
 */
export type CpuFlavor = "cpu3c" | "cpu3g" | "cpu5c"

/**
 * What an instance type is.
 *
 * @since 0.1.0
 * @category models
 */
export interface CpuInstanceDetail {
  readonly flavor: CpuFlavor
  readonly vcpu: number
  /** Gigabytes of memory. */
  readonly memoryInGb: number
  /** The largest container disk it has room for, in gigabytes. */
  readonly maxDiskInGb: number
}

// the table is not empty
const all = Object.values(types) as [CpuInstanceType, ...Array<CpuInstanceType>]

/**
 * Every instance type by its enum name; `CpuInstanceType.all` lists them.
 *
 * @since 0.1.0
 * @category constants
 */
export const CpuInstanceType: typeof types & {
  readonly all: readonly [CpuInstanceType, ...ReadonlyArray<CpuInstanceType>]
} = { ...types, all }

/** Gigabytes of disk that come with each vCPU. */
const diskPerVcpu: Readonly<Record<CpuFlavor, number>> = { cpu3c: 10, cpu3g: 10, cpu5c: 15 }

/**
 * vCPUs, memory and disk of an instance type.
 *
 * @since 0.1.0
 * @category accessors
 */
export const cpuInstanceDetail = (type: CpuInstanceType): CpuInstanceDetail => {
  // the ids are `<flavor>-<vCPU>-<GB>`; a test reads each against the platform's table
  const [flavor, vcpu, memory] = type.split("-") as [CpuFlavor, string, string]
  return {
    flavor,
    vcpu: Number(vcpu),
    memoryInGb: Number(memory),
    maxDiskInGb: Number(vcpu) * diskPerVcpu[flavor]
  }
}

/**
 * The largest container disk that all of the instance types have room for, in gigabytes.
 *
 * @since 0.1.0
 * @category accessors
 */
export const maxDiskInGb = (types: readonly [CpuInstanceType, ...ReadonlyArray<CpuInstanceType>]): number =>
  Math.min(...types.map((type) => cpuInstanceDetail(type).maxDiskInGb))

/**
 * @since 0.1.0
 * @category schemas
 */
export const CpuInstanceTypeSchema = oneOf("a CPU instance type", all, types)
