/**
 * Chooses one of several endpoints for each call. What is chosen counts as busy until the scope is closed, and an
 * endpoint whose circuit is open is not chosen.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import type { EndpointService } from "../Endpoint.ts"
import type { Metrics } from "../observability/Metrics.ts"
import { NoEndpointAvailable } from "../RemoteError.ts"
import type { Strategy } from "./ReliabilityConfig.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface EndpointSelector {
  /**
   * One of the candidates. Fails with `NoEndpointAvailable` where none of them takes a call, and says when one will.
   */
  readonly acquire: <A extends Candidate>(
    candidates: ReadonlyArray<A>
  ) => Effect.Effect<A, NoEndpointAvailable, Scope.Scope>
  /** How many are acquired, by name; those with none are left out. */
  readonly inFlight: Effect.Effect<ReadonlyMap<string, number>>
}

/**
 * An endpoint, known by its name. Without a circuit it takes every call.
 *
 * @since 0.1.0
 * @category models
 */
export type Candidate = Pick<EndpointService, "name" | "circuit">

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** `first`: the first that takes a call. */
  readonly strategy: Strategy | "first"
  readonly metrics: Metrics
}

/** Of so many endpoints it is remembered when they had their last turn. */
const maxTurns = 1024

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ metrics, strategy }: Options): EndpointSelector => {
  const inFlight = new Map<string, number>()
  // by turn: the list of candidates may be another one each time, and a counter over it would favour some of them
  const turns = new Map<string, number>()
  let turn = 0

  const busy = ({ name }: Candidate): number => inFlight.get(name) ?? 0

  const take = <A extends Candidate>(chosen: A, candidates: number): A => {
    const { name } = chosen
    inFlight.set(name, busy(chosen) + 1)
    turns.delete(name)
    turns.set(name, ++turn)
    if (turns.size > maxTurns) {
      for (const [oldest] of turns) {
        turns.delete(oldest)
        break
      }
    }
    metrics.selected(name, strategy, candidates)
    return chosen
  }

  const release = (chosen: Candidate) =>
    Effect.sync(() => {
      const left = busy(chosen) - 1
      if (left > 0) inFlight.set(chosen.name, left)
      else inFlight.delete(chosen.name)
    })

  /** The first of those that are least. */
  const least = <A extends Candidate>(candidates: ReadonlyArray<A>, ...measures: ReadonlyArray<(a: A) => number>) =>
    candidates.reduce((best, next) => {
      const measure = measures.find((measure) => measure(next) !== measure(best))
      return measure !== undefined && measure(next) < measure(best) ? next : best
    })

  const lastTurn = ({ name }: Candidate): number => turns.get(name) ?? 0

  const choose = <A extends Candidate>(available: ReadonlyArray<A>, drawn: number): A => {
    switch (strategy) {
      case "first":
        return least(available)
      case "round_robin":
        return least(available, lastTurn)
      case "least_connections":
        return least(available, busy, lastTurn)
      case "random":
        return available[drawn] ?? least(available)
    }
  }

  return {
    acquire: (candidates) =>
      Effect.acquireRelease(
        Effect.flatMap(Effect.forEach(candidates, opensAt), (times) => {
          const available = candidates.filter((_, index) => times[index] === undefined)
          const retryAt = Math.min(...times.filter((time) => time !== undefined))
          return available.length > 0
            ? Effect.map(Random.nextIntBetween(0, available.length), (drawn) =>
              take(choose(available, drawn), available.length))
            : Effect.fail(
              new NoEndpointAvailable({
                endpoints: candidates.map(({ name }) =>
                  name
                ),
                ...(Number.isFinite(retryAt) ? { retryAt } : {})
              })
            )
        }),
        release
      ),
    inFlight: Effect.sync(() => new Map(inFlight))
  }
}

/** When an endpoint takes a call; `undefined` is now. */
const opensAt = ({ circuit }: Candidate): Effect.Effect<number | undefined> =>
  circuit === undefined ?
    Effect.succeed(undefined) :
    Effect.map(circuit.state, (state) =>
      state._tag === "Closed" || (state._tag === "HalfOpen" && state.permits > 0) ? undefined : state.until)
