/** Every kind of resource, on every target, with everything that a call can come to, against the table. */
import { assert, expect, layer } from "@effect/vitest"
import { Cause, Context, Effect, Exit, Layer, Logger, LogLevel, Option } from "effect"
import { Platform } from "effect-flash/local"
import * as Cells from "./matrixCells.ts"
import { at, count, Refused } from "./matrixFunctions.ts"
import { cells } from "./matrixTable.ts"
import type { Expected, Target } from "./matrixTable.ts"

class Matrix extends Context.Tag("Matrix")<Matrix, Effect.Effect.Success<typeof Cells.start>>() {}

const TestLayer = Layer.provide(
  Layer.scoped(Matrix, Cells.start),
  // platforms warn of workers that are lost, and these are to be
  Layer.provideMerge(Platform.layer(), Logger.minimumLogLevel(LogLevel.Error))
)

const called = (observation: Cells.Observation): Cells.Called => {
  assert(observation._tag === "Called")
  return observation
}

const causeOf = ({ exit }: Cells.Called): Cause.Cause<unknown> => {
  assert(Exit.isFailure(exit))
  return exit.cause
}

const errorOf = (cause: Cause.Cause<unknown>): unknown => Option.getOrThrow(Cause.failureOption(cause))

/** The handler began so many times, here or on workers. */
const ran = ({ ranIn }: Cells.Called, target: Target, times: number) => {
  expect(ranIn.map((pid) => pid === process.pid)).toEqual(Array.from({ length: times }, () => target === "inline"))
}

const lost = (observation: Cells.Observation, target: Target, retries: number) => {
  const it = called(observation)
  expect(errorOf(causeOf(it))).toMatchObject({ _tag: "WorkerLost", retries })
  ran(it, target, retries + 1)
  // each time with a worker of its own
  expect(new Set(it.ranIn).size).toBe(retries + 1)
}

/** What a word of the table says. */
const checks: Record<Expected, (observation: Cells.Observation, target: Target) => void> = {
  value(observation, target) {
    const it = called(observation)
    assert(Exit.isSuccess(it.exit))
    expect(it.exit.value).toEqual({ at, count, pid: it.ranIn[0] })
    ran(it, target, 1)
  },
  "own error"(observation, target) {
    const it = called(observation)
    const error = errorOf(causeOf(it))
    assert.instanceOf(error, Refused)
    expect(error).toMatchObject({ at, count })
    ran(it, target, 1)
  },
  defect(observation, target) {
    const it = called(observation)
    const cause = causeOf(it)
    assert(Cause.isDieType(cause))
    assert.instanceOf(cause.defect, Error)
    expect(cause.defect.name).toBe("TypeError")
    expect(cause.defect.message).toContain("boom at ")
    expect(cause.defect.stack).toContain("matrixFunctions.ts:")
    ran(it, target, 1)
  },
  interrupted(observation, target) {
    const it = called(observation)
    expect(Cause.isInterruptedOnly(causeOf(it))).toBe(true)
    expect(it.isInterrupted).toBe(true)
    ran(it, target, 1)
  },
  TimeoutException(observation, target) {
    const it = called(observation)
    assert(Cause.isTimeoutException(errorOf(causeOf(it))))
    expect(it.isInterrupted).toBe(true)
    ran(it, target, 1)
  },
  "WorkerLost, 1 retry": (observation, target) => lost(observation, target, 1),
  "WorkerLost, 0 retries": (observation, target) => lost(observation, target, 0),
  "caller ends too"(observation) {
    expect(observation).toEqual({ _tag: "Ended", signal: "SIGKILL", output: "", times: 1 })
  }
}

layer(TestLayer, { excludeTestServices: true, timeout: "60 seconds" })("the matrix", (it) => {
  for (const { expected, kind, outcome, target } of cells) {
    it.effect(`${kind}, ${target}, ${outcome}: ${expected}`, () =>
      Effect.gen(function*() {
        const observed = yield* (yield* Matrix)(target)
        checks[expected](yield* observed[outcome][kind], target)
      }), 60_000)
  }
})
