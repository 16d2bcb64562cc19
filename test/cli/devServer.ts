/** A dev server that a test talks to, over a project of its own. */
import { Effect, Schedule } from "effect"
import type { Scope } from "effect"
import { base } from "../build/fixture.ts"
import { project } from "../live/liveThread.ts"
import type { Files } from "../live/liveThread.ts"
import { start } from "./flash.ts"
import type { Flash } from "./flash.ts"

/** A line of `--json`. */
export interface DevEvent {
  readonly event: string
  readonly [field: string]: unknown
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Dies where it is none. */
  readonly json: () => any
}

export interface DevServer {
  readonly root: string
  readonly url: string
  readonly command: Flash
  readonly events: Effect.Effect<ReadonlyArray<DevEvent>>
  /** Waits for the first event of that name, from that place in the events on. */
  readonly event: (name: string, from?: number) => Effect.Effect<DevEvent>
  readonly get: (path: string, headers?: Record<string, string>) => Effect.Effect<Answer>
  readonly post: (path: string, body?: unknown, headers?: Record<string, string>) => Effect.Effect<Answer>
}

export const request = (url: string, init: RequestInit): Effect.Effect<Answer> =>
  Effect.promise(async (signal) => {
    const response = await fetch(url, { ...init, signal })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) }
  })

const eventsIn = (output: string): ReadonlyArray<DevEvent> =>
  output.split("\n").slice(0, -1).map((line) => JSON.parse(line))

/** Starts `flash dev --json` on a free port and waits until it serves. */
export const serve = (
  files: Files,
  args: ReadonlyArray<string> = [],
  env: Record<string, string> = {}
): Effect.Effect<DevServer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const root = yield* project({ ...base, ...files })
    const command = yield* start(["dev", "--json", "--port", "0", ...args], env, root)
    const events = Effect.map(command.printed, eventsIn)
    const event = (name: string, from = 0): Effect.Effect<DevEvent> =>
      Effect.gen(function*() {
        const found = (yield* events).slice(from).find((one) => one.event === name)
        return found ?? (yield* Effect.fail("not yet"))
      }).pipe(Effect.retry(Schedule.spaced("10 millis")), Effect.orDie)
    // one that ends in place of serving says why
    const { url } = yield* Effect.raceFirst(
      event("started"),
      Effect.flatMap(command.result, ({ stderr, stdout }) => Effect.dieMessage(`it ended: ${stdout}${stderr}`))
    )
    const at = (path: string) => `${url}${path}`
    return {
      root,
      url: String(url),
      command,
      events,
      event,
      get: (path, headers = {}) => request(at(path), { headers }),
      post: (path, body, headers = {}) =>
        request(at(path), {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) })
        })
    }
  })
