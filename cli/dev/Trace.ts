/** Follows each call from the queue to its end, with what it prints, and tells the console. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { EndpointRef } from "../../src/runpod/RunpodJobs.ts"
import { Event, Reporter } from "./Event.ts"
import type { Generation } from "./Generation.ts"
import * as LogTail from "./LogTail.ts"
import { Target } from "./Target.ts"

export interface Outcome {
  readonly status: string
  readonly ok: boolean
  readonly delayTime?: number | undefined
  readonly executionTime?: number | undefined
  readonly error?: string | undefined
}

/** One call. */
export interface Trace {
  /** All that it printed; what was told already is not told again. */
  readonly printed: (text: string) => Effect.Effect<void>
  readonly end: (outcome: Outcome) => Effect.Effect<void>
}

export interface Begun {
  readonly endpoint: EndpointRef
  readonly function: string
  /** Of a queue's job its id, of a request the id that its worker logs it by. */
  readonly job: string
  readonly generation: Generation
  /** A request is none that the platform knows of. */
  readonly kind?: "job" | "request"
}

export interface Tracing {
  readonly begin: (begun: Begun) => Effect.Effect<Trace>
  /** Goes on without its caller, until the server ends. */
  readonly inBackground: (effect: Effect.Effect<void>) => Effect.Effect<void>
}

/** What is over by then is told of by its end alone; milliseconds. */
const patience = 150

export const make: Effect.Effect<Tracing, never, Scope.Scope | Reporter | Target> = Effect.gen(function*() {
  const { tell } = yield* Reporter
  const target = yield* Target
  const tail = yield* LogTail.make
  const fork = yield* FiberSet.makeRuntime<never>()
  let calls = 0

  return {
    inBackground: (effect) => Effect.sync(() => void fork(effect)),
    begin: ({ endpoint, function: name, generation, job, kind = "job" }) =>
      Effect.gen(function*() {
        const call = ++calls
        const start = yield* Clock.currentTimeMillis
        const about = { call, function: name }
        let told = 0
        let isOver = false
        yield* tell(Event.Queued({ ...about, job, generation: generation.number }))
        const line = (line: string) => {
          told++
          return tell(Event.Log({ ...about, line }))
        }
        const stop = tail.listen(job, (text) => isOver && kind === "job" ? Effect.void : line(text))
        const watching = fork(watch(target, endpoint, job, kind, {
          starting: tell(Event.WorkerStarting(about)),
          running: (worker) => tell(Event.Running({ ...about, worker })),
          follow: tail.follow(endpoint)
        }))
        // the lines of the next request come at once
        if (kind === "request") fork(tail.follow(endpoint))
        return {
          printed: (text) =>
            text === ""
              ? Effect.void
              : Effect.forEach(text.replace(/\n$/, "").split("\n").slice(told), line, { discard: true }),
          end: (outcome) =>
            Effect.suspend(() => {
              if (isOver) return Effect.void
              isOver = true
              watching.unsafeInterruptAsFork(watching.id())
              // its worker may have come after the last look
              if (kind === "request") fork(tail.follow(endpoint))
              stop(kind === "job" ? 0 : lateness)
              return Effect.flatMap(
                Clock.currentTimeMillis,
                (end) => tell(Event.Done({ ...about, ...outcome, took: end - start }))
              )
            })
        }
      })
  }
})

/** How long after its end the lines of a request are waited for, in milliseconds. */
const lateness = 2000

interface Watcher {
  readonly starting: Effect.Effect<void>
  readonly running: (worker: string | undefined) => Effect.Effect<void>
  readonly follow: Effect.Effect<void>
}

/** Until the job runs. That it cannot be seen is no matter: the call itself tells of its end. */
const watch = (
  { jobs, pace, rest }: typeof Target.Service,
  endpoint: EndpointRef,
  job: string,
  kind: "job" | "request",
  { follow, running, starting }: Watcher
): Effect.Effect<void> => {
  let isTold = false
  const look = Effect.gen(function*() {
    if (kind === "job") {
      const { status, workerId } = yield* jobs.status(endpoint, job)
      if (status === "IN_PROGRESS") {
        yield* running(workerId ?? undefined)
        yield* follow
        return true
      }
      if (status !== "IN_QUEUE") return true
    }
    const { summary } = yield* rest.listEndpointWorkers(endpoint.id)
    if (!isTold && summary.running + summary.idle === 0) {
      isTold = true
      yield* starting
    }
    if (kind === "request" && summary.running + summary.idle > 0) {
      yield* running(undefined)
      yield* follow
      return true
    }
    return false
  }).pipe(Effect.catchAll(() => Effect.succeed(false)))
  return Effect.sleep(patience).pipe(
    Effect.zipRight(Effect.repeat(look, { schedule: Schedule.spaced(pace), until: (isSeen) => isSeen })),
    Effect.asVoid
  )
}
