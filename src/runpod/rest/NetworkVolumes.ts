/**
 * Network volumes: `/v2/network-volumes`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { open, optional } from "./Fields.ts"

/** GB. */
const Size = Schema.Int.pipe(Schema.between(10, 4096))

/**
 * Body of `POST /v2/network-volumes`. Names need not be unique: the platform makes a second volume of the same name.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateNetworkVolumeRequest = Schema.Struct({
  name: Schema.NonEmptyString,
  /** GB, 10 to 4096. */
  size: Size,
  dataCenter: Schema.NonEmptyString,
  /** Left out: the data center's own default. */
  type: optional(Schema.Literal("STANDARD", "HIGH_PERFORMANCE"))
})

/**
 * @since 0.1.0
 * @category models
 */
export type CreateNetworkVolumeRequest = typeof CreateNetworkVolumeRequest.Type

/**
 * Body of `PATCH /v2/network-volumes/{id}`. A volume grows and never shrinks.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UpdateNetworkVolumeRequest = Schema.Struct({
  name: optional(Schema.NonEmptyString),
  size: optional(Size)
}).pipe(Schema.filter(({ name, size }) => name !== undefined || size !== undefined || "give a name or a size"))

/**
 * @since 0.1.0
 * @category models
 */
export type UpdateNetworkVolumeRequest = typeof UpdateNetworkVolumeRequest.Type

/**
 * A network volume, as the platform holds it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const NetworkVolume = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  /** GB. */
  size: Schema.Int,
  dataCenter: Schema.String,
  type: open("STANDARD", "HIGH_PERFORMANCE")
})

/**
 * @since 0.1.0
 * @category models
 */
export type NetworkVolume = typeof NetworkVolume.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const ListNetworkVolumesResponse = Schema.Struct({ networkVolumes: Schema.Array(NetworkVolume) })
