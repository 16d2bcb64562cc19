/**
 * Every error a user can meet: its code, what happened, why, and what to do. `flash explain`, docs/errors and the exit
 * codes are made from it.
 *
 * A new error class without an entry here does not compile.
 */
import { type ConfigError, isConfigError } from "effect/ConfigError"
import type { UploadFailed } from "../../src/provision/ArtifactUpload.ts"
import type { BuildUnusable, DeploymentIncomplete, NotServing } from "../../src/provision/DeploymentError.ts"
import type { StillInUse } from "../../src/provision/FlashApp.ts"
import type { ProvisionError } from "../../src/provision/Provisioner.ts"
import type { EnvironmentNotRemoved } from "../../src/provision/Removal.ts"
import type { NotDeployed, PlanOutdated } from "../../src/provision/ResourceManager.ts"
import type { RemoteError, TargetUnavailable } from "../../src/RemoteError.ts"
import type { LocalVariableMissing } from "../../src/resources/Env.ts"
import type { InvalidResource } from "../../src/resources/InvalidResource.ts"
import type { CredentialsNotSaved, RunpodError } from "../../src/runpod/RunpodError.ts"
import type { BuildError } from "../build/BuildError.ts"
import * as Account from "./entries/Account.ts"
import * as Builds from "./entries/Builds.ts"
import * as Calls from "./entries/Calls.ts"
import * as Connection from "./entries/Connection.ts"
import * as ControlPlane from "./entries/ControlPlane.ts"
import * as Program from "./entries/Program.ts"
import * as Provisioning from "./entries/Provisioning.ts"
import type { Entry } from "./Entry.ts"

export type { Entry } from "./Entry.ts"

/** What an error is known by in programs. */
export type Tag =
  | RemoteError["_tag"]
  | TargetUnavailable["_tag"]
  | RunpodError["_tag"]
  | CredentialsNotSaved["_tag"]
  | Exclude<ProvisionError, ConfigError>["_tag"]
  | "ConfigError"
  | NotDeployed["_tag"]
  | PlanOutdated["_tag"]
  | StillInUse["_tag"]
  | EnvironmentNotRemoved["_tag"]
  | InvalidResource["_tag"]
  | LocalVariableMissing["_tag"]
  | BuildError["_tag"]
  | UploadFailed["_tag"]
  | BuildUnusable["_tag"]
  | DeploymentIncomplete["_tag"]
  | NotServing["_tag"]

/** By tag. Codes: 1xx account, 2xx program, 3xx control plane, 4xx connection, 5xx provisioning, 6xx calls, 7xx builds. */
export const registry = {
  ...Account.entries,
  ...Program.entries,
  ...ControlPlane.entries,
  ...Connection.entries,
  ...Provisioning.entries,
  ...Calls.entries,
  ...Builds.entries
} as const satisfies Record<Tag, Entry>

/** The entry of an error, where it has one. */
export const entryOf = (error: unknown): Entry | undefined => {
  if (isConfigError(error)) return registry.ConfigError
  const tag = typeof error === "object" && error !== null && "_tag" in error ? error._tag : undefined
  return typeof tag === "string" && Object.hasOwn(registry, tag) ? registry[tag as Tag] : undefined
}

export interface Named extends Entry {
  readonly tag: Tag
}

/** All entries, by code. */
export const entries = (): ReadonlyArray<Named> =>
  (Object.keys(registry) as ReadonlyArray<Tag>).map((tag) => ({ ...registry[tag], tag })).sort((a, b) =>
    a.code < b.code ? -1 : 1
  )

/** By code or by name, in any case; `E101` is enough. */
export const find = (wanted: string): Named | undefined => {
  const key = wanted.trim().toLowerCase()
  return entries().find(({ code, tag }) =>
    code.toLowerCase() === key || code.slice("FLASH-".length).toLowerCase() === key || tag.toLowerCase() === key
  )
}
