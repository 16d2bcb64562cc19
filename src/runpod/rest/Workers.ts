/**
 * Workers of an endpoint and their logs: `/v2/serverless/{id}/workers`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { absentable, open, WholeNumber } from "./Fields.ts"

/**
 * @since 0.1.0
 * @category schemas
 */
export const Worker = Schema.Struct({
  id: Schema.String,
  status: open("RUNNING", "IDLE", "INITIALIZING", "THROTTLED", "UNHEALTHY"),
  /** Whether it runs an older configuration than the endpoint's. */
  isStale: Schema.Boolean,
  version: absentable(Schema.Int),
  gpuCount: WholeNumber,
  image: absentable(Schema.String),
  uptimeSeconds: absentable(WholeNumber),
  gpuTypeId: absentable(Schema.String),
  dataCenterId: absentable(Schema.String),
  /** RFC 3339. */
  startedAt: absentable(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Worker = typeof Worker.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const ListEndpointWorkersResponse = Schema.Struct({
  workers: Schema.Array(Worker),
  /** How many workers are in each state. */
  summary: Schema.Struct({
    running: WholeNumber,
    idle: WholeNumber,
    initializing: WholeNumber,
    throttled: WholeNumber,
    unhealthy: WholeNumber,
    total: WholeNumber
  }),
  endpointVersion: absentable(Schema.Int)
})

/**
 * @since 0.1.0
 * @category models
 */
export type ListEndpointWorkersResponse = typeof ListEndpointWorkersResponse.Type

/**
 * One line of a worker's log.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LogLine = Schema.Struct({
  /** `container` is what the worker printed, `system` what its host did with it. */
  source: open("container", "system"),
  line: Schema.String,
  /** RFC 3339. */
  ts: Schema.String
})

/**
 * @since 0.1.0
 * @category models
 */
export type LogLine = typeof LogLine.Type
