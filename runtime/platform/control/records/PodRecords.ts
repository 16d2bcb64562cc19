/**
 * Pods as the control plane keeps them.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { container, Texts, Time } from "./Fields.ts"

/**
 * A pod. The platform has no machine that it could run on: it stays what was asked for.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Pod = Schema.Struct({
  ...container,
  networkVolume: Schema.NullOr(Schema.Struct({ id: Schema.String, path: Schema.String })),
  compute: Schema.Union(
    Schema.Struct({ type: Schema.Literal("GPU"), id: Schema.String, count: Schema.Number }),
    Schema.Struct({ type: Schema.Literal("CPU"), id: Schema.String, vcpuCount: Schema.Number })
  ),
  cloud: Schema.Literal("SECURE", "COMMUNITY"),
  dataCenterIds: Texts,
  interruptible: Schema.Boolean,
  locked: Schema.Boolean,
  globalNetworking: Schema.Boolean,
  /** Whether it is to run. */
  isWanted: Schema.Boolean,
  /** When that was said last. */
  changedAt: Time,
  createdAt: Time
})

/**
 * @since 0.1.0
 * @category models
 */
export type Pod = typeof Pod.Type
