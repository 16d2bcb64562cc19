/**
 * What keeps an endpoint's workers busy, as their supervisor sees it: jobs, or requests of a load balancer.
 *
 * @since 0.1.0
 */
import type { Jobs } from "../jobs/JobsApi.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type Work = Pick<Jobs, "demand" | "waitingSince" | "heldBy" | "retire" | "lose" | "failQueued">

/**
 * The work of two, which have different endpoints.
 *
 * @since 0.1.0
 * @category combinators
 */
export const both = (a: Work, b: Work): Work => ({
  demand: (endpointId) => a.demand(endpointId) + b.demand(endpointId),
  waitingSince: (endpointId) => a.waitingSince(endpointId) ?? b.waitingSince(endpointId),
  heldBy: (workerId) => a.heldBy(workerId) + b.heldBy(workerId),
  retire(workerId) {
    a.retire(workerId)
    b.retire(workerId)
  },
  lose(workerId) {
    a.lose(workerId)
    b.lose(workerId)
  },
  failQueued(endpointId, error) {
    a.failQueued(endpointId, error)
    b.failQueued(endpointId, error)
  }
})
