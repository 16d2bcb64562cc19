/**
 * An endpoint that is opened by its first call.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Endpoint from "../Endpoint.ts"
import type { EndpointService } from "../Endpoint.ts"
import type { RemoteError } from "../RemoteError.ts"

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (name: string, open: Effect.Effect<EndpointService, RemoteError>): EndpointService => ({
  name,
  execute: (procedure, payload, options) =>
    Effect.flatMap(open, (service) => service.execute(procedure, payload, options)),
  stream: (procedure, payload, options) =>
    Stream.unwrap(Effect.map(open, (service) => Endpoint.streamOf(service, procedure, payload, options))),
  jobs: {
    submit: (procedure, payload, options) =>
      Effect.flatMap(
        open,
        (service) =>
          Effect.flatMap(Endpoint.jobsOf(service, "submit"), ({ submit }) => submit(procedure, payload, options))
      ),
    attach: (procedure, jobId) =>
      Effect.flatMap(
        open,
        (service) => Effect.flatMap(Endpoint.jobsOf(service, "attach"), ({ attach }) => attach(procedure, jobId))
      )
  }
})
