/**
 * GPU pools of RunPod serverless: a pool is a class of GPUs of one memory size.
 *
 * @since 0.1.0
 */

const groups = {
  /** RTX 4090. */
  ADA_24: "ADA_24",
  /** RTX 5090. */
  ADA_32_PRO: "ADA_32_PRO",
  /** L40, L40S, RTX 6000 Ada. */
  ADA_48_PRO: "ADA_48_PRO",
  /** H100 PCIe, SXM and NVL. */
  ADA_80_PRO: "ADA_80_PRO",
  /** RTX A4000, A4500, 4000 Ada, 2000 Ada. */
  AMPERE_16: "AMPERE_16",
  /** L4, RTX A5000, RTX 3090. */
  AMPERE_24: "AMPERE_24",
  /** A40, RTX A6000. */
  AMPERE_48: "AMPERE_48",
  /** A100 PCIe and SXM. */
  AMPERE_80: "AMPERE_80",
  /** B200. */
  BLACKWELL_180: "BLACKWELL_180",
  /** RTX PRO 6000: server, workstation and Max-Q editions. */
  BLACKWELL_96: "BLACKWELL_96",
  /** H200. */
  HOPPER_141: "HOPPER_141"
} as const

/**
 * A pool the platform knows.
 *
 * @since 0.1.0
 * @category models
 */
export type GpuPool = keyof typeof groups

/**
 * A pool, or any.
 *
 * @since 0.1.0
 * @category models
 */
export type GpuGroup = "any" | GpuPool

// the table is not empty
const all = Object.values(groups) as [GpuPool, ...Array<GpuPool>]

/**
 * Every pool by its id. `ANY` stands for all of them; `GpuGroup.all` lists them, without `ANY`.
 *
 * @since 0.1.0
 * @category constants
 */
export const GpuGroup: typeof groups & {
  readonly ANY: "any"
  readonly all: readonly [GpuPool, ...ReadonlyArray<GpuPool>]
} = {
  ANY: "any",
  ...groups,
  all
}
