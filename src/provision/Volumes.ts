/**
 * Network volumes of a declaration: found by name and data center, made where there is none, never deleted.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { NetworkVolume as Declaration } from "../resources/NetworkVolume.ts"
import type { NetworkVolume } from "../runpod/rest/NetworkVolumes.ts"
import type { ControlPlane, ReadError, WriteError } from "./ControlPlane.ts"
import type { VolumeSettings } from "./EndpointSettings.ts"
import type { ResourceState, StateError } from "./ResourceState.ts"
import * as Settling from "./Settling.ts"

type Declared = Extract<Declaration, { readonly _tag: "NetworkVolume" }>

/**
 * The volumes of a declaration, each with its id.
 *
 * @since 0.1.0
 * @category provisioning
 */
export const ensure = (
  declarations: ReadonlyArray<Declaration>,
  platform: typeof ControlPlane.Service,
  state: typeof ResourceState.Service
): Effect.Effect<ReadonlyArray<VolumeSettings>, ReadError | WriteError | StateError> =>
  Effect.forEach(declarations, (declaration) =>
    declaration._tag === "ExistingNetworkVolume"
      ? Effect.succeed<VolumeSettings>(declaration)
      : Effect.scoped(
        // two resources, or two processes, may declare the same volume at the same time
        Effect.zipRight(
          state.lock(`volume ${declaration.dataCenterId} ${declaration.name}`),
          ensureDeclared(declaration, platform)
        )
      ).pipe(Effect.map(({ dataCenter, id }) => ({ id, dataCenterId: dataCenter }))))

const ensureDeclared = (
  declaration: Declared,
  platform: typeof ControlPlane.Service
): Effect.Effect<NetworkVolume, ReadError | WriteError> =>
  Effect.gen(function*() {
    const known = yield* find(declaration, platform)
    if (known === undefined) return yield* create(declaration, platform)
    // a volume can grow, and what is on it forbids to make it smaller
    if (known.size < declaration.size) yield* platform.growVolume(known.id, declaration.size)
    else if (known.size > declaration.size) {
      yield* Effect.logInfo(
        `Network volume "${known.name}" has ${known.size} GB; it does not shrink to the declared ${declaration.size} GB`
      )
    }
    return known
  })

const find = ({ dataCenterId, name }: Declared, platform: typeof ControlPlane.Service) =>
  Effect.map(
    platform.findVolumes,
    (all) => all.find((volume) => volume.name === name && volume.dataCenter === dataCenterId)
  )

const create = (declaration: Declared, platform: typeof ControlPlane.Service) => {
  const { dataCenterId, name, size, type } = declaration
  return platform.createVolume({ name, size, dataCenter: dataCenterId, ...(type === undefined ? {} : { type }) }).pipe(
    Effect.catchTag("OutcomeUnknown", (unknown) =>
      Settling.search(find(declaration, platform)).pipe(
        Effect.flatMap((found) => found === undefined ? Effect.fail(unknown) : Effect.succeed(found))
      ))
  )
}
