/**
 * What a program holds of an endpoint: the type that stands in its requirements, the service behind it, and the
 * `Flash` service, which opens endpoints on the chosen target.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Declared, Procedure } from "./Procedure.ts"
import type { CallOptions, SubmitOptions } from "./protocol/CallOptions.ts"
import { NotSupported } from "./RemoteError.ts"
import type { RemoteError } from "./RemoteError.ts"
import type { RemoteJob } from "./RemoteJob.ts"

// who deals with endpoints deals with what they run
export * from "./Procedure.ts"

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
