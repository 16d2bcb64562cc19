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
 * Apps and their environments on RunPod.
 *
 * @since 0.1.0
 */
export * as FlashApp from "./FlashApp.ts"
export { InvalidRoute } from "./invoke/http/InvalidRoute.ts"
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
/**
 * The types of stateful classes.
 *
 * @since 0.1.0
 */
export * as RemoteClass from "./RemoteClass.ts"
export { remoteClass } from "./RemoteClass.ts"
export * from "./RemoteError.ts"
/**
 * Calls that were submitted as jobs.
 *
 * @since 0.1.0
 */
export * as RemoteJob from "./RemoteJob.ts"
/**
 * Plans and applies what is declared, and removes it.
 *
 * @since 0.1.0
 */
export * as ResourceManager from "./ResourceManager.ts"
export { CpuInstanceType } from "./resources/CpuInstanceType.ts"
export { CudaVersion } from "./resources/CudaVersion.ts"
export { DataCenter } from "./resources/DataCenter.ts"
/**
 * Environment variables of workers: literals, secrets of the account, variables of this machine.
 *
 * @since 0.1.0
 */
export * as Env from "./resources/Env.ts"
export { FlashBoot } from "./resources/FlashBoot.ts"
export { GpuGroup } from "./resources/GpuGroup.ts"
export type { GpuPool } from "./resources/GpuGroup.ts"
export { fromGpuIds, toGpuIds } from "./resources/GpuIds.ts"
export { GpuType, gpuTypeDetails, isGpuType } from "./resources/GpuType.ts"
export type { GpuCard, GpuTypeDetail } from "./resources/GpuType.ts"
export { InvalidResource } from "./resources/InvalidResource.ts"
export { NetworkVolume } from "./resources/NetworkVolume.ts"
/**
 * What the constructors of resources take.
 *
 * @since 0.1.0
 */
export type * as Options from "./resources/Options.ts"
export { PodTemplate } from "./resources/PodTemplate.ts"
export type { Resource } from "./resources/Resource.ts"
export type { ResourceConfig } from "./resources/ResourceConfig.ts"
export * from "./resources/Serverless.ts"
export { ServerlessScalerType } from "./resources/ServerlessScalerType.ts"
export { ServerlessType } from "./resources/ServerlessType.ts"
/**
 * What RunPod's control plane can answer instead of what it was asked.
 *
 * @since 0.1.0
 */
export * as RunpodError from "./runpod/RunpodError.ts"
