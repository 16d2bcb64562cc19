/**
 * Puts something before every call of the endpoints that a layer gives, whatever target or stand-in they are of.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Flash } from "../../src/Endpoint.ts"
import type { EndpointService } from "../../src/Endpoint.ts"
import type { Procedure } from "../../src/Procedure.ts"
import type { RemoteError } from "../../src/RemoteError.ts"

/**
 * A call as it leaves the program.
 *
 * @since 0.1.0
 * @category models
 */
export interface Call<Payload = unknown> {
  /** Name of the resource. */
  readonly endpoint: string
  /** Name of the function; of a method it is `Class.method`. */
  readonly function: string
  /** As the program has it. */
  readonly payload: Payload
  /** Whether its result, its stream or its job was asked for. */
  readonly kind: "call" | "stream" | "submit"
  /** What was said of this call alone. */
  readonly options: unknown
}

/**
 * @since 0.1.0
 * @category models
 */
export type Before = (call: Call) => Effect.Effect<void, RemoteError>

const endpointKey = "effect-flash/Endpoint/"

/**
 * @since 0.1.0
 * @category combinators
 */
export const wrap = <A, E, R, E2, R2>(
  layer: Layer.Layer<A, E, R>,
  make: Effect.Effect<Before, E2, R2>
): Layer.Layer<A, E | E2, R | R2> =>
  Layer.flatMap(layer, (context) =>
    Layer.effectContext(Effect.map(make, (before) =>
      Context.unsafeMake<A>(
        new Map(Array.from(context.unsafeMap, ([key, service]) => [key, wrapService(key, service, before)]))
      ))))

const wrapService = (key: string, service: unknown, before: Before): unknown => {
  if (key === Flash.key) return wrapFlash(service as typeof Flash.Service, before)
  return key.startsWith(endpointKey) ? wrapEndpoint(service as EndpointService, before) : service
}

const wrapFlash = (flash: typeof Flash.Service, before: Before): typeof Flash.Service => {
  const wrapped = new WeakMap<EndpointService, EndpointService>()
  return {
    ...flash,
    endpoint(resource) {
      const service = flash.endpoint(resource)
      const known = wrapped.get(service) ?? wrapEndpoint(service, before)
      wrapped.set(service, known)
      return known
    }
  }
}

const wrapEndpoint = (service: EndpointService, before: Before): EndpointService => {
  const { jobs, name, stream } = service
  const said = (kind: Call["kind"], procedure: Procedure, payload: unknown, options: unknown) =>
    before({ endpoint: name, function: procedure._tag, payload, kind, options })
  return {
    ...service,
    execute: (procedure, payload, options) =>
      Effect.zipRight(said("call", procedure, payload, options), service.execute(procedure, payload, options)),
    ...(stream === undefined ? {} : {
      stream: (procedure, payload, options) =>
        Stream.unwrap(
          Effect.as(said("stream", procedure, payload, options), stream(procedure, payload, options))
        )
    }),
    ...(jobs === undefined ? {} : {
      jobs: {
        attach: jobs.attach,
        submit: (procedure, payload, options) =>
          Effect.zipRight(said("submit", procedure, payload, options), jobs.submit(procedure, payload, options))
      }
    })
  }
}
