/**
 * What an endpoint's workers speak.
 *
 * @since 0.1.0
 */

/**
 * `live`: envelopes, and the code travels with the calls. `plain`: JSON, or the routes of a load balancer, to workers
 * that have their code or are not ours.
 *
 * @since 0.1.0
 * @category models
 */
export type Dialect = "live" | "plain"

/** Resources that run somebody's image, or that are there already. */
const foreign: ReadonlySet<string> = new Set([
  "ServerlessEndpoint",
  "CpuServerlessEndpoint",
  "LoadBalancerSlsResource",
  "CpuLoadBalancerSlsResource"
])

/**
 * The dialect of a resource, by its type.
 *
 * @since 0.1.0
 * @category accessors
 */
export const of = (config: { readonly _tag: string }): Dialect => foreign.has(config._tag) ? "plain" : "live"
