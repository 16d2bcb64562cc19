/**
 * Faults that a platform is told to have: requests that take long, fail, or are never answered. They are how a program
 * is shown that it can live with a real network and a real platform.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as ClockSpeed from "../ClockSpeed.ts"
import type { Head, Reply, Request } from "../http/HttpServer.ts"
import { reader } from "./rest/Body.ts"
import { integer, object, oneOf, optional, share, text } from "./rest/Fields.ts"
import { problem } from "./rest/Routes.ts"

const Fault = object({
  /** As `POST`. Default: any. */
  method: optional(text),
  /** As `/v2/serverless/*`: `*` is one segment, `**` any number of them. Default: any. */
  path: optional(text),
  /** Text in the request's body, as the name of a GraphQL operation. */
  contains: optional(text),
  /** Requests that match and are let through first. Default 0. */
  skip: optional(integer({ min: 0 })),
  /** The share of those after these that is struck, 0 to 1. Default: all. */
  rate: optional(share),
  /** Requests that are struck. Default 1, or without end where there is a rate. */
  times: optional(integer({ min: 1 })),
  /** Milliseconds that a struck request is held: before it takes effect, or `after` it, its answer. */
  delay: optional(integer({ min: 0, max: 600_000 })),
  /** Whether it fails before it took effect, or after. Default `before`. */
  when: optional(oneOf("before", "after")),
  /** `drop` breaks the connection, `timeout` never answers, a number is the answer's status. Default: it succeeds. */
  fail: optional(Schema.Union(oneOf("drop", "timeout"), integer({ min: 200, max: 599 }))),
  /** Seconds, for the header of that name. */
  retryAfter: optional(integer({ min: 0 }))
})

/**
 * Which requests are struck, and how.
 *
 * @since 0.1.0
 * @category models
 */
export interface Fault extends Schema.Schema.Type<typeof Fault> {}

/**
 * A request that is never answered.
 *
 * @since 0.1.0
 * @category models
 */
export interface Unanswered {
  readonly method: string
  readonly path: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Faults {
  /** Requests are struck by the first fault that matches them. */
  readonly add: (faults: ReadonlyArray<Fault>) => void
  /** Those that have not struck as often as they may, with what is left to skip and to strike. */
  readonly list: () => ReadonlyArray<Fault>
  readonly clear: () => void
  /**
   * Requests that wait for an answer that never comes (`timeout`) and whose clients are still there. One that was struck
   * `after` its effect is here once it has had it.
   */
  readonly unanswered: () => ReadonlyArray<Unanswered>
  /** Answers a request, unless it is struck. */
  readonly strike: (request: Head & Partial<Request>, answer: () => Effect.Effect<Reply>) => Effect.Effect<Reply>
  /** What a request gets that is to be passed on; `undefined` where it may go by. */
  readonly strikeBefore: (request: Head) => Effect.Effect<Reply | undefined>
}

interface Active {
  readonly fault: Fault
  readonly path: RegExp
  skip: number
  times: number
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const make = (faults: ReadonlyArray<Fault> = [], random: () => number = Math.random): Faults => {
  let active: Array<Active> = []
  const unanswered = new Set<Unanswered>()

  const hold = ({ method, path }: Head): Effect.Effect<never> =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        const held = { method, path: pathOf(path) }
        unanswered.add(held)
        return held
      }),
      () => Effect.never,
      (held) => Effect.sync(() => unanswered.delete(held))
    )

  const next = (request: Head & Partial<Request>): Fault | undefined => {
    for (const entry of active) {
      if (!matches(entry, request)) continue
      if (entry.skip > 0) {
        entry.skip--
        continue
      }
      if (random() >= (entry.fault.rate ?? 1)) continue
      entry.times--
      if (entry.times === 0) active = active.filter((other) => other !== entry)
      return entry.fault
    }
    return undefined
  }

  const add = (faults: ReadonlyArray<Fault>): void => {
    active = [
      ...active,
      ...faults.map((fault) => ({
        fault,
        path: patternOf(fault.path ?? "**"),
        skip: fault.skip ?? 0,
        times: fault.times ?? (fault.rate === undefined ? 1 : Infinity)
      }))
    ]
  }

  const strike: Faults["strike"] = (request, answer) => {
    // every request comes by here
    if (active.length === 0) return answer()
    const fault = next(request)
    return fault === undefined ? answer() : suffer(fault, answer, hold(request))
  }

  add(faults)
  return {
    add,
    list: () => active.map(({ fault, skip, times }) => ({ ...fault, skip, ...(times === Infinity ? {} : { times }) })),
    clear: () => void (active = []),
    unanswered: () => [...unanswered],
    strike,
    strikeBefore: (request) =>
      Effect.map(
        strike(request, () => Effect.succeed(untouched)),
        (reply) => reply === untouched ? undefined : reply
      )
  }
}

const untouched: Reply = { status: 200 }

const pathOf = (segments: ReadonlyArray<string>): string => `/${segments.join("/")}`

const patternOf = (path: string): RegExp => {
  const parts = path.split(/(\*\*|\*)/).map((part) =>
    part === "**" ? ".*" : part === "*" ? "[^/]*" : part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
  )
  return new RegExp(`^${parts.join("")}$`)
}

const matches = ({ fault: { contains, method }, path }: Active, request: Head & Partial<Request>): boolean =>
  (method === undefined || method.toUpperCase() === request.method) &&
  path.test(pathOf(request.path)) &&
  (contains === undefined || (request.body ?? "").includes(contains))

const suffer = (
  fault: Fault,
  answer: () => Effect.Effect<Reply>,
  hold: Effect.Effect<never>
): Effect.Effect<Reply> =>
  Effect.gen(function*() {
    const { delay = 0, fail, when = "before" } = fault
    const held = delay > 0
      ? Effect.clockWith((clock) => ClockSpeed.machineOf(clock).sleep(Duration.millis(delay)))
      : Effect.void
    if (when === "before") {
      yield* held
      if (fail === undefined) return yield* answer()
    } else {
      const reply = yield* answer()
      const lose = Effect.sync(() => reply.undelivered?.())
      if (fail === undefined) return yield* Effect.as(Effect.onInterrupt(held, () => lose), reply)
      yield* Effect.zipRight(lose, held)
    }
    if (fail === "timeout") return yield* hold
    return fail === "drop" ? { status: 500, isDropped: true } : failure(fail, fault.retryAfter)
  })

const failure = (status: number, retryAfter: number | undefined): Reply =>
  problem(status, "Injected Fault", "this platform was told to answer so", {
    headers: retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }
  })

/**
 * Reads one fault or several.
 *
 * @since 0.1.0
 * @category decoding
 */
export const read = reader(Schema.Union(Fault, Schema.Array(Fault)), "error")
