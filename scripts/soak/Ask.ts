/** Requests to a platform that may be gone, or go, at any moment. */
import { Data, Effect, Schedule } from "effect"
import type { Scope } from "effect"
import { Agent } from "undici"

/** No answer came. Where the connection was `refused` nothing was sent; otherwise nobody knows what came of it. */
export class NoAnswer extends Data.TaggedError("NoAnswer")<{ readonly refused: boolean; readonly cause: unknown }> {}

export interface Answer {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
}

/** Waits for a platform that is not there, and fails where a connection broke. */
export type Ask = (method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown) => Effect.Effect<
  Answer,
  NoAnswer
>

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined

export const make = (url: string, key: string): Effect.Effect<Ask, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      // each request has a connection of its own: those that wait for long must not hold up others
      Effect.sync(() => new Agent({ connections: null })),
      (agent) => Effect.promise(() => agent.destroy())
    ),
    (agent): Ask => (method, path, body) =>
      Effect.tryPromise({
        try: async (signal) => {
          const response = await agent.request({
            origin: url,
            method,
            path,
            signal,
            headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
            body: body === undefined ? null : JSON.stringify(body)
          })
          const text = await response.body.text()
          return { status: response.statusCode, json: text === "" ? {} : JSON.parse(text) }
        },
        catch: (cause) => new NoAnswer({ refused: codeOf(cause) === "ECONNREFUSED", cause })
      }).pipe(
        Effect.retry({ while: ({ refused }) => refused, schedule: Schedule.spaced("50 millis") })
      )
  )
