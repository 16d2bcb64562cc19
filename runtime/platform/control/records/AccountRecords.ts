/**
 * An account as the control plane keeps it, with its volumes, secrets and credentials of registries.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Texts, Time } from "./Fields.ts"

/**
 * @since 0.1.0
 * @category schemas
 */
export const NetworkVolume = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  /** GB. */
  size: Schema.Number,
  dataCenterId: Schema.String,
  type: Schema.Literal("STANDARD", "HIGH_PERFORMANCE"),
  flashEnvironmentId: Schema.NullOr(Schema.String),
  createdAt: Time
})

/**
 * @since 0.1.0
 * @category models
 */
export type NetworkVolume = typeof NetworkVolume.Type

/**
 * A registry's credentials. The platform pulls no image, so it keeps no password.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Registry = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  username: Schema.String,
  createdAt: Time
})

/**
 * @since 0.1.0
 * @category models
 */
export type Registry = typeof Registry.Type

/**
 * A value for `{{ RUNPOD_SECRET_<name> }}` in an environment.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Secret = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  value: Schema.Redacted(Schema.String),
  description: Schema.String,
  createdAt: Time
})

/**
 * @since 0.1.0
 * @category models
 */
export type Secret = typeof Secret.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const Account = Schema.Struct({
  id: Schema.String,
  sshKeys: Texts,
  /** Signs the addresses of artifacts. */
  signingKey: Schema.Redacted(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Account = typeof Account.Type
