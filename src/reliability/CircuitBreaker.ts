/**
 * Leaves an endpoint alone for a while that keeps failing, so that callers learn it at once instead of paying for it.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Predicate from "effect/Predicate"
import * as PubSub from "effect/PubSub"
import * as Stream from "effect/Stream"
import type * as Endpoint from "../Endpoint.ts"
import { CircuitOpen } from "../RemoteError.ts"
import type { RemoteError } from "../RemoteError.ts"
import * as Circuit from "./Circuit.ts"
import type { Outcome } from "./Circuit.ts"
import type { CircuitBreakerConfig } from "./ReliabilityConfig.ts"

export type {
  /**
   * What a call says of its endpoint.
   *
   * @since 0.1.0
   * @category models
   */
  Outcome
} from "./Circuit.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type State = Endpoint.CircuitState

/**
 * Counted since the breaker was made. Times are milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface Stats {
  readonly state: State
  /** Calls that were let through. */
  readonly totalRequests: number
  readonly totalFailures: number
  /** Calls that were not let through. */
  readonly totalRejected: number
  readonly lastFailureAt: number | undefined
  /** What the last failure said. */
  readonly lastFailure: string | undefined
  readonly stateChangedAt: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface CircuitBreaker extends Endpoint.Circuit {
  readonly endpoint: string
  readonly stats: Effect.Effect<Stats>
  /**
   * Runs an effect where the circuit lets it through, and fails with `CircuitOpen` where it does not. `outcomeOf` says
   * what a failure says of the endpoint; a success and a defect say that it answers, an interruption says nothing.
   */
  readonly protect: <A, E, R>(
    effect: Effect.Effect<A, E, R>,
    outcomeOf: (error: E) => Outcome
  ) => Effect.Effect<A, E | CircuitOpen, R>
  /** Closes it, with no outcomes. */
  readonly reset: Effect.Effect<void>
  /** The first half of `protect`: lets a call through, or gives the error that it fails with. */
  readonly unsafeEnter: (now: Now) => Admission | CircuitOpen
  /**
   * In place of `unsafeEnter` for what goes through in any case; nothing where its outcome does not count, since the
   * circuit is not closed.
   */
  readonly unsafeWatch: (now: Now) => Admission | undefined
  /** The second half, which has to follow however the call ended; `undefined` is a success. */
  readonly unsafeLeave: <E>(
    admission: Admission,
    cause: Cause.Cause<E> | undefined,
    outcomeOf: (error: E) => Outcome,
    now: Now
  ) => void
}

/**
 * Milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export type Now = () => number

/**
 * What a call was let through with.
 *
 * @since 0.1.0
 * @category models
 */
export type Admission = number

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly endpoint: string
  readonly config: CircuitBreakerConfig
  /** Called for each change, with the names `closed`, `open` and `half_open`. */
  readonly onChange?: (previous: string, next: string) => void
}

/**
 * What an error says of the endpoint. Only what the platform or a worker is to blame for is a failure; a call that
 * could not be made, a busy endpoint and a key that is refused say nothing, and want another answer than to wait.
 *
 * `JobFailed` says nothing either: with a worker of somebody else's it is how a function's own exception arrives.
 *
 * @since 0.1.0
 * @category guards
 */
export const outcomeOf = (error: RemoteError): Outcome => {
  switch (error._tag) {
    case "TransportFailed":
    case "WorkerLost":
    case "JobTimedOut":
    case "ProvisionFailed":
      return "failure"
    case "UnexpectedStatus":
      return error.status >= 500 ? "failure" : "ignored"
    default:
      return "ignored"
  }
}

const names = { Closed: "closed", Open: "open", HalfOpen: "half_open" } as const

/**
 * The time of a fiber's clock. It never goes back, as the wall clock may where it is set.
 *
 * @since 0.1.0
 * @category accessors
 */
export const nowOf = <A, E>(fiber: Fiber.RuntimeFiber<A, E>): Now => {
  const clock = Context.get(fiber.getFiberRef(DefaultServices.currentServices), Clock.Clock)
  return () => Number(clock.unsafeCurrentTimeNanos()) / 1e6
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ config, endpoint, onChange }: Options): CircuitBreaker => {
  // making a hub takes no time and needs nothing
  const hub = Effect.runSync(PubSub.unbounded<State>())
  const stats: { -readonly [K in keyof Omit<Stats, "state">]: Stats[K] } = {
    totalRequests: 0,
    totalFailures: 0,
    totalRejected: 0,
    lastFailureAt: undefined,
    lastFailure: undefined,
    stateChangedAt: undefined
  }
  const circuit = Circuit.make({
    failureThreshold: config.failureThreshold,
    successThreshold: config.successThreshold,
    timeout: Duration.toMillis(config.timeout),
    windowSize: config.windowSize,
    onChange(previous, next, at) {
      stats.stateChangedAt = at
      hub.unsafeOffer(next)
      onChange?.(names[previous], names[next._tag])
    }
  })

  const look = <A>(f: (now: Now) => A): Effect.Effect<A> =>
    Effect.withFiberRuntime<A>((fiber) => Effect.succeed(f(nowOf(fiber))))
  const state = look(circuit.state)

  const untilOver = (seen: State): Effect.Effect<void> =>
    seen._tag !== "Open" ?
      Effect.void :
      Effect.flatMap(look((now) => seen.until - now()), (rest) =>
        rest <= 0 ? state : Effect.zipRight(Effect.sleep(Math.ceil(rest)), untilOver(seen)))

  const unsafeEnter = (now: Now): Admission | CircuitOpen => {
    const admission = circuit.admit(now)
    if (admission !== undefined) {
      stats.totalRequests++
      return admission
    }
    stats.totalRejected++
    const current = circuit.state(now)
    return new CircuitOpen({
      endpoint,
      retryAt: current._tag === "Closed" ? now() : current.until,
      reason: stats.lastFailure ?? "no reason given"
    })
  }

  const unsafeLeave: CircuitBreaker["unsafeLeave"] = (admission, cause, outcomeOf, now) => {
    if (cause === undefined) return circuit.record(admission, "success", now)
    const failure = Cause.failureOption(cause)
    if (failure._tag === "None") {
      return circuit.record(admission, Cause.isInterrupted(cause) ? "ignored" : "success", now)
    }
    const outcome = outcomeOf(failure.value)
    if (outcome === "failure") {
      stats.totalFailures++
      stats.lastFailureAt = now()
      stats.lastFailure = Predicate.hasProperty(failure.value, "message")
        ? String(failure.value.message)
        : String(failure.value)
    }
    circuit.record(admission, outcome, now)
  }

  const protect: CircuitBreaker["protect"] = (effect, outcomeOf) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.withFiberRuntime((fiber) => {
        const now = nowOf(fiber)
        const admission = unsafeEnter(now)
        if (typeof admission !== "number") return Effect.fail(admission)
        return Effect.matchCauseEffect(restore(effect), {
          onSuccess(a) {
            unsafeLeave(admission, undefined, outcomeOf, now)
            return Effect.succeed(a)
          },
          onFailure(cause) {
            unsafeLeave(admission, cause, outcomeOf, now)
            return Effect.failCause(cause)
          }
        })
      })
    )

  return {
    endpoint,
    state,
    changes: Stream.unwrapScoped(Effect.gen(function*() {
      const changes = Stream.fromQueue(yield* PubSub.subscribe(hub))
      const again = Stream.fromQueue(yield* PubSub.subscribe(hub))
      const now = yield* state
      return Stream.make(now).pipe(
        Stream.concat(changes),
        // one may have been seen twice: as the state at first, and as the change to it
        Stream.changesWith((a, b) => a._tag === b._tag),
        // nobody else may look when the time of an open circuit is over
        Stream.merge(Stream.drain(Stream.mapEffect(Stream.concat(Stream.make(now), again), untilOver)), {
          haltStrategy: "left"
        })
      )
    })),
    stats: Effect.map(state, (state) => ({ ...stats, state })),
    protect,
    reset: look(circuit.reset),
    unsafeEnter,
    unsafeWatch: circuit.watch,
    unsafeLeave
  }
}
