/**
 * Remote functions: an `@effect/rpc` procedure that can be called.
 *
 * @since 0.1.0
 */
import * as Rpc from "@effect/rpc/Rpc"
import * as RpcSchema from "@effect/rpc/RpcSchema"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import * as Endpoint from "./Endpoint.ts"
import * as Call from "./invoke/Call.ts"
import * as CallSite from "./invoke/CallSite.ts"
import * as ClassParts from "./invoke/ClassParts.ts"
import * as HttpRoute from "./invoke/http/HttpRoute.ts"
import * as Made from "./invoke/Made.ts"
import type { CallOptions, SubmitOptions } from "./protocol/CallOptions.ts"
import type { FitnessCheck } from "./protocol/FitnessCheck.ts"
import { RemoteDefect } from "./protocol/RemoteDefect.ts"
import type * as Route from "./protocol/Route.ts"
import type * as RemoteClass from "./RemoteClass.ts"
import type { RemoteError } from "./RemoteError.ts"
import { Progress } from "./RemoteJob.ts"
import type { RemoteJob } from "./RemoteJob.ts"
import type { EndpointKind, Resource } from "./resources/Resource.ts"

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
 * that succeeds with the decoded result and fails with the function's own errors or a `RemoteError`. Where its success
 * is a stream, it is a `Stream` of the values. Interrupting a call cancels it.
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
> extends Rpc.Rpc<Tag, Payload, Success, Error>, RemoteCalls<Name, Tag, Payload, Success, Error> {
  readonly resource: Resource<Name>
  readonly [Endpoint.DefinitionId]: Endpoint.Definition
}

/**
 * How a remote function, or a method of an instance, is called.
 *
 * @since 0.1.0
 * @category models
 */
export interface RemoteCalls<
  Name extends string,
  Tag extends string,
  Payload extends Schema.Schema.Any,
  Success extends Schema.Schema.Any,
  Error extends Schema.Schema.All
> {
  (
    payload: Rpc.PayloadConstructor<Rpc.Rpc<Tag, Payload, Success, Error>>,
    options?: OptionsOf<Success>
  ): Result<Success, Error, RemoteError, Endpoint.Endpoint<Name>>
  /**
   * Submits a call as a job, which goes on without its caller. Interrupting it before there is a job leaves none.
   */
  readonly submit: (
    payload: Rpc.PayloadConstructor<Rpc.Rpc<Tag, Payload, Success, Error>>,
    options?: SubmitOptions
  ) => Effect.Effect<JobOf<Success, Error>, RemoteError, Endpoint.Endpoint<Name>>
  /**
   * Finds a job of this function again, here or in another process, by its id. Fails with `JobNotFound` where the
   * endpoint does not know it.
   */
  readonly attach: (jobId: string) => Effect.Effect<JobOf<Success, Error>, RemoteError, Endpoint.Endpoint<Name>>
}

/**
 * What a function gives: an `Effect`, or a `Stream` where its success is one.
 *
 * @since 0.1.0
 * @category models
 */
export type Result<Success extends Schema.Schema.Any, Error extends Schema.Schema.All, E, R> = [Success] extends
  [RpcSchema.Stream<infer A, infer F>] ? Stream.Stream<A["Type"], F["Type"] | Error["Type"] | E, R>
  : Effect.Effect<Success["Type"], Error["Type"] | E, R>

/**
 * A job of a function with these schemas.
 *
 * @since 0.1.0
 * @category models
 */
export type JobOf<Success extends Schema.Schema.Any, Error extends Schema.Schema.All> = [Success] extends
  [RpcSchema.Stream<infer A, infer F>] ? RemoteJob<void, F["Type"] | Error["Type"], A["Type"]>
  : RemoteJob<Success["Type"], Error["Type"]>

/** A stream is not waited for as a whole. */
type OptionsOf<Success extends Schema.Schema.Any> = [Success] extends [RpcSchema.Stream<infer _A, infer _F>]
  ? SubmitOptions
  : CallOptions

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
  Error extends Schema.Schema.All,
  Streams extends boolean,
  Kind extends EndpointKind = EndpointKind,
  Path extends string = string
> {
  /** Where it runs. */
  readonly resource: Resource<Name, Kind>
  /** HTTP method; functions of load balancers need one, others have none. */
  readonly method?: Route.Method
  /**
   * HTTP path, beside the method. `{name}` in place of a segment is the field of that name, as in `/users/{id}`; the
   * other fields stand in the query (`GET`, `DELETE`), in the JSON body, or in a form where one of them is bytes.
   */
  readonly path?: Path
  /** Struct fields or any schema. Default: no payload. */
  readonly payload?: Payload
  /** Schema of the result, or of one value of a stream. Default: `Schema.Void`. */
  readonly success?: Success
  /** Schema of the function's own errors. Default: none. */
  readonly error?: Error
  /** The handler returns a `Stream`, and so does a call. `success: RpcSchema.Stream(…)` says the same. Default false. */
  readonly stream?: Streams
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
  /** What a worker that has this code checks before its first job: `FitnessCheck` of `effect-flash/worker`. */
  readonly fitnessChecks?: ReadonlyArray<FitnessCheck>
  /** `import.meta.url` of the module that exports the function, where it cannot be told from the call site. */
  readonly module?: string
}

/**
 * What the kind of a resource demands of a function's options: a route where it is a load balancer, whose placeholders
 * are fields of the payload, and none where it is a queue.
 *
 * @since 0.1.0
 * @category models
 */
export type Routing<Kind extends EndpointKind, Path extends string, Payload> = [Kind] extends ["LOAD_BALANCER"] ? {
    readonly method: Route.Method
    readonly path: Route.Checked<Path, FieldOf<Payload>>
  }
  : [Kind] extends ["QUEUE"] ? { readonly method?: never; readonly path?: never }
  // which it is, is seen when the module is loaded
  : unknown

/** The names that a payload's fields have on their way. */
type FieldOf<Payload> = Payload extends Schema.Schema.Any ? KeysOf<Payload["Encoded"]>
  : Payload extends Schema.Struct.Fields ? KeysOf<Schema.Struct.Encoded<Payload>>
  : never

type KeysOf<Encoded> = Encoded extends unknown ? keyof Encoded : never

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

/**
 * Nothing is required besides other endpoints.
 *
 * @since 0.1.0
 * @category models
 */
export interface WithoutLayer {
  readonly layer?: undefined
}

/**
 * What runs a payload.
 *
 * @since 0.1.0
 * @category models
 */
export type Handler<
  Payload extends Schema.Schema.Any | Schema.Struct.Fields,
  Success extends Schema.Schema.Any,
  Error extends Schema.Schema.All,
  Services
> = (
  payload: PayloadSchema<Payload>["Type"]
) => Result<Success, Error, never, Services | Endpoint.Endpoint<string>>

/**
 * The success of the rpc. As `Rpc.make` has it, the error of a function that streams is the failure of its stream.
 *
 * @since 0.1.0
 * @category models
 */
export type SuccessOf<Streams, Success extends Schema.Schema.Any, Error extends Schema.Schema.All> = Streams extends
  true ? RpcSchema.Stream<Success, Error>
  : Success

/**
 * The error of the rpc.
 *
 * @since 0.1.0
 * @category models
 */
export type ErrorOf<Streams, Error extends Schema.Schema.All> = Streams extends true ? typeof Schema.Never : Error

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
} = (name: string, options: AnyOptions, handler?: Endpoint.Definition["handler"]) => {
  const payload = options.payload ?? {}
  const rpc = Rpc.make(name, {
    payload: Schema.isSchema(payload) || Object.keys(payload).length > 0 ? payload : Schema.Void,
    success: options.success ?? Schema.Void,
    error: options.error ?? Schema.Never,
    stream: options.stream ?? false,
    defect: RemoteDefect
  })
  // the overloads say what the parts are; assembled they are no more than an rpc
  const self = assemble(rpc, options.resource, {
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
  & { readonly layer?: Endpoint.Definition["layer"] }

/**
 * Completes a contract with its code, in the module that a worker is to load: a function with its handler, a class with
 * what makes its instances.
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
  <
    Name extends string,
    Class extends string,
    Args extends Schema.Schema.Any,
    Error extends Schema.Schema.All,
    Methods extends RemoteClass.MethodsOptions
  >(
    contract: RemoteClass.RemoteClass<Name, Class, Args, Error, Methods>,
    make: RemoteClass.Make<Args, Error, Methods, never>,
    options?: ImplementOptions & WithoutLayer
  ): RemoteClass.RemoteClass<Name, Class, Args, Error, Methods>
  <
    Name extends string,
    Class extends string,
    Args extends Schema.Schema.Any,
    Error extends Schema.Schema.All,
    Methods extends RemoteClass.MethodsOptions,
    Services
  >(
    contract: RemoteClass.RemoteClass<Name, Class, Args, Error, Methods>,
    make: RemoteClass.Make<Args, Error, Methods, NoInfer<Services>>,
    options: ImplementOptions & WithLayer<Services>
  ): RemoteClass.RemoteClass<Name, Class, Args, Error, Methods>
} = (
  contract: FunctionContract | ClassContract,
  code: unknown,
  options: ImplementOptions & { readonly layer?: Endpoint.Definition["layer"] } = {}
) => {
  const own = { layer: options.layer, module: options.module ?? CallSite.capture(implement) }
  const { fitnessChecks } = options
  // the overloads say what completes which
  return (Endpoint.ClassId in contract
    ? ClassParts.assemble({
      ...contract[Endpoint.ClassId],
      ...(fitnessChecks === undefined ? {} : { fitnessChecks }),
      make: code as ClassParts.Parts["make"],
      ...own
    })
    : assemble(contract, contract.resource, {
      ...contract[Endpoint.DefinitionId],
      ...(fitnessChecks === undefined ? {} : { fitnessChecks }),
      handler: code as Endpoint.Handler,
      ...own
    })) as never
}

type FunctionContract = Rpc.AnyWithProps & {
  readonly resource: Resource<string>
  readonly [Endpoint.DefinitionId]: Endpoint.Definition
}

interface ClassContract {
  readonly [Endpoint.ClassId]: ClassParts.Parts
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ImplementOptions {
  /** What a worker that has this code checks before its first job: `FitnessCheck` of `effect-flash/worker`. */
  readonly fitnessChecks?: ReadonlyArray<FitnessCheck>
  /** `import.meta.url` of the module that exports the function, where it cannot be told from the call site. */
  readonly module?: string
}

/**
 * Tells the job that runs how far it is, in a handler: any JSON value, of which the latest is seen by
 * `RemoteJob.progress` and `RemoteJob.status`. It does not wait, and where there is no job it does nothing.
 *
 * @since 0.1.0
 * @category progress
 */
export const progress = (value: unknown): Effect.Effect<void> => Effect.flatMap(Progress, (report) => report(value))

/** An rpc is a function object already, but one that does nothing when called: its parts move to one that calls. */
const assemble = <Name extends string>(
  rpc: Rpc.AnyWithProps,
  resource: Resource<Name>,
  definition: Endpoint.Definition
): Endpoint.Procedure => {
  const { attach, call, submit } = Call.make(resource)
  const callable = (payload: unknown, options?: CallOptions) => call(self, payload, options)
  Object.setPrototypeOf(callable, Object.getPrototypeOf(rpc) as object)
  const self: Endpoint.Procedure = Object.assign(callable, rpc, {
    resource,
    [Endpoint.DefinitionId]: definition,
    submit: (payload: unknown, options?: SubmitOptions) => submit(self, payload, options),
    attach: (jobId: string) => attach(self, jobId)
  })
  Made.tell(self)
  return self
}
