import { Effect } from "effect"
import { createServer } from "node:net"
import type { AddressInfo } from "node:net"

/** An address where nothing listens any more. */
export const nowhere = Effect.async<string>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo
    server.close(() => resume(Effect.succeed(`http://127.0.0.1:${port}`)))
  })
})
