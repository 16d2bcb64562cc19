/**
 * Network volumes: storage that workers of an endpoint share, mounted at `/runpod-volume`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { DataCenterSchema } from "./DataCenter.ts"

/**
 * A volume by its declaration: found by name and data center, and made where there is none. It is never deleted
 * implicitly.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Declared = Schema.TaggedStruct("NetworkVolume", {
  name: Schema.NonEmptyString,
  /** Gigabytes, 10 to 4096. Default 100. */
  size: Schema.optionalWith(Schema.Int.pipe(Schema.between(10, 4096)), { default: () => 100 }),
  /** Default `EU-RO-1`. */
  dataCenterId: Schema.optionalWith(DataCenterSchema, { default: () => "EU-RO-1" as const }),
  /** Absent: what the data center has. */
  type: Schema.optionalWith(Schema.Literal("STANDARD", "HIGH_PERFORMANCE"), { exact: true })
})

/**
 * A volume that is there, by its id.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Existing = Schema.TaggedStruct("ExistingNetworkVolume", {
  id: Schema.NonEmptyString,
  dataCenterId: Schema.optionalWith(DataCenterSchema, { exact: true })
})

/**
 * @since 0.1.0
 * @category schemas
 */
export const NetworkVolumeSchema = Schema.Union(Declared, Existing)

/**
 * @since 0.1.0
 * @category models
 */
export type NetworkVolume = typeof NetworkVolumeSchema.Type
