/**
 * The control plane: everything an account has on the platform, whichever API it is asked by.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as AccountControl from "./AccountControl.ts"
import type { ControlError } from "./ControlError.ts"
import * as EndpointControl from "./EndpointControl.ts"
import * as FlashControl from "./FlashControl.ts"
import * as PodControl from "./PodControl.ts"
import * as ResourceStore from "./ResourceStore.ts"
import * as TemplateControl from "./TemplateControl.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Control extends AccountControl.AccountControl {
  readonly endpoints: EndpointControl.EndpointControl
  readonly templates: TemplateControl.TemplateControl
  readonly flash: FlashControl.FlashControl
  readonly pods: PodControl.PodControl
  /** Calls back after an endpoint was written or removed. */
  readonly onEndpoint: (listen: (event: EndpointControl.EndpointEvent) => void) => void
  /** Calls back with the id of a network volume after it was removed. */
  readonly onVolumeRemoved: (listen: (id: string) => void) => void
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (store: ResourceStore.ResourceStore): Effect.Effect<Control, ControlError> =>
  Effect.flatMap(Effect.clock, (clock) => over(store, clock))

/**
 * A control plane that ends with the process.
 *
 * @since 0.1.0
 * @category constructors
 */
export const memory = (): Control => Either.getOrThrow(over(ResourceStore.memory(), Clock.make()))

const over = (store: ResourceStore.ResourceStore, clock: Clock.Clock): Either.Either<Control, ControlError> => {
  const listeners: Array<(event: EndpointControl.EndpointEvent) => void> = []
  const volumeListeners: Array<(id: string) => void> = []
  const now = () => clock.unsafeCurrentTimeMillis()
  const endpoints = EndpointControl.make({
    store,
    now,
    emit(event) {
      for (const listen of listeners) listen(event)
    }
  })
  return Either.map(AccountControl.make({ store, now }), (account) => ({
    ...account,
    volumes: {
      ...account.volumes,
      remove: (id) =>
        Either.map(account.volumes.remove(id), () => {
          for (const listen of volumeListeners) listen(id)
        })
    },
    endpoints,
    templates: TemplateControl.make({ store, now, endpoints }),
    flash: FlashControl.make({ store, now, endpoints }),
    pods: PodControl.make({ store, now }),
    onEndpoint: (listen) => void listeners.push(listen),
    onVolumeRemoved: (listen) => void volumeListeners.push(listen)
  }))
}
