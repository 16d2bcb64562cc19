/**
 * GPU types, and the serverless pools that group them.
 *
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 * @category models
 */
export interface GpuType {
  readonly id: string
  readonly name: string
  /** GB; 0 where it is not known. */
  readonly memory: number
  /** The serverless pool it is in, if it is in one. */
  readonly pool: string | null
}

const rows: ReadonlyArray<readonly [id: string, name: string, memory: number, pool: string | null]> = [
  ["NVIDIA RTX A4000", "RTX A4000", 16, "AMPERE_16"],
  ["NVIDIA RTX A4500", "RTX A4500", 20, "AMPERE_16"],
  ["NVIDIA RTX 4000 Ada Generation", "RTX 4000 Ada", 20, "AMPERE_16"],
  ["NVIDIA RTX 2000 Ada Generation", "RTX 2000 Ada", 16, "AMPERE_16"],
  ["NVIDIA L4", "L4", 24, "AMPERE_24"],
  ["NVIDIA RTX A5000", "RTX A5000", 24, "AMPERE_24"],
  ["NVIDIA GeForce RTX 3090", "RTX 3090", 24, "AMPERE_24"],
  ["NVIDIA GeForce RTX 4090", "RTX 4090", 24, "ADA_24"],
  ["NVIDIA GeForce RTX 5090", "RTX 5090", 32, "ADA_32_PRO"],
  ["NVIDIA A40", "A40", 48, "AMPERE_48"],
  ["NVIDIA RTX A6000", "RTX A6000", 48, "AMPERE_48"],
  ["NVIDIA L40", "L40", 48, "ADA_48_PRO"],
  ["NVIDIA L40S", "L40S", 48, "ADA_48_PRO"],
  ["NVIDIA RTX 6000 Ada Generation", "RTX 6000 Ada", 48, "ADA_48_PRO"],
  ["NVIDIA A100 80GB PCIe", "A100 PCIe", 80, "AMPERE_80"],
  ["NVIDIA A100-SXM4-80GB", "A100 SXM", 80, "AMPERE_80"],
  ["NVIDIA H100 PCIe", "H100 PCIe", 80, "ADA_80_PRO"],
  ["NVIDIA H100 80GB HBM3", "H100 SXM", 80, "ADA_80_PRO"],
  ["NVIDIA H100 NVL", "H100 NVL", 94, "ADA_80_PRO"],
  ["NVIDIA H200", "H200 SXM", 141, "HOPPER_141"],
  ["NVIDIA RTX PRO 6000 Blackwell Server Edition", "RTX PRO 6000", 96, "BLACKWELL_96"],
  ["NVIDIA RTX PRO 6000 Blackwell Workstation Edition", "RTX PRO 6000 WK", 96, "BLACKWELL_96"],
  ["NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition", "RTX PRO 6000 MaxQ", 96, "BLACKWELL_96"],
  ["NVIDIA B200", "B200", 180, "BLACKWELL_180"],
  ["NVIDIA B300 SXM6 AC", "B300", 288, null],
  ["NVIDIA H200 NVL", "NVIDIA H200 NVL", 143, null],
  ["AMD Instinct MI300X OAM", "MI300X", 192, null],
  ["NVIDIA A30", "A30", 24, null],
  ["NVIDIA  A30", "A30", 24, null],
  ["NVIDIA GeForce RTX 3070", "RTX 3070", 8, null],
  ["NVIDIA GeForce RTX 3080", "RTX 3080", 10, null],
  ["NVIDIA GeForce RTX 3080 Ti", "RTX 3080 Ti", 12, null],
  ["NVIDIA GeForce RTX 3080TI", "RTX 3080 Ti", 12, null],
  ["NVIDIA GeForce RTX 3090 Ti", "RTX 3090 Ti", 24, null],
  ["NVIDIA GeForce RTX 4070 Ti", "RTX 4070 Ti", 12, null],
  ["NVIDIA GeForce RTX 4080", "RTX 4080", 16, null],
  ["NVIDIA GeForce RTX 4080 SUPER", "RTX 4080 SUPER", 16, null],
  ["NVIDIA GeForce RTX 5080", "RTX 5080", 16, null],
  ["NVIDIA RTX 4000 SFF Ada Generation", "RTX 4000 Ada SFF", 20, null],
  ["NVIDIA RTX 5000 Ada Generation", "RTX 5000 Ada", 32, null],
  ["NVIDIA A5000 Ada", "A5000 Ada", 0, null],
  ["NVIDIA RTX A2000", "RTX A2000", 6, null],
  ["NVIDIA RTX A30", "RTX A30", 0, null],
  ["NVIDIA  RTX A4500", "RTX A4500", 20, null],
  ["NVIDIA RTX PRO 4500 Blackwell", "RTX PRO 4500", 32, null],
  ["NVIDIA RTX PRO 6000 Blackwell Server Edition MIG 1g.24gb", "PRO 6000 MIG 24GB", 24, null],
  ["NVIDIA RTX PRO 6000 Blackwell Server Edition MIG 2g.48gb", "PRO 6000 MIG 48GB", 48, null],
  ["Tesla T4", "Tesla T4", 16, null],
  ["Tesla V100-PCIE-16GB", "Tesla V100", 16, null],
  ["Tesla V100-PCIE-32GB", "Tesla V100-PCIE-32GB", 32, null],
  ["Tesla V100-FHHL-16GB", "Tesla V100-FHHL-16GB", 16, null],
  ["Tesla V100-SXM2-16GB", "V100 SXM2", 16, null],
  ["Tesla V100-SXM2-32GB", "V100 SXM2 32GB", 32, null]
]

/**
 * @since 0.1.0
 * @category constants
 */
export const gpuTypes: ReadonlyArray<GpuType> = rows.map(([id, name, memory, pool]) => ({ id, name, memory, pool }))

const byId = new Map(gpuTypes.map((type) => [type.id, type]))

/**
 * @since 0.1.0
 * @category accessors
 */
export const gpuType = (id: string): GpuType | undefined => byId.get(id)

/**
 * Every serverless pool with the ids of its types.
 *
 * @since 0.1.0
 * @category constants
 */
export const gpuPools: ReadonlyMap<string, ReadonlyArray<string>> = new Map(
  [...new Set(gpuTypes.flatMap(({ pool }) => pool ?? []))].map((pool) => [
    pool,
    gpuTypes.filter((type) => type.pool === pool).map(({ id }) => id)
  ])
)

/**
 * List price of a pool in USD per second; pools that are not in the public list have none.
 *
 * @since 0.1.0
 * @category constants
 */
export const poolPrices: Readonly<Record<string, number>> = {
  AMPERE_16: 0.00016,
  AMPERE_24: 0.00019,
  ADA_24: 0.00031,
  AMPERE_48: 0.00034,
  ADA_48_PRO: 0.00053,
  AMPERE_80: 0.00076,
  BLACKWELL_96: 0.00111,
  ADA_80_PRO: 0.00116,
  HOPPER_141: 0.00155,
  BLACKWELL_180: 0.0024
}

/**
 * CUDA versions, the newest first.
 *
 * @since 0.1.0
 * @category constants
 */
export const cudaVersions: ReadonlyArray<string> = [
  "13.0",
  "12.9",
  "12.8",
  "12.7",
  "12.6",
  "12.5",
  "12.4",
  "12.3",
  "12.2",
  "12.1",
  "12.0",
  "11.8"
]

/**
 * Compares `major.minor` by its numbers: 12.11 is above 12.2. A bare major is its release 0.
 *
 * @since 0.1.0
 * @category comparing
 */
export const compareCuda = (a: string, b: string): number => {
  const [aMajor = 0, aMinor = 0] = a.split(".").map(Number)
  const [bMajor = 0, bMinor = 0] = b.split(".").map(Number)
  return aMajor - bMajor || aMinor - bMinor
}
