/**
 * What can go wrong between a caller and a remote function, apart from the function's own typed errors.
 *
 * Every class carries the fields a program needs to react and a message that says what happened and what to do.
 *
 * @since 0.1.0
 */
import { CircuitOpen, NoEndpointAvailable } from "./errors/Circuit.ts"
import { JobCancelled, JobFailed, JobNotFound, JobTimedOut, StreamBroken, WorkerLost } from "./errors/Job.ts"
import {
  ApiKeyMissing,
  ProvisionFailed,
  RateLimited,
  TransportFailed,
  Unauthorized,
  UnexpectedStatus
} from "./errors/Platform.ts"
import {
  BundleFailed,
  InvalidOptions,
  InvalidPayload,
  NestedTooDeep,
  NotSupported,
  PayloadTooLarge
} from "./errors/Request.ts"
import { FunctionNotFound, InvalidResponse, ProtocolMismatch, RequestRefused } from "./errors/Worker.ts"

export * from "./errors/Circuit.ts"
export * from "./errors/Job.ts"
export * from "./errors/Platform.ts"
export * from "./errors/Request.ts"
export * from "./errors/Worker.ts"

/**
 * Every infrastructure error of a remote call. A function's own errors stand beside it in the error channel.
 *
 * @since 0.1.0
 * @category errors
 */
export type RemoteError =
  | JobFailed
  | JobTimedOut
  | JobCancelled
  | WorkerLost
  | JobNotFound
  | StreamBroken
  | PayloadTooLarge
  | InvalidPayload
  | InvalidOptions
  | NotSupported
  | InvalidResponse
  | ProtocolMismatch
  | FunctionNotFound
  | RequestRefused
  | BundleFailed
  | ProvisionFailed
  | ApiKeyMissing
  | Unauthorized
  | RateLimited
  | TransportFailed
  | UnexpectedStatus
  | CircuitOpen
  | NoEndpointAvailable
  | NestedTooDeep

const identifiers: ReadonlySet<unknown> = new Set([
  JobFailed,
  JobTimedOut,
  JobCancelled,
  WorkerLost,
  JobNotFound,
  StreamBroken,
  PayloadTooLarge,
  InvalidPayload,
  InvalidOptions,
  NotSupported,
  InvalidResponse,
  ProtocolMismatch,
  FunctionNotFound,
  RequestRefused,
  BundleFailed,
  ProvisionFailed,
  ApiKeyMissing,
  Unauthorized,
  RateLimited,
  TransportFailed,
  UnexpectedStatus,
  CircuitOpen,
  NoEndpointAvailable,
  NestedTooDeep
].map(({ identifier }) => identifier))

/**
 * By the identifiers of the classes: a program of CommonJS may have a copy of them of its own.
 *
 * @since 0.1.0
 * @category guards
 */
export const isRemoteError = (u: unknown): u is RemoteError => u instanceof Error && identifiers.has(identifierOf(u))

const identifierOf = ({ constructor }: Error): unknown =>
  "identifier" in constructor ? constructor.identifier : undefined
