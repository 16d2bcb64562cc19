/**
 * One attempt at a time to provision a resource, and one success, however many calls want it in this process.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as SingleFlight from "../invoke/SingleFlight.ts"
import type { Declared } from "../Procedure.ts"
import { ProvisionFailed } from "../RemoteError.ts"
import type { RemoteError } from "../RemoteError.ts"
import { equivalence } from "../resources/ResourceConfig.ts"
import type { ResourceConfig } from "../resources/ResourceConfig.ts"
import type { EndpointRef } from "../runpod/RunpodJobs.ts"

/**
 * What a call needs of provisioning.
 *
 * @since 0.1.0
 * @category services
 */
export class Ensuring extends Context.Tag("effect-flash/provision/Ensuring")<Ensuring, {
  /**
   * The endpoint of a resource, provisioned by the first to ask; others that ask meanwhile wait for the same attempt,
   * which goes on where one of them is interrupted. A failed attempt is not kept: the next to ask tries again.
   */
  readonly ensure: (resource: Declared) => Effect.Effect<EndpointRef, RemoteError>
}>() {}

/**
 * Over one way of provisioning.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  provision: (resource: Declared) => Effect.Effect<EndpointRef, RemoteError>
): typeof Ensuring.Service => {
  const endpoints = new Map<string, {
    readonly config: ResourceConfig
    readonly endpoint: Effect.Effect<EndpointRef, RemoteError>
  }>()
  return {
    ensure(resource) {
      const { config, name } = resource
      const known = endpoints.get(name)
      if (known !== undefined) {
        return sameConfig(known.config, config) ? known.endpoint : Effect.fail(
          new ProvisionFailed({
            endpoint: name,
            reason: "two resources of this name are declared with different settings; rename one or share the value"
          })
        )
      }
      const endpoint = SingleFlight.make(
        Effect.tapErrorCause(provision(resource), () => Effect.sync(() => endpoints.delete(name)))
      )
      endpoints.set(name, { config, endpoint })
      return endpoint
    }
  }
}

const sameConfig = (a: ResourceConfig, b: ResourceConfig): boolean => a === b || equivalence(a, b)
