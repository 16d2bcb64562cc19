import { describe, expect, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { CpuLiveServerless, Flash, remote } from "effect-flash"
import * as Tracing from "../../src/invoke/Tracing.ts"

const cpu = CpuLiveServerless.make("traced")

/** The trace that the handler runs in. */
const trace = remote(
  "trace",
  { resource: cpu, success: Schema.String },
  () => Effect.map(Effect.orDie(Effect.currentSpan), ({ traceId }) => traceId)
)

const call = trace().pipe(Flash.provide, Effect.provide(Flash.layerInline))

describe("a call", () => {
  it.effect("inside a span runs its handler in the same trace", () =>
    Effect.gen(function*() {
      const { traceId } = yield* Effect.currentSpan
      expect(yield* call).toBe(traceId)
    }).pipe(Effect.withSpan("caller")))

  it.effect("outside any span starts none at its caller, and its handler has a trace of its own", () =>
    Effect.gen(function*() {
      expect(yield* Tracing.parent).toBeUndefined()
      expect(yield* call).toMatch(/^[0-9a-f]{32}$/)
    }))
})

describe("the trace context", () => {
  it.effect("is that of W3C", () =>
    Effect.gen(function*() {
      const span = yield* Effect.currentSpan
      expect(Tracing.traceparent(span)).toBe(`00-${span.traceId}-${span.spanId}-01`)
      expect(Tracing.traceparent(span)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    }).pipe(Effect.withSpan("caller")))
})
