import { describe, expect, it } from "@effect/vitest"
import { Clock, Deferred, Effect, Logger, TestClock } from "effect"
import type { Job } from "../../../runtime/platform/jobs/Job.ts"
import * as Webhooks from "../../../runtime/platform/jobs/Webhooks.ts"

const job: Job = {
  id: "job-1",
  endpointId: "ep1",
  kind: "async",
  input: `{"x":1}`,
  submittedAt: 0,
  ttl: 1000,
  expiresAt: 1000,
  executionTimeout: 0,
  webhook: "https://example.test/done",
  lowPriority: false,
  extra: undefined,
  status: "COMPLETED",
  retries: 0,
  workerId: "w1",
  takenAt: 10,
  finishedAt: 30,
  output: `{"y":2}`,
  error: undefined
}

/** Webhooks whose posts are taken, or not, in that order; with each post and the time it came. */
const webhooks = (...taken: ReadonlyArray<boolean>) =>
  Effect.gen(function*() {
    const posts: Array<{ readonly url: string; readonly body: string; readonly at: number }> = []
    const logged: Array<string> = []
    const told: Array<string> = []
    const logger = Logger.make<unknown, void>(({ message }) => {
      logged.push(String(message))
    })
    const { deliver } = yield* Effect.provide(
      Webhooks.make({
        post: (url, body) =>
          Effect.map(Clock.currentTimeMillis, (at) => taken[posts.push({ url, body, at }) - 1] ?? false),
        told: ({ id }) => told.push(id)
      }),
      Logger.replace(Logger.defaultLogger, logger)
    )
    return { deliver, logged, posts, told }
  })

describe("a webhook", () => {
  it.scoped("gets nothing before what it is told would outlive this process", () =>
    Effect.gen(function*() {
      const committed = yield* Deferred.make<void>()
      const posts: Array<string> = []
      const post = (url: string) => Effect.sync(() => posts.push(url) > 0)
      const { deliver } = yield* Webhooks.make({ post, durable: Deferred.await(committed) })
      deliver(job)
      yield* TestClock.adjust("1 minute")
      expect(posts).toEqual([])
      yield* Deferred.succeed(committed, undefined)
      yield* TestClock.adjust("0 seconds")
      expect(posts).toEqual([job.webhook])
    }))

  it.scoped("gets the job's document with its input, in the platform's order, once", () =>
    Effect.gen(function*() {
      const { deliver, logged, posts } = yield* webhooks(true)
      deliver(job)
      yield* TestClock.adjust("1 hour")
      expect(posts).toEqual([{
        url: "https://example.test/done",
        body: `{"delayTime":10,"executionTime":20,"id":"job-1","input":{"x":1},"output":{"y":2},` +
          `"status":"COMPLETED","webhook":"https://example.test/done","workerId":"w1"}`,
        at: 0
      }])
      expect(logged).toEqual([])
    }))

  it.scoped("that does not take it is asked again after 5 and after 15 seconds, and then no more", () =>
    Effect.gen(function*() {
      const { deliver, logged, posts } = yield* webhooks()
      deliver(job)
      yield* TestClock.adjust("1 hour")
      expect(posts.map(({ at }) => at)).toEqual([0, 5000, 20_000])
      expect(logged).toHaveLength(1)
      expect(logged[0]).toContain("job-1")
    }))

  it.scoped("knows the end once it took it, or is asked no more", () =>
    Effect.gen(function*() {
      const { deliver, told } = yield* webhooks(false, true)
      deliver(job)
      yield* TestClock.adjust("4 seconds")
      expect(told).toEqual([])
      yield* TestClock.adjust("1 second")
      expect(told).toEqual([job.id])
      deliver({ ...job, id: "job-2" })
      yield* TestClock.adjust("19 seconds")
      expect(told).toEqual([job.id])
      yield* TestClock.adjust("1 second")
      expect(told).toEqual([job.id, "job-2"])
    }))

  it.scoped("gets the job as it was when it ended", () =>
    Effect.gen(function*() {
      const { deliver, posts } = yield* webhooks(false, true)
      const failed: Job = { ...job, status: "FAILED", output: undefined, error: "no" }
      deliver(failed)
      // it is queued again in between
      failed.status = "IN_QUEUE"
      yield* TestClock.adjust("1 hour")
      expect(posts).toHaveLength(2)
      for (const { body } of posts) expect(JSON.parse(body)).toMatchObject({ status: "FAILED", error: "no" })
    }))

  it.scoped("is none where the job has none", () =>
    Effect.gen(function*() {
      const { deliver, posts } = yield* webhooks(true)
      deliver({ ...job, webhook: undefined })
      yield* TestClock.adjust("1 hour")
      expect(posts).toEqual([])
    }))
})
