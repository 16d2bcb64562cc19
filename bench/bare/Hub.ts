/**
 * The platform without a platform: `node:http` that brings jobs to workers and results to callers, in memory, with the
 * routes and bodies of the job API and the worker API. It checks nothing, keeps nothing and times nothing out, so it
 * shows what the hops of a job cost by themselves.
 */
import { Effect } from "effect"
import type { Scope } from "effect"
import { createServer } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

export interface Hub {
  readonly origin: string
  /** `/v2/<endpoint>` */
  readonly prefix: string
  /** What a worker needs in its environment. */
  readonly workerEnvironment: Readonly<Record<string, string>>
  /** Queues a job, `{"input":…}`; succeeds with what the worker posts. */
  readonly runJob: (body: string) => Effect.Effect<string>
}

interface Taker {
  readonly response: ServerResponse
  /** Whether it asked for a list. */
  readonly isBatch: boolean
}

const answer = (response: ServerResponse, body: string): void => {
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) })
  response.end(body)
}

const read = (request: IncomingMessage, done: (body: string) => void): void => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.once("end", () => done(Buffer.concat(chunks).toString()))
}

const open = "{\"input\":"

const make = () => {
  let submitted = 0
  const queue: Array<string> = []
  const takers: Array<Taker> = []
  const results = new Map<string, string>()
  const waiting = new Map<string, (result: string) => void>()

  const dispatch = () => {
    while (queue.length > 0) {
      const taker = takers.shift()
      if (taker === undefined) return
      if (taker.response.destroyed) continue
      const job = queue.shift() ?? ""
      answer(taker.response, taker.isBatch ? `[${job}]` : job)
    }
  }

  const submit = (body: string): string => {
    const id = `job-${++submitted}`
    // the input is passed on as text: `{"input":…}` becomes `{"id":"…","input":…}`
    queue.push(`{"id":"${id}",${body.slice(1)}`)
    return id
  }

  const finish = (id: string, result: string) => {
    const resume = waiting.get(id)
    if (resume === undefined) results.set(id, result)
    else {
      waiting.delete(id)
      resume(result)
    }
  }

  const awaitResult = (id: string, resume: (result: string) => void) => {
    const result = results.get(id)
    if (result === undefined) waiting.set(id, resume)
    else {
      results.delete(id)
      resume(result)
    }
  }

  const server = createServer((request, response) => {
    const [path = ""] = (request.url ?? "").split("?", 1)
    const [, , , verb, first = "", second = ""] = path.split("/")
    switch (verb) {
      case "run":
        return read(request, (body) => {
          const id = submit(body)
          answer(response, `{"id":"${id}","status":"IN_QUEUE"}`)
          dispatch()
        })
      case "status-sync":
        return awaitResult(first, (result) =>
          answer(
            response,
            `{"delayTime":0,"executionTime":0,"id":"${first}","status":"COMPLETED","workerId":"w",${result.slice(1)}`
          ))
      case "job-take":
      case "job-take-batch":
        takers.push({ response, isBatch: verb === "job-take-batch" })
        return dispatch()
      case "job-done":
        return read(request, (body) => {
          answer(response, "{}")
          finish(second, body)
        })
      case "job-stop":
        // held: nothing is ever stopped
        return
      default:
        return answer(response, "{}")
    }
  })
  server.keepAliveTimeout = 120_000
  return { server, submit, dispatch, awaitResult }
}

/** Listens as long as the scope is open. */
export const hub: Effect.Effect<Hub, never, Scope.Scope> = Effect.gen(function*() {
  const { awaitResult, dispatch, server, submit } = make()
  yield* Effect.acquireRelease(
    Effect.async<void>((resume) => {
      server.listen(0, "127.0.0.1", () => resume(Effect.void))
    }),
    () =>
      Effect.sync(() => {
        server.close()
        server.closeAllConnections()
      })
  )
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const prefix = "/v2/bench"
  const base = `${origin}${prefix}`
  return {
    origin,
    prefix,
    workerEnvironment: {
      // the platform fills in the worker here, and leaves it to the worker everywhere else
      RUNPOD_WEBHOOK_GET_JOB: `${base}/job-take/w?gpu=CPU`,
      RUNPOD_WEBHOOK_POST_OUTPUT: `${base}/job-done/$RUNPOD_POD_ID/$ID?gpu=CPU`,
      RUNPOD_WEBHOOK_POST_STREAM: `${base}/job-stream/$RUNPOD_POD_ID/$ID?gpu=CPU`,
      RUNPOD_WEBHOOK_PING: `${base}/ping/$RUNPOD_POD_ID?gpu=CPU`,
      RUNPOD_PING_INTERVAL: "4000",
      RUNPOD_AI_API_KEY: "key",
      RUNPOD_AI_API_ID: "bench",
      RUNPOD_ENDPOINT_ID: "bench",
      RUNPOD_POD_ID: "w"
    },
    runJob: (body) =>
      Effect.async<string>((resume) => {
        if (!body.startsWith(open)) throw new TypeError(`not a job: ${body.slice(0, 80)}`)
        awaitResult(submit(body), (result) => resume(Effect.succeed(result)))
        dispatch()
      })
  }
})
