/**
 * A platform that answers every status in every legal order, with and without a long poll, with polls that are lost, in
 * both dialects and by both ways to submit: each call ends, and ends as its job did.
 */
import { describe, expect, it } from "@effect/vitest"
import { Cause, Effect, Exit, FastCheck, Fiber, Option, Schema, Stream, TestClock, TestContext } from "effect"
import { remote } from "effect-flash"
import { cases } from "../laws.ts"
import { answer, broken } from "../runpod/scriptedTransport.ts"
import type { Answer, Asked } from "../runpod/scriptedTransport.ts"
import { cpu, endpoint, success } from "./queue.ts"

const f = remote("f", { resource: cpu, success: Schema.Unknown })
const streaming = remote("streaming", { resource: cpu, success: Schema.Unknown, stream: true })

/** How a job may end: what the platform says of it, and what its call then is, in both dialects. */
const ends = [
  [{ status: "COMPLETED", output: { ...success, result: { error: "text" }, stream_length: 0 } }, "success", "success"],
  [
    { status: "COMPLETED", output: { ...success, result: null, stream_length: 0 }, workerId: null },
    "success",
    "success"
  ],
  [{ status: "COMPLETED", output: { n: 1 } }, "InvalidResponse", "success"],
  [{ status: "COMPLETED", output: null, error: null }, "InvalidResponse", "success"],
  [{ status: "COMPLETED" }, "InvalidResponse", "success"],
  [{ status: "FAILED", error: "out of memory" }, "JobFailed", "JobFailed"],
  [{ status: "FAILED", error: { type: "ValueError" }, output: { code: 1 } }, "JobFailed", "JobFailed"],
  [{ status: "FAILED" }, "JobFailed", "JobFailed"],
  [{ status: "FAILED", error: "job timed out after 1 retries", retries: 1 }, "WorkerLost", "WorkerLost"],
  [{ status: "CANCELLED" }, "JobCancelled", "JobCancelled"],
  [{ status: "TIMED_OUT", error: "too long", workerId: "" }, "JobTimedOut", "JobTimedOut"]
] as const

type Step = "IN_QUEUE" | "IN_PROGRESS" | "PAUSED" | "lost" | "502" | "429"

interface Scenario {
  /** Answers before the end, one for each poll. */
  readonly steps: ReadonlyArray<Step>
  readonly end: number
  readonly longPoll: "held" | "not held" | "404" | "405"
  readonly mode: "run" | "runsync"
  readonly dialect: "live" | "plain"
  readonly what: "call" | "job" | "stream"
}

const scenarios: FastCheck.Arbitrary<Scenario> = FastCheck.record({
  steps: FastCheck.array(
    FastCheck.constantFrom<Array<Step>>("IN_QUEUE", "IN_PROGRESS", "PAUSED", "lost", "502", "429"),
    { maxLength: 8 }
  ),
  end: FastCheck.nat({ max: ends.length - 1 }),
  longPoll: FastCheck.constantFrom("held", "not held", "404", "405"),
  mode: FastCheck.constantFrom("run", "runsync"),
  dialect: FastCheck.constantFrom("live", "plain"),
  what: FastCheck.constantFrom("call", "job", "stream")
})

/** Answers polls of any kind by the scenario's steps, each once. */
const platform = ({ end, longPoll, steps }: Scenario) => {
  let polls = 0
  const job = (status: string, more: object = {}) => answer(200, { id: "job-1", status, ...more })
  const step = (asked: Asked): Answer => {
    const one = steps[polls++]
    const isOver = one === undefined
    switch (one) {
      case "lost":
        return broken(asked, "ECONNRESET")
      case "502":
        return answer(502, "bad gateway")
      case "429":
        return answer(429, "", { "retry-after": "3" })
    }
    const { status, ...more } = isOver ? ends[end]![0] : { status: one }
    const reply = asked.verb === "stream" ? answer(200, { status, stream: [] }) : job(status, more)
    return longPoll === "held" && asked.longPoll === true && !isOver ? Effect.delay(reply, "60 seconds") : reply
  }
  return (asked: Asked): Answer => {
    switch (asked.verb) {
      case "run":
        return job("IN_QUEUE")
      case "runsync":
        return job("IN_PROGRESS")
      case "status-sync":
        return longPoll === "404" || longPoll === "405" ? answer(Number(longPoll)) : step(asked)
      default:
        return step(asked)
    }
  }
}

const resultOf = (exit: Exit.Exit<unknown, { readonly _tag: string }>): string =>
  Exit.match(exit, {
    onSuccess: () => "success",
    onFailure: (cause) =>
      Option.match(Cause.failureOption(cause), { onNone: () => Cause.pretty(cause), onSome: ({ _tag }) => _tag })
  })

const outcomeOf = (scenario: Scenario) =>
  Effect.gen(function*() {
    const { layer, of } = yield* endpoint(platform(scenario), scenario.dialect)
    const call = scenario.what === "stream"
      ? Stream.runDrain(streaming())
      : scenario.what === "job"
      ? Effect.flatMap(f.submit(), (job) => job.await)
      : f(undefined, { mode: scenario.mode })
    const fiber = yield* Effect.fork(Effect.exit(Effect.provide(call, layer)))
    yield* TestClock.adjust("20 minutes")
    const ended = yield* Fiber.poll(fiber)
    return {
      ended: Option.isSome(ended),
      result: Option.isSome(ended)
        ? resultOf(Exit.flatten(ended.value) as Exit.Exit<unknown, { readonly _tag: string }>)
        : "",
      cancels: of("cancel").length
    }
  }).pipe(Effect.scoped, Effect.provide(TestContext.TestContext))

const expectedOf = ({ dialect, end, what }: Scenario): string => {
  const [job, live, plain] = ends[end]!
  // the values of a stream in plain JSON have been read by then, whatever else the job answers
  return dialect === "live" ? live : what === "stream" && job.status === "COMPLETED" ? "success" : plain
}

describe("a call, whatever the platform says of its job", () => {
  it.effect("ends as the job did, and cancels nothing", () =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(scenarios, async (scenario) => {
          expect(await Effect.runPromise(outcomeOf(scenario))).toEqual({
            ended: true,
            result: expectedOf(scenario),
            cancels: 0
          })
        }),
        cases(120)
      )
    ), 60_000)

  it.effect("ends as the job did for every end there is", () =>
    Effect.promise(async () => {
      for (const [end] of ends.entries()) {
        for (const dialect of ["live", "plain"] as const) {
          for (const what of ["call", "job", "stream"] as const) {
            const scenario: Scenario = {
              steps: ["IN_QUEUE", "PAUSED"],
              end,
              longPoll: "held",
              mode: "run",
              dialect,
              what
            }
            expect((await Effect.runPromise(outcomeOf(scenario))).result).toBe(expectedOf(scenario))
          }
        }
      }
    }))

  it.effect("is bounded by its caller's timeout, which cancels the job", () =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(scenarios, FastCheck.integer({ min: 1, max: 30 }), async (scenario, seconds) => {
          const outcome = await Effect.runPromise(
            Effect.gen(function*() {
              // no end is ever reached
              const script = platform({
                ...scenario,
                steps: Array.from({ length: 1000 }, () => "IN_PROGRESS" as const)
              })
              const { layer, of } = yield* endpoint(script, scenario.dialect)
              const call = scenario.what === "stream"
                ? Stream.runDrain(streaming())
                : f(undefined, { mode: scenario.mode })
              const fiber = yield* Effect.fork(Effect.timeoutOption(Effect.provide(call, layer), `${seconds} seconds`))
              yield* TestClock.adjust(`${seconds} seconds`)
              const inTime = Option.isSome(yield* Fiber.poll(fiber))
              yield* TestClock.adjust("1 minute")
              return { inTime, cancels: of("cancel").length }
            }).pipe(Effect.scoped, Effect.provide(TestContext.TestContext))
          )
          expect(outcome).toEqual({ inTime: true, cancels: 1 })
        }),
        cases(12)
      )
    ), 60_000)
})
