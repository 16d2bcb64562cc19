/**
 * GPU types of RunPod serverless, and which pool each is in.
 *
 * @since 0.1.0
 */
import type { GpuPool } from "./GpuGroup.ts"

/**
 * What is known of a GPU type.
 *
 * @since 0.1.0
 * @category models
 */
export interface GpuTypeDetail {
  /** Gigabytes of one GPU. */
  readonly memoryInGb: number
  /** The pool it is taken from. */
  readonly pool: GpuPool
}

const types = {
  NVIDIA_A100_80GB_PCIe: "NVIDIA A100 80GB PCIe",
  NVIDIA_A100_SXM4_80GB: "NVIDIA A100-SXM4-80GB",
  NVIDIA_A40: "NVIDIA A40",
  NVIDIA_B200: "NVIDIA B200",
  NVIDIA_GEFORCE_RTX_3090: "NVIDIA GeForce RTX 3090",
  NVIDIA_GEFORCE_RTX_4090: "NVIDIA GeForce RTX 4090",
  NVIDIA_GEFORCE_RTX_5090: "NVIDIA GeForce RTX 5090",
  NVIDIA_H100_80GB_HBM3: "NVIDIA H100 80GB HBM3",
  NVIDIA_H100_NVL: "NVIDIA H100 NVL",
  NVIDIA_H100_PCIe: "NVIDIA H100 PCIe",
  NVIDIA_H200: "NVIDIA H200",
  NVIDIA_L4: "NVIDIA L4",
  NVIDIA_L40: "NVIDIA L40",
  NVIDIA_L40S: "NVIDIA L40S",
  NVIDIA_RTX_2000_ADA_GENERATION: "NVIDIA RTX 2000 Ada Generation",
  NVIDIA_RTX_4000_ADA_GENERATION: "NVIDIA RTX 4000 Ada Generation",
  NVIDIA_RTX_6000_ADA_GENERATION: "NVIDIA RTX 6000 Ada Generation",
  NVIDIA_RTX_A4000: "NVIDIA RTX A4000",
  NVIDIA_RTX_A4500: "NVIDIA RTX A4500",
  NVIDIA_RTX_A5000: "NVIDIA RTX A5000",
  NVIDIA_RTX_A6000: "NVIDIA RTX A6000",
  NVIDIA_RTX_PRO_6000_BLACKWELL_MAX_Q_WORKSTATION_EDITION: "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition",
  NVIDIA_RTX_PRO_6000_BLACKWELL_SERVER_EDITION: "NVIDIA RTX PRO 6000 Blackwell Server Edition",
  NVIDIA_RTX_PRO_6000_BLACKWELL_WORKSTATION_EDITION: "NVIDIA RTX PRO 6000 Blackwell Workstation Edition"
} as const

/**
 * One card, by the name the platform gives it.
 *
 * @since 0.1.0
 * @category models
 */
export type GpuCard = (typeof types)[keyof typeof types]

/**
 * A card, or any.
 *
 * @since 0.1.0
 * @category models
 */
export type GpuType = "any" | GpuCard

// the table is not empty
const all = Object.values(types) as [GpuCard, ...Array<GpuCard>]

/**
 * Every card that serverless workers run on, by its enum name. `ANY` stands for all; `GpuType.all` lists them, without
 * `ANY`.
 *
 * @since 0.1.0
 * @category constants
 */
export const GpuType: typeof types & {
  readonly ANY: "any"
  readonly all: readonly [GpuCard, ...ReadonlyArray<GpuCard>]
} = {
  ANY: "any",
  ...types,
  all
}

/**
 * Memory and pool of each card.
 *
 * @since 0.1.0
 * @category constants
 */
export const gpuTypeDetails: Readonly<Record<GpuCard, GpuTypeDetail>> = {
  "NVIDIA A100 80GB PCIe": { memoryInGb: 80, pool: "AMPERE_80" },
  "NVIDIA A100-SXM4-80GB": { memoryInGb: 80, pool: "AMPERE_80" },
  "NVIDIA A40": { memoryInGb: 48, pool: "AMPERE_48" },
  "NVIDIA B200": { memoryInGb: 180, pool: "BLACKWELL_180" },
  "NVIDIA GeForce RTX 3090": { memoryInGb: 24, pool: "AMPERE_24" },
  "NVIDIA GeForce RTX 4090": { memoryInGb: 24, pool: "ADA_24" },
  "NVIDIA GeForce RTX 5090": { memoryInGb: 32, pool: "ADA_32_PRO" },
  "NVIDIA H100 80GB HBM3": { memoryInGb: 80, pool: "ADA_80_PRO" },
  "NVIDIA H100 NVL": { memoryInGb: 94, pool: "ADA_80_PRO" },
  "NVIDIA H100 PCIe": { memoryInGb: 80, pool: "ADA_80_PRO" },
  "NVIDIA H200": { memoryInGb: 141, pool: "HOPPER_141" },
  "NVIDIA L4": { memoryInGb: 24, pool: "AMPERE_24" },
  "NVIDIA L40": { memoryInGb: 48, pool: "ADA_48_PRO" },
  "NVIDIA L40S": { memoryInGb: 48, pool: "ADA_48_PRO" },
  "NVIDIA RTX 2000 Ada Generation": { memoryInGb: 16, pool: "AMPERE_16" },
  "NVIDIA RTX 4000 Ada Generation": { memoryInGb: 20, pool: "AMPERE_16" },
  "NVIDIA RTX 6000 Ada Generation": { memoryInGb: 48, pool: "ADA_48_PRO" },
  "NVIDIA RTX A4000": { memoryInGb: 16, pool: "AMPERE_16" },
  "NVIDIA RTX A4500": { memoryInGb: 20, pool: "AMPERE_16" },
  "NVIDIA RTX A5000": { memoryInGb: 24, pool: "AMPERE_24" },
  "NVIDIA RTX A6000": { memoryInGb: 48, pool: "AMPERE_48" },
  "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition": { memoryInGb: 96, pool: "BLACKWELL_96" },
  "NVIDIA RTX PRO 6000 Blackwell Server Edition": { memoryInGb: 96, pool: "BLACKWELL_96" },
  "NVIDIA RTX PRO 6000 Blackwell Workstation Edition": { memoryInGb: 96, pool: "BLACKWELL_96" }
}

/**
 * Whether a value is a GPU type as the platform names it (`"NVIDIA L4"`, not `"NVIDIA_L4"`), or `"any"`.
 *
 * @since 0.1.0
 * @category guards
 */
export const isGpuType = (u: unknown): u is GpuType =>
  typeof u === "string" && (u === "any" || Object.hasOwn(gpuTypeDetails, u))
