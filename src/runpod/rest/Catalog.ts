/**
 * What can be rented: `/v2/catalog`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { absentable, open } from "./Fields.ts"

const availability = open("NONE", "LOW", "MEDIUM", "HIGH")

const stock = Schema.Array(Schema.Struct({ id: Schema.String, name: Schema.String, availability }))

/**
 * A model of GPU. Prices are US dollars per hour and GPU.
 *
 * @since 0.1.0
 * @category schemas
 */
export const GpuType = Schema.Struct({
  /** As `NVIDIA GeForce RTX 4090`. */
  id: Schema.String,
  name: Schema.String,
  /** The serverless pool it is in, as `ADA_24`; absent where it is in none. */
  pool: absentable(Schema.String),
  manufacturer: open("NVIDIA", "AMD", "UNKNOWN"),
  /** GB. */
  memory: Schema.Number,
  secure: Schema.Boolean,
  community: Schema.Boolean,
  price: Schema.Struct({
    secure: absentable(Schema.Number),
    community: absentable(Schema.Number),
    serverless: absentable(Schema.Number)
  }),
  maxCount: Schema.Struct({ secure: absentable(Schema.Number), community: absentable(Schema.Number) }),
  /** Only where availability was asked for. */
  availability: absentable(availability),
  dataCenters: absentable(stock),
  cudaVersions: absentable(Schema.Array(Schema.Struct({ version: Schema.String, available: Schema.Boolean })))
})

/**
 * @since 0.1.0
 * @category models
 */
export type GpuType = typeof GpuType.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const ListGpuTypesResponse = Schema.Struct({ gpus: Schema.Array(GpuType) })

/**
 * A flavor of CPU. Prices are US dollars per hour and vCPU.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CpuType = Schema.Struct({
  /** As `cpu5c`. */
  id: Schema.String,
  name: Schema.String,
  group: Schema.String,
  vcpu: Schema.Struct({ min: Schema.Int, max: Schema.Int }),
  ramGbPerVcpu: Schema.Number,
  price: Schema.Struct({
    securePerVcpu: absentable(Schema.Number),
    serverlessPerVcpu: absentable(Schema.Number)
  }),
  /** Only where availability was asked for. */
  availability: absentable(availability),
  dataCenters: absentable(stock)
})

/**
 * @since 0.1.0
 * @category models
 */
export type CpuType = typeof CpuType.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const ListCpuTypesResponse = Schema.Struct({ cpus: Schema.Array(CpuType) })

/**
 * @since 0.1.0
 * @category schemas
 */
export const DataCenter = Schema.Struct({
  /** As `EU-RO-1`. */
  id: Schema.String,
  name: Schema.String,
  region: open(
    "NORTH_AMERICA",
    "SOUTH_AMERICA",
    "EUROPE",
    "ASIA",
    "MIDDLE_EAST",
    "AFRICA",
    "OCEANIA",
    "ANTARCTICA",
    "UNKNOWN"
  ),
  globalNetwork: Schema.Boolean,
  /** Empty where there are no network volumes. */
  networkVolumeTypes: Schema.Array(open("STANDARD", "HIGH_PERFORMANCE")),
  /** As `GDPR`, `SOC_2_TYPE_2`, `HIPAA`. */
  compliance: Schema.Array(open(
    "GDPR",
    "ISO_IEC_27001",
    "ISO_14001",
    "PCI_DSS",
    "HITRUST",
    "SOC_1_TYPE_2",
    "SOC_2_TYPE_2",
    "SOC_3_TYPE_2",
    "ITAR",
    "FISMA_HIGH",
    "HIPAA",
    "RENEWABLE"
  )),
  /** Only where availability was asked for. */
  gpuAvailability: absentable(stock),
  cpuAvailability: absentable(stock)
})

/**
 * @since 0.1.0
 * @category models
 */
export type DataCenter = typeof DataCenter.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const ListDataCentersResponse = Schema.Struct({ dataCenters: Schema.Array(DataCenter) })

/**
 * Which stock the GPU catalog tells. Without it, it tells none; the platform has no default product.
 *
 * @since 0.1.0
 * @category models
 */
export interface GpuAvailability {
  readonly product: ReadonlyArray<"POD" | "CLUSTER" | "SERVERLESS">
  /** GPUs of one worker. */
  readonly count?: number
  readonly cloud?: "SECURE" | "COMMUNITY"
  /** As `FR`. */
  readonly countryCodes?: ReadonlyArray<string>
  /** As `12.8`; not together with `minCudaVersion`. */
  readonly cudaVersions?: ReadonlyArray<string>
  readonly minCudaVersion?: string
}

/**
 * Which stock the CPU catalog tells.
 *
 * @since 0.1.0
 * @category models
 */
export interface CpuAvailability {
  readonly product: ReadonlyArray<"POD" | "SERVERLESS">
  /** A power of two. */
  readonly vcpuCount?: number
}

/**
 * Which data centers, and which stock of theirs.
 *
 * @since 0.1.0
 * @category models
 */
export interface DataCenterFilter {
  readonly include?: ReadonlyArray<"GPU_AVAILABILITY" | "CPU_AVAILABILITY">
  readonly regions?: ReadonlyArray<string>
  readonly networkVolumeTypes?: ReadonlyArray<"STANDARD" | "HIGH_PERFORMANCE">
  readonly compliance?: ReadonlyArray<string>
  readonly globalNetwork?: boolean
}
