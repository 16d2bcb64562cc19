/**
 * Flash for TypeScript, on Effect.
 *
 * @since 0.1.0
 */
export type { Endpoint, EndpointService, Target } from "./Endpoint.ts"
/**
 * Targets, and how to run a program on one.
 *
 * @since 0.1.0
 */
export * as Flash from "./Flash.ts"
export { InvalidRoute } from "./invoke/http/InvalidRoute.ts"
/**
 * The types of remote functions.
 *
 * @since 0.1.0
 */
export * as Remote from "./Remote.ts"
export { implement, remote } from "./Remote.ts"
export * from "./RemoteError.ts"
/**
 * Calls that were submitted as jobs.
 *
 * @since 0.1.0
 */
export * as RemoteJob from "./RemoteJob.ts"
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
