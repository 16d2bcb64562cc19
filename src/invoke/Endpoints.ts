/**
 * The endpoints a target has opened: one service for each resource, and functions marked `local` run in this process.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Endpoint from "../Endpoint.ts"
import type { EndpointService, Target } from "../Endpoint.ts"
import * as Procedure from "../Procedure.ts"
import * as Codec from "../protocol/Codec.ts"
import { isLoadBalancer } from "../resources/Derived.ts"
import * as FunctionServer from "./FunctionServer.ts"
import * as InlineEndpoint from "./InlineEndpoint.ts"
import * as InlineRoutes from "./InlineRoutes.ts"
import * as Reliable from "./Reliable.ts"

/**
 * How a target opens the endpoint of a resource; `inline` is the endpoint that runs in this process.
 *
 * @since 0.1.0
 * @category models
 */
export type Open = (resource: Procedure.Declared, inline: EndpointService, codec: Codec.Codec) => EndpointService

/**
 * `Flash`, and the server that runs functions in this process.
 *
 * @since 0.1.0
 * @category models
 */
export interface Endpoints {
  readonly flash: typeof Endpoint.Flash.Service
  readonly server: FunctionServer.FunctionServer
  readonly codec: Codec.Codec
}

/**
 * `Flash` over one way of opening endpoints. Handlers that run in this process call other functions through it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  target: Target,
  open: Open,
  options: { readonly stacks: boolean } = { stacks: true }
): Effect.Effect<Endpoints, never, Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const codec = Codec.make()
    const reliable = yield* Reliable.make
    const services = new Map<Procedure.Declared, EndpointService>()
    const flash = Endpoint.Flash.of({
      target,
      endpoint(resource) {
        const known = services.get(resource)
        if (known !== undefined) return known
        const own = { name: resource.name, codec, server }
        const here = InlineEndpoint.make(own, scope)
        const inline = isLoadBalancer(resource.config) ? InlineRoutes.make(own, here, scope) : here
        const opened = open(resource, inline, codec)
        // what runs in this process has no connection to lose
        const service = localOr(inline, opened === inline ? inline : reliable(opened))
        services.set(resource, service)
        return service
      }
    })
    const server = yield* Effect.provideService(
      FunctionServer.make({ codec, stacks: options.stacks }),
      Endpoint.Flash,
      flash
    )
    return { flash, server, codec }
  })

/** Functions marked `local` run in this process, all others where the target has them. */
const localOr = (inline: EndpointService, remote: EndpointService): EndpointService => {
  const of = (procedure: Procedure.Procedure) => procedure[Procedure.DefinitionId].local ? inline : remote
  return {
    name: remote.name,
    ...(remote.circuit === undefined ? {} : { circuit: remote.circuit }),
    execute: (procedure, payload, options) => of(procedure).execute(procedure, payload, options),
    stream: (procedure, payload, options) => Endpoint.streamOf(of(procedure), procedure, payload, options),
    jobs: {
      submit: (procedure, payload, options) =>
        Effect.flatMap(Endpoint.jobsOf(of(procedure), "submit"), ({ submit }) => submit(procedure, payload, options)),
      attach: (procedure, jobId) =>
        Effect.flatMap(Endpoint.jobsOf(of(procedure), "attach"), ({ attach }) => attach(procedure, jobId))
    }
  }
}
