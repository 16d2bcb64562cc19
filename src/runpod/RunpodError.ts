/**
 * What can go wrong between this library and RunPod's control plane: REST v2, REST v1 and GraphQL.
 *
 * What a remote call can meet as well (no key, a refused key, a rate limit, a broken connection) is in `RemoteError` and
 * is the same class here.
 *
 * @since 0.1.0
 */
import type { ApiKeyMissing, RateLimited, TransportFailed, Unauthorized } from "../RemoteError.ts"
import type {
  ApiRetired,
  CapacityUnavailable,
  Conflict,
  Forbidden,
  GraphqlErrors,
  NotFound,
  RequestRejected,
  ValidationFailed
} from "./errors/Refused.ts"
import type { OutcomeUnknown, RequestTimedOut, ServerError, UnexpectedResponse } from "./errors/Unanswered.ts"

export {
  /**
   * @since 0.1.0
   * @category errors
   */
  ApiKeyMissing,
  /**
   * @since 0.1.0
   * @category errors
   */
  RateLimited,
  /**
   * @since 0.1.0
   * @category errors
   */
  TransportFailed,
  /**
   * @since 0.1.0
   * @category errors
   */
  Unauthorized
} from "../RemoteError.ts"
export * from "./errors/CredentialsNotSaved.ts"
export * from "./errors/Refused.ts"
export * from "./errors/Unanswered.ts"

/**
 * What any request to the control plane can fail with.
 *
 * @since 0.1.0
 * @category errors
 */
export type RequestError =
  | ApiKeyMissing
  | Unauthorized
  | Forbidden
  | NotFound
  | Conflict
  | ValidationFailed
  | RequestRejected
  | CapacityUnavailable
  | RateLimited
  | ApiRetired
  | ServerError
  | TransportFailed
  | RequestTimedOut
  | UnexpectedResponse

/**
 * What a request that makes something can fail with.
 *
 * @since 0.1.0
 * @category errors
 */
export type CreateError = RequestError | OutcomeUnknown

/**
 * What a GraphQL query, or a mutation that can be repeated, can fail with.
 *
 * @since 0.1.0
 * @category errors
 */
export type GraphqlError = RequestError | GraphqlErrors

/**
 * Every error of the control plane.
 *
 * @since 0.1.0
 * @category errors
 */
export type RunpodError = RequestError | OutcomeUnknown | GraphqlErrors
