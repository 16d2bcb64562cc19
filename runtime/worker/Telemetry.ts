/**
 * What the worker sends to a collector: spans, metrics and logs of the functions it runs. A module of its own, since a
 * worker without a collector does not load it.
 *
 * @since 0.1.0
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import * as OpenTelemetry from "../../src/observability/OpenTelemetry.ts"
import { version } from "./version.ts"

const { FLASH_RESOURCE_NAME, RUNPOD_ENDPOINT_ID, RUNPOD_POD_ID } = process.env

/** What is not sent within a second of a kill is lost. */
const telemetry = OpenTelemetry.layer({
  serviceName: FLASH_RESOURCE_NAME ?? "effect-flash-worker",
  serviceVersion: version,
  attributes: {
    ...(RUNPOD_POD_ID === undefined ? {} : { "service.instance.id": RUNPOD_POD_ID }),
    ...(RUNPOD_ENDPOINT_ID === undefined ? {} : { "runpod.endpoint.id": RUNPOD_ENDPOINT_ID })
  },
  interval: "1 second",
  shutdownTimeout: "700 millis"
})

/**
 * The runtime of handlers. A collector that cannot be used is a line in the log, and no reason not to work.
 *
 * @since 0.1.0
 * @category runtimes
 */
export const runtime: Effect.Effect<Runtime.Runtime<never>, never, Scope.Scope> = Layer.toRuntime(
  Layer.catchAllCause(
    telemetry,
    (cause) =>
      Layer.effectDiscard(Effect.logWarning(`Nothing is sent to OTEL_EXPORTER_OTLP_ENDPOINT: ${Cause.pretty(cause)}`))
  )
)
