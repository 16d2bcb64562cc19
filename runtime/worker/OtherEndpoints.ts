/**
 * How a deployed worker opens the endpoints of its app's other resources: what that takes is loaded by the first call of
 * one.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type { Declared, EndpointService } from "../../src/Endpoint.ts"
import * as SingleFlight from "../../src/invoke/SingleFlight.ts"
import type * as Codec from "../../src/protocol/Codec.ts"
import { ProvisionFailed } from "../../src/RemoteError.ts"
import type { RemoteError } from "../../src/RemoteError.ts"
import type { DeployedCode } from "./artifact/DeployedCode.ts"

type Open = (resource: Declared, codec: Codec.Codec) => EndpointService

type Others = (resource: Declared, codec: Codec.Codec) => Effect.Effect<EndpointService, RemoteError>

/**
 * What was opened is closed with the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = ({ manifest }: DeployedCode, own: string, scope: Scope.Scope): Others => {
  let loading: Effect.Effect<Open, { readonly message: string }> | undefined
  const load = Effect.suspend(() =>
    loading ??= SingleFlight.make(
      Effect.tryPromise(() => import("./AppEndpoints.ts")).pipe(
        Effect.flatMap((endpoints) => endpoints.make({ own, manifest })),
        Scope.extend(scope),
        Effect.tapErrorCause(() => Effect.sync(() => loading = undefined))
      )
    )
  )
  return (resource, codec) => {
    let opened: EndpointService | undefined
    return Effect.mapBoth(load, {
      onFailure: ({ message }) => new ProvisionFailed({ endpoint: resource.name, reason: message }),
      onSuccess: (open) => opened ??= open(resource, codec)
    })
  }
}
