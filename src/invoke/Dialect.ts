/**
 * What an endpoint's workers speak.
 *
 * @since 0.1.0
 */

/**
 * `live`: envelopes, and the code travels with the calls. `deployed`: envelopes, to workers that have their code.
 * `plain`: JSON, to workers that are not ours. Load balancers are called at their routes unless they are `live`.
 *
 * @since 0.1.0
 * @category models
 */
export type Dialect = "live" | "deployed" | "plain"

/** Resources that run somebody's image, or that are there already. */
const foreign: ReadonlySet<string> = new Set([
  "ServerlessEndpoint",
  "CpuServerlessEndpoint",
  "LoadBalancerSlsResource",
  "CpuLoadBalancerSlsResource"
])

/**
 * The dialect of a resource, by its type; `ours` is that of our own workers.
 *
 * @since 0.1.0
 * @category accessors
 */
export const of = (config: { readonly _tag: string }, ours: "live" | "deployed" = "live"): Dialect =>
  foreign.has(config._tag) ? "plain" : ours
