/**
 * Remote functions: an `@effect/rpc` procedure that can be called.
 *
 * @since 0.1.0
 */
import * as Rpc from "@effect/rpc/Rpc"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Endpoint from "./Endpoint.ts"
import * as CallSite from "./invoke/CallSite.ts"
import { RemoteDefect } from "./protocol/RemoteDefect.ts"
import type { RemoteError } from "./RemoteError.ts"
import type { Resource } from "./resources/Resource.ts"

/**
 * A payload is given as struct fields or as a schema; no fields are no payload.
 *
 * @since 0.1.0
 * @category models
 */
export type PayloadSchema<P> = {} extends P ? typeof Schema.Void
  : P extends Schema.Schema.Any ? P
  : P extends Schema.Struct.Fields ? Schema.Struct<P>
  : never

/**
 * A remote function: `Rpc.isRpc` is true of it, `RpcGroup.make` takes it, and called with a payload it is an `Effect`
 * that succeeds with the decoded result and fails with the function's own errors or a `RemoteError`.
 *
 * @since 0.1.0
 * @category models
 */
export interface RemoteFunction<
  Name extends string,
  Tag extends string,
  Payload extends Schema.Schema.Any,
  Success extends Schema.Schema.Any,
  Error extends Schema.Schema.All
> extends Rpc.Rpc<Tag, Payload, Success, Error> {
  (
    payload: Rpc.PayloadConstructor<Rpc.Rpc<Tag, Payload, Success, Error>>
  ): Effect.Effect<Success["Type"], Error["Type"] | RemoteError, Endpoint.Endpoint<Name>>
  readonly resource: Resource<Name>
  readonly [Endpoint.DefinitionId]: Endpoint.Definition
}

/**
 * What a remote function says of itself besides its code.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<
  Name extends string,
  Payload extends Schema.Schema.Any | Schema.Struct.Fields,
  Success extends Schema.Schema.Any,
  Error extends Schema.Schema.All
> {
  /** Where it runs. */
  readonly resource: Resource<Name>
  /** Struct fields or any schema. Default: no payload. */
  readonly payload?: Payload
  /** Schema of the result. Default: `Schema.Void`. */
  readonly success?: Success
  /** Schema of the function's own errors. Default: none. */
  readonly error?: Error
  /** npm packages to install on the worker, as `"ms@2.1.3"`; they are not bundled. */
  readonly dependencies?: ReadonlyArray<string>
  /** apt packages to install on the worker, as `"ffmpeg"`. */
  readonly systemDependencies?: ReadonlyArray<string>
  /** Run in the caller's process under every target. Default false. */
  readonly local?: boolean
  /**
   * Running it twice with the same payload does no harm: a call whose request may have been lost, or whose worker was,
   * is made again (`FLASH_RETRY_*`). Default false: only what was certainly not accepted is sent again.
   */
  readonly idempotent?: boolean
  /** `import.meta.url` of the module that exports the function, where it cannot be told from the call site. */
  readonly module?: string
}

/**
 * The services a handler requires besides other endpoints.
 *
 * @since 0.1.0
 * @category models
 */
export interface WithLayer<Services> {
  /** Built once per worker and released with it. */
  readonly layer: Layer.Layer<Services, unknown>
}

interface WithoutLayer {
  readonly layer?: undefined
}

type Handler<
  Payload extends Schema.Schema.Any | Schema.Struct.Fields,
  Success extends Schema.Schema.Any,
  Error extends Schema.Schema.All,
  Services
> = (
  payload: PayloadSchema<Payload>["Type"]
) => Effect.Effect<Success["Type"], Error["Type"], Services | Endpoint.Endpoint<string>>

/**
 * Marks a function as remote.
 *
 * The handler runs on a worker of the resource. It may call other remote functions; any other service it requires must
 * come from `layer`. Without a handler the result is a contract, which callers import without the code and
 * `implement` completes. The function must be exported from the module that defines it.
 *
 * @example
 * import { CpuLiveServerless, remote } from "effect-flash"
 * import { Effect, Schema } from "effect"
 *
 * const cpu = CpuLiveServerless.make("greeter", { workersMax: 3 })
 *
 * export const greet = remote("greet", {
 *   resource: cpu,
 *   payload: { name: Schema.String },
 *   success: Schema.String
 * }, ({ name }) => Effect.succeed(`Hello ${name}`))
 *
 * @since 0.1.0
 * @category constructors
 */
export const remote: {
  <
    const Name extends string,
    const Tag extends string,
    // not `typeof Schema.Void`: fields made inline with `Schema.optionalWith` are not inferred beside such a default
    Payload extends Schema.Schema.Any | Schema.Struct.Fields = {},
    Success extends Schema.Schema.Any = typeof Schema.Void,
    Error extends Schema.Schema.All = typeof Schema.Never
  >(
    name: Tag,
    options: Options<Name, Payload, Success, Error> & WithoutLayer,
    handler?: Handler<Payload, Success, Error, never>
  ): RemoteFunction<Name, Tag, PayloadSchema<Payload>, Success, Error>
  <
    const Name extends string,
    const Tag extends string,
    Services,
    Payload extends Schema.Schema.Any | Schema.Struct.Fields = {},
    Success extends Schema.Schema.Any = typeof Schema.Void,
    Error extends Schema.Schema.All = typeof Schema.Never
  >(
    name: Tag,
    options: Options<Name, Payload, Success, Error> & WithLayer<Services>,
    // what the handler requires must not decide what its layer gives
    handler: Handler<Payload, Success, Error, NoInfer<Services>>
  ): RemoteFunction<Name, Tag, PayloadSchema<Payload>, Success, Error>
} = (name: string, options: AnyOptions, handler?: Endpoint.Definition["handler"]) => {
  const payload = options.payload ?? {}
  const rpc = Rpc.make(name, {
    payload: Schema.isSchema(payload) || Object.keys(payload).length > 0 ? payload : Schema.Void,
    success: options.success ?? Schema.Void,
    error: options.error ?? Schema.Never,
    defect: RemoteDefect
  })
  // the overloads say what the parts are; assembled they are no more than an rpc
  return assemble(rpc, options.resource, {
    resource: options.resource,
    handler,
    layer: options.layer,
    module: options.module ?? CallSite.capture(remote),
    dependencies: options.dependencies ?? [],
    systemDependencies: options.systemDependencies ?? [],
    local: options.local ?? false,
    idempotent: options.idempotent ?? false
  }) as never
}

type AnyOptions =
  & Options<string, Schema.Schema.Any | Schema.Struct.Fields, Schema.Schema.Any, Schema.Schema.All>
  & { readonly layer?: Endpoint.Definition["layer"] }

/**
 * Completes a contract with its handler, in the module that a worker is to load.
 *
 * @example
 * import { CpuLiveServerless, implement, remote } from "effect-flash"
 * import { Effect, Schema } from "effect"
 *
 * const cpu = CpuLiveServerless.make("adder")
 * export const contract = remote("add", {
 *   resource: cpu,
 *   payload: { a: Schema.Number, b: Schema.Number },
 *   success: Schema.Number
 * })
 *
 * export const add = implement(contract, ({ a, b }) => Effect.succeed(a + b))
 *
 * @since 0.1.0
 * @category constructors
 */
export const implement: {
  <
    Name extends string,
    Tag extends string,
    Payload extends Schema.Schema.Any,
    Success extends Schema.Schema.Any,
    Error extends Schema.Schema.All
  >(
    contract: RemoteFunction<Name, Tag, Payload, Success, Error>,
    handler: Handler<Payload, Success, Error, never>,
    options?: ImplementOptions & WithoutLayer
  ): RemoteFunction<Name, Tag, Payload, Success, Error>
  <
    Name extends string,
    Tag extends string,
    Services,
    Payload extends Schema.Schema.Any,
    Success extends Schema.Schema.Any,
    Error extends Schema.Schema.All
  >(
    contract: RemoteFunction<Name, Tag, Payload, Success, Error>,
    handler: Handler<Payload, Success, Error, NoInfer<Services>>,
    options: ImplementOptions & WithLayer<Services>
  ): RemoteFunction<Name, Tag, Payload, Success, Error>
} = (
  contract: Rpc.AnyWithProps & {
    readonly resource: Resource<string>
    readonly [Endpoint.DefinitionId]: Endpoint.Definition
  },
  handler: Endpoint.Definition["handler"],
  options: ImplementOptions & { readonly layer?: Endpoint.Definition["layer"] } = {}
) =>
  assemble(contract, contract.resource, {
    ...contract[Endpoint.DefinitionId],
    handler,
    layer: options.layer,
    module: options.module ?? CallSite.capture(implement)
  }) as never

/**
 * @since 0.1.0
 * @category models
 */
export interface ImplementOptions {
  /** `import.meta.url` of the module that exports the function, where it cannot be told from the call site. */
  readonly module?: string
}

/** An rpc is a function object already, but one that does nothing when called: its parts move to one that calls. */
const assemble = <Name extends string>(
  rpc: Rpc.AnyWithProps,
  resource: Resource<Name>,
  definition: Endpoint.Definition
): unknown => {
  const call = (payload: unknown) =>
    Effect.flatMap(Endpoint.find(resource.tag, resource), (endpoint) => endpoint.execute(self, payload))
  Object.setPrototypeOf(call, Object.getPrototypeOf(rpc) as object)
  const self: Endpoint.Procedure = Object.assign(call, rpc, { resource, [Endpoint.DefinitionId]: definition })
  return self
}
