/**
 * The endpoint of a resource, whatever its kind: a queue, or a load balancer.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { EndpointService } from "../Endpoint.ts"
import type { Declared } from "../Procedure.ts"
import type { Ensuring } from "../provision/Ensuring.ts"
import { isLoadBalancer } from "../resources/Derived.ts"
import type { EndpointHttp } from "../runpod/EndpointHttp.ts"
import type { RunpodJobs } from "../runpod/RunpodJobs.ts"
import type { CodeBundler } from "./CodeBundler.ts"
import * as LoadBalancedEndpoint from "./LoadBalancedEndpoint.ts"
import * as QueueEndpoint from "./QueueEndpoint.ts"

/**
 * What endpoints of either kind need.
 *
 * @since 0.1.0
 * @category models
 */
export type Requirements = Scope.Scope | RunpodJobs | EndpointHttp | Ensuring | CodeBundler

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  resource: Declared,
  options: QueueEndpoint.Options
): Effect.Effect<EndpointService, never, Requirements> =>
  isLoadBalancer(resource.config)
    ? LoadBalancedEndpoint.make(resource, options)
    : QueueEndpoint.make(resource, options)
