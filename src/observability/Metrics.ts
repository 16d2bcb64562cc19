/**
 * What calls cost and how they end, as `Metric`s of Effect. Any exporter of them shows these, as `OpenTelemetry.layer`.
 *
 * Labels are names of endpoints and functions and words of a fixed list, never a URL or the text of an error. Of names,
 * so many are told apart as `maxNames` says; further ones are counted together as `other`.
 *
 * | metric                          | kind      | labels                                                  |
 * | ------------------------------- | --------- | ------------------------------------------------------- |
 * | `endpoint_requests`             | counter   | `endpoint`, `function_name`, `status`                   |
 * | `endpoint_latency`              | histogram | `endpoint`, `function_name`; ms from request to result  |
 * | `in_flight_requests`            | gauge     | `endpoint`                                              |
 * | `endpoint_queue_time`           | histogram | `endpoint`; ms in the queue, as the platform tells      |
 * | `endpoint_execution_time`       | histogram | `endpoint`; ms on the worker, as the platform tells     |
 * | `endpoint_request_size`         | histogram | `endpoint`; bytes of a submission                       |
 * | `endpoint_response_size`        | histogram | `endpoint`; bytes of a finished job                     |
 * | `circuit_breaker_state_changes` | counter   | `endpoint`, `previous_state`, `new_state`               |
 * | `retry_attempts`                | counter   | `endpoint`, `attempt`, `error`; tries after the first   |
 * | `retry_success`                 | counter   | `endpoint`, `attempts`                                  |
 * | `retry_exhausted`               | counter   | `endpoint`, `max_attempts`                              |
 * | `load_balancer_selection`       | counter   | `endpoint`, `strategy`, `candidates`                    |
 *
 * @since 0.1.0
 */
import { identity } from "effect/Function"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricLabel from "effect/MetricLabel"

/** 1 ms to some nine hours. */
const millis = MetricBoundaries.exponential({ start: 1, factor: 2, count: 26 })

/** 64 B to 64 MiB. */
const bytes = MetricBoundaries.exponential({ start: 64, factor: 4, count: 11 })

/**
 * The metrics before they are labelled.
 *
 * @since 0.1.0
 * @category metrics
 */
export const definitions = {
  requests: Metric.counter("endpoint_requests", { description: "Requests by how they ended", incremental: true }),
  latency: Metric.histogram("endpoint_latency", millis, "Milliseconds from a request to its result"),
  inFlight: Metric.gauge("in_flight_requests", { description: "Requests under way" }),
  queueTime: Metric.histogram("endpoint_queue_time", millis, "Milliseconds a job waited for its worker"),
  executionTime: Metric.histogram("endpoint_execution_time", millis, "Milliseconds a job ran on its worker"),
  requestSize: Metric.histogram("endpoint_request_size", bytes, "Bytes of a submission"),
  responseSize: Metric.histogram("endpoint_response_size", bytes, "Bytes of a finished job"),
  stateChanges: Metric.counter("circuit_breaker_state_changes", {
    description: "Changes of a circuit's state",
    incremental: true
  }),
  retryAttempts: Metric.counter("retry_attempts", { description: "Tries after the first", incremental: true }),
  retrySuccess: Metric.counter("retry_success", {
    description: "Requests that more than one try brought home",
    incremental: true
  }),
  retryExhausted: Metric.counter("retry_exhausted", {
    description: "Requests that no try brought home",
    incremental: true
  }),
  selection: Metric.counter("load_balancer_selection", {
    description: "Endpoints chosen among several",
    incremental: true
  })
}

/**
 * How a request of a call ended; a call that is repeated makes more than one.
 *
 * - `success`: with its result
 * - `failure`: with the function's own error, or a defect of its handler
 * - `error`: with a `RemoteError`
 * - `rejected`: not sent, since the endpoint's circuit is open
 * - `interrupted`: its caller went away
 *
 * @since 0.1.0
 * @category models
 */
export type Status = "success" | "failure" | "error" | "rejected" | "interrupted"

/**
 * Takes notes of calls. All of it is immediate and cheap: it stands on the path of every call.
 *
 * @since 0.1.0
 * @category models
 */
export interface Metrics {
  /** Of one function on one endpoint; whoever calls it keeps what it gives. */
  readonly calls: (endpoint: string, functionName: string) => CallMetrics
  /** Of one endpoint's jobs. */
  readonly jobs: (endpoint: string) => JobMetrics
  readonly stateChanged: (endpoint: string, previous: string, next: string) => void
  readonly retry: (endpoint: string) => RetryMetrics
  readonly selected: (endpoint: string, strategy: string, candidates: number) => void
}

/**
 * @since 0.1.0
 * @category models
 */
export interface CallMetrics {
  readonly started: () => void
  /** Milliseconds since it started; `undefined` of a submission, which ends before its job does. */
  readonly ended: (status: Exclude<Status, "rejected">, latency: number | undefined) => void
  /** It did not start. */
  readonly rejected: () => void
}

/**
 * @since 0.1.0
 * @category models
 */
export interface JobMetrics {
  readonly sent: (bytes: number) => void
  readonly received: (bytes: number) => void
  /** The platform's own times of a finished job, in milliseconds, where it tells them. */
  readonly finished: (queueTime: number | null | undefined, executionTime: number | null | undefined) => void
}

/**
 * @since 0.1.0
 * @category models
 */
export interface RetryMetrics {
  /** Another try is made; `attempt` 1 is the second. `error` is the tag of what the last one failed with. */
  readonly attempt: (attempt: number, error: string) => void
  /** It succeeded, after more than one try. */
  readonly success: (attempts: number) => void
  readonly exhausted: (maxAttempts: number) => void
}

/** How many names of endpoints and functions are told apart. */
const maxNames = 256

/**
 * Counts nothing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const disabled: Metrics = {
  calls: () => ({ started: () => {}, ended: () => {}, rejected: () => {} }),
  jobs: () => ({ sent: () => {}, received: () => {}, finished: () => {} }),
  stateChanged: () => {},
  retry: () => ({ attempt: () => {}, success: () => {}, exhausted: () => {} }),
  selected: () => {}
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: { readonly enabled: boolean }): Metrics => {
  if (!options.enabled) return disabled
  const names = new Set<string>()
  const label = (name: string): string => {
    if (names.has(name)) return name
    if (names.size >= maxNames) return "other"
    names.add(name)
    return name
  }

  return {
    calls(endpoint, functionName) {
      const at = { endpoint: label(endpoint), function_name: label(functionName) }
      const latency = on(definitions.latency, at)
      const inFlight = labels({ endpoint: at.endpoint })
      const ends = remembering(identity<Status>, (status) => on(definitions.requests, { ...at, status }))
      return {
        started: () => definitions.inFlight.unsafeModify(1, inFlight),
        ended(status, millis) {
          definitions.inFlight.unsafeModify(-1, inFlight)
          if (millis !== undefined) latency(millis)
          ends(status)(1)
        },
        rejected: () => ends("rejected")(1)
      }
    },
    jobs: remembering(label, (endpoint) => {
      const at = { endpoint }
      const queueTime = on(definitions.queueTime, at)
      const executionTime = on(definitions.executionTime, at)
      return {
        sent: on(definitions.requestSize, at),
        received: on(definitions.responseSize, at),
        finished(queued, executed) {
          if (queued != null) queueTime(queued)
          if (executed != null) executionTime(executed)
        }
      }
    }),
    stateChanged(endpoint, previous, next) {
      on(definitions.stateChanges, { endpoint: label(endpoint), previous_state: previous, new_state: next })(1)
    },
    retry: remembering(label, (endpoint) => {
      const at = { endpoint }
      return {
        attempt: (attempt, error) => on(definitions.retryAttempts, { ...at, attempt: String(attempt), error })(1),
        success: (attempts) => on(definitions.retrySuccess, { ...at, attempts: String(attempts) })(1),
        exhausted: (maxAttempts) => on(definitions.retryExhausted, { ...at, max_attempts: String(maxAttempts) })(1)
      }
    }),
    selected(endpoint, strategy, candidates) {
      on(definitions.selection, { endpoint: label(endpoint), strategy, candidates: String(candidates) })(1)
    }
  }
}

const labels = (record: Readonly<Record<string, string>>): ReadonlyArray<MetricLabel.MetricLabel> =>
  Object.entries(record).map(([key, value]) => MetricLabel.make(key, value))

/** A metric finds its values by the identity of the labels' array: made once, an update costs no look-up of labels. */
const on = <Type, In, Out>(metric: Metric.Metric<Type, In, Out>, record: Readonly<Record<string, string>>) => {
  const tags = labels(record)
  return (input: In): void => metric.unsafeUpdate(input, tags)
}

const remembering = <In, K, V>(keyOf: (input: In) => K, make: (key: K) => V): (input: In) => V => {
  const known = new Map<K, V>()
  return (input) => {
    const key = keyOf(input)
    let value = known.get(key)
    if (value === undefined) known.set(key, value = make(key))
    return value
  }
}
