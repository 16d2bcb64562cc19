/**
 * Flash apps over GraphQL: apps, their environments, builds and artifacts, and logging in.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { absentable, open } from "../rest/Fields.ts"

const list = <A, I, R>(item: Schema.Schema<A, I, R>) =>
  Schema.optionalWith(Schema.Array(item), { exact: true, nullable: true, default: () => [] })

const Named = Schema.Struct({ id: Schema.String, name: absentable(Schema.String) })

/**
 * An environment of a flash app, as a list shows it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FlashEnvironmentSummary = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  state: absentable(open("PENDING", "BUILDING", "DEPLOYING", "HEALTHY", "ERROR")),
  activeBuildId: absentable(Schema.String),
  createdAt: absentable(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type FlashEnvironmentSummary = typeof FlashEnvironmentSummary.Type

/**
 * A build of a flash app, as a list shows it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FlashBuildSummary = Schema.Struct({
  id: Schema.String,
  objectKey: absentable(Schema.String),
  createdAt: absentable(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type FlashBuildSummary = typeof FlashBuildSummary.Type

/**
 * @since 0.1.0
 * @category schemas
 */
export const FlashApp = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  flashEnvironments: list(FlashEnvironmentSummary),
  flashBuilds: list(FlashBuildSummary)
})

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
  ...FlashEnvironmentSummary.fields,
  endpoints: list(Named),
  networkVolumes: list(Named)
})

/**
 * @since 0.1.0
 * @category models
 */
export type FlashEnvironment = typeof FlashEnvironment.Type

/**
 * A new app, environment or state of one: its id and name.
 *
 * @since 0.1.0
 * @category schemas
 */
export const IdAndName = Schema.Struct({ id: Schema.String, name: Schema.String })

/**
 * @since 0.1.0
 * @category models
 */
export type IdAndName = typeof IdAndName.Type

/**
 * An environment after its state was set.
 *
 * @since 0.1.0
 * @category schemas
 */
export const EnvironmentState = Schema.Struct({ ...IdAndName.fields, state: absentable(Schema.String) })

/**
 * @since 0.1.0
 * @category models
 */
export type EnvironmentState = typeof EnvironmentState.Type

/**
 * A build with its manifest: JSON that the platform keeps and does not read.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FlashBuild = Schema.Struct({
  id: Schema.String,
  manifest: Schema.optionalWith(Schema.Unknown, { exact: true })
})

/**
 * @since 0.1.0
 * @category models
 */
export type FlashBuild = typeof FlashBuild.Type

/**
 * Where an artifact is to be put. The URL is signed: who has it can write.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ArtifactUpload = Schema.Struct({
  uploadUrl: Schema.Redacted(Schema.String),
  objectKey: Schema.String,
  expiresAt: absentable(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type ArtifactUpload = typeof ArtifactUpload.Type

/**
 * An environment after a build was deployed to it. The artifact's URL is signed: who has it can read.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Deployment = Schema.Struct({
  ...IdAndName.fields,
  activeArtifact: absentable(Schema.Struct({
    objectKey: absentable(Schema.String),
    downloadUrl: absentable(Schema.Redacted(Schema.String)),
    expiresAt: absentable(Schema.String)
  }))
})

/**
 * @since 0.1.0
 * @category models
 */
export type Deployment = typeof Deployment.Type

/**
 * An endpoint or a volume after it was put into an environment.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Registered = Schema.Struct({ ...Named.fields, flashEnvironmentId: absentable(Schema.String) })

/**
 * @since 0.1.0
 * @category models
 */
export type Registered = typeof Registered.Type

/**
 * A login that waits for a browser, was answered, or ended. Only `apiKey` together with `APPROVED` or `CONSUMED` is one
 * that succeeded; `DENIED`, `EXPIRED` and `CONSUMED` without a key have failed; everything else waits.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FlashAuthRequest = Schema.Struct({
  id: Schema.String,
  status: open("PENDING", "APPROVED", "CONSUMED", "DENIED", "EXPIRED"),
  expiresAt: absentable(Schema.String),
  apiKey: absentable(Schema.Redacted(Schema.String))
})

/**
 * @since 0.1.0
 * @category models
 */
export type FlashAuthRequest = typeof FlashAuthRequest.Type
