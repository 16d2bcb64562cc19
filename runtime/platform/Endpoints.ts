/**
 * The endpoints of the platform and the keys that open them.
 *
 * @since 0.1.0
 */
import * as Redacted from "effect/Redacted"
import type { ResourceConfig } from "../../src/resources/ResourceConfig.ts"
import * as ids from "./ids.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Endpoint {
  readonly id: string
  readonly config: ResourceConfig
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
  /** The endpoint of that name; a new one where there is none. */
  readonly ensure: (config: ResourceConfig) => Endpoint
  readonly get: (id: string) => Endpoint | undefined
  /** Who an `Authorization` header speaks for, at an endpoint. With and without `Bearer`, as the platform's own. */
  readonly authorize: (endpoint: Endpoint | undefined, authorization: string | undefined) => Caller
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (apiKey: Redacted.Redacted): Endpoints => {
  const byId = new Map<string, Endpoint>()
  const byName = new Map<string, Endpoint>()
  return {
    ensure(config) {
      const known = byName.get(config.name)
      if (known !== undefined) return known
      const endpoint: Endpoint = { id: ids.endpointId(), config, workerKey: Redacted.make(ids.apiKey()) }
      byId.set(endpoint.id, endpoint)
      byName.set(config.name, endpoint)
      return endpoint
    },
    get: (id) => byId.get(id),
    authorize(endpoint, authorization) {
      if (authorization === undefined || authorization === "") return "nobody"
      const key = authorization.replace(/^bearer /i, "")
      if (key === Redacted.value(apiKey)) return "account"
      return endpoint !== undefined && key === Redacted.value(endpoint.workerKey) ? "worker" : "stranger"
    }
  }
}
