/**
 * Field schemas that the modules of REST v2 share.
 *
 * Requests are exact. Responses are tolerant: an unknown key is passed over, `null` and absent are the same, and an
 * enum's unknown member is kept as the text it is, since the platform adds members without a new version.
 *
 * @since 0.1.0
 */
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/**
 * A field of a request that may be left out.
 *
 * @since 0.1.0
 * @category fields
 */
export const optional = <A, I, R>(schema: Schema.Schema<A, I, R>) => Schema.optionalWith(schema, { exact: true })

/**
 * A field of a response that may be absent or `null`.
 *
 * @since 0.1.0
 * @category fields
 */
export const absentable = <A, I, R>(schema: Schema.Schema<A, I, R>) =>
  Schema.optionalWith(schema, { exact: true, nullable: true })

/**
 * The known members of a platform's enum, and any other text: `open("OFF", "ON")` reads `"STANDBY"` as it is.
 *
 * @since 0.1.0
 * @category fields
 */
export const open = <const Members extends readonly [string, ...Array<string>]>(
  ...members: Members
): Schema.Schema<Members[number] | (string & {}), string> =>
  Schema.String.annotations({
    description: `one of ${members.join(", ")}, or a later addition`,
    arbitrary: () => (fc) => fc.constantFrom(...members)
  })

/**
 * @since 0.1.0
 * @category fields
 */
export const WholeNumber = Schema.NonNegativeInt

/**
 * `12.8`: a CUDA version in a request.
 *
 * @since 0.1.0
 * @category fields
 */
export const CudaVersion = Schema.String.pipe(Schema.pattern(/^\d+\.\d+$/, {
  message: () => "a CUDA version as major.minor, such as 12.8"
}))

/**
 * Environment variables of a request. A value may be `Redacted`; it is sent, and shown nowhere.
 *
 * @since 0.1.0
 * @category fields
 */
export const EnvRequest: Schema.Schema<
  { readonly [name: string]: string | Redacted.Redacted },
  { readonly [name: string]: string }
> = Schema.Record({ key: Schema.String, value: Schema.Union(Schema.String, Schema.Redacted(Schema.String)) })

/**
 * Environment variables as the platform holds them. Keys of accounts are among them, so that every value is `Redacted`.
 *
 * @since 0.1.0
 * @category fields
 */
export const Env: Schema.Schema<
  { readonly [name: string]: Redacted.Redacted },
  { readonly [name: string]: string }
> = Schema.Record({ key: Schema.String, value: Schema.Redacted(Schema.String) })

/**
 * What a container is made of, in a request.
 *
 * @since 0.1.0
 * @category fields
 */
export const containerRequest = {
  /** Docker image reference. */
  image: optional(Schema.String),
  /** Arguments of the container's entry point. */
  args: optional(Schema.String),
  /** Container disk in GB, wiped on restart. */
  disk: optional(Schema.Int.pipe(Schema.positive())),
  env: optional(EnvRequest),
  /** As `8000/http`. */
  ports: optional(Schema.Array(Schema.String)),
  /** Id of a registry credential, for a private image; `null` removes it. */
  registry: optional(Schema.NullOr(Schema.String))
}

/**
 * What a container is made of, in a response.
 *
 * @since 0.1.0
 * @category fields
 */
export const container = {
  image: absentable(Schema.String),
  args: absentable(Schema.String),
  disk: absentable(Schema.Int.pipe(Schema.positive())),
  env: absentable(Env),
  ports: absentable(Schema.Array(Schema.String)),
  registry: absentable(Schema.String)
}
