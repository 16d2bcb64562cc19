/**
 * What an endpoint is to be on the platform: a declaration with everything resolved that it only refers to.
 *
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"
import type { FlashBoot } from "../resources/FlashBoot.ts"
import type { ServerlessScalerType } from "../resources/ServerlessScalerType.ts"

/**
 * The names are the platform's; one API has a name of its own for some, which its payload module gives them.
 *
 * @since 0.1.0
 * @category models
 */
export interface EndpointSettings {
  readonly kind: "QUEUE" | "LOAD_BALANCER"
  readonly name: string
  readonly image?: string
  /** Arguments of the image's entry point, one string as for a shell. */
  readonly args?: string
  /** GB. */
  readonly disk?: number
  readonly env: Readonly<Record<string, Redacted.Redacted>>
  /** As `80/http`. */
  readonly ports: ReadonlyArray<string>
  readonly registry?: string
  readonly templateId?: string
  /** Either this or `cpu`. */
  readonly gpu?: GpuSettings
  readonly cpu?: ReadonlyArray<CpuSettings>
  readonly workersMin: number
  readonly workersMax: number
  readonly workersPFBTarget: number
  /** Seconds. */
  readonly idleTimeout: number
  readonly scalerType: ServerlessScalerType
  readonly scalerValue: number
  /** Milliseconds; 0 is without limit. */
  readonly executionTimeoutMs: number
  readonly flashboot: FlashBoot
  /** Empty: anywhere. */
  readonly dataCenterIds: ReadonlyArray<string>
  readonly networkVolumes: ReadonlyArray<VolumeSettings>
  readonly template: TemplateOnlySettings
}

/**
 * @since 0.1.0
 * @category models
 */
export interface GpuSettings {
  readonly pools: ReadonlyArray<string>
  readonly excludedTypes: ReadonlyArray<string>
  readonly count: number
  /** Empty: any. Absent: as the template says. */
  readonly allowedCudaVersions?: ReadonlyArray<string>
  readonly minCudaVersion?: string
}

/**
 * `cpu3c-2-4` is 2 vCPU of flavor `cpu3c`.
 *
 * @since 0.1.0
 * @category models
 */
export interface CpuSettings {
  readonly id: string
  readonly vcpuCount: number
  /** The two and the memory in one, as `cpu3c-2-4`. */
  readonly instanceId: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface VolumeSettings {
  readonly id: string
  readonly dataCenterId?: string
}

/**
 * What only the templates of GraphQL have.
 *
 * @since 0.1.0
 * @category models
 */
export interface TemplateOnlySettings {
  readonly name?: string
  readonly startScript?: string
  readonly advancedStart?: boolean
  readonly config?: Readonly<Record<string, unknown>>
}
