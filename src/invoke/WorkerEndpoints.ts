/**
 * The endpoints as a worker sees them: its own functions run where they are called.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { EndpointService } from "../Endpoint.ts"
import { ProvisionFailed } from "../RemoteError.ts"
import * as Endpoints from "./Endpoints.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Name of the worker's own endpoint. */
  readonly endpoint: string
  /** Whether the stack of a defect goes back to the caller. */
  readonly stacks: boolean
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Endpoints.Endpoints, never, Scope.Scope> =>
  Endpoints.make(
    "worker",
    (resource, inline) => resource.name === options.endpoint ? inline : unreachable(resource.name, options.endpoint),
    options
  )

const unreachable = (name: string, own: string): EndpointService => {
  const error = new ProvisionFailed({
    endpoint: name,
    reason: `a worker of "${own}" cannot reach other endpoints yet; ` +
      `call "${name}" from the program, or declare both functions on one resource`
  })
  const fail = Effect.fail(error)
  return {
    name,
    execute: () => fail,
    stream: () => Stream.fail(error),
    jobs: { submit: () => fail, attach: () => fail }
  }
}
