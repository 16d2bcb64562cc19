/** Errors 5xx: provisioning. */
import { ExitCode } from "../../CliError.ts"
import type { Entry } from "../Entry.ts"

const { notFound, partial } = ExitCode

export const entries = {
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
  }
} as const satisfies Record<string, Entry>
