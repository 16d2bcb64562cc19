/**
 * Credentials of container registries: `/v2/registries`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * Body of `POST /v2/registries`. What is sent is never shown again.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateRegistryRequest = Schema.Struct({
  name: Schema.NonEmptyString,
  username: Schema.NonEmptyString,
  password: Schema.Redacted(Schema.NonEmptyString)
})

/**
 * @since 0.1.0
 * @category models
 */
export type CreateRegistryRequest = typeof CreateRegistryRequest.Type

/**
 * A registry credential, without its secret.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Registry = Schema.Struct({ id: Schema.String, name: Schema.String })

/**
 * @since 0.1.0
 * @category models
 */
export type Registry = typeof Registry.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const ListRegistriesResponse = Schema.Struct({ registries: Schema.Array(Registry) })
