/**
 * Calls that fail as the platform has them fail on a bad day, at the moment that a test wants it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type { RemoteError } from "../../src/RemoteError.ts"
import * as Wrap from "./Wrap.ts"

/**
 * A target or an endpoint whose first calls fail, one after the other, with these errors, and reach nobody. Those after
 * them are as the layer has them.
 *
 * @since 0.1.0
 * @category layers
 */
export const failing = <A, E, R>(
  layer: Layer.Layer<A, E, R>,
  errors: ReadonlyArray<RemoteError>
): Layer.Layer<A, E, R> =>
  Wrap.wrap(
    layer,
    Effect.sync(() => {
      const left = [...errors]
      return () =>
        Effect.suspend(() => {
          const error = left.shift()
          return error === undefined ? Effect.void : Effect.fail(error)
        })
    })
  )
