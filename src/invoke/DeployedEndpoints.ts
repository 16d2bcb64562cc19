/**
 * The endpoints of a deployed app, found by its manifest when they are first called.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import { ServiceRegistry } from "../discovery/ServiceRegistry.ts"
import type { EndpointService } from "../Endpoint.ts"
import type { Declared } from "../Procedure.ts"
import type * as Codec from "../protocol/Codec.ts"
import { Ensuring } from "../provision/Ensuring.ts"
import { ProvisionFailed } from "../RemoteError.ts"
import * as Derived from "../resources/Derived.ts"
import type { EndpointHttp } from "../runpod/EndpointHttp.ts"
import type { RunpodJobs } from "../runpod/RunpodJobs.ts"
import * as ByKind from "./ByKind.ts"
import * as CodeBundler from "./CodeBundler.ts"
import * as Dialect from "./Dialect.ts"

/**
 * Opens endpoints of the app whose services are in the context. Nothing is provisioned: what the app's build does not
 * know is a `ProvisionFailed` that says what it knows.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<
  (resource: Declared, codec: Codec.Codec) => EndpointService,
  never,
  Scope.Scope | RunpodJobs | EndpointHttp | ServiceRegistry
> = Effect.gen(function*() {
  const registry = yield* ServiceRegistry
  const runtime = yield* Effect.runtime<Scope.Scope | RunpodJobs | EndpointHttp>()
  const services = Layer.merge(Layer.succeed(Ensuring, { ensure: ensure(registry) }), CodeBundler.layer)
  return (resource, codec) =>
    Runtime.runSync(runtime)(
      ByKind.make(resource, { codec, dialect: Dialect.of(resource.config, "deployed") }).pipe(
        Effect.provide(services)
      )
    )
})

const words = { QUEUE: "queue", LOAD_BALANCER: "load balancer" } as const

const ensure = (registry: typeof ServiceRegistry.Service) => ({ config, name }: Declared) => {
  const id = Derived.existingId(config)
  if (id !== undefined) return Effect.succeed({ id, name })
  const failed = (reason: string) => new ProvisionFailed({ endpoint: name, reason })
  return Effect.flatMap(
    Effect.mapError(registry.findResource(name), ({ message }) => failed(message)),
    (location) => {
      switch (location._tag) {
        case "Remote":
          return location.kind !== Derived.kind(config)
            ? failed(
              `it was deployed as a ${words[location.kind]}, and is declared as a ${
                words[Derived.kind(config)]
              }: deploy it again`
            )
            : location.id === undefined
            ? failed("the deployed build does not say the id of its endpoint: deploy it again")
            : Effect.succeed({ id: location.id, name })
        case "Local":
          return failed("it is this worker's own, which serves its functions itself")
        case "Unknown":
          return failed(
            `${location.reason}${location.known.length === 0 ? "" : ` (it knows ${location.known.join(", ")})`}`
          )
      }
    }
  )
}
