/** Errors 6xx: calls and their jobs. */
import type { Entry } from "../Entry.ts"

export const entries = {
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
  }
} as const satisfies Record<string, Entry>
