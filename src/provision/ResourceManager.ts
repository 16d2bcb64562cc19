/**
 * Makes declared resources exist on the platform.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { Declared } from "../Endpoint.ts"
import * as SingleFlight from "../invoke/SingleFlight.ts"
import { ProvisionFailed } from "../RemoteError.ts"
import { equivalence, type ResourceConfig } from "../resources/ResourceConfig.ts"
import type { EndpointRef } from "../runpod/RunpodJobs.ts"

/**
 * @since 0.1.0
 * @category services
 */
export class ResourceManager extends Context.Tag("effect-flash/provision/ResourceManager")<ResourceManager, {
  /**
   * The endpoint of a resource, provisioned by the first to ask; others that ask meanwhile wait for the same
   * attempt, which goes on where one of them is interrupted. A failed attempt is not kept: the next to ask tries again.
   */
  readonly ensure: (resource: Declared) => Effect.Effect<EndpointRef, ProvisionFailed>
}>() {}

/**
 * A manager over one way of provisioning.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  provision: (config: ResourceConfig) => Effect.Effect<EndpointRef, ProvisionFailed>
): typeof ResourceManager.Service => {
  const endpoints = new Map<string, {
    readonly config: ResourceConfig
    readonly endpoint: Effect.Effect<EndpointRef, ProvisionFailed>
  }>()
  return {
    ensure({ config, name }) {
      const known = endpoints.get(name)
      if (known !== undefined) {
        return equivalence(known.config, config) ? known.endpoint : Effect.fail(
          new ProvisionFailed({
            endpoint: name,
            reason: "two resources of this name are declared with different settings; rename one or share the value"
          })
        )
      }
      const endpoint = SingleFlight.make(
        Effect.tapErrorCause(provision(config), () => Effect.sync(() => endpoints.delete(name)))
      )
      endpoints.set(name, { config, endpoint })
      return endpoint
    }
  }
}
