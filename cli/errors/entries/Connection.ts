/** Errors 4xx: the connection to RunPod. */
import type { Entry } from "../Entry.ts"

export const entries = {
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
  }
} as const satisfies Record<string, Entry>
