/**
 * Flash apps as the control plane keeps them, with their environments and builds.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Time } from "./Fields.ts"

/**
 * @since 0.1.0
 * @category schemas
 */
export const FlashApp = Schema.Struct({ id: Schema.String, name: Schema.String, createdAt: Time })

/**
 * @since 0.1.0
 * @category models
 */
export type FlashApp = typeof FlashApp.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const FlashEnvironment = Schema.Struct({
  id: Schema.String,
  appId: Schema.String,
  name: Schema.String,
  /** As `PENDING`, `DEPLOYING` or `HEALTHY`. */
  state: Schema.String,
  activeBuildId: Schema.NullOr(Schema.String),
  createdAt: Time
})

/**
 * @since 0.1.0
 * @category models
 */
export type FlashEnvironment = typeof FlashEnvironment.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const FlashBuild = Schema.Struct({
  id: Schema.String,
  appId: Schema.String,
  objectKey: Schema.String,
  manifest: Schema.Unknown,
  createdAt: Time
})

/**
 * @since 0.1.0
 * @category models
 */
export type FlashBuild = typeof FlashBuild.Type
