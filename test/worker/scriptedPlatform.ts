/** A platform whose every answer is the test's: an HTTP server on loopback. */
import { Effect, Option, Redacted } from "effect"
import { createServer } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { WorkerConfig } from "../../runtime/worker/WorkerConfig.ts"

export interface Asked {
  readonly method: string | undefined
  readonly path: string
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

/** What the server does with one request; `nth` counts from 0. */
export type Script = (response: ServerResponse, nth: number, asked: Asked) => void

export const reply = (status: number, body = "", headers: Record<string, string> = {}): Script => (response) => {
  response.writeHead(status, headers)
  response.end(body)
}

export const reset: Script = (response) => {
  response.socket?.resetAndDestroy()
}

export const never: Script = () => {}

/** Answers the first request by the first script, and so on; the last one stays. */
export const inTurn = (...scripts: ReadonlyArray<Script>): Script => (response, nth, asked) =>
  (scripts[nth] ?? scripts.at(-1) ?? never)(response, nth, asked)

/** An answer that breaks off. */
export const halfAnAnswer: Script = (response) => {
  response.writeHead(200, { "content-length": "100" })
  response.write("{", () => response.socket?.resetAndDestroy())
}

/** The server, and the configuration of a worker that it is the platform of. */
export const make = (script: Script, overrides: Partial<WorkerConfig> = {}) =>
  Effect.gen(function*() {
    const asked: Array<Asked> = []
    let closed = 0
    const server = yield* Effect.acquireRelease(
      Effect.async<ReturnType<typeof createServer>>((resume) => {
        const server = createServer((request, response) => {
          const chunks: Array<Buffer> = []
          response.once("close", () => closed++)
          request.on("data", (chunk: Buffer) => chunks.push(chunk))
          request.on("end", () => {
            const one = {
              method: request.method,
              path: request.url ?? "",
              headers: request.headers,
              body: Buffer.concat(chunks).toString()
            }
            script(response, asked.push(one) - 1, one)
          })
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          server.closeAllConnections()
        })
    )
    // a server that listens on a port has an address of this kind
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const config: WorkerConfig = {
      workerId: "w1",
      takeUrl: `${url}/job-take/w1?gpu=CPU`,
      takeBatchUrl: Option.some(`${url}/job-take-batch/w1?gpu=CPU`),
      stopUrl: Option.some(`${url}/job-stop/w1?gpu=CPU`),
      doneUrl: (jobId) => `${url}/job-done/w1/${jobId}?gpu=CPU`,
      streamUrl: Option.some((jobId) => `${url}/job-stream/w1/${jobId}?gpu=CPU`),
      pingUrl: Option.some(`${url}/ping/w1?gpu=CPU`),
      pingInterval: 4000,
      apiKey: Redacted.make("rpa_KEY"),
      maxConcurrency: 1,
      maxThreads: 1,
      heapLimit: 256,
      refresh: false,
      exitWithStdin: false,
      ...overrides
    }
    return { asked, config, closedResponses: () => closed }
  })
