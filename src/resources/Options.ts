/**
 * What the constructors of resources take. Everything has a default but what is said not to.
 *
 * @since 0.1.0
 */
import type { CpuInstanceType } from "./CpuInstanceType.ts"
import type { CudaVersion } from "./CudaVersion.ts"
import type { DataCenter } from "./DataCenter.ts"
import type { Env } from "./Env.ts"
import type { FlashBoot } from "./FlashBoot.ts"
import type { GpuGroup } from "./GpuGroup.ts"
import type { GpuType } from "./GpuType.ts"
import type { NetworkVolume } from "./NetworkVolume.ts"
import type { PodTemplate } from "./PodTemplate.ts"
import type { ServerlessScalerType } from "./ServerlessScalerType.ts"

/**
 * Settings of every serverless resource.
 *
 * @since 0.1.0
 * @category models
 */
export interface ServerlessOptions {
  /** Workers that are always there, 0 to 1000. Default 0. */
  readonly workersMin?: number
  /** Workers at most, 1 to 1000. Default 1. */
  readonly workersMax?: number
  /** Workers kept ready for priority FlashBoot. Default 0. */
  readonly workersPFBTarget?: number
  /** Seconds a worker waits for another job before it stops, 1 to 3600. Default 60. */
  readonly idleTimeout?: number
  /** Milliseconds a job may run, 5 000 to 604 800 000 (a week). Default 0, without limit. */
  readonly executionTimeoutMs?: number
  /** With `QUEUE_DELAY` seconds, from 0.5; with `REQUEST_COUNT` requests per worker, a whole number. Default 4. */
  readonly scalerValue?: number
  /** `true`, the default, is `FLASHBOOT`; `false` is `OFF`. */
  readonly flashboot?: boolean | FlashBoot
  /**
   * Jobs or requests one worker runs at a time, 1 to 1000. Default: one job, or 100 requests. An image of your own is
   * told by `FLASH_MAX_CONCURRENCY`.
   */
  readonly maxConcurrency?: number
  /** Environment of the workers, at most 50 variables. A secret is a reference: `Env.secret`, `Env.fromLocal`. */
  readonly env?: Env
  /** Where workers may be placed. Default: anywhere, or where the network volumes are. */
  readonly datacenter?: DataCenter | ReadonlyArray<DataCenter>
  readonly networkVolume?: NetworkVolume
  /** Several, each in a data center of its own. */
  readonly networkVolumes?: ReadonlyArray<NetworkVolume>
  /** Id of a volume that is there. */
  readonly networkVolumeId?: string
  /** Docker image. */
  readonly imageName?: string
  /** Gigabytes of a worker's own disk. Default 64 on GPUs, on CPUs what the smallest of the instance types has. */
  readonly containerDiskInGb?: number
  /** Id of the platform's credentials for a private registry. */
  readonly containerRegistryAuthId?: string
}

/**
 * A template of one's own, or one that is on the platform.
 *
 * @since 0.1.0
 * @category models
 */
export type TemplateChoice =
  | { readonly template?: PodTemplate; readonly templateId?: never }
  | { readonly template?: never; readonly templateId?: string }

/**
 * The image of resources whose image is not this library's: named, in a template, or in a template on the platform.
 *
 * @since 0.1.0
 * @category models
 */
export type ImageChoice =
  | { readonly imageName: string }
  | { readonly template: PodTemplate }
  | { readonly templateId: string }

/**
 * @since 0.1.0
 * @category models
 */
export interface QueueOptions {
  /** Default `QUEUE_DELAY`. With `REQUEST_COUNT` the platform has no `idleTimeout`. */
  readonly scalerType?: ServerlessScalerType
}

/**
 * @since 0.1.0
 * @category models
 */
export interface LoadBalancerOptions {
  readonly scalerType?: typeof ServerlessScalerType.REQUEST_COUNT
  /** Port of the worker's HTTP server. Default 80. */
  readonly port?: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface GpuOptions {
  /** Acceptable pools and cards. Default: any. */
  readonly gpus?: readonly [GpuGroup | GpuType, ...ReadonlyArray<GpuGroup | GpuType>]
  /** GPUs of each worker. Default 1. */
  readonly gpuCount?: number
}

/**
 * Exact CUDA versions, or the oldest.
 *
 * @since 0.1.0
 * @category models
 */
export type CudaChoice =
  | { readonly cudaVersions?: ReadonlyArray<CudaVersion>; readonly minCudaVersion?: never }
  | { readonly cudaVersions?: never; readonly minCudaVersion?: CudaVersion }

/**
 * @since 0.1.0
 * @category models
 */
export interface CpuOptions {
  /** Acceptable instance types. Default: `cpu3g-2-8`. */
  readonly instanceIds?: readonly [CpuInstanceType, ...ReadonlyArray<CpuInstanceType>]
}

type Keys<Options> = Options extends unknown ? keyof Options : never

/**
 * An endpoint of one's own image, to be made; or the id of one that is there, and then nothing else.
 *
 * @since 0.1.0
 * @category models
 */
export type OwnImage<Options> =
  | Options & ImageChoice & { readonly id?: never }
  | { readonly id: string } & { readonly [K in Keys<Options>]?: never }

/**
 * @since 0.1.0
 * @category models
 */
export type LiveServerlessOptions = ServerlessOptions & TemplateChoice & QueueOptions & GpuOptions & CudaChoice

/**
 * @since 0.1.0
 * @category models
 */
export type CpuLiveServerlessOptions = ServerlessOptions & TemplateChoice & QueueOptions & CpuOptions

/**
 * @since 0.1.0
 * @category models
 */
export type LiveLoadBalancerOptions = ServerlessOptions & TemplateChoice & LoadBalancerOptions & GpuOptions & CudaChoice

/**
 * @since 0.1.0
 * @category models
 */
export type CpuLiveLoadBalancerOptions = ServerlessOptions & TemplateChoice & LoadBalancerOptions & CpuOptions

/**
 * @since 0.1.0
 * @category models
 */
export type ServerlessEndpointOptions = OwnImage<LiveServerlessOptions>

/**
 * @since 0.1.0
 * @category models
 */
export type CpuServerlessEndpointOptions = OwnImage<CpuLiveServerlessOptions>

/**
 * @since 0.1.0
 * @category models
 */
export type LoadBalancerSlsResourceOptions = OwnImage<LiveLoadBalancerOptions>

/**
 * @since 0.1.0
 * @category models
 */
export type CpuLoadBalancerSlsResourceOptions = OwnImage<CpuLiveLoadBalancerOptions>
