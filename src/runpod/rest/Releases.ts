/**
 * Releases of an endpoint: `/v2/serverless/{id}/releases`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { absentable, open, WholeNumber } from "./Fields.ts"

/**
 * @since 0.1.0
 * @category schemas
 */
export const Release = Schema.Struct({
  id: Schema.String,
  version: absentable(Schema.Int),
  source: open("GIT_BUILD", "MANUAL"),
  buildId: absentable(Schema.String),
  createdByUserId: absentable(Schema.String),
  /** Workers that run this release now. */
  workerCount: WholeNumber,
  /** RFC 3339. */
  createdAt: Schema.String,
  diff: Schema.Array(Schema.Struct({
    /** As `gpuCount` or `template.imageName`. */
    field: Schema.String,
    old: Schema.Unknown,
    new: Schema.Unknown
  }))
})

/**
 * @since 0.1.0
 * @category models
 */
export type Release = typeof Release.Type

/**
 * The newest release first.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ListEndpointReleasesResponse = Schema.Struct({
  endpointVersion: absentable(Schema.Int),
  rollout: Schema.Struct({
    inProgress: Schema.Boolean,
    workersOnLatest: WholeNumber,
    workersTotal: WholeNumber,
    percentOnLatest: WholeNumber
  }),
  releases: Schema.Array(Release)
})

/**
 * @since 0.1.0
 * @category models
 */
export type ListEndpointReleasesResponse = typeof ListEndpointReleasesResponse.Type
