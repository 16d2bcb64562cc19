/**
 * What a resource declares, as data: one schema, tagged by the resource's type, from the declaration to the platform.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { CpuInstanceTypeSchema } from "./CpuInstanceType.ts"
import { GpuGroupSchema } from "./GpuGroup.ts"

const wholeNumber = (options: { readonly min: number; readonly max: number }) =>
  Schema.Int.pipe(Schema.between(options.min, options.max))

/**
 * Fields of every serverless resource, with their defaults.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ServerlessFields = {
  /** 1 to 64 letters, digits, `-`, `_` or `.`: the endpoint's name on the platform. */
  name: Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
    message: () => "a name of 1 to 64 letters, digits, '-', '_' or '.', starting with a letter or digit"
  })),
  /** Workers that are always there. Default 0. */
  workersMin: Schema.optionalWith(wholeNumber({ min: 0, max: 1000 }), { default: () => 0 }),
  /** Workers at most. Default 1. */
  workersMax: Schema.optionalWith(wholeNumber({ min: 1, max: 1000 }), { default: () => 1 }),
  /** Seconds a worker waits for another job before it stops. Default 60. */
  idleTimeout: Schema.optionalWith(wholeNumber({ min: 1, max: 3600 }), { default: () => 60 }),
  /** Milliseconds a job may run; 0, the default, is without limit. */
  executionTimeoutMs: Schema.optionalWith(wholeNumber({ min: 0, max: 604_800_000 }), { default: () => 0 }),
  /** Jobs one worker runs at a time. Default 1. */
  maxConcurrency: Schema.optionalWith(wholeNumber({ min: 1, max: 1000 }), { default: () => 1 })
}

interface Workers {
  readonly workersMin: number
  readonly workersMax: number
}

const workersInOrder = ({ workersMax, workersMin }: Workers): undefined | Schema.FilterIssue =>
  workersMin <= workersMax
    ? undefined
    : { path: ["workersMin"], message: `workersMin ${workersMin} is above workersMax ${workersMax}` }

/**
 * A queue endpoint on GPUs whose code travels with the call.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LiveServerless = Schema.TaggedStruct("LiveServerless", {
  ...ServerlessFields,
  /** Acceptable GPU pools, the preferred first. Default: any. */
  gpus: Schema.optionalWith(Schema.NonEmptyArray(GpuGroupSchema), { default: () => ["any"] as const })
}).pipe(Schema.filter(workersInOrder))

/**
 * A queue endpoint on CPUs whose code travels with the call.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CpuLiveServerless = Schema.TaggedStruct("CpuLiveServerless", {
  ...ServerlessFields,
  /** Acceptable instance types, the preferred first. Default: `cpu3g-2-8`. */
  instanceIds: Schema.optionalWith(Schema.NonEmptyArray(CpuInstanceTypeSchema), {
    default: () => ["cpu3g-2-8"] as const
  })
}).pipe(Schema.filter(workersInOrder))

/**
 * Any resource a program can declare.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ResourceConfig = Schema.Union(LiveServerless, CpuLiveServerless)

/**
 * @since 0.1.0
 * @category models
 */
export type ResourceConfig = typeof ResourceConfig.Type
