import { describe, expect, it } from "@effect/vitest"
import { Chunk, Clock, Deferred, Effect, Exit, Fiber, Logger, Option, Queue, Scope, TestClock } from "effect"
import * as JobLoop from "../../runtime/worker/JobLoop.ts"
import { WorkerApiError } from "../../runtime/worker/PlatformClient.ts"
import type { PlatformClient, Result, TakenJob } from "../../runtime/worker/PlatformClient.ts"

const apiError = (status: number) => new WorkerApiError({ route: "a route", status, detail: "no" })

/** A loop between a platform and an executor that do what the test tells them. */
const loop = (options: {
  readonly maxConcurrency?: number
  readonly client?: Partial<PlatformClient>
  /** What every job comes to, at once. */
  readonly executor?: Effect.Effect<Result>
} = {}) =>
  Effect.gen(function*() {
    const queue = yield* Queue.unbounded<TakenJob>()
    const stops = yield* Queue.unbounded<ReadonlyArray<string>>()
    const takes: Array<boolean> = []
    const pings: Array<ReadonlyArray<string>> = []
    const posted: Array<readonly [job: string, body: string]> = []
    const interrupted: Array<string> = []
    const running = new Map<string, Deferred.Deferred<Result>>()
    let most = 0
    const made = yield* JobLoop.make({
      maxConcurrency: options.maxConcurrency ?? 1,
      pingInterval: 4000,
      client: {
        take: (size, holdsJobs) =>
          Effect.suspend(() => {
            takes.push(holdsJobs)
            return Effect.map(Queue.takeBetween(queue, 1, size), Chunk.toReadonlyArray)
          }),
        done: (job, { body }) => Effect.sync(() => void posted.push([job, body])),
        stream: () => Effect.void,
        progress: () => Effect.void,
        ping: (jobs) => Effect.sync(() => void pings.push(jobs)),
        unhealthy: () => Effect.void,
        stops: Queue.take(stops),
        ...options.client
      },
      executor: {
        run: ({ id }) =>
          options.executor ?? Effect.gen(function*() {
            const done = yield* Deferred.make<Result>()
            running.set(id, done)
            most = Math.max(most, running.size)
            return yield* Deferred.await(done)
          }).pipe(
            Effect.onInterrupt(() => Effect.sync(() => interrupted.push(id))),
            Effect.ensuring(Effect.sync(() => running.delete(id)))
          )
      }
    })
    const settle = TestClock.adjust(0)
    return {
      ...made,
      interrupted,
      most: () => most,
      pings,
      posted,
      running: () => [...running.keys()],
      settle,
      takes,
      give: (...ids: ReadonlyArray<string>) =>
        Effect.zipRight(Queue.offerAll(queue, ids.map((id) => ({ id, input: {} }))), settle),
      finish: (id: string, body = `{"output":"${id}"}`) =>
        Effect.zipRight(Deferred.succeed(running.get(id)!, { kind: "value" as const, body }), settle),
      stop: (...ids: ReadonlyArray<string>) => Effect.zipRight(Queue.offer(stops, ids), settle)
    }
  })

describe("the loop", () => {
  it.scoped("runs a job, posts its result and takes the next", () =>
    Effect.gen(function*() {
      const { finish, give, posted, running, takes } = yield* loop()
      yield* give("a", "b")
      expect(running()).toEqual(["a"])
      yield* finish("a")
      expect(posted).toEqual([["a", `{"output":"a"}`]])
      expect(running()).toEqual(["b"])
      expect(takes).toHaveLength(2)
    }))

  it.scoped("runs as many jobs at a time as it may, and no more", () =>
    Effect.gen(function*() {
      const { finish, give, most, running } = yield* loop({ maxConcurrency: 3 })
      yield* give("a", "b", "c", "d", "e")
      expect(running().toSorted()).toEqual(["a", "b", "c"])
      yield* finish("b")
      expect(running().toSorted()).toEqual(["a", "c", "d"])
      yield* finish("a")
      yield* finish("c")
      expect(running().toSorted()).toEqual(["d", "e"])
      expect(most()).toBe(3)
    }))

  it.scoped("takes the next job while a result is still on its way, and holds that job until it is accepted", () =>
    Effect.gen(function*() {
      const accepted = yield* Deferred.make<void>()
      const { finish, give, pings, running, takes } = yield* loop({ client: { done: () => Deferred.await(accepted) } })
      yield* give("a", "b")
      yield* finish("a")
      expect(running()).toEqual(["b"])
      expect(takes).toEqual([false, true])
      yield* TestClock.adjust("4 seconds")
      expect(pings.at(-1)).toEqual(["a", "b"])
      yield* Deferred.succeed(accepted, undefined)
      yield* TestClock.adjust("4 seconds")
      expect(pings.at(-1)).toEqual(["b"])
    }))

  it.scoped("pings from the start and in its interval, naming what it holds, whatever the platform answers", () =>
    Effect.gen(function*() {
      const pings: Array<ReadonlyArray<string>> = []
      const { give, settle } = yield* loop({
        client: {
          ping: (jobs) =>
            Effect.suspend(() => {
              pings.push(jobs)
              return apiError(500)
            })
        }
      })
      yield* settle
      expect(pings).toEqual([[]])
      yield* give("a")
      yield* TestClock.adjust("8 seconds")
      expect(pings).toEqual([[], ["a"], ["a"]])
    }))

  it.scoped("asks less and less often where the platform answers with errors, and anew when it has recovered", () =>
    Effect.gen(function*() {
      const at: Array<number> = []
      // down for ten tries, then there is a job, then down again
      const { settle } = yield* loop({
        client: {
          take: () =>
            Effect.flatMap(
              Clock.currentTimeMillis,
              (now) => at.push(now) === 11 ? Effect.succeed([{ id: "a", input: {} }]) : apiError(500)
            )
        },
        executor: Effect.succeed({ kind: "value", body: "{}" })
      })
      yield* settle
      yield* TestClock.adjust("1 minute")
      const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0))
      const expected = [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000, 0, 100, 200, 400, 800, 1600, 3200]
      expected.forEach((millis, index) => {
        expect(gaps[index]).toBeGreaterThanOrEqual(millis * 0.79)
        expect(gaps[index]).toBeLessThanOrEqual(millis * 1.21)
      })
    }))

  it.scoped("does not ask for what to stop in a hot loop either", () =>
    Effect.gen(function*() {
      let asked = 0
      const { settle } = yield* loop({
        client: {
          stops: Effect.suspend(() => {
            asked++
            return apiError(0)
          })
        }
      })
      yield* settle
      expect(asked).toBe(1)
      yield* TestClock.adjust("1 minute")
      expect(asked).toBeGreaterThan(5)
      expect(asked).toBeLessThan(25)
    }))
})

describe("a result", () => {
  /** Runs a job whose result is answered by these statuses, one after the other; succeeds with what was posted. */
  const posting = (...statuses: ReadonlyArray<number>) =>
    Effect.gen(function*() {
      const posted: Array<string> = []
      const logged: Array<string> = []
      const logger = Logger.make<unknown, void>(({ message }) => {
        logged.push(String(message))
      })
      const { finish, give, pings } = yield* Effect.provide(
        loop({
          client: {
            done: (_, { body }) =>
              Effect.suspend(() => {
                const status = statuses[posted.push(body) - 1] ?? 200
                return status === 200 ? Effect.void : apiError(status)
              })
          }
        }),
        Logger.replace(Logger.defaultLogger, logger)
      )
      yield* give("a")
      yield* finish("a")
      yield* TestClock.adjust("4 seconds")
      return { logged, pings, posted }
    })

  it.scoped("that the platform will never take is posted as an error", () =>
    Effect.gen(function*() {
      for (const status of [400, 413]) {
        const { pings, posted } = yield* posting(status)
        expect(posted).toEqual([`{"output":"a"}`, JSON.stringify({ error: "the platform refused the result: no" })])
        expect(pings.at(-1)).toEqual([])
      }
    }))

  it.scoped("that cannot be posted is said to be lost, and the job is held no longer", () =>
    Effect.gen(function*() {
      for (const statuses of [[404], [400, 400]]) {
        const { logged, pings } = yield* posting(...statuses)
        expect(logged).toHaveLength(1)
        expect(logged[0]).toContain("The result of job a is lost")
        expect(pings.at(-1)).toEqual([])
      }
    }))
})

describe("a job that is to be stopped", () => {
  it.scoped("is interrupted, has no result posted, and its place is free", () =>
    Effect.gen(function*() {
      const { finish, give, interrupted, pings, posted, running, stop } = yield* loop()
      yield* give("a", "b")
      yield* stop("a", "unknown")
      expect(interrupted).toEqual(["a"])
      expect(posted).toEqual([])
      expect(running()).toEqual(["b"])
      yield* TestClock.adjust("4 seconds")
      expect(pings.at(-1)).toEqual(["b"])
      yield* finish("b")
      expect(posted).toEqual([["b", `{"output":"b"}`]])
    }))
})

describe("draining", () => {
  it.scoped("takes no more jobs, and ends when those that run have ended and their results are accepted", () =>
    Effect.gen(function*() {
      const accepted = yield* Deferred.make<void>()
      const { drain, finish, give, running, settle, takes } = yield* loop({
        maxConcurrency: 2,
        client: { done: () => Deferred.await(accepted) }
      })
      yield* give("a")
      const draining = yield* Effect.fork(drain)
      yield* settle
      yield* give("b")
      expect(running()).toEqual(["a"])
      expect(Option.isNone(yield* Fiber.poll(draining))).toBe(true)
      yield* finish("a")
      expect(Option.isNone(yield* Fiber.poll(draining))).toBe(true)
      const asked = takes.length
      yield* Deferred.succeed(accepted, undefined)
      yield* Fiber.join(draining)
      yield* TestClock.adjust("1 minute")
      expect(takes).toHaveLength(asked)
      expect(running()).toEqual([])
    }))

  it.scoped("ends at once where nothing runs", () =>
    Effect.gen(function*() {
      const { drain, settle } = yield* loop({ maxConcurrency: 4 })
      yield* settle
      yield* drain
    }))

  it.scoped("keeps pinging meanwhile", () =>
    Effect.gen(function*() {
      const { drain, finish, give, pings } = yield* loop()
      yield* give("a")
      const draining = yield* Effect.fork(drain)
      const before = pings.length
      yield* TestClock.adjust("12 seconds")
      expect(pings.slice(before)).toEqual([["a"], ["a"], ["a"]])
      yield* finish("a")
      yield* Fiber.join(draining)
    }))
})

describe("aborting", () => {
  it.scoped("interrupts what runs, and takes no more", () =>
    Effect.gen(function*() {
      const { abort, give, interrupted, posted, running } = yield* loop({ maxConcurrency: 2 })
      yield* give("a", "b")
      yield* abort
      expect(interrupted.toSorted()).toEqual(["a", "b"])
      expect(posted).toEqual([])
      yield* give("c")
      expect(running()).toEqual([])
    }))
})

describe("the end of the loop's scope", () => {
  it.effect("interrupts all of it", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const { give, interrupted, pings } = yield* Scope.extend(loop(), scope)
      yield* give("a")
      yield* Scope.close(scope, Exit.void)
      expect(interrupted).toEqual(["a"])
      const before = pings.length
      yield* TestClock.adjust("1 minute")
      expect(pings).toHaveLength(before)
    }))
})
