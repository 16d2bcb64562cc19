/**
 * What the control plane keeps: one model, of which REST v2, REST v1 and GraphQL are views.
 *
 * The schemas say how a record stands in the database, as JSON.
 *
 * @since 0.1.0
 */
import { Account, NetworkVolume, Registry, Secret } from "./records/AccountRecords.ts"
import { Endpoint, Release, Template } from "./records/EndpointRecords.ts"
import { FlashApp, FlashBuild, FlashEnvironment } from "./records/FlashRecords.ts"
import { Pod } from "./records/PodRecords.ts"

export * from "./records/AccountRecords.ts"
export * from "./records/EndpointRecords.ts"
export * from "./records/FlashRecords.ts"
export * from "./records/PodRecords.ts"

/**
 * Every kind of record, by the name it has in the database.
 *
 * @since 0.1.0
 * @category schemas
 */
export const kinds = {
  accounts: Account,
  endpoints: Endpoint,
  releases: Release,
  templates: Template,
  networkVolumes: NetworkVolume,
  pods: Pod,
  registries: Registry,
  secrets: Secret,
  flashApps: FlashApp,
  flashEnvironments: FlashEnvironment,
  flashBuilds: FlashBuild
} as const

/**
 * @since 0.1.0
 * @category models
 */
export type Kinds = { readonly [K in keyof typeof kinds]: (typeof kinds)[K]["Type"] }
