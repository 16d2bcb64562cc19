/** A server that takes archives by `PUT` and gives them by `GET`, as an S3-compatible store does, with faults. */
import { Effect } from "effect"
import type { Scope } from "effect"
import { createServer } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** `before` and `after` break the connection; a number is an answer in place of the effect; `hang` never answers. */
export type Fault = "before" | "after" | "hang" | number

export interface ObjectStore {
  /** As `http://127.0.0.1:49152/bucket`. */
  readonly url: string
  /** By their paths. */
  readonly objects: Map<string, Buffer>
  /** What was asked, as `PUT /bucket/a.tar.gz`, without queries. */
  readonly requests: Array<string>
  /** Queries of requests. */
  readonly queries: Array<URLSearchParams>
  /** What befalls the next uploads, one each. */
  readonly faults: Array<Fault>
  /** Uploads that are held. */
  held: number
}

export const make: Effect.Effect<ObjectStore, never, Scope.Scope> = Effect.gen(function*() {
  const store: Omit<ObjectStore, "url"> = { objects: new Map(), requests: [], queries: [], faults: [], held: 0 }
  const put = async (path: string, request: IncomingMessage, response: ServerResponse) => {
    const fault = store.faults.shift()
    if (fault === "before") return void request.socket.destroy()
    const chunks: Array<Buffer> = []
    for await (const chunk of request) chunks.push(chunk)
    if (typeof fault === "number") return void response.writeHead(fault).end()
    store.objects.set(path, Buffer.concat(chunks))
    if (fault === "after") return void request.socket.destroy()
    if (fault === "hang") store.held++
    else response.end()
  }
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://store")
    const path = decodeURIComponent(pathname)
    store.requests.push(`${request.method} ${path}`)
    store.queries.push(searchParams)
    if (request.method === "PUT") return void put(path, request, response).catch(() => {})
    const found = store.objects.get(path)
    response.writeHead(found === undefined ? 404 : 200, { "content-length": found?.length ?? 0 }).end(found)
  })
  yield* Effect.acquireRelease(
    Effect.async<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () =>
      Effect.sync(() => {
        server.closeAllConnections()
        server.close()
      })
  )
  const { port } = server.address() as AddressInfo
  return Object.assign(store, { url: `http://127.0.0.1:${port}/bucket` })
})
