/** The platform's APIs without its server and without workers. */
import { Effect, Redacted } from "effect"
import * as Artifacts from "../../../runtime/platform/control/Artifacts.ts"
import * as Stock from "../../../runtime/platform/control/catalog/Stock.ts"
import * as Control from "../../../runtime/platform/control/Control.ts"
import * as Faults from "../../../runtime/platform/control/Faults.ts"
import * as Logins from "../../../runtime/platform/control/Logins.ts"
import * as RateLimits from "../../../runtime/platform/control/RateLimits.ts"
import * as ResourceStore from "../../../runtime/platform/control/ResourceStore.ts"
import * as Router from "../../../runtime/platform/control/Router.ts"
import * as Endpoints from "../../../runtime/platform/Endpoints.ts"
import type { Reply, Request } from "../../../runtime/platform/http/HttpServer.ts"
import * as routes from "../../../runtime/platform/http/routes.ts"
import * as Jobs from "../../../runtime/platform/jobs/Jobs.ts"
import * as JobStore from "../../../runtime/platform/jobs/JobStore.ts"
import type { WorkerState } from "../../../runtime/platform/workers/Supervisor.ts"
import * as WorkerLogs from "../../../runtime/platform/workers/WorkerLogs.ts"
import * as JumpClock from "../jumpClock.ts"

export const key = "rpa_ACCOUNT"

export const base = "http://127.0.0.1:8123"

export interface Asked {
  /** Anything but text is sent as JSON. */
  readonly body?: unknown
  readonly key?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The body's fields; none where it is not an object. */
  readonly json: Readonly<Record<string, unknown>>
  readonly value: unknown
  readonly reply: Reply
}

const answer = (reply: Reply): Answer => {
  const isPage = reply.headers?.["content-type"]?.startsWith("text/") ?? false
  const value: unknown = reply.body === undefined || isPage ? reply.body : JSON.parse(reply.body)
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value)
  return {
    status: reply.status,
    headers: reply.headers ?? {},
    json: isObject ? value as Record<string, unknown> : {},
    value,
    reply
  }
}

export const request = (method: string, target: string, asked: Asked = {}): Request => {
  const [path = "", query] = target.split(/\?(.*)/s)
  const authorization = "key" in asked ? asked.key : `Bearer ${key}`
  return {
    method,
    path: path.split("/").slice(1).map(decodeURIComponent),
    query: new URLSearchParams(query ?? ""),
    headers: { ...(authorization === undefined ? {} : { authorization }), ...asked.headers },
    body: asked.body === undefined ? "" : typeof asked.body === "string" ? asked.body : JSON.stringify(asked.body)
  }
}

type Settings =
  & Partial<Omit<Router.Options, "context" | "jobs">>
  & Partial<Router.Options["context"]>
  & { readonly faults?: Faults.Faults }

export const make = Effect.fnUntraced(function*(
  { faults = Faults.make(), ...options }: Settings = {}
) {
  const { clock, jump, now } = JumpClock.make()
  const control = yield* Effect.withClock(Control.make(ResourceStore.memory()), clock)
  const endpoints = Endpoints.make(Redacted.make(key), control)
  const jobs = yield* Effect.withClock(Jobs.make(yield* JobStore.make(":memory:"), () => {}), clock)
  const logs = WorkerLogs.make(now)
  const workers: Array<WorkerState> = []
  const context: Router.Options["context"] = {
    control,
    artifacts: yield* Artifacts.make({
      folder: undefined,
      signingKey: control.account().signingKey,
      url: () => base,
      now
    }),
    logins: Logins.make(Redacted.make(key), now),
    logs,
    workers: () => workers,
    stock: {},
    url: () => base,
    now,
    ...options
  }
  const router: Router.Options = {
    endpoints,
    limits: RateLimits.make(RateLimits.defaultQuotas, now),
    restV1: "serve",
    loginApproval: "key",
    rehearsal: { faults, stocks: Stock.make(), clock: { speed: 1 } },
    ...options,
    context,
    jobs: routes.handle({
      endpoints,
      jobs,
      workers: () => ({ idle: 0, initializing: 0, ready: 0, running: 0, throttled: 0, unhealthy: 0 }),
      readyWorkers: () => [],
      sawWorker: () => {},
      unfitWorker: () => {},
      recycleWorker: () => {},
      strictEmptyInput: true
    })
  }
  const handle = Router.make(router)
  const ask = (method: string, target: string, asked?: Asked): Effect.Effect<Answer> =>
    Effect.map(Effect.suspend(() => handle(request(method, target, asked))), answer)
  return { ask, context, control, endpoints, handle, jobs, jump, logs, now, router, workers }
})

/** A body that makes an endpoint. */
export const body = (more: Readonly<Record<string, unknown>> = {}) => ({
  name: "hello",
  type: "QUEUE",
  image: "my/image:1",
  gpu: { pools: ["ADA_24"] },
  scaling: { type: "QUEUE_DELAY", queueDelay: 4 },
  ...more
})

export const worker = (more: Partial<WorkerState> = {}): WorkerState => ({
  id: "worker00000001",
  status: "IDLE",
  version: 1,
  image: "my/image:1",
  hardware: "NVIDIA GeForce RTX 4090",
  startedAt: 0,
  ...more
})
