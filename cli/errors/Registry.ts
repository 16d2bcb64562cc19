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
import { ExitCode } from "../CliError.ts"

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

export interface Entry {
  /** `FLASH-E101`; never given to another error. */
  readonly code: `FLASH-E${number}`
  /** What happened, in a few words. */
  readonly title: string
  /** How it comes to that. */
  readonly why: string
  /** What to do, one step each. */
  readonly fix: ReadonlyArray<string>
  /** Default: 1. */
  readonly exitCode?: number
}

const { auth, notFound, partial } = ExitCode

/** By tag. Codes: 1xx account, 2xx program, 3xx control plane, 4xx connection, 5xx provisioning, 6xx calls, 7xx builds. */
export const registry = {
  ApiKeyMissing: {
    code: "FLASH-E101",
    title: "There is no API key",
    why:
      "A request to RunPod needs the account's key. It is looked for in the variable RUNPOD_API_KEY, in .env of the " +
      "working directory, and in ~/.runpod/config.toml.",
    fix: [
      "Run `flash login`, or set RUNPOD_API_KEY to a key from https://console.runpod.io/user/settings.",
      "Without an account, run the program on the embedded platform: FLASH_TARGET=local."
    ],
    exitCode: auth
  },
  Unauthorized: {
    code: "FLASH-E102",
    title: "RunPod does not take the API key",
    why:
      "The key was revoked, has expired, or is of another account or platform. The message says where it came from; a " +
      "key in the environment or in .env goes before the one that `flash login` keeps.",
    fix: ["Run `flash whoami` to see which key counts.", "Correct or remove that one, or run `flash login` again."],
    exitCode: auth
  },
  Forbidden: {
    code: "FLASH-E103",
    title: "The API key may not do this",
    why: "The key is good, but its permissions are too narrow.",
    fix: ["Use a key with read and write access, or widen this one at https://console.runpod.io/user/settings."],
    exitCode: auth
  },
  CredentialsNotSaved: {
    code: "FLASH-E104",
    title: "The API key could not be kept",
    why: "~/.runpod/config.toml cannot be read, written or understood. It was left as it is.",
    fix: ["Do what the message says about the file, then run the command again."]
  },
  InvalidResource: {
    code: "FLASH-E201",
    title: "A resource is not declared as it has to be",
    why: "A field has a value that RunPod would refuse, or fields do not go together. The message lists each one.",
    fix: ["Correct the fields that the message names."]
  },
  LocalVariableMissing: {
    code: "FLASH-E202",
    title: "A variable that a resource reads is not set",
    why: "`Env.fromLocal(\"NAME\")` reads the value from the environment of the program that provisions.",
    fix: ["Set the variable, or declare a literal or `Env.secret`."]
  },
  BundleFailed: {
    code: "FLASH-E203",
    title: "The code of a function cannot be sent",
    why: "The module that defines it could not be bundled, or does not export it.",
    fix: [
      "Export the function.",
      "Declare native packages in `dependencies`.",
      "docs/live-code.md says what can travel."
    ]
  },
  FunctionNotFound: {
    code: "FLASH-E204",
    title: "The worker does not know the function",
    why: "The code it was given does not export it, or it serves other functions.",
    fix: ["Export the function from its module.", "Deploy again where the code has changed."]
  },
  InvalidPayload: {
    code: "FLASH-E205",
    title: "The payload does not fit its schema",
    why: "A value was given that the function's payload schema does not allow.",
    fix: ["Correct the fields that the message names."]
  },
  InvalidOptions: {
    code: "FLASH-E206",
    title: "An option of a call has a value it cannot have",
    why: "Times and limits of a job have bounds that RunPod sets.",
    fix: ["Correct the options that the message names."]
  },
  NotSupported: {
    code: "FLASH-E207",
    title: "The endpoint cannot do this",
    why: "Some operations need a queue, a stream, or a job that has ended in a certain way.",
    fix: ["The message says what is missing; call the function in another way."]
  },
  PayloadTooLarge: {
    code: "FLASH-E208",
    title: "The payload is larger than RunPod takes",
    why: "10 MB may be sent to a queue, 20 MB in one round trip (`runsync`), 30 MB to a load-balanced endpoint.",
    fix: ["Put the data on a network volume or in an object store, and send its address."]
  },
  ConfigError: {
    code: "FLASH-E209",
    title: "A variable of the environment has a value that means nothing",
    why: "Settings are read from variables; docs/environment.md lists them with what they take.",
    fix: ["Correct the variable that the message names, or unset it."]
  },
  NotFound: {
    code: "FLASH-E301",
    title: "RunPod has no such thing",
    why: "It was never made, was deleted, or belongs to another account than the key.",
    fix: ["Check the name. `flash app list`, `flash env list` and `flash status` show what there is."],
    exitCode: notFound
  },
  Conflict: {
    code: "FLASH-E302",
    title: "It is in a state that does not allow this",
    why: "There is one of that name already, or it is being changed by somebody else.",
    fix: ["Look at its present state and try again."]
  },
  ValidationFailed: {
    code: "FLASH-E303",
    title: "The request does not fit RunPod's API",
    why: "A setting has a value that the platform does not take.",
    fix: ["Correct the fields that the message names."]
  },
  RequestRejected: {
    code: "FLASH-E304",
    title: "RunPod refused the request",
    why: "The message has the platform's own words.",
    fix: ["Change what was asked for; the same request will be refused again."]
  },
  CapacityUnavailable: {
    code: "FLASH-E305",
    title: "There is no capacity for it now",
    why: "No machine of the allowed kinds is free in the allowed data centers.",
    fix: ["Allow more GPU pools or data centers; `flash gpus` shows the stock.", "Try again later."]
  },
  ApiRetired: {
    code: "FLASH-E306",
    title: "RunPod has retired this API",
    why: "REST v1 ended on 2026-11-15; GraphQL ends in early 2027.",
    fix: ["Update effect-flash."]
  },
  OutcomeUnknown: {
    code: "FLASH-E307",
    title: "Nobody knows whether it was made",
    why: "The request was sent and its answer was lost. It was not sent again, since that could make a second one.",
    fix: ["Run the command again: what was made is found by its name."]
  },
  GraphqlErrors: {
    code: "FLASH-E308",
    title: "RunPod's GraphQL refused the request",
    why: "The message has the platform's own words.",
    fix: ["Check the names that were given."]
  },
  UnexpectedResponse: {
    code: "FLASH-E309",
    title: "RunPod's answer cannot be read",
    why: "The platform has changed, or something else answered in its place.",
    fix: ["Update effect-flash.", "Look for a proxy that answers for RunPod."]
  },
  ServerError: {
    code: "FLASH-E310",
    title: "RunPod failed",
    why: "The platform answered with an error of its own, also after the retries.",
    fix: ["Try again later; https://uptime.runpod.io shows the platform's state."]
  },
  TransportFailed: {
    code: "FLASH-E401",
    title: "The connection failed",
    why: "No connection, or it broke. Requests that can be repeated were repeated.",
    fix: ["Check the network and the addresses: RUNPOD_API_BASE_URL and RUNPOD_ENDPOINT_BASE_URL."]
  },
  RequestTimedOut: {
    code: "FLASH-E402",
    title: "RunPod did not answer in time",
    why: "The platform is slow, or the connection is.",
    fix: ["Check the connection and try again."]
  },
  RateLimited: {
    code: "FLASH-E403",
    title: "Too many requests",
    why: "RunPod limits requests per account and endpoint; waiting as long as it asked for did not help.",
    fix: ["Send fewer requests at once, or wait and try again."]
  },
  UnexpectedStatus: {
    code: "FLASH-E404",
    title: "The job API answered with an unexpected status",
    why: "The message has the status and the platform's words.",
    fix: ["Try again; where it stays, update effect-flash."]
  },
  RequestRefused: {
    code: "FLASH-E405",
    title: "The endpoint refused the request",
    why: "The message has its status and words.",
    fix: ["Change what was asked for."]
  },
  StateError: {
    code: "FLASH-E501",
    title: "The record of what was provisioned cannot be used",
    why: "The file in .flash/state is damaged, of a later version, or in use. Nothing was discarded.",
    fix: [
      "Wait until the other command has ended, or update effect-flash.",
      "Mend the file, or move it away: endpoints are then found again by their names."
    ]
  },
  UnsupportedSettings: {
    code: "FLASH-E502",
    title: "RunPod cannot be told these settings",
    why: "No API of the platform takes them together.",
    fix: ["Leave out one of the settings that the message names."]
  },
  CannotChange: {
    code: "FLASH-E503",
    title: "This cannot be changed on an endpoint that exists",
    why: "RunPod sets some properties of an endpoint once.",
    fix: ["Give the resource another name, or `flash undeploy` the old one first."]
  },
  PlanOutdated: {
    code: "FLASH-E504",
    title: "The plan is out of date",
    why: "Somebody else changed the resource since the plan was made.",
    fix: ["Run the command again; it makes a new plan."]
  },
  NotDeployed: {
    code: "FLASH-E505",
    title: "It is not deployed",
    why: "Neither the record of this folder nor the platform knows the resource in that app and environment.",
    fix: ["`flash undeploy list` shows what there is. `--app` and `--env` choose another place."],
    exitCode: notFound
  },
  StillInUse: {
    code: "FLASH-E506",
    title: "It still has endpoints",
    why: "Endpoints would go on running, and costing, without it.",
    fix: ["Undeploy them first, or let `flash env delete` do both."]
  },
  ProvisionFailed: {
    code: "FLASH-E507",
    title: "An endpoint could not be provisioned",
    why: "The message has the reason.",
    fix: ["Correct what it names. What was made meanwhile is on record; the next call goes on from there."]
  },
  EnvironmentNotRemoved: {
    code: "FLASH-E508",
    title: "An environment could not be deleted whole",
    why: "Some of its endpoints could not be deleted, so it is still there. The message has the reasons.",
    fix: ["Delete it again: it goes on with what is left."],
    exitCode: partial
  },
  JobFailed: {
    code: "FLASH-E601",
    title: "The job failed on the worker",
    why: "The function died, or the worker could not run it. The message has its words and its output.",
    fix: [
      "Look at `flash logs <endpoint>`.",
      "An error that callers should handle belongs into the function's `error`."
    ]
  },
  JobTimedOut: {
    code: "FLASH-E602",
    title: "The job ran, or waited, for too long",
    why: "Its execution timeout or its time to live has passed.",
    fix: ["Raise `executionTimeoutMs` of the resource or of the call, or allow more workers."]
  },
  JobCancelled: {
    code: "FLASH-E603",
    title: "The job was cancelled",
    why: "Somebody cancelled it, or purged the queue.",
    fix: ["Call the function again."]
  },
  JobNotFound: {
    code: "FLASH-E604",
    title: "The platform has no such job",
    why: "Results are kept for a short while only; a job that was deleted or expired is not found.",
    fix: ["Read results sooner, or have them sent to a webhook."]
  },
  WorkerLost: {
    code: "FLASH-E605",
    title: "The worker was lost while it ran the job",
    why: "Its process died, was out of memory, or its machine went away, more than once.",
    fix: ["Look at `flash logs <endpoint>` for what it said last.", "Choose a machine with more memory."]
  },
  StreamBroken: {
    code: "FLASH-E606",
    title: "A stream broke off",
    why: "Values were lost or came twice: the worker was lost, or somebody else reads the same stream.",
    fix: ["Call the function again."]
  },
  InvalidResponse: {
    code: "FLASH-E607",
    title: "The worker's answer does not fit the schemas",
    why: "Caller and worker have different versions of the function, or the endpoint is not one of effect-flash.",
    fix: ["Deploy again, or correct the success and error schemas."]
  },
  ProtocolMismatch: {
    code: "FLASH-E608",
    title: "Caller and worker speak different versions",
    why: "One of them has a newer effect-flash.",
    fix: ["Update the older one; a deployed worker is updated by deploying again."]
  },
  CircuitOpen: {
    code: "FLASH-E609",
    title: "Calls to the endpoint are held back",
    why: "Too many calls in a row failed, so none are sent for a while.",
    fix: ["Wait until the time that the message names.", "Look at what failed before: `flash logs <endpoint>`."]
  },
  NoEndpointAvailable: {
    code: "FLASH-E610",
    title: "No endpoint takes calls now",
    why: "The circuit of each endpoint of the group is open.",
    fix: ["Wait, or add an endpoint to the group."]
  },
  TargetUnavailable: {
    code: "FLASH-E611",
    title: "The target cannot be used",
    why: "FLASH_TARGET names one that this version does not have, or its code or port cannot be had.",
    fix: ["Do what the message says; unset FLASH_TARGET to have one chosen."]
  },
  NestedTooDeep: {
    code: "FLASH-E612",
    title: "Remote functions call each other in a circle",
    why:
      "Too many calls are in one another, or every worker that could take the call waits for it. The message has the " +
      "chain of calls.",
    fix: [
      "End the circle, or call functions of one endpoint from one another: they run in place.",
      "Where each call needs a worker of its own, raise workersMax or maxConcurrency."
    ]
  },
  BuildError: {
    code: "FLASH-E701",
    title: "The project cannot be built",
    why:
      "A module does not load or cannot be bundled, names are given twice, or the archive would hold a secret. A build " +
      "loads the modules that import effect-flash without network, without writing files and without your variables.",
    fix: [
      "Do what the message says, for each line of it.",
      "Name modules that are no part of what is deployed in .flashignore."
    ]
  },
  UploadFailed: {
    code: "FLASH-E702",
    title: "The archive of a build was not uploaded",
    why:
      "The connection to the storage broke or it refused the archive, again and again, or the file has changed. Of a " +
      "store of your own: workers could not fetch what was put there.",
    fix: [
      "Deploy again. What was served before is served still.",
      "See that FLASH_ARTIFACT_STORE, its credentials and FLASH_ARTIFACT_PUBLIC_URL belong together."
    ]
  },
  BuildUnusable: {
    code: "FLASH-E703",
    title: "A build cannot be deployed",
    why: "The environment has no such build, or another version of effect-flash or runpod-flash has made it.",
    fix: ["See the builds with `flash app get`, or deploy from the sources with `flash deploy`."],
    exitCode: notFound
  },
  DeploymentIncomplete: {
    code: "FLASH-E704",
    title: "A deployment is not complete",
    why: "Some of its endpoints could not be made, changed or deleted. The message has the reasons, and what serves.",
    fix: ["Mend the cause and deploy again: it goes on with what is left."],
    exitCode: partial
  },
  NotServing: {
    code: "FLASH-E705",
    title: "An environment does not serve the build that was promoted",
    why: "The platform does not report the environment as healthy with that build.",
    fix: ["Look at `flash env get` and `flash logs`.", "`flash rollback` promotes the build before it."]
  }
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
