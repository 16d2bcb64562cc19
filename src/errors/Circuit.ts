/**
 * Endpoints that are left alone for a while.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * The endpoint is not called for a while, since too many of its last calls failed for reasons of the infrastructure.
 * Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class CircuitOpen extends Schema.TaggedError<CircuitOpen>("effect-flash/CircuitOpen")("CircuitOpen", {
  endpoint: Schema.String,
  /** When the next call is let through, in milliseconds since the epoch. */
  retryAt: Schema.Number,
  /** What the last of the failed calls failed with. */
  reason: Schema.String
}) {
  override get message() {
    return `Endpoint "${this.endpoint}" is not called before ${
      instant(this.retryAt)
    }, since too many of its last calls ` +
      `failed, the last one so: ${this.reason}`
  }
}

/**
 * None of the endpoints that a call may go to takes it: the circuit of each is open. Nothing was sent.
 *
 * @since 0.1.0
 * @category errors
 */
export class NoEndpointAvailable
  extends Schema.TaggedError<NoEndpointAvailable>("effect-flash/NoEndpointAvailable")("NoEndpointAvailable", {
    /** The endpoints there were to choose from. */
    endpoints: Schema.Array(Schema.String),
    /** When the first of them lets a call through again, in milliseconds since the epoch; absent where there is none. */
    retryAt: Schema.optional(Schema.Number)
  })
{
  override get message() {
    return this.retryAt === undefined
      ? "There is no endpoint to choose from: name at least one."
      : `No endpoint is available before ${instant(this.retryAt)}: the circuits of ${
        this.endpoints.join(", ")
      } are open.`
  }
}

const instant = (millis: number): string => {
  const date = new Date(millis)
  return Number.isNaN(date.getTime()) ? `${millis} ms` : date.toISOString()
}
