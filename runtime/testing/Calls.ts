/**
 * The remote calls that a program has made.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Wrap from "./Wrap.ts"
import type { Call } from "./Wrap.ts"

/**
 * @since 0.1.0
 * @category services
 */
export class Calls extends Context.Tag("effect-flash/testing/Calls")<Calls, {
  readonly add: (call: Call) => Effect.Effect<void>
  /** In the order in which they were made. */
  readonly all: Effect.Effect<ReadonlyArray<Call>>
  readonly clear: Effect.Effect<void>
}>() {}

/**
 * No calls yet.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Calls> = Layer.sync(Calls, () => {
  let calls: ReadonlyArray<Call> = []
  return {
    add: (call) =>
      Effect.sync(() => {
        calls = [...calls, call]
      }),
    all: Effect.sync(() => calls),
    clear: Effect.sync(() => {
      calls = []
    })
  }
})

/**
 * A target or an endpoint whose calls are kept in `Calls` when they are made, whatever becomes of them.
 *
 * @since 0.1.0
 * @category layers
 */
export const recorded = <A, E, R>(layer: Layer.Layer<A, E, R>): Layer.Layer<A, E, R | Calls> =>
  Wrap.wrap(layer, Effect.map(Calls, ({ add }) => add))

/**
 * The calls of one function, with payloads of its type.
 *
 * @since 0.1.0
 * @category accessors
 */
export const of = <Payload>(
  remote: { readonly _tag: string; readonly payloadSchema: { readonly Type: Payload } }
): Effect.Effect<ReadonlyArray<Call<Payload>>, never, Calls> =>
  Effect.flatMap(Calls, ({ all }) =>
    Effect.map(
      all,
      (calls) => calls.filter((call): call is Call<Payload> => call.function === remote._tag)
    ))
