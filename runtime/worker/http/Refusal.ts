/**
 * The answer to a request whose body is not wanted.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type { IncomingMessage, ServerResponse } from "node:http"

/** How long a body is read on after the answer. */
const patience = "5 seconds"

/**
 * Answers at once and closes the connection after the body, which is thrown away as it comes. A connection that is
 * closed under a body is reset, and its client sees that instead of the answer; so the end of the body is waited for,
 * within a bound.
 *
 * @since 0.1.0
 * @category running
 */
export const refuse = (
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: string
): Effect.Effect<void> =>
  Effect.async<void>((resume) => {
    const done = () => resume(Effect.void)
    response.writeHead(status, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      connection: "close"
    })
    // the whole answer is with the client before it is ended here
    if (body === "") response.flushHeaders()
    else response.write(body)
    if (request.readableEnded || request.destroyed) return done()
    request.once("end", done).once("close", done).resume()
  }).pipe(
    Effect.timeoutOption(patience),
    Effect.ensuring(Effect.sync(() => response.end())),
    Effect.asVoid
  )
