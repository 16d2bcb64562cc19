/** Errors 3xx: what RunPod's control plane answers. */
import { ExitCode } from "../../CliError.ts"
import type { Entry } from "../Entry.ts"

const { notFound } = ExitCode

export const entries = {
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
  }
} as const satisfies Record<string, Entry>
