/**
 * Flash for TypeScript, on Effect.
 *
 * @since 0.1.0
 */
export type { Circuit, CircuitState, Endpoint, EndpointService, Target } from "./Endpoint.ts"
/**
 * Targets, and how to run a program on one.
 *
 * @since 0.1.0
 */
export * as Flash from "./Flash.ts"
/**
 * One endpoint in front of several.
 *
 * @since 0.1.0
 */
export * as Balance from "./invoke/Balance.ts"
/**
 * Leaves an endpoint alone that keeps failing.
 *
 * @since 0.1.0
 */
export * as CircuitBreaker from "./reliability/CircuitBreaker.ts"
/**
 * The circuit breakers of a process.
 *
 * @since 0.1.0
 */
export * as CircuitBreakers from "./reliability/CircuitBreakers.ts"
/**
 * Chooses one of several endpoints.
 *
 * @since 0.1.0
 */
export * as EndpointSelector from "./reliability/EndpointSelector.ts"
/**
 * How calls are retried, broken off, balanced and counted.
 *
 * @since 0.1.0
 */
export * as ReliabilityConfig from "./reliability/ReliabilityConfig.ts"
/**
 * When a failed request is sent again.
 *
 * @since 0.1.0
 */
export * as RetryPolicy from "./reliability/RetryPolicy.ts"
/**
 * What calls cost and how they end.
 *
 * @since 0.1.0
 */
export * as Metrics from "./observability/Metrics.ts"
/**
 * Where log lines go.
 *
 * @since 0.1.0
 */
export * as Logging from "./observability/Logging.ts"
/**
 * Keeps secrets out of what is written down.
 *
 * @since 0.1.0
 */
export * as Redaction from "./observability/Redaction.ts"
/**
 * The types of remote functions.
 *
 * @since 0.1.0
 */
export * as Remote from "./Remote.ts"
export { implement, remote } from "./Remote.ts"
export * from "./RemoteError.ts"
export { CpuInstanceType } from "./resources/CpuInstanceType.ts"
export { GpuGroup } from "./resources/GpuGroup.ts"
export { InvalidResource } from "./resources/Resource.ts"
export type { Resource } from "./resources/Resource.ts"
export { CpuLiveServerless, LiveServerless } from "./resources/Serverless.ts"
