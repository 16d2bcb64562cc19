/**
 * The types of a stateful class: what it says of itself, its methods, its instances and its code.
 *
 * @since 0.1.0
 */
import type * as Rpc from "@effect/rpc/Rpc"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Endpoint from "../Endpoint.ts"
import type * as ClassParts from "../invoke/ClassParts.ts"
import type * as Procedure from "../Procedure.ts"
import type { FitnessCheck } from "../protocol/FitnessCheck.ts"
import type { InvalidPayload } from "../RemoteError.ts"
import type { Resource } from "../resources/Resource.ts"
import type { ErrorOf, Handler, PayloadSchema, RemoteCalls, SuccessOf } from "./FunctionTypes.ts"

/**
 * What a method says of itself besides its code.
 *
 * @since 0.1.0
 * @category models
 */
export interface MethodOptions {
  /** Struct fields or any schema. Default: no payload. */
  readonly payload?: Schema.Schema.Any | Schema.Struct.Fields
  /** Schema of the result, or of one value of a stream. Default: `Schema.Void`. */
  readonly success?: Schema.Schema.Any
  /** Schema of the method's own errors, beside those of the constructor. Default: none. */
  readonly error?: Schema.Schema.All
  /** The method returns a `Stream`, and so does a call. Default false. */
  readonly stream?: boolean
  /** Running it twice with the same payload does no harm. Default false. */
  readonly idempotent?: boolean
}

/**
 * @since 0.1.0
 * @category models
 */
export type MethodsOptions = Readonly<Record<string, MethodOptions>>

/** What every object has that names no constructor of its own: the compiler looks there, too. */
type NoConstructor = ObjectConstructor["constructor"]

/**
 * What a class says of itself besides its code.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<
  Name extends string,
  Args extends Schema.Schema.Any | Schema.Struct.Fields,
  Error extends Schema.Schema.All,
  Methods extends MethodsOptions
> {
  /** Where its instances live. */
  readonly resource: Resource<Name>
  /** What the constructor is given: struct fields or any schema. Default: nothing. */
  readonly constructor?: Args | NoConstructor
  /** Schema of the constructor's own errors: a call whose instance cannot be made fails with them. Default: none. */
  readonly error?: Error
  readonly methods: Methods
  /** How many instances of the class a worker keeps; the one that was not called for longest goes. Default 32. */
  readonly maxInstances?: number
  /** How long a worker keeps an instance that is not called. Default: 10 minutes. */
  readonly idleTimeout?: Duration.DurationInput
  /** npm packages to install on the worker, as `"ms@2.1.3"`; they are not bundled. */
  readonly dependencies?: ReadonlyArray<string>
  /** apt packages to install on the worker, as `"ffmpeg"`. */
  readonly systemDependencies?: ReadonlyArray<string>
  /** What a worker that has this code checks before its first job: `FitnessCheck` of `effect-flash/worker`. */
  readonly fitnessChecks?: ReadonlyArray<FitnessCheck>
  /** Have the instances in the caller's process under every target. Default false. */
  readonly local?: boolean
  /** `import.meta.url` of the module that exports the class, where it cannot be told from the call site. */
  readonly module?: string
}

type PayloadOf<M extends MethodOptions> = M extends {
  readonly payload: infer Payload extends Schema.Schema.Any | Schema.Struct.Fields
} ? PayloadSchema<Payload>
  : typeof Schema.Void

type OwnSuccess<M extends MethodOptions> = M extends { readonly success: infer Success extends Schema.Schema.Any }
  ? Success
  : typeof Schema.Void

/** A method may fail as its constructor does. */
type OwnError<M extends MethodOptions, Error extends Schema.Schema.All> = M extends
  { readonly error: infer Own extends Schema.Schema.All }
  ? [Error["Type"]] extends [never] ? Own : Schema.Union<[Own, Error]>
  : Error

type Streams<M extends MethodOptions> = M extends { readonly stream: true } ? true : false

type SuccessOfMethod<M extends MethodOptions, Error extends Schema.Schema.All> = SuccessOf<
  Streams<M>,
  OwnSuccess<M>,
  OwnError<M, Error>
>

type ErrorOfMethod<M extends MethodOptions, Error extends Schema.Schema.All> = ErrorOf<Streams<M>, OwnError<M, Error>>

/**
 * The procedures of a class, by the names of the methods; their own names are `Class.method`. `RpcGroup.make` takes
 * them. They are called on an instance.
 *
 * @since 0.1.0
 * @category models
 */
export type Procedures<
  Class extends string,
  Error extends Schema.Schema.All,
  Methods extends MethodsOptions
> = {
  readonly [K in keyof Methods & string]:
    & Rpc.Rpc<
      `${Class}.${K}`,
      PayloadOf<Methods[K]>,
      SuccessOfMethod<Methods[K], Error>,
      ErrorOfMethod<Methods[K], Error>
    >
    & { readonly [Procedure.DefinitionId]: Procedure.Definition }
}

/**
 * An instance on a worker, as its callers hold it. It costs nothing: the worker makes the instance for the first call
 * of a method, and keeps it for those that follow.
 *
 * @since 0.1.0
 * @category models
 */
export type Instance<
  Name extends string,
  Class extends string,
  Error extends Schema.Schema.All,
  Methods extends MethodsOptions
> =
  & {
    readonly [K in keyof Methods & string]: RemoteCalls<
      Name,
      `${Class}.${K}`,
      PayloadOf<Methods[K]>,
      SuccessOfMethod<Methods[K], Error>,
      ErrorOfMethod<Methods[K], Error>
    >
  }
  & {
    /** All who give this id, and the same constructor arguments, call the same instance of a worker. */
    readonly instanceId: string
  }

/**
 * What a constructor makes: the methods of an instance.
 *
 * @since 0.1.0
 * @category models
 */
export type Implementation<Methods extends MethodsOptions, Services> = {
  readonly [K in keyof Methods & string]: Handler<
    PayloadOf<Methods[K]>,
    SuccessOf<Streams<Methods[K]>, OwnSuccess<Methods[K]>, OwnError<Methods[K], typeof Schema.Never>>,
    ErrorOf<Streams<Methods[K]>, OwnError<Methods[K], typeof Schema.Never>>,
    Services
  >
}

/**
 * The code of a class: makes an instance. What it acquires is released with the instance.
 *
 * @since 0.1.0
 * @category models
 */
export type Make<
  Args extends Schema.Schema.Any,
  Error extends Schema.Schema.All,
  Methods extends MethodsOptions,
  Services
> = (
  args: Args["Type"]
) => Effect.Effect<
  Implementation<Methods, Services>,
  Error["Type"],
  Services | Scope.Scope | Endpoint.Endpoint<string>
>

/**
 * @since 0.1.0
 * @category models
 */
export interface InstanceOptions {
  /**
   * Which instance is meant, for state that belongs to a session, a user, a document. Default: the one of these
   * constructor arguments, which all share who give none.
   */
  readonly id?: string
}

/**
 * A class whose instances live on workers.
 *
 * @since 0.1.0
 * @category models
 */
export interface RemoteClass<
  Name extends string,
  Class extends string,
  Args extends Schema.Schema.Any,
  Error extends Schema.Schema.All,
  Methods extends MethodsOptions
> {
  /** Names an instance; nothing is sent. Fails with `InvalidPayload` where the arguments do not fit their schema. */
  (
    args: Rpc.PayloadConstructor<Rpc.Rpc<Class, Args>>,
    options?: InstanceOptions
  ): Effect.Effect<Instance<Name, Class, Error, Methods>, InvalidPayload>
  readonly className: Class
  readonly resource: Resource<Name>
  readonly methods: Procedures<Class, Error, Methods>
  readonly [Procedure.ClassId]: ClassParts.Parts
}
