/**
 * What keeps an endpoint's workers busy, as their supervisor sees it: jobs, or requests of a load balancer.
 *
 * @since 0.1.0
 */
import type { Jobs } from "../jobs/JobsApi.ts"

/**
 * The requests of load balancers.
 *
 * @since 0.1.0
 * @category models
 */
export type Requests = Pick<Jobs, "demand" | "waitingSince" | "heldBy" | "retire" | "lose" | "failQueued">

/**
 * @since 0.1.0
 * @category models
 */
export type Work = Requests & Pick<Jobs, "park" | "wake">

/**
 * The work of queues and of load balancers, which are different endpoints. Only the workers of queues are parked.
 *
 * @since 0.1.0
 * @category combinators
 */
export const both = (jobs: Work, requests: Requests): Work => ({
  demand: (endpointId) => jobs.demand(endpointId) + requests.demand(endpointId),
  waitingSince: (endpointId) => jobs.waitingSince(endpointId) ?? requests.waitingSince(endpointId),
  heldBy: (workerId) => jobs.heldBy(workerId) + requests.heldBy(workerId),
  park: jobs.park,
  wake: jobs.wake,
  retire(workerId) {
    jobs.retire(workerId)
    requests.retire(workerId)
  },
  lose(workerId) {
    jobs.lose(workerId)
    requests.lose(workerId)
  },
  failQueued(endpointId, error) {
    jobs.failQueued(endpointId, error)
    requests.failQueued(endpointId, error)
  }
})
