/**
 * What stands between a call and its endpoint: the circuit breaker, the repetition of what may be repeated, and the
 * metrics. A call that goes well pays for two handlers and some numbers that change.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { EndpointService, Job } from "../Endpoint.ts"
import * as Metrics from "../observability/Metrics.ts"
import { DefinitionId } from "../Procedure.ts"
import type { Procedure } from "../Procedure.ts"
import type { SubmitOptions } from "../protocol/CallOptions.ts"
import * as CircuitBreaker from "../reliability/CircuitBreaker.ts"
import * as CircuitBreakers from "../reliability/CircuitBreakers.ts"
import { ReliabilityConfig } from "../reliability/ReliabilityConfig.ts"
import * as RetryPolicy from "../reliability/RetryPolicy.ts"
import { isRemoteError } from "../RemoteError.ts"
import type { CircuitOpen, RemoteError } from "../RemoteError.ts"
import * as PerProcedure from "./PerProcedure.ts"

/**
 * The same endpoint, made reliable.
 *
 * @since 0.1.0
 * @category models
 */
export type Reliable = (service: EndpointService) => EndpointService

/**
 * As `ReliabilityConfig` says, with the breakers in the context or breakers of its own.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Reliable> = Effect.gen(function*() {
  const settings = yield* ReliabilityConfig
  const metrics = Metrics.make(settings.metrics)
  const given = yield* Effect.serviceOption(CircuitBreakers.CircuitBreakers)
  const breakers = Option.isSome(given) ? given.value : yield* CircuitBreakers.make

  return (service) => {
    const breaker = settings.circuitBreaker.enabled ? breakers.get(service.name) : undefined
    const retries = metrics.retry(service.name)
    const watchOf = PerProcedure.make((procedure) =>
      makeWatch(procedure, breaker, metrics.calls(service.name, procedure._tag))
    )

    /** Repeated where its function may be run twice, and only after what says that it may not have run. */
    const guarded = <A, E>(procedure: Procedure, { isPlatforms, once }: Guard, effect: Effect.Effect<A, E>) =>
      procedure[DefinitionId].idempotent
        ? RetryPolicy.retry(once(effect), {
          config: settings.retry,
          metrics: retries,
          while: (error) => isPlatforms(error) && RetryPolicy.mayBeRepeated(error)
        })
        : once(effect)

    const { jobs, stream } = service
    return {
      ...service,
      ...(breaker === undefined ? {} : { circuit: breaker }),
      // never repeated: its reader has values already
      ...(stream === undefined ? {} : {
        stream: (procedure: Procedure, payload: unknown, options?: SubmitOptions) =>
          watched(stream(procedure, payload, options), watchOf(procedure).call.once)
      }),
      ...(jobs === undefined ? {} : {
        jobs: {
          submit: (procedure: Procedure, payload: unknown, options?: SubmitOptions) => {
            const watch = watchOf(procedure)
            const submission = guarded(procedure, watch.submission, jobs.submit(procedure, payload, options))
            return Effect.map(submission, (job) => followed(job, watch))
          },
          // what was accepted is found again also where nothing more is to be sent
          attach: (procedure: Procedure, jobId: string) =>
            Effect.map(jobs.attach(procedure, jobId), (job) => followed(job, watchOf(procedure)))
        }
      }),
      execute: (procedure, payload, options) =>
        guarded(procedure, watchOf(procedure).call, service.execute(procedure, payload, options))
    }
  }
})

/** A job whose end says of the endpoint what that of a call does. */
const followed = (job: Job, { outcome }: Watch): Job => ({ ...job, await: outcome(job.await) })

/** The stream, where the effect that stands for all of its run is let through; that ends as the stream does. */
const watched = (
  stream: Stream.Stream<unknown, unknown>,
  watch: Guard["once"]
): Stream.Stream<unknown, unknown> =>
  Stream.unwrapScoped(Effect.gen(function*() {
    const begun = yield* Deferred.make<void, unknown>()
    const over = yield* Deferred.make<void, unknown>()
    const run = Effect.zipRight(Deferred.succeed(begun, undefined), Deferred.await(over))
    // a reader that wants no more of it interrupts it with its scope
    const watching = yield* Effect.forkScoped(
      Effect.tapErrorCause(watch(run), (cause) => Deferred.failCause(begun, cause))
    )
    yield* Deferred.await(begun)
    const end = (exit: Exit.Exit<void, unknown>) => Effect.zipRight(Deferred.done(over, exit), Fiber.await(watching))
    return stream.pipe(
      Stream.onError((cause) => end(Exit.failCause(cause))),
      Stream.onEnd(Effect.suspend(() => end(Exit.void)))
    )
  }))

interface Guard {
  /** Tries it once: where the circuit lets it through, and counted. */
  readonly once: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E | CircuitOpen>
  /** Tells a `RemoteError` of this call from one that the function itself fails with. */
  readonly isPlatforms: IsPlatforms
}

type IsPlatforms = (error: unknown) => error is RemoteError

interface Watch {
  readonly call: Guard
  /** It ends before its job does: its errors are never the function's, and its time is not that of a call. */
  readonly submission: Guard
  /** Lets it through in any case, and looks at how it ends. */
  readonly outcome: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>
}

const makeWatch = (
  procedure: Procedure,
  breaker: CircuitBreaker.CircuitBreaker | undefined,
  calls: Metrics.CallMetrics
): Watch => {
  // a procedure is erased: of its schemas only this is known
  const isOwn = Schema.is(procedure.errorSchema as Schema.Schema<unknown>)
  // a handler may have made remote calls of its own and declared their errors
  const isPlatforms: IsPlatforms = (error) => isRemoteError(error) && !isOwn(error)
  const outcomeOf = outcomeBy(isPlatforms)
  return {
    call: { isPlatforms, once: admitted(breaker, calls, isPlatforms) },
    submission: {
      isPlatforms: isRemoteError,
      once: admitted(breaker, { ...calls, ended: (status) => calls.ended(status, undefined) }, isRemoteError)
    },
    outcome: (effect) =>
      breaker === undefined ? effect : Effect.withFiberRuntime((fiber) => {
        const now = CircuitBreaker.nowOf(fiber)
        const admission = breaker.unsafeWatch(now)
        return admission === undefined ?
          effect :
          Effect.onExit(effect, (exit) =>
            Effect.sync(() =>
              breaker.unsafeLeave(admission, Exit.isSuccess(exit) ? undefined : exit.cause, outcomeOf, now)
            ))
      })
  }
}

const outcomeBy = (isPlatforms: IsPlatforms) => (error: unknown): CircuitBreaker.Outcome =>
  isPlatforms(error) ? CircuitBreaker.outcomeOf(error) : "success"

/** Breaker and metrics in one pair of handlers: on the path of a good call they are all that is there. */
const admitted = (
  breaker: CircuitBreaker.CircuitBreaker | undefined,
  calls: Metrics.CallMetrics,
  isPlatforms: IsPlatforms
): Guard["once"] => {
  const outcomeOf = outcomeBy(isPlatforms)
  const statusOf = (cause: Cause.Cause<unknown>) => {
    const failure = Cause.failureOption(cause)
    if (Option.isSome(failure)) return isPlatforms(failure.value) ? "error" : "failure"
    return Cause.isInterrupted(cause) ? "interrupted" : "failure"
  }
  return (effect) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.withFiberRuntime((fiber) => {
        const now = CircuitBreaker.nowOf(fiber)
        const start = now()
        const admission = breaker === undefined ? 0 : breaker.unsafeEnter(now)
        if (typeof admission !== "number") {
          calls.rejected()
          return Effect.fail(admission)
        }
        calls.started()
        return Effect.matchCauseEffect(restore(effect), {
          onSuccess(value) {
            breaker?.unsafeLeave(admission, undefined, outcomeOf, now)
            calls.ended("success", now() - start)
            return Effect.succeed(value)
          },
          onFailure(cause) {
            breaker?.unsafeLeave(admission, cause, outcomeOf, now)
            calls.ended(statusOf(cause), now() - start)
            return Effect.failCause(cause)
          }
        })
      })
    )
}
