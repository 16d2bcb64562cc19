/**
 * The endpoints as a worker sees them: its own functions run where they are called.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
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
  Endpoints.make("worker", (resource, inline) =>
    resource.name === options.endpoint ? inline : {
      name: resource.name,
      execute: () =>
        Effect.fail(
          new ProvisionFailed({
            endpoint: resource.name,
            reason: `a worker of "${options.endpoint}" cannot reach other endpoints yet; ` +
              `call "${resource.name}" from the program, or declare both functions on one resource`
          })
        )
    }, options)
