/**
 * Environment variables of an endpoint's workers.
 *
 * A value is a literal string, or a reference to one: what a reference stands for is in no manifest, archive or log.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * A secret of the RunPod account: the platform puts its value in place when a worker starts.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Secret = Schema.TaggedStruct("Secret", { name: Schema.String })

/**
 * @since 0.1.0
 * @category models
 */
export type Secret = typeof Secret.Type

/**
 * A variable of the machine that provisions the endpoint, read when it does so.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Local = Schema.TaggedStruct("Local", { name: Schema.String })

/**
 * @since 0.1.0
 * @category models
 */
export type Local = typeof Local.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const Value = Schema.Union(Schema.String, Secret, Local)

/**
 * A literal string, or a reference.
 *
 * @since 0.1.0
 * @category models
 */
export type Value = typeof Value.Type

/**
 * Variables by their names.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Env = Schema.Record({ key: Schema.String, value: Value })

/**
 * @since 0.1.0
 * @category models
 */
export type Env = typeof Env.Type
