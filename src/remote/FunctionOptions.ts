/**
 * What a remote function, or its code, says of itself.
 *
 * @since 0.1.0
 */
import type * as Layer from "effect/Layer"
import type * as Schema from "effect/Schema"
import type { FitnessCheck } from "../protocol/FitnessCheck.ts"
import type * as Route from "../protocol/Route.ts"
import type { EndpointKind, Resource } from "../resources/Resource.ts"

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
 * @since 0.1.0
 * @category models
 */
export interface ImplementOptions {
  /** What a worker that has this code checks before its first job: `FitnessCheck` of `effect-flash/worker`. */
  readonly fitnessChecks?: ReadonlyArray<FitnessCheck>
  /** `import.meta.url` of the module that exports the function, where it cannot be told from the call site. */
  readonly module?: string
}
