/** `flash status`: what there is on the account, and what it does now. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Endpoint } from "../../src/runpod/rest/Endpoints.ts"
import type { ListEndpointWorkersResponse, Worker } from "../../src/runpod/rest/Workers.ts"
import type { Clients } from "../services/Clients.ts"
import { withClients } from "../services/Clients.ts"
import { findEndpoint } from "../services/findEndpoint.ts"
import { answer, json } from "../ui/Answer.ts"
import { bad, bold, busy, dim, doubtful, duration, good, table } from "../ui/Text.ts"

const endpoint = Args.text({ name: "endpoint" }).pipe(
  Args.withDescription("Id or name of an endpoint; all of them where it is left out"),
  Args.optional
)

const hardware = ({ cpu, gpu }: Endpoint): string =>
  gpu !== undefined
    ? `${gpu.count ?? 1}× ${gpu.pools.join(" | ")}`
    : cpu?.map(({ id, vcpuCount }) => `${id} ${vcpuCount} vCPU`).join(" | ") ?? "-"

const colors: Readonly<Record<string, (text: string) => string>> = {
  RUNNING: good,
  IDLE: dim,
  INITIALIZING: busy,
  THROTTLED: doubtful,
  UNHEALTHY: bad
}

const summary = ({ summary }: ListEndpointWorkersResponse): string => {
  const parts = [
    [summary.running, "running"],
    [summary.idle, "idle"],
    [summary.initializing, "starting"],
    [summary.throttled, "throttled"],
    [summary.unhealthy, "unhealthy"]
  ] as const
  return parts.filter(([n]) => n > 0).map(([n, what]) => (colors[what.toUpperCase()] ?? busy)(`${n} ${what}`)).join(
    ", "
  ) || dim("none")
}

const uptime = ({ startedAt, uptimeSeconds }: Worker, now: number): string =>
  uptimeSeconds !== undefined
    ? duration(uptimeSeconds * 1000)
    : startedAt === undefined || Number.isNaN(Date.parse(startedAt))
    ? "-"
    : duration(now - Date.parse(startedAt))

const all = ({ rest }: Clients, options: { readonly json: boolean }) =>
  Effect.gen(function*() {
    const found = yield* Effect.forEach(
      yield* rest.listEndpoints,
      (endpoint) => Effect.map(rest.listEndpointWorkers(endpoint.id), (workers) => ({ endpoint, workers })),
      { concurrency: 4 }
    )
    yield* answer(options, found.map(({ endpoint, workers }) => ({ endpoint, workers: workers.summary })), () =>
      found.length === 0
        ? "The account has no endpoint."
        : table(
          ["Endpoint", "Id", "Type", "Hardware", "Min-max", "Workers now"],
          found.map(({ endpoint, workers }) => [
            bold(endpoint.name),
            endpoint.id,
            endpoint.type === "LOAD_BALANCER" ? "load balancer" : "queue",
            hardware(endpoint),
            `${endpoint.workers.min}-${endpoint.workers.max}`,
            summary(workers)
          ])
        ))
  })

const one = (clients: Clients, wanted: string, options: { readonly json: boolean }) =>
  Effect.gen(function*() {
    const endpoint = yield* findEndpoint(clients, wanted)
    const workers = yield* clients.rest.listEndpointWorkers(endpoint.id)
    const now = yield* Clock.currentTimeMillis
    yield* answer(options, { endpoint, ...workers }, () =>
      [
        `${bold(endpoint.name)} ${dim(endpoint.id)}`,
        `Hardware: ${hardware(endpoint)}`,
        `Workers: ${summary(workers)} (${endpoint.workers.min} to ${endpoint.workers.max})`,
        ...(workers.workers.length === 0 ? [] : [
          "",
          table(
            ["Worker", "State", "Up for", "Version"],
            workers.workers.map((worker) => [
              worker.id,
              (colors[worker.status] ?? doubtful)(worker.status.toLowerCase()),
              uptime(worker, now),
              `${worker.version ?? "-"}${worker.isStale ? doubtful(" (older than the endpoint)") : ""}`
            ])
          )
        ])
      ].join("\n"))
  })

export const status = Command.make(
  "status",
  { endpoint, json },
  (options) =>
    withClients((clients) =>
      Option.match(options.endpoint, {
        onNone: () => all(clients, options),
        onSome: (wanted) => one(clients, wanted, options)
      })
    )
).pipe(Command.withDescription("Endpoints of the account and their workers"))
