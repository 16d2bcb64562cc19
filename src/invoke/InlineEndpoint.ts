/**
 * Calls that run in the caller's process, through the same requests, responses and schemas as on a worker.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { EndpointService } from "../Endpoint.ts"
import type * as Codec from "../protocol/Codec.ts"
import * as FunctionRequest from "../protocol/FunctionRequest.ts"
import { InvalidPayload } from "../RemoteError.ts"
import type { FunctionServer } from "./FunctionServer.ts"
import * as RpcEndpoint from "./RpcEndpoint.ts"

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: { readonly name: string; readonly codec: Codec.Codec; readonly server: FunctionServer },
  scope: Scope.Scope
): EndpointService =>
  RpcEndpoint.make({
    name: options.name,
    codec: options.codec,
    format: "msgpack",
    send: (procedure, request) =>
      FunctionRequest.decode(request).pipe(
        Effect.mapError((error) => new InvalidPayload({ function: procedure._tag, issue: error.message })),
        Effect.flatMap((decoded) => options.server.execute(procedure, decoded)),
        Effect.map((response) => ({ response }))
      )
  }, scope)
