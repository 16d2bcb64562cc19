/**
 * Which calls led to this one: a handler that calls others passes on how it was called itself, so that functions that
 * call each other in a circle come to an end, and the error says which did.
 *
 * A call that is a job stands in a chain as `endpoint/function`, one that runs where it is made as `function`.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Procedure } from "../Procedure.ts"
import * as Limits from "../protocol/Limits.ts"
import { NestedTooDeep } from "../RemoteError.ts"

/**
 * The calls that a handler runs in, the first one first.
 *
 * @since 0.1.0
 * @category services
 */
export class CallChain extends Context.Reference<CallChain>()("effect-flash/CallChain", {
  defaultValue: (): ReadonlyArray<string> => []
}) {}

/**
 * Where a call runs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Place {
  /** Name of the endpoint. */
  readonly name: string
  /** How many jobs the endpoint's workers run at a time; absent where calls run where they are made. */
  readonly capacity?: number | undefined
}

/**
 * The chain with one more call. Fails with `NestedTooDeep` where that would be too many, or where no worker could take
 * it, since each of them waits for this very call.
 *
 * @since 0.1.0
 * @category combinators
 */
export const extend = (
  procedure: Procedure,
  { capacity, name }: Place
): Effect.Effect<ReadonlyArray<string>, NestedTooDeep> =>
  Effect.flatMap(CallChain, (calls) => {
    const chain = [...calls, capacity === undefined ? procedure._tag : `${name}/${procedure._tag}`]
    const refuse = (limit: number, reason: NestedTooDeep["reason"]) =>
      Effect.fail(new NestedTooDeep({ function: procedure._tag, endpoint: name, chain, limit, reason }))
    if (calls.length >= Limits.callDepth) return refuse(Limits.callDepth, "depth")
    if (capacity === undefined) return Effect.succeed(chain)
    const waiting = calls.filter((call) => call.startsWith(`${name}/`)).length
    return waiting >= capacity ? refuse(capacity, "capacity") : Effect.succeed(chain)
  })
