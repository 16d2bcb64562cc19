/**
 * The endpoints of the platform as jobs and workers know them, and the keys that open them.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Compute from "./control/Compute.ts"
import * as Control from "./control/Control.ts"
import type { Endpoint as EndpointRecord } from "./control/Records.ts"
import type { Deployment } from "./control/Rollout.ts"

/**
 * What jobs and workers need to know of an endpoint's record.
 *
 * @since 0.1.0
 * @category models
 */
export interface Settings {
  readonly name: string
  readonly kind: EndpointRecord["kind"]
  readonly workersMin: number
  readonly workersMax: number
  /** Seconds. */
  readonly idleTimeout: number
  /** Milliseconds; 0 is without limit. */
  readonly executionTimeoutMs: number
  /** Jobs a worker takes at a time. */
  readonly maxConcurrency: number
  readonly scaling: EndpointRecord["scaling"]
  readonly flashboot: EndpointRecord["flashboot"]
  /** What it is wanted to run on most: a GPU type, or `CPU`. */
  readonly hardware: string
  /** All that it may run on, and where. No data center is any. */
  readonly choices: ReadonlyArray<Compute.Choice>
  readonly dataCenterIds: ReadonlyArray<string>
  /** Ids of its network volumes. */
  readonly networkVolumes: ReadonlyArray<string>
  readonly image: string
  /** Variables of its workers, in which secrets are placeholders. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Endpoint {
  readonly id: string
  readonly config: Settings
  /** Counts the changes that workers are replaced for. */
  readonly version: number
  /** What its workers authorize themselves with. */
  readonly workerKey: Redacted.Redacted
}

/**
 * Who a request comes from.
 *
 * @since 0.1.0
 * @category models
 */
export type Caller = "account" | "worker" | "nobody" | "stranger"

/**
 * @since 0.1.0
 * @category models
 */
export interface Endpoints {
  readonly get: (id: string) => Endpoint | undefined
  /** Who an `Authorization` header speaks for, at an endpoint. With and without `Bearer`, as the platform's own. */
  readonly authorize: (endpoint: Endpoint | undefined, authorization: string | undefined) => Caller
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (apiKey: Redacted.Redacted, control: Control.Control = Control.memory()): Endpoints => {
  /** One object for an endpoint until it changes: each job asks for it. */
  const cache = new Map<string, Endpoint>()
  control.onEndpoint(({ id }) => void cache.delete(id))

  const get = (id: string): Endpoint | undefined => {
    const cached = cache.get(id)
    if (cached !== undefined) return cached
    const deployment = Either.getOrUndefined(control.endpoints.find(id))
    if (deployment === undefined) return undefined
    const endpoint = fromDeployment(deployment)
    cache.set(id, endpoint)
    return endpoint
  }

  return {
    get,
    authorize(endpoint, authorization) {
      if (authorization === undefined || authorization === "") return "nobody"
      const key = authorization.replace(/^bearer /i, "")
      if (key === Redacted.value(apiKey)) return "account"
      return endpoint !== undefined && key === Redacted.value(endpoint.workerKey) ? "worker" : "stranger"
    }
  }
}

/** A worker takes so many jobs at a time as its environment says. */
const concurrencyVariable = "FLASH_MAX_CONCURRENCY"

const fromDeployment = ({ endpoint, template }: Deployment): Endpoint => {
  const env = { ...template.env, ...endpoint.env }
  const byDefault = endpoint.kind === "LOAD_BALANCER" ? 100 : 1
  const choices = Compute.choicesOf(endpoint.compute)
  const concurrency = Number(env[concurrencyVariable] ?? byDefault)
  return {
    id: endpoint.id,
    version: endpoint.version,
    workerKey: endpoint.aiKey,
    config: {
      name: endpoint.name,
      kind: endpoint.kind,
      workersMin: endpoint.workers.min,
      workersMax: endpoint.workers.max,
      idleTimeout: endpoint.workers.idleTimeout,
      executionTimeoutMs: endpoint.timeout,
      maxConcurrency: Number.isInteger(concurrency) && concurrency > 0 ? concurrency : byDefault,
      scaling: endpoint.scaling,
      flashboot: endpoint.flashboot,
      hardware: choices[0]?.hardware ?? "GPU",
      choices,
      dataCenterIds: endpoint.dataCenterIds,
      networkVolumes: endpoint.networkVolumes,
      image: template.image,
      env
    }
  }
}
