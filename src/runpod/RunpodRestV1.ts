/**
 * What is left of REST v1: network volumes. RunPod stopped it on 2026-11-15, and answers `ApiRetired`; platforms of one's
 * own may still speak it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { CreateError, RequestError } from "./RunpodError.ts"

/**
 * @since 0.1.0
 * @category schemas
 */
export const NetworkVolume = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  /** GB. */
  size: Schema.Int,
  dataCenterId: Schema.String
})

/**
 * @since 0.1.0
 * @category models
 */
export type NetworkVolume = typeof NetworkVolume.Type

/**
 * Body of `POST /v1/networkvolumes`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const NetworkVolumeCreateInput = Schema.Struct({
  name: Schema.String,
  /** GB, up to 4000. */
  size: Schema.Int.pipe(Schema.between(0, 4000)),
  dataCenterId: Schema.String
})

/**
 * @since 0.1.0
 * @category models
 */
export type NetworkVolumeCreateInput = typeof NetworkVolumeCreateInput.Type

/**
 * @since 0.1.0
 * @category services
 */
export class RunpodRestV1 extends Context.Tag("effect-flash/runpod/RunpodRestV1")<RunpodRestV1, {
  readonly listNetworkVolumes: Effect.Effect<ReadonlyArray<NetworkVolume>, RequestError>
  readonly createNetworkVolume: (input: NetworkVolumeCreateInput) => Effect.Effect<NetworkVolume, CreateError>
}>() {}
