/**
 * An endpoint as the job API sees it: the state of its queue and of its workers. Jobs themselves are `RunpodJobs`'.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Exchange from "./http/Exchange.ts"
import * as Rest from "./http/Rest.ts"
import { absentable } from "./rest/Fields.ts"
import { RunpodConfig } from "./RunpodConfig.ts"
import type { RequestError } from "./RunpodError.ts"

/** A platform that leaves a count out has none of it. */
const count = Schema.optionalWith(Schema.Number, { exact: true, nullable: true, default: () => 0 })

/**
 * How many workers are in each state. An endpoint that has scaled down shows its cached workers as idle and ready.
 *
 * @since 0.1.0
 * @category schemas
 */
export const WorkerCounts = Schema.Struct({
  idle: count,
  initializing: count,
  ready: count,
  running: count,
  throttled: count,
  unhealthy: count
})

/**
 * What `/health` tells: a gauge, which may be behind what the control plane says of the workers.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Health = Schema.Struct({
  jobs: Schema.optionalWith(
    Schema.Struct({
      completed: count,
      failed: count,
      inProgress: count,
      inQueue: count,
      /** Jobs that were given to another worker. */
      retried: count
    }),
    {
      exact: true,
      nullable: true,
      default: () => ({ completed: 0, failed: 0, inProgress: 0, inQueue: 0, retried: 0 })
    }
  ),
  workers: WorkerCounts
})

/**
 * @since 0.1.0
 * @category models
 */
export type Health = typeof Health.Type

/**
 * What `/metrics` tells: the counts, and the ids of the workers that are ready.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Metrics = Schema.Struct({
  workers: absentable(WorkerCounts),
  readyWorkers: Schema.optionalWith(Schema.Array(Schema.String), { exact: true, nullable: true, default: () => [] })
})

/**
 * @since 0.1.0
 * @category models
 */
export type Metrics = typeof Metrics.Type

/** A time as the platform happens to write it. */
const time = absentable(Schema.Union(Schema.String, Schema.Number))

/**
 * A job in the endpoint's list.
 *
 * @since 0.1.0
 * @category schemas
 */
export const JobSummary = Schema.Struct({
  id: Schema.String,
  status: Schema.String,
  createdAt: time,
  completedAt: time,
  error: Schema.optionalWith(Schema.Unknown, { exact: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export type JobSummary = typeof JobSummary.Type

const Requests = Schema.Struct({
  requests: Schema.optionalWith(Schema.Array(JobSummary), { exact: true, nullable: true, default: () => [] })
})

/**
 * What a purge took out of the queue.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Purged = Schema.Struct({
  /** Jobs that had not begun. */
  removed: count,
  status: absentable(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Purged = typeof Purged.Type

/**
 * @since 0.1.0
 * @category services
 */
export class RunpodQueue extends Context.Tag("effect-flash/runpod/RunpodQueue")<RunpodQueue, {
  readonly health: (endpointId: string) => Effect.Effect<Health, RequestError>
  readonly metrics: (endpointId: string) => Effect.Effect<Metrics, RequestError>
  /** The jobs that the endpoint remembers. The platform allows it ten times in ten seconds. */
  readonly requests: (endpointId: string) => Effect.Effect<ReadonlyArray<JobSummary>, RequestError>
  /** Takes every job that has not begun out of the queue; what runs goes on. */
  readonly purgeQueue: (endpointId: string) => Effect.Effect<Purged, RequestError>
}>() {}

/**
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<RunpodQueue, never, RunpodConfig | HttpClient.HttpClient> = Layer.effect(
  RunpodQueue,
  Effect.gen(function*() {
    const { endpointBaseUrl } = yield* RunpodConfig
    const rest = Rest.make(yield* Exchange.make, "job", endpointBaseUrl)
    const health = rest.get(Health, "endpoint")
    const metrics = rest.get(Metrics, "endpoint")
    const requests = rest.get(Requests, "endpoint")
    const purge = rest.act(Purged, "endpoint")
    return {
      health: (id) => health([id, "health"]),
      metrics: (id) => metrics([id, "metrics"]),
      requests: (id) => Effect.map(requests([id, "requests"]), ({ requests }) => requests),
      purgeQueue: (id) => purge([id, "purge-queue"])
    }
  })
)
