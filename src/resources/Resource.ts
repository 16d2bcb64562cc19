/**
 * A declared resource: its configuration, and the service it is in a program.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import type { Declared, EndpointService } from "../Endpoint.ts"
import * as Endpoint from "../Endpoint.ts"
import { declare } from "./declare.ts"
import * as Mock from "./Mock.ts"
import type { ResourceConfig, ResourceType } from "./ResourceConfig.ts"

/**
 * A resource by its name. Its tag and its layers are typed by that name, so that a program's requirements say which
 * endpoints it touches.
 *
 * @since 0.1.0
 * @category models
 */
export interface Resource<Name extends string> extends Declared {
  readonly name: Name
  readonly config: ResourceConfig
  /** Context key of this endpoint. */
  readonly tag: Context.Tag<Endpoint.Endpoint<Name>, EndpointService>
  /** The endpoint on the target that `Flash` is; provisioned once, by the first call. */
  readonly layer: Layer.Layer<Endpoint.Endpoint<Name>, never, Endpoint.Flash>
  /**
   * A stand-in for tests: handlers by function name, run in this process through the functions' own schemas. Name the
   * functions to have payloads and results typed: `cpu.layerMock<typeof hello>({ hello: ({ name }) => … })`. A function
   * without a handler fails with `FunctionNotFound`.
   */
  readonly layerMock: <Functions extends Mockable = Mockable>(
    handlers: Handlers<Functions>
  ) => Layer.Layer<Endpoint.Endpoint<Name>>
}

/**
 * What `layerMock` needs to know of a function.
 *
 * @since 0.1.0
 * @category models
 */
export interface Mockable {
  readonly _tag: string
  readonly payloadSchema: { readonly Type: unknown }
  readonly successSchema: { readonly Type: unknown }
  readonly errorSchema: { readonly Type: unknown }
}

/**
 * @since 0.1.0
 * @category models
 */
export type Handlers<Functions extends Mockable> = {
  readonly [F in Functions as F["_tag"]]?: (
    payload: F["payloadSchema"]["Type"]
  ) => F["successSchema"]["Type"] extends Stream.Stream<infer A, infer E> ? Stream.Stream<A, E>
    : Effect.Effect<F["successSchema"]["Type"], F["errorSchema"]["Type"]>
}

/**
 * Makes a declaration a resource. Throws `InvalidResource`, since a declaration is code: it runs when its module is
 * loaded, and a wrong one is a mistake to mend there.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <const Name extends string>(type: ResourceType, name: Name, options: object): Resource<Name> => {
  const config = declare(type, name, options)
  const tag = Endpoint.tag(name)
  const self: Resource<Name> = {
    name,
    config,
    tag,
    layer: Layer.effect(tag, Effect.map(Endpoint.Flash, (flash) => flash.endpoint(self))),
    layerMock: (handlers) => Layer.scoped(tag, Effect.map(Effect.scope, (scope) => Mock.make(name, handlers, scope)))
  }
  return self
}
