/**
 * What a handler tells while it runs, beside its result: the values of its stream and its progress.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { assertJson } from "../protocol/Codec.ts"
import type * as Codec from "../protocol/Codec.ts"

/**
 * What a handler tells while it runs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Channel {
  /**
   * Values of its stream, encoded by their schema. The stream is pulled again when this is done, and interrupted where
   * it fails, with why.
   */
  readonly emit: (values: ReadonlyArray<unknown>) => Effect.Effect<void, string>
  /** A JSON value. */
  readonly progress: (value: unknown) => Effect.Effect<void>
  /** How the payload and the result travel, in place of the server's codec. */
  readonly codec?: Codec.Codec
}

/**
 * Of a call that nobody listens to meanwhile.
 *
 * @since 0.1.0
 * @category constructors
 */
export const silent: Channel = {
  emit: () => Effect.fail("nobody reads its stream here"),
  progress: () => Effect.void
}

/**
 * What handlers report their progress with. A value that is no JSON is not reported, and a log line says why.
 *
 * @since 0.1.0
 * @category constructors
 */
export const reporter = ({ progress }: Channel) => (value: unknown): Effect.Effect<void> =>
  Effect.suspend(() => {
    let json: unknown
    try {
      json = JSON.parse(JSON.stringify(assertJson(value)))
    } catch (error) {
      return Effect.logWarning(`This progress is not reported: ${error instanceof Error ? error.message : error}`)
    }
    return progress(json)
  })
