/** Prints how long a bare server takes from nothing to its first answered request, in milliseconds. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { submit } from "./submit.ts"

const start = performance.now()
const server = createServer((request, response) => {
  request.resume().once("end", () => response.end("{}"))
})
server.listen(0, "127.0.0.1", async () => {
  await submit(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/bench/run`, "key")
  process.stdout.write(`${performance.now() - start}\n`)
  server.close()
  server.closeAllConnections()
})
