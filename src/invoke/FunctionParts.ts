/**
 * What a remote function is made of: an rpc, its definition, and calls of it.
 *
 * @since 0.1.0
 */
import type * as Rpc from "@effect/rpc/Rpc"
import * as Procedure from "../Procedure.ts"
import type { CallOptions, SubmitOptions } from "../protocol/CallOptions.ts"
import type { Resource } from "../resources/Resource.ts"
import * as Call from "./Call.ts"
import * as Made from "./Made.ts"

/**
 * The function of these parts. An rpc is a function object already, but one that does nothing when called: its parts move
 * to one that calls.
 *
 * @since 0.1.0
 * @category constructors
 */
export const assemble = <Name extends string>(
  rpc: Rpc.AnyWithProps,
  resource: Resource<Name>,
  definition: Procedure.Definition
): Procedure.Procedure => {
  const { attach, call, submit } = Call.make(resource)
  const callable = (payload: unknown, options?: CallOptions) => call(self, payload, options)
  Object.setPrototypeOf(callable, Object.getPrototypeOf(rpc) as object)
  const self: Procedure.Procedure = Object.assign(callable, rpc, {
    resource,
    [Procedure.DefinitionId]: definition,
    submit: (payload: unknown, options?: SubmitOptions) => submit(self, payload, options),
    attach: (jobId: string) => attach(self, jobId)
  })
  Made.tell(self)
  return self
}
