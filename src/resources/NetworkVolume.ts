/**
 * Network volumes: storage that outlives workers, mounted at `/runpod-volume`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { type DataCenter, DataCenterSchema } from "./DataCenter.ts"
import { construct } from "./internal/construct.ts"
import { wholeNumber } from "./internal/number.ts"
import { oneOf } from "./internal/oneOf.ts"
import { text } from "./internal/text.ts"

/**
 * `STANDARD` or `HIGH_PERFORMANCE`; a volume's type cannot be changed.
 *
 * @since 0.1.0
 * @category models
 */
export type VolumeType = "STANDARD" | "HIGH_PERFORMANCE"

/**
 * A volume by its declaration: found by name and data center, and made where there is none. It is never deleted
 * implicitly.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DeclaredVolume = Schema.TaggedStruct("NetworkVolume", {
  name: text("a name"),
  /** Gigabytes. Default 100. */
  size: Schema.optionalWith(wholeNumber({ min: 10, max: 4096 }), { default: () => 100 }),
  /** Default `EU-RO-1`. */
  dataCenterId: Schema.optionalWith(DataCenterSchema, { default: () => "EU-RO-1" as const }),
  /** Absent: the data center's own choice. */
  type: Schema.optionalWith(oneOf<VolumeType>("a type of volumes", ["STANDARD", "HIGH_PERFORMANCE"]), { exact: true })
})

/**
 * A volume that is there already, by its id.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ExistingVolume = Schema.TaggedStruct("ExistingNetworkVolume", {
  id: text("the id of a volume"),
  /** Where it is: given, workers are placed there. */
  dataCenterId: Schema.optionalWith(DataCenterSchema, { exact: true })
})

/**
 * @since 0.1.0
 * @category schemas
 */
export const NetworkVolumeSchema = Schema.Union(DeclaredVolume, ExistingVolume).annotations({
  message: () => ({ message: "expected NetworkVolume.make(name) or NetworkVolume.fromId(id)", override: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export type NetworkVolume = typeof NetworkVolumeSchema.Type

/**
 * Volumes for `networkVolume` and `networkVolumes` of resources. One value may be used by several of them. Both
 * constructors throw `InvalidResource`.
 *
 * @example
 * import { LiveServerless, NetworkVolume } from "effect-flash"
 *
 * const models = NetworkVolume.make("models", { size: 200, dataCenterId: "US-KS-2" })
 * const gpu = LiveServerless.make("inference", { networkVolume: models })
 *
 * @since 0.1.0
 * @category constructors
 */
export const NetworkVolume = {
  /** A volume of that name: 100 GB in `EU-RO-1` where nothing else is said, 10 to 4096 GB. */
  make: (name: string, options: {
    /** Gigabytes. */
    readonly size?: number
    readonly dataCenterId?: DataCenter
    readonly type?: VolumeType
  } = {}): NetworkVolume =>
    construct(DeclaredVolume, "NetworkVolume", name, { ...options, name }, {
      id: "a volume that is there already is NetworkVolume.fromId(id)",
      datacenter: "did you mean dataCenterId?",
      mountPath: "volumes are mounted at /runpod-volume"
    }),
  /** A volume that is there already. */
  fromId: (id: string, options: { readonly dataCenterId?: DataCenter } = {}): NetworkVolume =>
    construct(ExistingVolume, "ExistingNetworkVolume", id, { ...options, id })
}
