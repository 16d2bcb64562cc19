/**
 * A declared resource: its configuration, and the service it is in a program.
 *
 * @since 0.1.0
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import * as Endpoint from "../Endpoint.ts"
import type { EndpointService } from "../Endpoint.ts"
import type { Declared } from "../Procedure.ts"
import { declare } from "./declare.ts"
import * as Derived from "./Derived.ts"
import * as Mock from "./Mock.ts"
import type { ResourceConfig, ResourceType } from "./ResourceConfig.ts"

/**
 * A resource by its name. Its tag and its layers are typed by that name, so that a program's requirements say which
 * endpoints it touches.
 *
 * @since 0.1.0
 * @category models
 */
export interface Resource<Name extends string, Kind extends EndpointKind = EndpointKind> extends Declared {
  readonly name: Name
  /** How requests get to its workers. */
  readonly kind: Kind
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
 * How requests get to the workers of a resource, as REST v2 calls it.
 *
 * @since 0.1.0
 * @category models
 */
export type EndpointKind = "QUEUE" | "LOAD_BALANCER"

/**
 * The kind of a resource, by its type.
 *
 * @since 0.1.0
 * @category models
 */
export type KindOf<Type extends ResourceType> = Type extends `${string}LoadBalancer${string}` ? "LOAD_BALANCER"
  : "QUEUE"

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
export const make = <const Name extends string, Type extends ResourceType>(
  type: Type,
  name: Name,
  options: object
): Resource<Name, KindOf<Type>> => {
  const config = declare(type, name, options)
  const tag = Endpoint.tag(name)
  const self: Resource<Name, KindOf<Type>> = {
    name,
    // a configuration is of the type it was declared as
    kind: Derived.kind(config) as KindOf<Type>,
    config,
    tag,
    layer: Layer.effect(tag, Effect.map(Endpoint.Flash, (flash) => flash.endpoint(self))),
    layerMock: (handlers) => Layer.scoped(tag, Effect.map(Effect.scope, (scope) => Mock.make(name, handlers, scope)))
  }
  return self
}
