/**
 * The front of load-balanced endpoints: `<id>.localhost` as RunPod has `<id>.api.runpod.ai`, and `/lb/<id>/…` for who
 * cannot choose a host. Checks the key, which workers never see, and finds a worker.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import { Agent } from "node:http"
import type { IncomingMessage, ServerResponse } from "node:http"
import type { Duplex } from "node:stream"
import * as Limits from "../../../src/protocol/Limits.ts"
import { refuse } from "../../worker/http/Refusal.ts"
import type { Endpoint, Endpoints } from "../Endpoints.ts"
import { problem } from "../http/HttpServer.ts"
import type { Reply } from "../http/HttpServer.ts"
import * as Affinity from "./Affinity.ts"
import { NoWorker } from "./Balancer.ts"
import type { Balancer } from "./Balancer.ts"
import * as Proxy from "./Proxy.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly endpoints: Endpoints
  readonly balancer: Balancer
  /** The endpoint that an environment of a flash app has by that name. */
  readonly resolve: (app: string, environment: string, endpoint: string) => string | undefined
  /** Gives a request what befalls it before it is looked at: `undefined` where it goes on. */
  readonly strike?: (message: IncomingMessage) => Effect.Effect<Reply | undefined>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Gateway {
  /** Takes a request that is for a load-balanced endpoint; `false`: it is for somebody else. */
  readonly take: (message: IncomingMessage, response: ServerResponse) => boolean
  /** The same of one for another protocol, which nobody else serves. */
  readonly takeUpgrade: (message: IncomingMessage, socket: Duplex, head: Buffer) => void
}

/** How long a worker may take over one request. */
const requestLimit = "330 seconds"

/** Whom a request is for. */
interface Destination {
  /** The id of an endpoint, or `flash`: then headers name it. */
  readonly label: string
  readonly target: string
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Gateway, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { balancer, endpoints } = options
    const fork = yield* FiberSet.makeRuntime<never>()
    const agent = yield* Effect.acquireRelease(
      Effect.sync(() => new Agent({ keepAlive: true, maxSockets: Infinity })),
      (agent) => Effect.sync(() => agent.destroy())
    )

    const destinationOf = ({ headers, url = "/" }: IncomingMessage): Destination | undefined => {
      const host = (headers.host ?? "").replace(/:\d+$/, "").toLowerCase()
      const label = host.split(".", 1)[0] ?? ""
      if (host !== label && (host.endsWith(".localhost") || endpoints.get(label) !== undefined)) {
        return { label, target: url }
      }
      const [, id, target] = /^\/lb\/([^/?]+)(.*)$/.exec(url) ?? []
      return id === undefined
        ? undefined
        : { label: id, target: target?.startsWith("/") === true ? target : `/${target}` }
    }

    /** The endpoint of a request that may call it, or why not. */
    const admit = ({ headers }: IncomingMessage, { label }: Destination): Endpoint | Reply => {
      const names = ["x-flash-app", "x-flash-environment", "x-flash-endpoint"].map((name) =>
        String(headers[name] ?? "")
      )
      const [app = "", environment = "", name = ""] = names
      const id = label === "flash" ? options.resolve(app, environment, name) : label
      const endpoint = id === undefined ? undefined : endpoints.get(id)
      switch (endpoints.authorize(endpoint, headers.authorization)) {
        case "account":
          break
        case "nobody":
          return problem(401, "Unauthorized", "no token provided")
        default:
          return problem(401, "Unauthorized", "invalid api key")
      }
      if (endpoint === undefined) return problem(404, "Not Found", `endpoint ${id ?? name} not found`)
      return endpoint.config.kind === "LOAD_BALANCER" ? endpoint : failure(400, { error: "not allowed for QB API" })
    }

    /** Finds a worker for a request and lets it be passed on; a worker that nobody listens at has not seen it. */
    const serve = <E>(
      message: IncomingMessage,
      { target }: Destination,
      endpoint: Endpoint,
      pass: (exchange: Proxy.Exchange) => Effect.Effect<void, E | Proxy.Unreached>
    ): Effect.Effect<void, E | NoWorker> => {
      if (endpoint.config.workersMax === 0) {
        return Effect.fail(new NoWorker({ reason: "none", detail: "the endpoint may have no workers" }))
      }
      const affinity = Affinity.parse(textOf(message.headers[Affinity.header]))
      const attempt: Effect.Effect<void, E | NoWorker> = Effect.suspend(() =>
        Effect.scoped(Effect.flatMap(
          balancer.lease(endpoint.id, affinity),
          (member) =>
            Effect.mapError(
              pass({ member, token: balancer.token, agent, message, target }),
              (error) => ({ error, member })
            )
        ))
      ).pipe(Effect.catchAll((failed) => {
        if (!("member" in failed)) return Effect.fail(failed)
        if (failed.error instanceof Proxy.Unreached) {
          balancer.suspect(failed.member.id)
          return attempt
        }
        if (failed.error instanceof Proxy.Broken) balancer.suspect(failed.member.id)
        return Effect.fail(failed.error)
      }))
      return attempt
    }

    const struck = options.strike ?? (() => Effect.succeed(undefined))

    const run = (message: IncomingMessage, response: ServerResponse, destination: Destination): Effect.Effect<void> =>
      Effect.gen(function*() {
        const no = (answer: Reply) => reply(message, response, answer)
        const befallen = yield* struck(message)
        if (befallen !== undefined) return yield* no(befallen)
        const endpoint = admit(message, destination)
        if ("status" in endpoint) return yield* no(endpoint)
        if (Number(message.headers["content-length"] ?? 0) > Limits.loadBalancerBody) return yield* no(tooLarge)
        const answered = yield* serve(message, destination, endpoint, (exchange) =>
          Effect.timeoutFail(Proxy.pass(exchange, response), {
            duration: requestLimit,
            onTimeout: () =>
              "timeout" as const
          })).pipe(Effect.either)
        if (answered._tag === "Left") {
          yield* no(refusalOf(answered.left))
        }
      })

    const runUpgrade = (message: IncomingMessage, socket: Duplex, head: Buffer): Effect.Effect<void> =>
      Effect.gen(function*() {
        const destination = destinationOf(message)
        if (destination === undefined) {
          return replyRaw(socket, notFound)
        }
        const befallen = yield* struck(message)
        if (befallen !== undefined) {
          return replyRaw(socket, befallen)
        }
        const endpoint = admit(message, destination)
        if ("status" in endpoint) {
          return replyRaw(socket, endpoint)
        }
        const passed = yield* serve(
          message,
          destination,
          endpoint,
          (exchange) =>
            Proxy.passUpgrade(exchange, socket, head)
        ).pipe(Effect.either)
        if (passed._tag === "Left") replyRaw(socket, refusalOf(passed.left))
      })

    return {
      take(message, response) {
        const destination = destinationOf(message)
        if (destination === undefined) {
          return false
        }
        const fiber = fork(run(message, response, destination))
        response.once("close", () => fiber.unsafeInterruptAsFork(fiber.id()))
        return true
      },
      takeUpgrade(message, socket, head) {
        const fiber = fork(runUpgrade(message, socket, head))
        socket.on("error", () => {}).once("close", () => fiber.unsafeInterruptAsFork(fiber.id()))
      }
    }
  })

const textOf = (header: string | ReadonlyArray<string> | undefined): string | undefined =>
  typeof header === "string" ? header : header?.[0]

const failure = (status: number, body: Readonly<Record<string, string>>): Reply => ({
  status,
  body: JSON.stringify(body)
})

const tooLarge = problem(413, "Payload Too Large", `the request is over ${Limits.loadBalancerBody} bytes`)

const notFound = problem(404, "Not Found", "no such route")

const refusalOf = (error: NoWorker | Proxy.Broken | Proxy.TooLarge | "timeout"): Reply => {
  if (error === "timeout") return problem(504, "Gateway Timeout", `the worker took longer than ${requestLimit}`)
  switch (error._tag) {
    case "TooLarge":
      return tooLarge
    case "Broken":
      return problem(502, "Bad Gateway", error.detail)
    case "NoWorker":
      switch (error.reason) {
        case "gone":
          return failure(404, { error: error.detail, reason: "affinity_worker_gone" })
        case "timeout":
          return failure(400, { error: error.detail, reason: "worker_timeout" })
        case "none":
          return failure(400, { error: "no workers available", detail: error.detail })
      }
  }
}

/** An answer that has begun can only be broken off. */
const reply = (
  message: IncomingMessage,
  response: ServerResponse,
  { body = "", isDropped, status }: Reply
): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (!response.headersSent && isDropped !== true) return refuse(message, response, status, body)
    response.destroy()
    return Effect.void
  })

const replyRaw = (socket: Duplex, { body = "", isDropped, status }: Reply): void => {
  if (isDropped === true) return void socket.destroy()
  socket.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\nconnection: close\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  )
}
