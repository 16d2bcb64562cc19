/**
 * How many requests an endpoint takes, by what they ask for: RunPod's documented limits, beyond which it answers 429.
 *
 * RunPod takes more of an endpoint with many workers; how many is not documented, and not done here.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import { problem } from "./HttpServer.ts"
import type { Reply } from "./HttpServer.ts"

/**
 * Whether an endpoint takes whatever comes, or what RunPod takes.
 *
 * @since 0.1.0
 * @category models
 */
export type Mode = "none" | "faithful"

/**
 * @since 0.1.0
 * @category models
 */
export interface Limit {
  /** Requests in ten seconds. */
  readonly requests: number
  /** Requests that are under way at a time. */
  readonly concurrent?: number
}

/**
 * By the verb of the path.
 *
 * @since 0.1.0
 * @category constants
 */
export const documented: Readonly<Record<string, Limit>> = {
  run: { requests: 1000, concurrent: 200 },
  runsync: { requests: 2000, concurrent: 400 },
  status: { requests: 2000, concurrent: 400 },
  "status-sync": { requests: 2000, concurrent: 400 },
  stream: { requests: 2000, concurrent: 400 },
  cancel: { requests: 100, concurrent: 20 },
  "purge-queue": { requests: 2 },
  requests: { requests: 10, concurrent: 2 }
}

/** Milliseconds. */
const window = 10_000

/**
 * Answers in place of an endpoint that is asked too often.
 *
 * @since 0.1.0
 * @category models
 */
export type Guard = (endpointId: string, verb: string, reply: Effect.Effect<Reply>) => Effect.Effect<Reply>

/**
 * `now` gives the time of the machine's clock: clients know no other.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (mode: Mode, now: () => number): Guard => {
  if (mode === "none") return (_, __, reply) => reply
  const uses = new Map<string, { start: number; count: number; open: number }>()
  return (endpointId, verb, reply) => {
    const limit = documented[verb]
    return limit === undefined ? reply : Effect.suspend(() => {
      const key = `${endpointId}/${verb}`
      const use = uses.get(key) ?? { start: -Infinity, count: 0, open: 0 }
      uses.set(key, use)
      const time = now()
      if (time - use.start >= window) Object.assign(use, { start: time, count: 0 })
      if (use.count >= limit.requests || use.open >= (limit.concurrent ?? Infinity)) {
        return Effect.succeed(tooMany(endpointId, verb, use.start + window - time))
      }
      use.count++
      use.open++
      return Effect.ensuring(reply, Effect.sync(() => use.open--))
    })
  }
}

const tooMany = (endpointId: string, verb: string, left: number): Reply => ({
  ...problem(429, "Too Many Requests", `endpoint ${endpointId} is asked too often: ${verb}`),
  headers: { "content-type": "application/json", "retry-after": String(Math.max(1, Math.ceil(left / 1000))) }
})
