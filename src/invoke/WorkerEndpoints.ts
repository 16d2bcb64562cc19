/**
 * The endpoints as a worker sees them: its own functions run where they are called, those of others are called there.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { EndpointService } from "../Endpoint.ts"
import type { Declared } from "../Procedure.ts"
import type * as Codec from "../protocol/Codec.ts"
import { ProvisionFailed } from "../RemoteError.ts"
import type { RemoteError } from "../RemoteError.ts"
import * as Endpoints from "./Endpoints.ts"
import * as LazyEndpoint from "./LazyEndpoint.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Name of the worker's own endpoint. */
  readonly endpoint: string
  /** Whether the stack of a defect goes back to the caller. */
  readonly stacks: boolean
  /** Opens another endpoint, when it is first called. Default: none can be reached. */
  readonly others?: (resource: Declared, codec: Codec.Codec) => Effect.Effect<EndpointService, RemoteError>
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Endpoints.Endpoints, never, Scope.Scope> => {
  const { endpoint, others = unreachable(endpoint) } = options
  return Endpoints.make(
    "worker",
    (resource, inline, codec) =>
      resource.name === endpoint ? inline : LazyEndpoint.make(resource.name, others(resource, codec)),
    options
  )
}

const unreachable = (own: string) => ({ name }: Declared) =>
  Effect.fail(
    new ProvisionFailed({
      endpoint: name,
      reason:
        `a worker of "${own}" cannot reach other endpoints here; call "${name}" from the program, or declare both ` +
        `functions on one resource`
    })
  )
