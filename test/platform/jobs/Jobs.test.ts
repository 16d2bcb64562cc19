import { assert, describe, expect, it } from "@effect/vitest"
import { Effect, Exit, FastCheck, Fiber, FiberId, Option } from "effect"
import * as ids from "../../../runtime/platform/ids.ts"
import { isTerminal } from "../../../runtime/platform/jobs/Job.ts"
import type { Job } from "../../../runtime/platform/jobs/Job.ts"
import * as Jobs from "../../../runtime/platform/jobs/Jobs.ts"
import * as JobStore from "../../../runtime/platform/jobs/JobStore.ts"
import { cases } from "../../laws.ts"
import * as JumpClock from "../jumpClock.ts"

const endpointId = "ep1"
const hour = 3_600_000

/** Jobs over a store in memory and a clock that jumps. */
const platform = Effect.gen(function*() {
  const store = yield* JobStore.make(":memory:")
  const { clock, jump, now } = JumpClock.make()
  const demands: Array<string> = []
  const jobs = yield* Effect.withClock(Jobs.make(store, (id) => demands.push(id)), clock)
  const submit = (more: Partial<Jobs.Submission> = {}) =>
    jobs.submit({ endpointId, kind: "async", input: "1", ttl: 24 * hour, executionTimeout: 0, ...more })
  return {
    demands,
    jobs,
    jump,
    now,
    store,
    submit,
    /** Jobs that are there already. */
    take: (workerId: string, size = 1) => Effect.map(jobs.take(endpointId, workerId, size, 0), idsOf),
    /** A poll that stays open. */
    hold: (workerId: string, size = 1) =>
      Effect.gen(function*() {
        const fiber = yield* Effect.forkScoped(Effect.map(jobs.take(endpointId, workerId, size, hour), idsOf))
        yield* JumpClock.settle
        return fiber
      })
  }
})

const idsOf = (jobs: ReadonlyArray<Job>) => jobs.map(({ id }) => id)

/** What a fiber has come to, or undefined while it runs. */
const resultOf = <A, E>(fiber: Fiber.RuntimeFiber<A, E>) =>
  Effect.map(Effect.zipRight(JumpClock.settle, Fiber.poll(fiber)), (exit) => {
    if (Option.isNone(exit)) return undefined
    assert(Exit.isSuccess(exit.value))
    return exit.value.value
  })

const completed = { output: "2", error: undefined }
const failed = { output: undefined, error: "no" }

describe("a job", () => {
  it.scoped("waits, runs and ends with its worker's result", () =>
    Effect.gen(function*() {
      const { jobs, jump, now, submit, take } = yield* platform
      yield* jump(1000)
      const job = submit()
      expect(job).toMatchObject({ status: "IN_QUEUE", submittedAt: 1000, expiresAt: 1000 + 24 * hour, retries: 0 })
      yield* jump(500)
      expect(yield* take("w1")).toEqual([job.id])
      expect(job).toMatchObject({ status: "IN_PROGRESS", workerId: "w1", takenAt: 1500 })
      yield* jump(250)
      jobs.finish(job.id, "w1", completed)
      expect(job).toMatchObject({ status: "COMPLETED", finishedAt: now(), output: "2", error: undefined })
    }))

  it.scoped("fails with its worker's error", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const job = submit()
      yield* take("w1")
      jobs.finish(job.id, "w1", failed)
      expect(job).toMatchObject({ status: "FAILED", error: "no", output: undefined })
    }))

  it.scoped("has an id that says how it was submitted, and is found by it at its own endpoint only", () =>
    Effect.gen(function*() {
      const { jobs, submit } = yield* platform
      const job = submit()
      const sync = submit({ kind: "sync" })
      expect(job.id).toMatch(/^[0-9a-f-]{36}-u1$/)
      expect(sync.id).toMatch(/^sync-[0-9a-f-]{36}-u1$/)
      expect(jobs.find(endpointId, job.id)).toBe(job)
      expect(jobs.find("ep2", job.id)).toBeUndefined()
      expect(jobs.find(endpointId, "nothing")).toBeUndefined()
    }))

  it.effect("has an id of a UUID's form, which is behind those of earlier jobs in their order and which nobody can guess", () =>
    Effect.sync(() => {
      const later = [0, 1, 1_700_000_000_000, 1_700_000_000_001, Date.UTC(2500, 0)].map((time) =>
        ids.jobId("async", time)
      )
      for (const id of later) {
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}-u1$/)
      }
      expect(later.toSorted()).toEqual(later)
      const same = Array.from({ length: 1000 }, () => ids.jobId("async", 1_700_000_000_000))
      expect(new Set(same.map((id) => id.slice(14))).size).toBe(1000)
    }))

  it.scoped("goes to workers of its own endpoint only", () =>
    Effect.gen(function*() {
      const { hold, jobs, submit } = yield* platform
      const waiting = yield* hold("w1")
      submit({ endpointId: "ep2" })
      expect(yield* resultOf(waiting)).toBeUndefined()
      expect(yield* jobs.take("ep2", "w2", 1, 0)).toHaveLength(1)
    }))

  it.scoped("whose result comes late, twice or from another worker keeps what it is", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const job = submit()
      jobs.finish(job.id, "w1", completed)
      expect(job.status).toBe("IN_QUEUE")
      yield* take("w1")
      jobs.finish(job.id, "w2", failed)
      jobs.finish("unknown", "w1", failed)
      expect(job.status).toBe("IN_PROGRESS")
      jobs.finish(job.id, "w1", completed)
      jobs.finish(job.id, "w1", failed)
      expect(job).toMatchObject({ status: "COMPLETED", output: "2", error: undefined })
      expect(jobs.counts(endpointId)).toMatchObject({ completed: 1, failed: 0, inProgress: 0 })
    }))

  it.scoped("is kept when it is over, for half an hour or for a minute", () =>
    Effect.gen(function*() {
      const { jobs, jump, submit, take } = yield* platform
      const [slow, fast] = [submit(), submit({ kind: "sync" })]
      yield* take("w1", 2)
      for (const job of [slow, fast]) jobs.finish(job.id, "w1", completed)
      yield* jump(30_000)
      expect(jobs.find(endpointId, slow.id)).toMatchObject({ status: "COMPLETED", output: "2" })
      expect(jobs.find(endpointId, fast.id)).toMatchObject({ status: "COMPLETED", output: "2" })
      yield* jump(45_000)
      expect(jobs.find(endpointId, fast.id)).toBeUndefined()
      expect(jobs.find(endpointId, slow.id)).toBeDefined()
      yield* jump(30 * 60_000)
      expect(jobs.find(endpointId, slow.id)).toBeUndefined()
    }))
})

describe("the queue", () => {
  it.scoped("gives jobs in the order they came, as many as a worker asks for", () =>
    Effect.gen(function*() {
      const { submit, take } = yield* platform
      const ids = Array.from({ length: 5 }, () => submit().id)
      expect(yield* take("w1", 2)).toEqual(ids.slice(0, 2))
      expect(yield* take("w2")).toEqual(ids.slice(2, 3))
      expect(yield* take("w1", 10)).toEqual(ids.slice(3))
    }))

  it.scoped("gives a job to the worker who waits longest, at once", () =>
    Effect.gen(function*() {
      const { hold, submit } = yield* platform
      const first = yield* hold("w1")
      const second = yield* hold("w2", 3)
      const a = submit()
      const b = submit()
      expect(a.status).toBe("IN_PROGRESS")
      expect(yield* resultOf(first)).toEqual([a.id])
      expect(yield* resultOf(second)).toEqual([b.id])
    }))

  it.scoped("answers with nothing when a poll's time is up, and gives it no job any more", () =>
    Effect.gen(function*() {
      const { jobs, jump, submit } = yield* platform
      const poll = yield* Effect.fork(jobs.take(endpointId, "w1", 1, 25_000))
      yield* JumpClock.settle
      yield* jump(24_000)
      expect(yield* resultOf(poll)).toBeUndefined()
      yield* jump(1_100)
      expect(yield* resultOf(poll)).toEqual([])
      expect(submit().status).toBe("IN_QUEUE")
    }))

  it.scoped("gives no job to a poll whose client has left", () =>
    Effect.gen(function*() {
      const { hold, submit } = yield* platform
      const gone = yield* hold("w1")
      const there = yield* hold("w2")
      yield* Fiber.interrupt(gone)
      const job = submit()
      expect(yield* resultOf(there)).toEqual([job.id])
    }))

  it.scoped("gives the job to the next where a client leaves at the very moment it is given one", () =>
    Effect.gen(function*() {
      const { hold, submit, take } = yield* platform
      const leaving = yield* hold("w1")
      const job = submit()
      expect(job.workerId).toBe("w1")
      // as the server does when a connection closes
      leaving.unsafeInterruptAsFork(FiberId.none)
      yield* JumpClock.settle
      expect(job).toMatchObject({ status: "IN_QUEUE", retries: 0 })
      expect(yield* take("w2")).toEqual([job.id])
    }))

  it.scoped("asks for workers whenever there is something for them to do", () =>
    Effect.gen(function*() {
      const { demands, jobs, submit, take } = yield* platform
      const job = submit()
      expect(demands).toEqual([endpointId])
      yield* take("w1")
      jobs.finish(job.id, "w1", completed)
      expect(demands.length).toBeGreaterThan(1)
    }))

  it.scoped("looks at what is there when a take runs, not when it is made", () =>
    Effect.gen(function*() {
      const { jobs, submit } = yield* platform
      const take = jobs.take(endpointId, "w1", 1, hour)
      const job = submit()
      expect(job.status).toBe("IN_QUEUE")
      expect(idsOf(yield* take)).toEqual([job.id])
    }))
})

describe("jobs that never reached their worker", () => {
  it.scoped("come first again, in their order, and no try is counted", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const [a, b, c, d] = [submit(), submit(), submit(), submit()]
      yield* take("w1", 3)
      jobs.putBack("w1", [a, b, c])
      expect(a).toMatchObject({ status: "IN_QUEUE", retries: 0, workerId: undefined, takenAt: undefined })
      expect(yield* take("w2", 4)).toEqual(idsOf([a, b, c, d]))
      expect(jobs.counts(endpointId)).toMatchObject({ inQueue: 0, inProgress: 4, retried: 0 })
    }))

  it.scoped("go to those who wait, as many as each asked for", () =>
    Effect.gen(function*() {
      const { hold, jobs, submit, take } = yield* platform
      const [a, b, c] = [submit(), submit(), submit()]
      yield* take("w1", 3)
      const second = yield* hold("w2", 2)
      const third = yield* hold("w3", 2)
      jobs.putBack("w1", [a, b, c])
      expect(yield* resultOf(second)).toEqual(idsOf([a, b]))
      expect(yield* resultOf(third)).toEqual([c.id])
    }))

  it.scoped("are not taken from a worker who has them meanwhile", () =>
    Effect.gen(function*() {
      const { jobs, jump, submit, take } = yield* platform
      const job = submit()
      yield* take("w1")
      yield* jump(41_000)
      expect(yield* take("w2")).toEqual([job.id])
      // only now it turns out that the answer to w1 was never read
      jobs.putBack("w1", [job])
      expect(job).toMatchObject({ status: "IN_PROGRESS", workerId: "w2" })
    }))

  it.scoped("stay as they are where they are over", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const job = submit()
      yield* take("w1")
      jobs.cancel(job)
      jobs.putBack("w1", [job])
      expect(job.status).toBe("CANCELLED")
      expect(jobs.counts(endpointId)).toMatchObject({ inQueue: 0, inProgress: 0 })
    }))
})

describe("a lost worker", () => {
  it.scoped("has its jobs tried once more, before all others and in their order", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const [a, b, c] = [submit(), submit(), submit()]
      yield* take("w1", 2)
      jobs.lose("w1")
      expect(a).toMatchObject({ status: "IN_QUEUE", retries: 1, workerId: undefined, takenAt: undefined })
      expect(yield* take("w2", 3)).toEqual(idsOf([a, b, c]))
      expect(jobs.counts(endpointId)).toMatchObject({ retried: 2, inProgress: 3 })
    }))

  it.scoped("fails a job that was lost before", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const job = submit()
      yield* take("w1")
      jobs.lose("w1")
      yield* take("w2")
      jobs.lose("w2")
      expect(job).toMatchObject({ status: "FAILED", retries: 1, error: "job timed out after 1 retries" })
      expect(jobs.counts(endpointId)).toMatchObject({ failed: 1, retried: 1, inQueue: 0, inProgress: 0 })
    }))

  it.scoped("is not given its own job again by another poll of its own", () =>
    Effect.gen(function*() {
      const { hold, jobs, submit, take } = yield* platform
      const job = submit()
      yield* take("w1")
      const itsOther = yield* hold("w1")
      const there = yield* hold("w2")
      jobs.lose("w1")
      expect(yield* resultOf(itsOther)).toEqual([])
      expect(yield* resultOf(there)).toEqual([job.id])
      expect(job).toMatchObject({ status: "IN_PROGRESS", workerId: "w2" })
    }))

  it.scoped("has its stop poll ended", () =>
    Effect.gen(function*() {
      const { jobs } = yield* platform
      const stops = yield* Effect.forkScoped(jobs.stopSignals("w1", hour))
      yield* JumpClock.settle
      jobs.lose("w1")
      expect(yield* resultOf(stops)).toEqual([])
    }))

  it.scoped("is one whose pings name a job no more for forty seconds", () =>
    Effect.gen(function*() {
      const { jobs, jump, submit, take } = yield* platform
      const [silent, named] = [submit(), submit()]
      yield* take("w1", 2)
      yield* jump(39_000)
      jobs.ping("w1", [named.id, "unknown"])
      expect(silent.status).toBe("IN_PROGRESS")
      yield* jump(1_200)
      expect(silent).toMatchObject({ status: "IN_QUEUE", retries: 1 })
      expect(named).toMatchObject({ status: "IN_PROGRESS", retries: 0 })
    }))

  it.scoped("does not speak for jobs of others", () =>
    Effect.gen(function*() {
      const { jobs, jump, submit, take } = yield* platform
      const job = submit()
      yield* take("w1")
      yield* jump(39_000)
      jobs.ping("w2", [job.id])
      yield* jump(1_200)
      expect(job.status).toBe("IN_QUEUE")
    }))
})

describe("the end of a job's time", () => {
  it.scoped("to run is TIMED_OUT, and its worker is told to stop it", () =>
    Effect.gen(function*() {
      const { jobs, jump, submit, take } = yield* platform
      const job = submit({ executionTimeout: 5000 })
      yield* jump(10_000)
      yield* take("w1")
      yield* jump(5000)
      expect(job.status).toBe("IN_PROGRESS")
      yield* jump(200)
      expect(job.status).toBe("TIMED_OUT")
      expect(job.error).toContain("5000 ms")
      expect(yield* jobs.stopSignals("w1", 0)).toEqual([job.id])
      jobs.finish(job.id, "w1", completed)
      expect(job.status).toBe("TIMED_OUT")
      expect(jobs.counts(endpointId)).toMatchObject({ failed: 1, completed: 0 })
    }))

  it.scoped("to live is TIMED_OUT, whether it waits or runs", () =>
    Effect.gen(function*() {
      const { jobs, jump, submit, take } = yield* platform
      const running = submit({ ttl: 10_000 })
      const waiting = submit({ ttl: 10_000 })
      yield* take("w1")
      yield* jump(10_000)
      expect(running.status).toBe("TIMED_OUT")
      expect(waiting).toMatchObject({ status: "TIMED_OUT", takenAt: undefined })
      expect(yield* jobs.stopSignals("w1", 0)).toEqual([running.id])
      expect(yield* Effect.map(jobs.take(endpointId, "w1", 1, 0), idsOf).pipe(Effect.fork, Effect.flatMap(resultOf)))
        .toBeUndefined()
    }))
})

describe("cancelling", () => {
  it.scoped("a job that waits keeps it from every worker", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const [a, b] = [submit(), submit()]
      expect(jobs.cancel(a)).toBe(a)
      expect(a).toMatchObject({ status: "CANCELLED", output: undefined, error: undefined })
      expect(yield* take("w1", 2)).toEqual([b.id])
      expect(jobs.counts(endpointId)).toMatchObject({ inQueue: 0, inProgress: 1, failed: 0, completed: 0 })
    }))

  it.scoped("a job that runs tells its worker at once, and no other", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const job = submit()
      yield* take("w1")
      const stops = yield* Effect.forkScoped(jobs.stopSignals("w1", hour))
      const others = yield* Effect.forkScoped(jobs.stopSignals("w2", hour))
      yield* JumpClock.settle
      jobs.cancel(job)
      expect(yield* resultOf(stops)).toEqual([job.id])
      expect(yield* resultOf(others)).toBeUndefined()
      jobs.finish(job.id, "w1", completed)
      expect(job.status).toBe("CANCELLED")
    }))

  it.scoped("a job that is over changes nothing", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const job = submit()
      yield* take("w1")
      jobs.finish(job.id, "w1", completed)
      expect(jobs.cancel(job).status).toBe("COMPLETED")
    }))
})

describe("the stop channel", () => {
  it.scoped("says again what a worker did not receive, and what it still names in its pings", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const job = submit()
      yield* take("w1")
      jobs.cancel(job)
      expect(yield* jobs.stopSignals("w1", 0)).toEqual([job.id])
      jobs.stopAgain("w1", [job.id])
      expect(yield* jobs.stopSignals("w1", 0)).toEqual([job.id])
      jobs.ping("w2", [job.id])
      expect(yield* jobs.stopSignals("w1", 0)).toEqual([])
      jobs.ping("w1", [job.id, "another"])
      expect(yield* jobs.stopSignals("w1", 0)).toEqual([job.id])
    }))

  it.scoped("tells what came before it was asked, once", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const [a, b] = [submit(), submit()]
      yield* take("w1", 2)
      jobs.cancel(a)
      jobs.cancel(b)
      expect(yield* jobs.stopSignals("w1", 0)).toEqual([a.id, b.id])
      const again = yield* Effect.forkScoped(jobs.stopSignals("w1", hour))
      expect(yield* resultOf(again)).toBeUndefined()
    }))

  it.scoped("keeps what its client did not stay to hear", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const job = submit()
      yield* take("w1")
      const gone = yield* Effect.fork(jobs.stopSignals("w1", hour))
      yield* JumpClock.settle
      yield* Fiber.interrupt(gone)
      jobs.cancel(job)
      expect(yield* jobs.stopSignals("w1", 0)).toEqual([job.id])
    }))

  it.scoped("answers with nothing when its time is up", () =>
    Effect.gen(function*() {
      const { jobs, jump } = yield* platform
      const stops = yield* Effect.forkScoped(jobs.stopSignals("w1", 25_000))
      yield* JumpClock.settle
      yield* jump(25_100)
      expect(yield* resultOf(stops)).toEqual([])
    }))
})

describe("a worker that is parked", () => {
  it.scoped("gets nothing by the polls it has open nor by others, until it is woken", () =>
    Effect.gen(function*() {
      const { hold, jobs, submit, take } = yield* platform
      const open = yield* hold("w1")
      jobs.park("w1")
      const late = yield* hold("w1")
      const job = submit()
      expect(job.status).toBe("IN_QUEUE")
      expect(yield* resultOf(open)).toBeUndefined()
      jobs.wake("w1")
      // it asks again
      expect(yield* resultOf(open)).toEqual([])
      expect(yield* resultOf(late)).toEqual([])
      expect(yield* take("w1")).toEqual([job.id])
    }))

  it.scoped("leaves its jobs to others", () =>
    Effect.gen(function*() {
      const { hold, jobs, submit } = yield* platform
      yield* hold("w1")
      jobs.park("w1")
      const other = yield* hold("w2")
      expect(yield* Effect.map(Effect.sync(submit), ({ workerId }) => workerId)).toBe("w2")
      expect(yield* resultOf(other)).toHaveLength(1)
    }))
})

describe("a worker that is to go", () => {
  it.scoped("has its polls ended and is given no more jobs", () =>
    Effect.gen(function*() {
      const { hold, jobs, submit } = yield* platform
      const taking = yield* hold("w1")
      const stopping = yield* Effect.forkScoped(jobs.stopSignals("w1", hour))
      yield* JumpClock.settle
      jobs.retire("w1")
      expect(yield* resultOf(taking)).toEqual([])
      expect(yield* resultOf(stopping)).toEqual([])
      expect(submit().status).toBe("IN_QUEUE")
    }))

  it.scoped("may finish what it has", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const job = submit()
      yield* take("w1")
      jobs.retire("w1")
      expect(jobs.heldBy("w1")).toBe(1)
      jobs.finish(job.id, "w1", completed)
      expect(job.status).toBe("COMPLETED")
      expect(jobs.heldBy("w1")).toBe(0)
    }))

  it.scoped("has its polls held for a second, lest it asks in a hot loop", () =>
    Effect.gen(function*() {
      const { jobs, jump, submit } = yield* platform
      jobs.retire("w1")
      submit()
      const taking = yield* Effect.forkScoped(Effect.map(jobs.take(endpointId, "w1", 1, 25_000), idsOf))
      const stopping = yield* Effect.forkScoped(jobs.stopSignals("w1", 25_000))
      yield* JumpClock.settle
      yield* jump(900)
      expect(yield* resultOf(taking)).toBeUndefined()
      expect(yield* resultOf(stopping)).toBeUndefined()
      yield* jump(200)
      expect(yield* resultOf(taking)).toEqual([])
      expect(yield* resultOf(stopping)).toEqual([])
    }))

  it.scoped("is still told what to stop", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const [a, b] = [submit(), submit()]
      yield* take("w1", 2)
      jobs.cancel(a)
      jobs.retire("w1")
      expect(yield* jobs.stopSignals("w1", 25_000)).toEqual([a.id])
      const stopping = yield* Effect.forkScoped(jobs.stopSignals("w1", 25_000))
      yield* JumpClock.settle
      jobs.cancel(b)
      expect(yield* resultOf(stopping)).toEqual([b.id])
    }))
})

describe("waiting for the end of a job", () => {
  it.scoped("ends with the job, for all who wait", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const job = submit()
      const waiting = yield* Effect.forkScoped(
        Effect.all([jobs.awaitEnd(job, hour), jobs.awaitEnd(job, hour)], { concurrency: 2 })
      )
      yield* take("w1")
      expect(yield* resultOf(waiting)).toBeUndefined()
      jobs.finish(job.id, "w1", completed)
      expect((yield* resultOf(waiting))?.map(({ status }) => status)).toEqual(["COMPLETED", "COMPLETED"])
    }))

  it.scoped("goes on where a job is tried again", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const job = submit()
      const waiting = yield* Effect.forkScoped(jobs.awaitEnd(job, hour))
      yield* take("w1")
      jobs.lose("w1")
      expect(yield* resultOf(waiting)).toBeUndefined()
      yield* take("w2")
      jobs.finish(job.id, "w2", completed)
      expect((yield* resultOf(waiting))?.status).toBe("COMPLETED")
    }))

  it.scoped("gives the job as it is when the time is up, and at once when it is over", () =>
    Effect.gen(function*() {
      const { jobs, jump, submit } = yield* platform
      const job = submit()
      const waiting = yield* Effect.forkScoped(jobs.awaitEnd(job, 1000))
      yield* JumpClock.settle
      yield* jump(1100)
      expect((yield* resultOf(waiting))?.status).toBe("IN_QUEUE")
      jobs.cancel(job)
      expect((yield* jobs.awaitEnd(job, hour)).status).toBe("CANCELLED")
    }))
})

describe("an endpoint", () => {
  it.scoped("whose workers do not start fails what waits, and not what runs", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const [running, waiting, other] = [submit(), submit(), submit({ endpointId: "ep2" })]
      yield* take("w1")
      jobs.failQueued(endpointId, "no worker")
      expect(running.status).toBe("IN_PROGRESS")
      expect(waiting).toMatchObject({ status: "FAILED", error: "no worker" })
      expect(other.status).toBe("IN_QUEUE")
    }))

  it.scoped("tells its newest jobs, with what has just happened to them", () =>
    Effect.gen(function*() {
      const { jobs, jump, submit, take } = yield* platform
      const a = submit()
      yield* jump(1)
      const b = submit()
      submit({ endpointId: "ep2" })
      yield* take("w1")
      jobs.finish(a.id, "w1", completed)
      const recent = yield* jobs.recent(endpointId, 10)
      expect(recent.map(({ id, status }) => [id, status])).toEqual([[b.id, "IN_QUEUE"], [a.id, "COMPLETED"]])
      expect(yield* jobs.recent(endpointId, 1)).toHaveLength(1)
    }))

  it.scoped("begins with zeros", () =>
    Effect.gen(function*() {
      const { jobs } = yield* platform
      expect(jobs.counts("new")).toEqual({ inQueue: 0, inProgress: 0, completed: 0, failed: 0, retried: 0 })
      expect(jobs.heldBy("nobody")).toBe(0)
    }))
})

describe("a platform that starts again", () => {
  it.scoped("goes on with what was not over: it waits again, in its old order and without a try more", () =>
    Effect.gen(function*() {
      const { jobs, store, submit, take } = yield* platform
      const [running, waiting, over] = [submit(), submit(), submit()]
      yield* take("w1")
      jobs.cancel(over)
      yield* store.flush
      const again = yield* Jobs.make(store, () => {})
      expect(again.counts(endpointId)).toMatchObject({ inQueue: 2, inProgress: 0 })
      const taken = yield* again.take(endpointId, "w2", 3, 0)
      expect(idsOf(taken)).toEqual(idsOf([running, waiting]))
      expect(taken.map(({ retries, status }) => [status, retries])).toEqual([["IN_PROGRESS", 0], ["IN_PROGRESS", 0]])
      again.finish(running.id, "w1", completed)
      expect(again.find(endpointId, running.id)?.status).toBe("IN_PROGRESS")
      expect(again.find(endpointId, over.id)?.status).toBe("CANCELLED")
    }))
})

// ---------------------------------------------------------------------------------------------------------------------
// any sequence of what can happen, against a model
// ---------------------------------------------------------------------------------------------------------------------

type Step =
  | { readonly _tag: "submit"; readonly executionTimeout: number }
  | { readonly _tag: "take"; readonly worker: string; readonly size: number }
  | { readonly _tag: "hold"; readonly worker: string; readonly size: number }
  | { readonly _tag: "finish"; readonly worker: string; readonly nth: number; readonly isError: boolean }
  | { readonly _tag: "cancel"; readonly nth: number }
  | { readonly _tag: "lose"; readonly worker: string }
  | { readonly _tag: "putBack"; readonly worker: string; readonly nths: ReadonlyArray<number> }
  | { readonly _tag: "ping"; readonly worker: string; readonly nths: ReadonlyArray<number> }
  | { readonly _tag: "jump"; readonly millis: number }

const worker = FastCheck.constantFrom("w1", "w2", "w3")
const size = FastCheck.integer({ min: 1, max: 3 })
const nth = FastCheck.nat(9)
const nths = FastCheck.uniqueArray(nth, { maxLength: 6 })

const step: FastCheck.Arbitrary<Step> = FastCheck.oneof(
  {
    arbitrary: FastCheck.record({ executionTimeout: FastCheck.constantFrom(0, 5000) }).map(tagged("submit")),
    weight: 4
  },
  { arbitrary: FastCheck.record({ worker, size }).map(tagged("take")), weight: 4 },
  { arbitrary: FastCheck.record({ worker, size }).map(tagged("hold")), weight: 2 },
  { arbitrary: FastCheck.record({ worker, nth, isError: FastCheck.boolean() }).map(tagged("finish")), weight: 3 },
  { arbitrary: FastCheck.record({ nth }).map(tagged("cancel")), weight: 1 },
  { arbitrary: FastCheck.record({ worker }).map(tagged("lose")), weight: 1 },
  { arbitrary: FastCheck.record({ worker, nths }).map(tagged("putBack")), weight: 1 },
  { arbitrary: FastCheck.record({ worker, nths }).map(tagged("ping")), weight: 1 },
  {
    arbitrary: FastCheck.record({ millis: FastCheck.constantFrom(100, 6000, 25_000, 41_000) }).map(tagged("jump")),
    weight: 2
  }
)

function tagged<const Tag extends string>(_tag: Tag) {
  return <Fields extends object>(fields: Fields) => ({ _tag, ...fields })
}

interface Known {
  readonly job: Job
  readonly ended: Array<string>
  status: string
  worker: string | undefined
  retries: number
  takenAt: number
  seen: number
}

interface Waiting {
  readonly worker: string
  readonly size: number
  readonly fiber: Fiber.RuntimeFiber<ReadonlyArray<string>>
}

describe("any sequence of submissions, takes, results, losses and time", () => {
  it.effect.prop(
    "leaves each job in the state, and each queue in the order, of a simple model",
    { steps: FastCheck.array(step, { maxLength: 60, size: "max" }) },
    ({ steps }) =>
      Effect.gen(function*() {
        const { hold, jobs, jump, now, store, submit, take } = yield* platform
        const all: Array<Known> = []
        let queue: Array<Known> = []
        let waiting: Array<Waiting> = []
        const answered: Array<{ readonly by: Waiting; readonly with: ReadonlyArray<string> }> = []
        const stops = new Map<string, Array<string>>()
        /** Workers that have asked for jobs since they were last lost. */
        const present = new Set<string>()
        let retried = 0

        const known = (nth: number) => all[nth % Math.max(1, all.length)]
        const heldBy = (worker: string) =>
          all.filter((one) => one.status === "IN_PROGRESS" && one.worker === worker).toSorted((a, b) =>
            order.indexOf(a) - order.indexOf(b)
          )
        /** Jobs in the order in which they were last taken. */
        let order: Array<Known> = []

        const start = (worker: string, size: number) => {
          present.add(worker)
          const taken = queue.slice(0, size)
          queue = queue.slice(size)
          for (const one of taken) {
            Object.assign(one, { status: "IN_PROGRESS", worker, takenAt: now(), seen: now() })
            order = [...order.filter((other) => other !== one), one]
          }
          return taken.map(({ job }) => job.id)
        }
        const dispatch = () => {
          while (queue.length > 0) {
            const by = waiting.shift()
            if (by === undefined) return
            answered.push({ by, with: start(by.worker, by.size) })
          }
        }
        const requeue = (jobs: ReadonlyArray<Known>) => {
          for (const one of jobs) Object.assign(one, { status: "IN_QUEUE", worker: undefined })
          queue = [...jobs, ...queue]
          dispatch()
        }
        const lose = (jobs: ReadonlyArray<Known>) => {
          const again = jobs.filter(({ retries }) => retries === 0)
          for (const one of jobs) {
            if (one.retries === 0) {
              one.retries++
              retried++
            } else one.status = "FAILED"
          }
          requeue(again)
        }
        const stop = (one: Known) => {
          const worker = one.worker ?? ""
          if (one.status === "IN_PROGRESS") stops.set(worker, [...stops.get(worker) ?? [], one.job.id])
        }

        for (const step of steps) {
          switch (step._tag) {
            case "submit": {
              const job = submit({ executionTimeout: step.executionTimeout })
              const ended: Array<string> = []
              yield* Effect.forkScoped(
                Effect.map(jobs.awaitEnd(job, 1000 * hour), ({ status }) => ended.push(status))
              )
              const one = { job, ended, status: "IN_QUEUE", worker: undefined, retries: 0, takenAt: 0, seen: 0 }
              all.push(one)
              queue.push(one)
              dispatch()
              break
            }
            case "take":
              if (queue.length > 0) expect(yield* take(step.worker, step.size)).toEqual(start(step.worker, step.size))
              break
            case "hold":
              if (queue.length === 0) {
                present.add(step.worker)
                waiting.push({ ...step, fiber: yield* hold(step.worker, step.size) })
              }
              break
            case "finish": {
              const one = known(step.nth)
              if (one === undefined) break
              jobs.finish(one.job.id, step.worker, step.isError ? failed : completed)
              if (one.status === "IN_PROGRESS" && one.worker === step.worker) {
                one.status = step.isError ? "FAILED" : "COMPLETED"
              }
              break
            }
            case "cancel": {
              const one = known(step.nth)
              if (one === undefined) break
              jobs.cancel(one.job)
              stop(one)
              queue = queue.filter((other) => other !== one)
              if (one.status === "IN_PROGRESS" || one.status === "IN_QUEUE") one.status = "CANCELLED"
              break
            }
            case "lose": {
              jobs.lose(step.worker)
              stops.delete(step.worker)
              present.delete(step.worker)
              for (const by of waiting) if (by.worker === step.worker) answered.push({ by, with: [] })
              waiting = waiting.filter(({ worker }) => worker !== step.worker)
              lose(heldBy(step.worker))
              break
            }
            case "putBack": {
              const some = [...new Set(step.nths.flatMap((nth) => known(nth) ?? []))]
              jobs.putBack(step.worker, some.map(({ job }) => job))
              requeue(some.filter(({ status, worker }) => status === "IN_PROGRESS" && worker === step.worker))
              break
            }
            case "ping": {
              const some = step.nths.flatMap((nth) => known(nth) ?? [])
              jobs.ping(step.worker, some.map(({ job }) => job.id))
              for (const one of some) {
                if (one.worker !== step.worker) continue
                one.seen = now()
                // the word to stop it did not come through
                const ids = stops.get(step.worker) ?? []
                if (
                  (one.status === "CANCELLED" || one.status === "TIMED_OUT") && present.has(step.worker) &&
                  !ids.includes(one.job.id)
                ) stops.set(step.worker, [...ids, one.job.id])
              }
              break
            }
            case "jump": {
              yield* jump(step.millis)
              const running = order.filter(({ status }) => status === "IN_PROGRESS")
              const isOver = ({ job, takenAt }: Known) =>
                job.executionTimeout > 0 && now() - takenAt > job.executionTimeout
              for (const one of running.filter(isOver)) {
                stop(one)
                one.status = "TIMED_OUT"
              }
              lose(running.filter((one) => !isOver(one) && now() - one.seen > 40_000))
            }
          }
          yield* JumpClock.settle
          expect(all.map(({ job }) => job.status)).toEqual(all.map(({ status }) => status))
          expect(all.map(({ job }) => job.retries)).toEqual(all.map(({ retries }) => retries))
          const count = (...statuses: ReadonlyArray<string>) =>
            all.filter(({ status }) => statuses.includes(status)).length
          expect(jobs.counts(endpointId)).toEqual({
            inQueue: count("IN_QUEUE"),
            inProgress: count("IN_PROGRESS"),
            completed: count("COMPLETED"),
            failed: count("FAILED", "TIMED_OUT"),
            retried
          })
          for (const { by, with: ids } of answered) expect(yield* resultOf(by.fiber)).toEqual(ids)
          for (const { fiber } of waiting) expect(yield* resultOf(fiber)).toBeUndefined()
          answered.length = 0
        }

        // each ended at most once, as the model has it, and the store knows the same
        yield* store.flush
        for (const { ended, job, status } of all) {
          expect(ended).toEqual(isTerminal(job) ? [status] : [])
          expect(jobs.find(endpointId, job.id)?.status).toBe(status)
        }
        for (const [worker, ids] of stops) {
          if (ids.length > 0) expect(yield* jobs.stopSignals(worker, 0)).toEqual(ids)
        }
        // and what still waits comes in order
        if (queue.length > 0) expect(yield* take("w9", 100)).toEqual(queue.map(({ job }) => job.id))
      }).pipe(Effect.scoped),
    { fastCheck: cases(120) }
  )
})

describe("a retry", () => {
  it.scoped("queues a job again that failed, under its id, as if it were new", () =>
    Effect.gen(function*() {
      const { jobs, jump, submit, take } = yield* platform
      const job = submit({ ttl: hour })
      yield* jump(1000)
      yield* take("w1")
      jobs.finish(job.id, "w1", failed)
      expect(jobs.retry(job)).toBe(job)
      expect(job).toMatchObject({
        status: "IN_QUEUE",
        error: undefined,
        output: undefined,
        finishedAt: undefined,
        workerId: undefined,
        expiresAt: 1000 + hour
      })
      expect(jobs.counts(endpointId)).toMatchObject({ inQueue: 1, failed: 1 })
      yield* jump(500)
      expect(yield* take("w2")).toEqual([job.id])
      jobs.finish(job.id, "w2", completed)
      expect(job).toMatchObject({ status: "COMPLETED", takenAt: 1500, output: "2" })
    }))

  it.scoped("is for jobs that failed or timed out, and for no others", () =>
    Effect.gen(function*() {
      const { jobs, jump, submit, take } = yield* platform
      const [done, cancelled, running, timed] = [submit(), submit(), submit(), submit({ ttl: 20_000 })]
      yield* take("w1")
      jobs.finish(done.id, "w1", completed)
      jobs.cancel(cancelled)
      yield* take("w1")
      for (const job of [done, cancelled, running]) expect(jobs.retry(job)).toBeUndefined()
      yield* jump(30_000)
      expect(timed.status).toBe("TIMED_OUT")
      expect(jobs.retry(timed)?.status).toBe("IN_QUEUE")
      // with the time to live it had
      yield* jump(10_000)
      expect(timed.status).toBe("IN_QUEUE")
    }))

  it.scoped("of a job that has left the memory brings it back, and keeps it there", () =>
    Effect.gen(function*() {
      const { jobs, jump, store, submit, take } = yield* platform
      const { id } = submit()
      yield* take("w1")
      jobs.finish(id, "w1", failed)
      yield* jump(60_000)
      yield* store.flush
      const found = jobs.find(endpointId, id)
      assert(found !== undefined)
      expect(jobs.retry(found)).toBe(found)
      expect(jobs.find(endpointId, id)).toBe(found)
      yield* store.flush
      expect(store.find(id)).toMatchObject({ status: "IN_QUEUE", error: undefined, finishedAt: undefined })
      yield* take("w1")
      jobs.finish(id, "w1", failed)
      // queued again before its end is committed: it stays
      jobs.retry(found)
      yield* jump(1000)
      expect(jobs.find(endpointId, id)).toBe(found)
      expect(yield* take("w2")).toEqual([id])
    }))

  it.scoped("may lose a worker once more", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const job = submit()
      yield* take("w1")
      jobs.lose("w1")
      yield* take("w2")
      jobs.lose("w2")
      expect(job).toMatchObject({ status: "FAILED", retries: 1 })
      jobs.retry(job)
      yield* take("w3")
      jobs.lose("w3")
      expect(job).toMatchObject({ status: "IN_QUEUE", retries: 1 })
    }))
})

describe("a purge", () => {
  it.scoped("cancels what is queued at one endpoint, and tells who waits", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const [running, first, second, other] = [submit(), submit(), submit(), submit({ endpointId: "ep2" })]
      yield* take("w1")
      const waiting = yield* Effect.fork(jobs.awaitEnd(first, hour))
      yield* JumpClock.settle
      expect(jobs.purge(endpointId)).toBe(2)
      expect((yield* resultOf(waiting))?.status).toBe("CANCELLED")
      expect([running, first, second, other].map(({ status }) => status))
        .toEqual(["IN_PROGRESS", "CANCELLED", "CANCELLED", "IN_QUEUE"])
      expect(jobs.purge(endpointId)).toBe(0)
    }))
})

describe("progress", () => {
  it.scoped("is the output of a job in progress, until there is newer or the job is over", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const job = submit()
      jobs.progress(job.id, "w1", `"early"`)
      expect(job.output).toBeUndefined()
      yield* take("w1")
      jobs.progress(job.id, "w1", `{"step":1}`)
      jobs.progress(job.id, "w1", `{"step":2}`)
      jobs.progress(job.id, "w2", `"of another"`)
      expect(job).toMatchObject({ status: "IN_PROGRESS", output: `{"step":2}` })
      jobs.lose("w1")
      expect(job.output).toBeUndefined()
      yield* take("w2")
      jobs.finish(job.id, "w2", failed)
      jobs.progress(job.id, "w2", `"late"`)
      expect(job).toMatchObject({ status: "FAILED", output: undefined })
    }))
})

describe("a job's stream", () => {
  it.scoped("takes posts of its own worker, while it runs", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const job = submit()
      yield* jobs.append(job.id, "w1", `{"output":0}`)
      yield* take("w1")
      yield* jobs.append(job.id, "w1", `{"output":1}`)
      yield* jobs.append(job.id, "w2", `{"output":2}`)
      const waiting = yield* Effect.fork(jobs.streams.drain(job, hour))
      expect(yield* resultOf(waiting)).toEqual([`{"output":1}`])
      yield* jobs.append(job.id, "w1", `{"output":3}`)
      jobs.finish(job.id, "w1", completed)
      yield* jobs.append(job.id, "w1", `{"output":4}`)
      expect(yield* jobs.streams.drain(job, hour)).toEqual([`{"output":3}`])
    }))

  it.scoped("ends for its reader with the job", () =>
    Effect.gen(function*() {
      const { jobs, submit } = yield* platform
      const job = submit()
      const waiting = yield* Effect.fork(jobs.streams.drain(job, hour))
      expect(yield* resultOf(waiting)).toBeUndefined()
      jobs.cancel(job)
      expect(yield* resultOf(waiting)).toEqual([])
    }))

  it.scoped("of a run whose worker is lost is gone, and so is that of a run before a retry", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const job = submit()
      yield* take("w1")
      yield* jobs.append(job.id, "w1", "1")
      jobs.lose("w1")
      yield* take("w2")
      yield* jobs.append(job.id, "w2", "2")
      jobs.finish(job.id, "w2", failed)
      jobs.retry(job)
      yield* take("w3")
      yield* jobs.append(job.id, "w3", "3")
      expect(yield* jobs.streams.drain(job, hour)).toEqual(["3"])
    }))
})

describe("a job of low priority", () => {
  it.scoped("wants no worker while it waits, and runs on one that is there", () =>
    Effect.gen(function*() {
      const { jobs, submit, take } = yield* platform
      const patient = submit({ lowPriority: true })
      expect(jobs.demand(endpointId)).toBe(0)
      expect(jobs.counts(endpointId).inQueue).toBe(1)
      submit()
      expect(jobs.demand(endpointId)).toBe(1)
      yield* take("w1", 2)
      expect(jobs.demand(endpointId)).toBe(2)
      jobs.lose("w1")
      expect(jobs.demand(endpointId)).toBe(1)
      jobs.cancel(patient)
      expect(jobs.demand(endpointId)).toBe(1)
      jobs.purge(endpointId)
      expect(jobs.demand(endpointId)).toBe(0)
    }))
})
