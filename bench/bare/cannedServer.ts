/**
 * A platform that knows one job, and that it is over: answers `/run` with its id and everything that asks for a status
 * (or for a result at once) with `ANSWER`, and `HEADERS` where they are given. A program; it sends its port when it listens and ends with its parent.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const accepted = Buffer.from(`{"id":"job-1","status":"IN_QUEUE"}`)
const answer = Buffer.from(process.env["ANSWER"] ?? "{}")
const headers: Record<string, string> = JSON.parse(process.env["HEADERS"] ?? "{}")

const server = createServer((request, response) => {
  request.resume()
  request.once("end", () => {
    const body = request.url?.endsWith("/run") === true ? accepted : answer
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length, ...headers })
    response.end(body)
  })
})
server.keepAliveTimeout = 120_000
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port))
process.once("disconnect", () => process.exit())
