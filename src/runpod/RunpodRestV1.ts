/**
 * What is left of REST v1: network volumes. RunPod stopped it on 2026-11-15, and answers `ApiRetired`; platforms of one's
 * own may still speak it.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Exchange from "./http/Exchange.ts"
import * as Rest from "./http/Rest.ts"
import { RunpodConfig } from "./RunpodConfig.ts"
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

/** Some platforms wrap the list. */
const NetworkVolumes = Schema.Union(
  Schema.Array(NetworkVolume),
  Schema.Struct({ networkVolumes: Schema.Array(NetworkVolume) })
)

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<RunpodRestV1, never, RunpodConfig | HttpClient.HttpClient> = Layer.effect(
  RunpodRestV1,
  Effect.gen(function*() {
    const { restV1BaseUrl } = yield* RunpodConfig
    const rest = Rest.make(yield* Exchange.make, "REST v1", restV1BaseUrl)
    const create = rest.create(NetworkVolumeCreateInput, NetworkVolume, "network volume")
    return {
      listNetworkVolumes: Effect.map(
        rest.get(NetworkVolumes, "network volume")(["networkvolumes"]),
        (answer) => "networkVolumes" in answer ? answer.networkVolumes : answer
      ),
      createNetworkVolume: (input) => create(["networkvolumes"], input)
    }
  })
)
