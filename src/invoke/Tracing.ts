/**
 * Spans of calls, made only where somebody looks at them: a span costs a third of what a call costs besides.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"

/** What stands in for a tracer where none was given: its spans go nowhere. */
const noTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

const parentOf = <A, E>(fiber: Fiber.RuntimeFiber<A, E>): Tracer.AnySpan | undefined =>
  fiber.currentContext.unsafeMap.get(Tracer.ParentSpan.key)

const isTraced = <A, E>(fiber: Fiber.RuntimeFiber<A, E>): boolean =>
  parentOf(fiber) !== undefined ||
  Context.get(fiber.getFiberRef(DefaultServices.currentServices), Tracer.Tracer) !== noTracer

/**
 * The span an effect runs in.
 *
 * @since 0.1.0
 * @category accessors
 */
export const parent: Effect.Effect<Tracer.AnySpan | undefined> = Effect.withFiberRuntime<
  Tracer.AnySpan | undefined
>((fiber) => Effect.succeed(parentOf(fiber)))

/**
 * Runs an effect in a span of that name where there is a tracer or a span above it. The effect is told of its span.
 *
 * @since 0.1.0
 * @category combinators
 */
export const traced = <A, E>(
  name: string,
  effect: (span: Tracer.AnySpan | undefined) => Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  Effect.withFiberRuntime<A, E>((fiber) =>
    isTraced(fiber)
      ? Effect.withSpan(Effect.flatMap(parent, effect), name, { kind: "client", captureStackTrace: false })
      : effect(undefined)
  )

/**
 * Runs a stream in a span of that name where there is a tracer or a span above it.
 *
 * @since 0.1.0
 * @category combinators
 */
export const tracedStream = <A, E>(name: string, stream: Stream.Stream<A, E>): Stream.Stream<A, E> =>
  Stream.unwrap(Effect.withFiberRuntime<Stream.Stream<A, E>>((fiber) =>
    Effect.succeed(
      isTraced(fiber) ? Stream.withSpan(stream, name, { kind: "client", captureStackTrace: false }) : stream
    )
  ))

/**
 * The W3C trace context of a span.
 *
 * @since 0.1.0
 * @category encoding
 */
export const traceparent = ({ sampled, spanId, traceId }: Tracer.AnySpan): string =>
  `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`

/**
 * The span that a W3C `traceparent` names: `00-<trace>-<span>-<flags>`.
 *
 * @since 0.1.0
 * @category encoding
 */
export const fromTraceparent = (traceparent: string): Tracer.ExternalSpan | undefined => {
  const [version, traceId, spanId, flags] = traceparent.split("-")
  return version === "00" && traceId?.length === 32 && spanId?.length === 16
    ? Tracer.externalSpan({ traceId, spanId, sampled: flags === "01" })
    : undefined
}
