/**
 * Remote functions: an `@effect/rpc` procedure that can be called. Their types are in `remote/`.
 *
 * @since 0.1.0
 */
import * as Rpc from "@effect/rpc/Rpc"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as CallSite from "./invoke/CallSite.ts"
import * as FunctionParts from "./invoke/FunctionParts.ts"
import * as HttpRoute from "./invoke/http/HttpRoute.ts"
import type * as Procedure from "./Procedure.ts"
import { RemoteDefect } from "./protocol/RemoteDefect.ts"
import type * as Route from "./protocol/Route.ts"
import type { Options, Routing, WithLayer, WithoutLayer } from "./remote/FunctionOptions.ts"
import type { ErrorOf, Handler, PayloadSchema, RemoteFunction, SuccessOf } from "./remote/FunctionTypes.ts"
import { Progress } from "./RemoteJob.ts"
import type { EndpointKind } from "./resources/Resource.ts"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  CallOptions,
  /**
   * @since 0.1.0
   * @category models
   */
  Policy,
  /**
   * @since 0.1.0
   * @category models
   */
  SubmitOptions
} from "./protocol/CallOptions.ts"

export {
  /**
   * The schema of a stream, for a contract that says its own: `success: Remote.Stream({ success, failure })` is what
   * `stream: true` makes of `success` and `error`.
   *
   * @since 0.1.0
   * @category schemas
   */
  Stream
} from "@effect/rpc/RpcSchema"

export type * from "./remote/FunctionOptions.ts"
export type * from "./remote/FunctionTypes.ts"
export { implement } from "./remote/Implement.ts"

/**
 * Marks a function as remote.
 *
 * The handler runs on a worker of the resource. It may call other remote functions; any other service it requires must
 * come from `layer`. Without a handler the result is a contract, which callers import without the code and
 * `implement` completes. The function must be exported from the module that defines it.
 *
 * @example
 * import { CpuLiveServerless, remote } from "effect-flash"
 * import { Effect, Schema, Stream } from "effect"
 *
 * const cpu = CpuLiveServerless.make("greeter", { workersMax: 3 })
 *
 * export const greet = remote("greet", {
 *   resource: cpu,
 *   payload: { name: Schema.String },
 *   success: Schema.String
 * }, ({ name }) => Effect.succeed(`Hello ${name}`))
 *
 * export const count = remote("count", {
 *   resource: cpu,
 *   payload: { to: Schema.Int },
 *   success: Schema.Int,
 *   stream: true
 * }, ({ to }) => Stream.range(1, to))
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
    Error extends Schema.Schema.All = typeof Schema.Never,
    const Streams extends boolean = false,
    Kind extends EndpointKind = EndpointKind,
    const Path extends string = never
  >(
    name: Tag,
    options:
      & Options<Name, Payload, Success, Error, Streams, Kind, Path>
      & Routing<NoInfer<Kind>, NoInfer<Path>, NoInfer<Payload>>
      & WithoutLayer,
    handler?: Handler<Payload, SuccessOf<Streams, Success, Error>, ErrorOf<Streams, Error>, never>
  ): RemoteFunction<Name, Tag, PayloadSchema<Payload>, SuccessOf<Streams, Success, Error>, ErrorOf<Streams, Error>>
  <
    const Name extends string,
    const Tag extends string,
    Services,
    Payload extends Schema.Schema.Any | Schema.Struct.Fields = {},
    Success extends Schema.Schema.Any = typeof Schema.Void,
    Error extends Schema.Schema.All = typeof Schema.Never,
    const Streams extends boolean = false,
    Kind extends EndpointKind = EndpointKind,
    const Path extends string = never
  >(
    name: Tag,
    options:
      & Options<Name, Payload, Success, Error, Streams, Kind, Path>
      & Routing<NoInfer<Kind>, NoInfer<Path>, NoInfer<Payload>>
      & WithLayer<Services>,
    // what the handler requires must not decide what its layer gives
    handler: Handler<Payload, SuccessOf<Streams, Success, Error>, ErrorOf<Streams, Error>, NoInfer<Services>>
  ): RemoteFunction<Name, Tag, PayloadSchema<Payload>, SuccessOf<Streams, Success, Error>, ErrorOf<Streams, Error>>
} = (name: string, options: AnyOptions, handler?: Procedure.Definition["handler"]) => {
  const payload = options.payload ?? {}
  const rpc = Rpc.make(name, {
    payload: Schema.isSchema(payload) || Object.keys(payload).length > 0 ? payload : Schema.Void,
    success: options.success ?? Schema.Void,
    error: options.error ?? Schema.Never,
    stream: options.stream ?? false,
    defect: RemoteDefect
  })
  // the overloads say what the parts are; assembled they are no more than an rpc
  const self = FunctionParts.assemble(rpc, options.resource, {
    resource: options.resource,
    handler,
    layer: options.layer,
    module: options.module ?? CallSite.capture(remote),
    dependencies: options.dependencies ?? [],
    systemDependencies: options.systemDependencies ?? [],
    local: options.local ?? false,
    idempotent: options.idempotent ?? false,
    fitnessChecks: options.fitnessChecks,
    route: routeOf(options)
  })
  HttpRoute.check(self)
  return self as never
}

const routeOf = ({ method, path }: AnyOptions): Route.Route | undefined =>
  // one of them alone is a wrong route, and is told so
  method === undefined && path === undefined ? undefined : { method, path } as Route.Route

type AnyOptions =
  & Options<string, Schema.Schema.Any | Schema.Struct.Fields, Schema.Schema.Any, Schema.Schema.All, boolean>
  & { readonly layer?: Procedure.Definition["layer"] }

/**
 * Tells the job that runs how far it is, in a handler: any JSON value, of which the latest is seen by
 * `RemoteJob.progress` and `RemoteJob.status`. It does not wait, and where there is no job it does nothing.
 *
 * @since 0.1.0
 * @category progress
 */
export const progress = (value: unknown): Effect.Effect<void> => Effect.flatMap(Progress, (report) => report(value))
