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
/**
 * The types of remote functions.
 *
 * @since 0.1.0
 */
export * as Remote from "./Remote.ts"
export { implement, remote } from "./Remote.ts"
export * from "./RemoteError.ts"
/**
 * What RunPod's control plane can answer instead of what it was asked.
 *
 * @since 0.1.0
 */
export { CpuInstanceType } from "./resources/CpuInstanceType.ts"
export { GpuGroup } from "./resources/GpuGroup.ts"
export { InvalidResource } from "./resources/Resource.ts"
export type { Resource } from "./resources/Resource.ts"
export { CpuLiveServerless, LiveServerless } from "./resources/Serverless.ts"
export * as RunpodError from "./runpod/RunpodError.ts"
