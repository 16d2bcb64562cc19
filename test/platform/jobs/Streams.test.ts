import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Option } from "effect"
import type { Job } from "../../../runtime/platform/jobs/Job.ts"
import * as LongPolls from "../../../runtime/platform/jobs/LongPolls.ts"
import * as Streams from "../../../runtime/platform/jobs/Streams.ts"
import * as JumpClock from "../jumpClock.ts"

const MiB = 1024 * 1024

const job = (more: Partial<Job> = {}): Job => ({
  id: "job-1",
  endpointId: "ep1",
  kind: "async",
  input: "1",
  submittedAt: 0,
  ttl: 1000,
  expiresAt: 1000,
  executionTimeout: 0,
  webhook: undefined,
  lowPriority: false,
  extra: undefined,
  status: "IN_PROGRESS",
  retries: 0,
  workerId: "w1",
  takenAt: 0,
  finishedAt: undefined,
  output: undefined,
  error: undefined,
  ...more
})

const over = job({ status: "COMPLETED", finishedAt: 0 })

const streams = Effect.gen(function*() {
  const { clock, jump, now } = JumpClock.make()
  const polls = yield* Effect.withClock(LongPolls.make, clock)
  return { ...Streams.make(polls, now), jump }
})

/** What a fiber has come to, or undefined while it runs. */
const resultOf = <A, E>(fiber: Fiber.RuntimeFiber<A, E>) =>
  Effect.map(
    Effect.zipRight(JumpClock.settle, Fiber.poll(fiber)),
    (exit) => Option.isNone(exit) ? undefined : Exit.getOrElse(exit.value, () => undefined)
  )

const large = "x".repeat(MiB)

describe("what a job streams", () => {
  it.scoped("is taken once, in order", () =>
    Effect.gen(function*() {
      const { append, drain } = yield* streams
      for (const post of ["a", "b", "c"]) yield* append("job-1", post)
      yield* append("job-2", "other")
      expect(yield* drain(job(), 1000)).toEqual(["a", "b", "c"])
      yield* append("job-1", "d")
      expect(yield* drain(job(), 1000)).toEqual(["d"])
      expect(yield* drain(over, 1000)).toEqual([])
    }))

  it.scoped("wakes its reader, and so does the job's end, or the reader's time", () =>
    Effect.gen(function*() {
      const { append, drain, end, jump } = yield* streams
      const first = yield* Effect.fork(drain(job(), 10_000))
      expect(yield* resultOf(first)).toBeUndefined()
      yield* append("job-1", "a")
      expect(yield* resultOf(first)).toEqual(["a"])
      const second = yield* Effect.fork(drain(job(), 10_000))
      yield* JumpClock.settle
      end(over)
      expect(yield* resultOf(second)).toEqual([])
      const third = yield* Effect.fork(drain(job({ id: "job-2" }), 10_000))
      yield* JumpClock.settle
      yield* jump(10_000)
      expect(yield* resultOf(third)).toEqual([])
    }))

  it.scoped("that its reader never received is read before what came later", () =>
    Effect.gen(function*() {
      const { append, drain, putBack } = yield* streams
      yield* append("job-1", "a")
      yield* append("job-1", "b")
      const taken = yield* drain(job(), 1000)
      yield* append("job-1", "c")
      putBack("job-1", taken)
      expect(yield* drain(job(), 1000)).toEqual(["a", "b", "c"])
    }))

  it.scoped("is gone when the job begins anew", () =>
    Effect.gen(function*() {
      const { append, clear, drain } = yield* streams
      yield* append("job-1", "a")
      clear("job-1")
      yield* append("job-1", "b")
      expect(yield* drain(job(), 1000)).toEqual(["b"])
    }))
})

describe("more than there is room for", () => {
  it.scoped("waits for a reader that is there, until it has read", () =>
    Effect.gen(function*() {
      const { append, drain } = yield* streams
      yield* append("job-1", "a")
      yield* drain(job(), 1000)
      for (let n = 0; n < 4; n++) yield* append("job-1", large)
      const fifth = yield* Effect.fork(Effect.as(append("job-1", "b"), "appended"))
      expect(yield* resultOf(fifth)).toBeUndefined()
      const read = yield* drain(job(), 1000)
      expect(read.map(({ length }) => length)).toEqual([MiB, MiB, MiB, MiB, 1])
      expect(yield* resultOf(fifth)).toBe("appended")
    }))

  it.scoped("waits no longer for one that has not come for five minutes, nor after the job's end", () =>
    Effect.gen(function*() {
      const { append, drain, end, jump } = yield* streams
      const fill = (jobId: string) =>
        Effect.gen(function*() {
          yield* append(jobId, "a")
          yield* drain(job({ id: jobId }), 1000)
          return yield* Effect.fork(
            Effect.as(Effect.forEach(Array(5), () => append(jobId, large), { discard: true }), "appended")
          )
        })
      const first = yield* fill("job-1")
      yield* jump(299_000)
      expect(yield* resultOf(first)).toBeUndefined()
      yield* jump(2000)
      expect(yield* resultOf(first)).toBe("appended")
      const second = yield* fill("job-2")
      expect(yield* resultOf(second)).toBeUndefined()
      end(job({ id: "job-2", status: "CANCELLED", finishedAt: 1 }))
      expect(yield* resultOf(second)).toBe("appended")
    }))

  it.scoped("is the newest where nobody reads: the job is not kept waiting", () =>
    Effect.gen(function*() {
      const { append, drain } = yield* streams
      for (let n = 0; n < 40; n++) yield* append("job-1", `${n}`.padEnd(MiB))
      const kept = (yield* drain(over, 1000)).map((post) => Number(post))
      expect(kept).toEqual(Array.from({ length: 16 }, (_, index) => 24 + index))
    }))
})

describe("a job that is over", () => {
  it.scoped("is forgotten with its results, each kind in its time", () =>
    Effect.gen(function*() {
      const { append, drain, end, prune } = yield* streams
      const sync = job({ id: "job-2", kind: "sync", status: "COMPLETED", finishedAt: 0 })
      for (const one of [over, sync, job({ id: "job-3" })]) yield* append(one.id, "a")
      end(over)
      end(sync)
      prune({ async: 0, sync: 1 })
      expect(yield* drain(sync, 1000)).toEqual([])
      expect(yield* drain(over, 1000)).toEqual(["a"])
      // one that runs has no end to count from
      expect(yield* drain(job({ id: "job-3" }), 1000)).toEqual(["a"])
    }))

  it.scoped("gives way to newer ones where all are too much", () =>
    Effect.gen(function*() {
      const { append, drain, end, prune } = yield* streams
      const jobs = Array.from({ length: 9 }, (_, n) => job({ id: `job-${n}`, status: "COMPLETED", finishedAt: n }))
      for (const one of jobs) {
        for (let n = 0; n < 16; n++) yield* append(one.id, large)
        end(one)
      }
      prune({ async: 0, sync: 0 })
      const kept = yield* Effect.forEach(jobs, (one) => drain(one, 1000))
      expect(kept.map(({ length }) => length)).toEqual([0, 16, 16, 16, 16, 16, 16, 16, 16])
    }))
})
