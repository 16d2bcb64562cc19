/**
 * A port that nobody listens on, for a worker that starts next. Should somebody else take it before, the worker ends and
 * is started again with another.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"

/**
 * @since 0.1.0
 * @category accessors
 */
export const find: Effect.Effect<number> = Effect.async((resume) => {
  const server = createServer()
  server.once("error", (error) => resume(Effect.die(error)))
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})
