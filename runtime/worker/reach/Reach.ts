/**
 * How a worker calls functions of other endpoints: as any program does, as jobs of a queue or requests to a load balancer.
 * The code that travels is the bundle that the worker itself was given, which holds whatever its functions call.
 *
 * A module of its own, since a worker that calls no others does not load it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { DefinitionId } from "../../../src/Endpoint.ts"
import type { Declared, EndpointService } from "../../../src/Endpoint.ts"
import * as ByKind from "../../../src/invoke/ByKind.ts"
import { CodeBundler } from "../../../src/invoke/CodeBundler.ts"
import type * as Codec from "../../../src/protocol/Codec.ts"
import { BundleFailed, ProvisionFailed } from "../../../src/RemoteError.ts"
import * as EndpointHttp from "../../../src/runpod/EndpointHttp.ts"
import * as KeyFiles from "../../../src/runpod/KeyFiles.ts"
import * as RunpodConfig from "../../../src/runpod/RunpodConfig.ts"
import * as RunpodJobs from "../../../src/runpod/RunpodJobs.ts"
import * as UndiciTransport from "../../../src/runpod/UndiciTransport.ts"
import type { CodeCache } from "../CodeCache.ts"
import * as Provisioned from "./Provisioned.ts"

/**
 * @since 0.1.0
 * @category models
 */
export type Open = (resource: Declared, codec: Codec.Codec) => Effect.Effect<EndpointService, ProvisionFailed>

/**
 * Opens endpoints on the platform that the environment names, with the key that is there. What is open ends with the
 * scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (sourceOf: CodeCache["sourceOf"], scope: Scope.Scope): Effect.Effect<Open> => {
  const services = Layer.mergeAll(
    Layer.provide(RunpodJobs.layer, UndiciTransport.layer),
    EndpointHttp.layer,
    bundler(sourceOf),
    Provisioned.layer
  ).pipe(Layer.provide(Layer.provide(RunpodConfig.layer, KeyFiles.layer)))

  return Effect.map(
    Effect.exit(Layer.buildWithScope(services, scope)),
    (built): Open => (resource, codec) =>
      Effect.mapError(
        Effect.flatMap(built, (context) =>
          ByKind.make(resource, { codec }).pipe(
            Effect.provide(context),
            Scope.extend(scope)
          )),
        (error) => new ProvisionFailed({ endpoint: resource.name, reason: String(error), cause: error })
      )
  )
}

/** The bundles that this worker was given. */
const bundler = (sourceOf: CodeCache["sourceOf"]) =>
  Layer.succeed(CodeBundler, {
    bundle: (procedure) =>
      Effect.suspend(() => {
        const { module } = procedure[DefinitionId]
        const source = module === undefined ? undefined : sourceOf(module)
        return source === undefined
          ? new BundleFailed({
            function: procedure._tag,
            module,
            reason: "it is not in the code that came to this worker with a call"
          })
          : Effect.succeed(source)
      })
  })
