/**
 * What a program holds of an endpoint: the type that stands in its requirements, the service behind it, and the
 * `Flash` service, which opens endpoints on the chosen target.
 *
 * @since 0.1.0
 */
import * as Rpc from "@effect/rpc/Rpc"
import * as RpcSchema from "@effect/rpc/RpcSchema"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import { identity } from "effect/Function"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { CallOptions, SubmitOptions } from "./protocol/CallOptions.ts"
import type { FitnessCheck } from "./protocol/FitnessCheck.ts"
import type { Route } from "./protocol/Route.ts"
import { NotSupported } from "./RemoteError.ts"
import type { RemoteError } from "./RemoteError.ts"
import type { RemoteJob } from "./RemoteJob.ts"
import type { ResourceConfig } from "./resources/ResourceConfig.ts"

declare const EndpointName: unique symbol

/**
 * The endpoint of that name, as a requirement of an `Effect`: `Effect<A, E, Endpoint<"hello">>` calls it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Endpoint<out Name extends string> {
  readonly [EndpointName]: Name
}

/**
 * What the pieces between a call and a worker need to know of a resource.
 *
 * @since 0.1.0
 * @category models
 */
export interface Declared {
  readonly name: string
  readonly config: ResourceConfig
}

/**
 * What runs a payload, with its types erased.
 *
 * @since 0.1.0
 * @category models
 */
export type Handler = (
  payload: never
) => Effect.Effect<unknown, unknown, unknown> | Stream.Stream<unknown, unknown, unknown>

/**
 * A stateful class with its types erased. The object is the identity of the class: two versions of its code make two.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClassDefinition {
  readonly name: string
  readonly constructorSchema: Schema.Schema.Any
  /** Makes an instance: its methods by their names. Absent from a contract. */
  readonly make:
    | ((args: never) => Effect.Effect<Readonly<Record<string, Handler | undefined>>, unknown, unknown>)
    | undefined
  /** How many instances a worker keeps. */
  readonly maxInstances: number
  /** How long it keeps one that is not called, in milliseconds. */
  readonly idleTimeout: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Method {
  readonly class: ClassDefinition
  readonly name: string
}

/**
 * The part of a remote function that is not its contract: how to run it, and where its code is.
 *
 * @since 0.1.0
 * @category models
 */
export interface Definition {
  readonly resource: Declared
  /** Absent from a contract, and from a method. */
  readonly handler: Handler | undefined
  /** Of a method: what it is a method of. */
  readonly method?: Method
  /** Services of the handler, built once per worker. */
  readonly layer: Layer.Layer<unknown, unknown> | undefined
  /** URL of the module that defines the function; `undefined` where it could not be found. */
  readonly module: string | undefined
  /** npm packages, installed on the worker. */
  readonly dependencies: ReadonlyArray<string>
  /** apt packages, installed on the worker. */
  readonly systemDependencies: ReadonlyArray<string>
  /** Run in the caller's process under every target. */
  readonly local: boolean
  /** Where its workers serve it over HTTP; only of a load-balanced endpoint. */
  readonly route: Route | undefined
  /** Running it twice does no harm. */
  readonly idempotent: boolean
  /** What its worker checks before it takes a job. Default: nothing. */
  readonly fitnessChecks?: ReadonlyArray<FitnessCheck> | undefined
}

/**
 * @since 0.1.0
 * @category type ids
 */
export const DefinitionId: unique symbol = Symbol.for("effect-flash/Definition")

/**
 * @since 0.1.0
 * @category type ids
 */
export type DefinitionId = typeof DefinitionId

/**
 * @since 0.1.0
 * @category type ids
 */
export const ClassId: unique symbol = Symbol.for("effect-flash/Class")

/**
 * @since 0.1.0
 * @category type ids
 */
export type ClassId = typeof ClassId

/**
 * A remote function with its types erased: an rpc and its definition.
 *
 * @since 0.1.0
 * @category models
 */
export interface Procedure extends Rpc.AnyWithProps {
  readonly [DefinitionId]: Definition
}

/**
 * @since 0.1.0
 * @category guards
 */
export const isProcedure = (u: unknown): u is Procedure =>
  (typeof u === "function" || (typeof u === "object" && u !== null)) && DefinitionId in u

/**
 * The procedures that a value is, or is made of: a function itself, the methods of a class.
 *
 * @since 0.1.0
 * @category accessors
 */
export const proceduresOf = (u: unknown): ReadonlyArray<Procedure> =>
  isProcedure(u) ? [u] : isClass(u) ? Object.values(u.methods) : []

const isClass = (u: unknown): u is { readonly methods: Readonly<Record<string, Procedure>> } =>
  typeof u === "function" && ClassId in u

/**
 * The name under which the text of a module defines a procedure: its own, or that of its class.
 *
 * @since 0.1.0
 * @category accessors
 */
export const definedName = (procedure: Procedure): string =>
  procedure[DefinitionId].method?.class.name ?? procedure._tag

/**
 * The schema of a procedure's outcome: its result, its errors and defects. Schemas of remote functions need no services.
 *
 * @since 0.1.0
 * @category accessors
 */
export const exitSchema = (procedure: Procedure): Schema.Schema<Exit.Exit<unknown, unknown>, unknown> =>
  // `Rpc.exitSchema` wants the rpc's exact type to compute the schema's; of an erased procedure only this is known
  Rpc.exitSchema(procedure as unknown as Rpc.Any) as unknown as Schema.Schema<Exit.Exit<unknown, unknown>, unknown>

/**
 * The schema of a procedure's payload.
 *
 * @since 0.1.0
 * @category accessors
 */
export const payloadSchema = (procedure: Procedure): Schema.Schema<unknown, unknown> =>
  procedure.payloadSchema as unknown as Schema.Schema<unknown, unknown>

/**
 * The schema of a procedure's result, or of one value where it is a stream.
 *
 * @since 0.1.0
 * @category accessors
 */
export const successSchema = (procedure: Procedure): Schema.Schema<unknown, unknown> =>
  Option.match(RpcSchema.getStreamSchemas(procedure.successSchema.ast), {
    onNone: () => procedure.successSchema,
    onSome: ({ success }) => success
  }) as unknown as Schema.Schema<unknown, unknown>

/**
 * Makes a caller's payload ready to travel: fills in constructor defaults, where the payload's schema has a
 * constructor, and encodes it. Fails with what is wrong with the payload, in words.
 *
 * @since 0.1.0
 * @category encoding
 */
export const payloadEncoder = (procedure: Procedure): (payload: unknown) => Effect.Effect<unknown, string> =>
  encoder(procedure.payloadSchema)

/**
 * As `payloadEncoder`, for any schema without requirements.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encoder = (
  schema: Schema.Schema.Any & { readonly make?: unknown }
): (payload: unknown) => Effect.Effect<unknown, string> => {
  const make = schema.make
  const construct = typeof make === "function"
    // encoding validates what comes out
    ? (payload: unknown): unknown => make.call(schema, payload, { disableValidation: true })
    : identity
  // of an erased schema only this is known
  const encode = Schema.encode(schema as Schema.Schema<unknown>, { errors: "all" })
  return (payload) =>
    Effect.try({
      try: () => construct(payload),
      catch: (error) => error instanceof Error ? error.message : String(error)
    }).pipe(Effect.flatMap((value) => Effect.mapError(encode(value), (error) => error.message)))
}

/**
 * Whether calls go through to an endpoint. Times are milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export type CircuitState =
  | {
    /** They do. */
    readonly _tag: "Closed"
    /** Failures among the last outcomes. */
    readonly failures: number
    /** How many outcomes that is. */
    readonly outcomes: number
  }
  | {
    /** They fail with `CircuitOpen`. */
    readonly _tag: "Open"
    /** When it is half-open. */
    readonly until: number
  }
  | {
    /** A few do, to see how the endpoint is. */
    readonly _tag: "HalfOpen"
    /** How many are let through at once. */
    readonly permits: number
    /** How many have succeeded. */
    readonly successes: number
    /** When there are permits again at the latest, where there are none. */
    readonly until: number
  }

/**
 * What of an endpoint's circuit breaker can be looked at.
 *
 * @since 0.1.0
 * @category models
 */
export interface Circuit {
  /** The state now: half-open as soon as its time has come, without a call. */
  readonly state: Effect.Effect<CircuitState>
  /** The state now and after each change of its tag. */
  readonly changes: Stream.Stream<CircuitState>
}

/**
 * Runs remote functions on one endpoint.
 *
 * @since 0.1.0
 * @category models
 */
export interface EndpointService {
  readonly name: string
  /** Absent where nothing stands between callers and the endpoint: in this process, and on a mock. */
  readonly circuit?: Circuit
  /** Fails with the function's own errors and with `RemoteError`; the caller's types say so. */
  readonly execute: (procedure: Procedure, payload: unknown, options?: CallOptions) => Effect.Effect<unknown, unknown>
  /** Runs a function whose success is a stream; fails as `execute` does, after the values that came. */
  readonly stream?: (procedure: Procedure, payload: unknown, options?: SubmitOptions) => Stream.Stream<unknown, unknown>
  /** Calls that go on without their caller; an endpoint without a queue has none. */
  readonly jobs?: EndpointJobs
}

/**
 * The jobs of an endpoint, with their types erased.
 *
 * @since 0.1.0
 * @category models
 */
export interface EndpointJobs {
  readonly submit: (procedure: Procedure, payload: unknown, options?: SubmitOptions) => Effect.Effect<Job, RemoteError>
  /** A job of that function, by its id. */
  readonly attach: (procedure: Procedure, jobId: string) => Effect.Effect<Job, RemoteError>
}

/**
 * @since 0.1.0
 * @category models
 */
export type Job = RemoteJob<unknown, unknown, unknown>

/**
 * The values of a call whose success is a stream.
 *
 * @since 0.1.0
 * @category accessors
 */
export const streamOf = (
  service: EndpointService,
  procedure: Procedure,
  payload: unknown,
  options?: SubmitOptions
): Stream.Stream<unknown, unknown> =>
  service.stream?.(procedure, payload, options) ?? Stream.fail(unsupported(service, "stream"))

/**
 * The jobs of an endpoint, or why it has none.
 *
 * @since 0.1.0
 * @category accessors
 */
export const jobsOf = (service: EndpointService, operation: "submit" | "attach"): Effect.Effect<
  EndpointJobs,
  NotSupported
> => service.jobs === undefined ? Effect.fail(unsupported(service, operation)) : Effect.succeed(service.jobs)

const unsupported = ({ name }: EndpointService, operation: string) =>
  new NotSupported({ endpoint: name, operation, reason: "it has no queue" })

/**
 * Whether a procedure's success is a stream.
 *
 * @since 0.1.0
 * @category guards
 */
export const isStream = (procedure: Procedure): boolean => RpcSchema.isStreamSchema(procedure.successSchema)

/**
 * Where remote functions run.
 *
 * @since 0.1.0
 * @category models
 */
export type Target = "inline" | "local" | "live" | "deployed" | "worker"

/**
 * The target of a program: opens the endpoints its resources declare. An endpoint is provisioned by its first call,
 * not when it is opened.
 *
 * @since 0.1.0
 * @category services
 */
export class Flash extends Context.Tag("effect-flash/Flash")<Flash, {
  readonly target: Target
  /** The same service for the same name. */
  readonly endpoint: (resource: Declared) => EndpointService
}>() {}

/**
 * The context key of an endpoint.
 *
 * @since 0.1.0
 * @category constructors
 */
export const tag = <const Name extends string>(name: Name): Context.Tag<Endpoint<Name>, EndpointService> =>
  Context.GenericTag<Endpoint<Name>, EndpointService>(`effect-flash/Endpoint/${name}`)

/**
 * The endpoint of a resource: the one provided by name, or else the one `Flash` opens.
 *
 * @since 0.1.0
 * @category accessors
 */
export const find = <const Name extends string>(
  key: Context.Tag<Endpoint<Name>, EndpointService>,
  resource: Declared
): Effect.Effect<EndpointService, never, Endpoint<Name>> =>
  Effect.contextWithEffect((context: Context.Context<Endpoint<Name>>) => {
    const provided = context.unsafeMap.get(key.key) as EndpointService | undefined
    if (provided !== undefined) return Effect.succeed(provided)
    const flash = context.unsafeMap.get(Flash.key) as typeof Flash.Service | undefined
    if (flash !== undefined) return Effect.succeed(flash.endpoint(resource))
    return Effect.dieMessage(
      `Endpoint "${resource.name}" was not provided: use Flash.runMain or Flash.provide, or provide the resource's layer`
    )
  })
