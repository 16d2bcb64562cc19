/**
 * A remote function, or a method of a class, with its types erased: an rpc, and how to run it. What stands between a call
 * and a worker deals with functions as procedures.
 *
 * @since 0.1.0
 */
import * as Rpc from "@effect/rpc/Rpc"
import * as RpcSchema from "@effect/rpc/RpcSchema"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import { identity } from "effect/Function"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { FitnessCheck } from "./protocol/FitnessCheck.ts"
import type { Route } from "./protocol/Route.ts"
import type { ResourceConfig } from "./resources/ResourceConfig.ts"

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
 * Whether a procedure's success is a stream.
 *
 * @since 0.1.0
 * @category guards
 */
export const isStream = (procedure: Procedure): boolean => RpcSchema.isStreamSchema(procedure.successSchema)

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
