/**
 * The types of a remote function: what it is, how it is called, what runs it.
 *
 * @since 0.1.0
 */
import type * as Rpc from "@effect/rpc/Rpc"
import type * as RpcSchema from "@effect/rpc/RpcSchema"
import type * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type * as Endpoint from "../Endpoint.ts"
import type * as Procedure from "../Procedure.ts"
import type { CallOptions, SubmitOptions } from "../protocol/CallOptions.ts"
import type { RemoteError } from "../RemoteError.ts"
import type { RemoteJob } from "../RemoteJob.ts"
import type { Resource } from "../resources/Resource.ts"

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
  readonly [Procedure.DefinitionId]: Procedure.Definition
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
