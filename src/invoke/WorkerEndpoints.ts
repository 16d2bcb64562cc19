/**
 * The endpoints as a worker sees them: its own functions run where they are called.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Declared, EndpointService } from "../Endpoint.ts"
import type * as Codec from "../protocol/Codec.ts"
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
  /** How a worker of a deployed app opens the endpoints of the app's other resources. Default: it reaches none. */
  readonly others?: (resource: Declared, codec: Codec.Codec) => EndpointService
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<Endpoints.Endpoints, never, Scope.Scope> =>
  Endpoints.make(
    "worker",
    (resource, inline, codec) =>
      resource.name === options.endpoint
        ? inline
        : options.others?.(resource, codec) ?? unreachable(resource.name, options.endpoint),
    options
  )

const unreachable = (name: string, own: string): EndpointService => {
  const error = new ProvisionFailed({
    endpoint: name,
    reason: `a worker of "${own}" was not deployed with an app, so that it reaches no other endpoint; ` +
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
