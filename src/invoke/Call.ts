/**
 * What can be done with a procedure by its callers: call it, submit it, find a job of it again.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Endpoint from "../Endpoint.ts"
import * as Procedure from "../Procedure.ts"
import type { CallOptions, SubmitOptions } from "../protocol/CallOptions.ts"
import type { Resource } from "../resources/Resource.ts"

/**
 * How callers reach the procedures of a resource, with their types erased.
 *
 * @since 0.1.0
 * @category models
 */
export interface Call {
  /** An `Effect`, or a `Stream` where the procedure's success is one. */
  readonly call: (
    procedure: Procedure.Procedure,
    payload: unknown,
    options?: CallOptions
  ) => Effect.Effect<unknown, unknown, unknown> | Stream.Stream<unknown, unknown, unknown>
  readonly submit: (
    procedure: Procedure.Procedure,
    payload: unknown,
    options?: SubmitOptions
  ) => Effect.Effect<unknown, unknown, unknown>
  readonly attach: (procedure: Procedure.Procedure, jobId: string) => Effect.Effect<unknown, unknown, unknown>
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = <Name extends string>(resource: Resource<Name>): Call => {
  const endpoint = Endpoint.find(resource.tag, resource)
  const jobs = (operation: "submit" | "attach") =>
    Effect.flatMap(endpoint, (service) => Endpoint.jobsOf(service, operation))
  return {
    call: (procedure, payload, options) =>
      Procedure.isStream(procedure)
        ? Stream.unwrap(
          Effect.map(endpoint, (service) => Endpoint.streamOf(service, procedure, payload, options))
        )
        : Effect.flatMap(endpoint, (service) => service.execute(procedure, payload, options)),
    submit: (procedure, payload, options) =>
      Effect.flatMap(jobs("submit"), ({ submit }) => submit(procedure, payload, options)),
    attach: (procedure, jobId) => Effect.flatMap(jobs("attach"), ({ attach }) => attach(procedure, jobId))
  }
}
