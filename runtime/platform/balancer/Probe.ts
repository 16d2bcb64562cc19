/**
 * Asks a worker how it is: 200 is healthy, 204 is on its way, all else is unhealthy.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { request } from "node:http"

/**
 * @since 0.1.0
 * @category models
 */
export interface Target {
  readonly port: number
  readonly path: string
}

/**
 * @since 0.1.0
 * @category models
 */
export type Health = "initializing" | "healthy" | "unhealthy"

/** How long a worker may take to answer. */
const patience = "5 seconds"

/**
 * @since 0.1.0
 * @category running
 */
export const ask = ({ path, port }: Target): Effect.Effect<Health> =>
  Effect.async<Health>((resume) => {
    const sent = request({ host: "127.0.0.1", port, path }, (response) => {
      response.resume()
      const { statusCode } = response
      resume(Effect.succeed(statusCode === 200 ? "healthy" : statusCode === 204 ? "initializing" : "unhealthy"))
    })
    sent.once("error", () => resume(Effect.succeed("unhealthy")))
    sent.end()
    return Effect.sync(() => sent.destroy())
  }).pipe(
    Effect.timeoutTo({ duration: patience, onSuccess: (health) => health, onTimeout: () => "unhealthy" as const })
  )
