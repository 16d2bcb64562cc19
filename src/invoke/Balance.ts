/**
 * One endpoint in front of several: each call goes to one of them that takes it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Flash, jobsOf, streamOf } from "../Endpoint.ts"
import type { Endpoint, EndpointService } from "../Endpoint.ts"
import * as Metrics from "../observability/Metrics.ts"
import type { Declared, Procedure } from "../Procedure.ts"
import type { CallOptions } from "../protocol/CallOptions.ts"
import * as EndpointSelector from "../reliability/EndpointSelector.ts"
import { ReliabilityConfig } from "../reliability/ReliabilityConfig.ts"
import type { Strategy } from "../reliability/ReliabilityConfig.ts"
import { isRemoteError, NotSupported } from "../RemoteError.ts"
import type { Resource } from "../resources/Resource.ts"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /**
   * How an endpoint is chosen. Default: `FLASH_LB_STRATEGY` where `FLASH_LOAD_BALANCER_ENABLED` is true, else the first
   * one whose circuit is not open.
   */
  readonly strategy?: Strategy
}

/**
 * Calls of a resource's functions go to one of several resources, which may or may not include itself. The function
 * runs where it is sent: its code travels with the call, so that every endpoint can run it.
 *
 * A call fails with `NoEndpointAvailable` where the circuit of each endpoint is open. A call that was sent is not sent
 * to another endpoint: it may have been accepted.
 *
 * @example
 * import { Balance, CpuLiveServerless, Flash, remote } from "effect-flash"
 * import { Effect, Schema } from "effect"
 *
 * const small = CpuLiveServerless.make("small")
 * const large = CpuLiveServerless.make("large", { workersMax: 5 })
 * export const pi = remote("pi", { resource: small, success: Schema.Number }, () => Effect.succeed(Math.PI))
 *
 * const program = pi().pipe(
 *   Effect.provide(Balance.layer(small, [small, large], { strategy: "least_connections" })),
 *   Effect.provide(Flash.layerLocal)
 * )
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <Name extends string>(
  resource: Resource<Name>,
  candidates: ReadonlyArray<Declared>,
  options: Options = {}
): Layer.Layer<Endpoint<Name>, never, Flash> =>
  Layer.effect(
    resource.tag,
    Effect.gen(function*() {
      const flash = yield* Flash
      const { loadBalancer, metrics } = yield* ReliabilityConfig
      const selector = EndpointSelector.make({
        strategy: options.strategy ?? (loadBalancer.enabled ? loadBalancer.strategy : "first"),
        metrics: Metrics.make(metrics)
      })
      const endpoints = candidates.map((candidate) => flash.endpoint(candidate))

      const execute = (
        among: ReadonlyArray<EndpointService>,
        procedure: Procedure,
        payload: unknown,
        options?: CallOptions
      ): Effect.Effect<unknown, unknown> =>
        Effect.scoped(
          Effect.flatMap(selector.acquire(among), (chosen) =>
            Effect.catchIf(
              chosen.execute(procedure, payload, options),
              // its circuit has opened since it was looked at: nothing was sent
              (error) =>
                isRemoteError(error) && error._tag === "CircuitOpen" && error.endpoint === chosen.name &&
                among.length > 1,
              () => execute(among.filter((other) => other !== chosen), procedure, payload, options)
            ))
        )

      const service: EndpointService = {
        name: resource.name,
        execute: (procedure, payload, options) => execute(endpoints, procedure, payload, options),
        stream: (procedure, payload, options) =>
          Stream.unwrapScoped(
            Effect.map(selector.acquire(endpoints), (chosen) => streamOf(chosen, procedure, payload, options))
          ),
        jobs: {
          submit: (procedure, payload, options) =>
            Effect.scoped(
              Effect.flatMap(
                selector.acquire(endpoints),
                (chosen) =>
                  Effect.flatMap(jobsOf(chosen, "submit"), ({ submit }) => submit(procedure, payload, options))
              )
            ),
          attach: () =>
            Effect.fail(
              new NotSupported({
                endpoint: resource.name,
                operation: "attach",
                reason: "its jobs are on several endpoints; attach to a job on the one that has it"
              })
            )
        }
      }
      return service
    })
  )
