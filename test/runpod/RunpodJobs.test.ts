import { assert, describe, expect, it } from "@effect/vitest"
import {
  Cause,
  Chunk,
  Deferred,
  Duration,
  Effect,
  Exit,
  Fiber,
  Layer,
  Metric,
  Option,
  Redacted,
  Stream,
  TestClock
} from "effect"
import { Unauthorized } from "effect-flash"
import { inspect } from "node:util"
import { definitions } from "../../src/observability/Metrics.ts"
import * as Limits from "../../src/protocol/Limits.ts"
import { defaults, ReliabilityConfig } from "../../src/reliability/ReliabilityConfig.ts"
import * as RunpodConfig from "../../src/runpod/RunpodConfig.ts"
import * as RunpodJobs from "../../src/runpod/RunpodJobs.ts"
import { answer, broken, make } from "./scriptedTransport.ts"
import type { Answer, Asked } from "./scriptedTransport.ts"

const endpoint = { id: "ep1", name: "hello" }
const key = "rpa_SECRETSECRETSECRET"

const config = RunpodConfig.layerOf({
  endpointBaseUrl: "https://api.runpod.test/v2",
  apiKey: Redacted.make(key),
  apiKeyOrigin: "RUNPOD_API_KEY"
})

/** The job API over a script. */
const api = (script: (asked: Asked) => Answer) => {
  const transport = make(script)
  const layer = Layer.provide(RunpodJobs.layer, Layer.merge(transport.layer, config))
  return Effect.map(
    Effect.provide(RunpodJobs.RunpodJobs, layer),
    (jobs) => ({ jobs, asked: transport.asked, of: transport.of, verbs: transport.verbs })
  )
}

const job = (status: string, more: object = {}) => answer(200, { id: "job-1", status, ...more })

/** Milliseconds between one request and the next. */
const gaps = (asked: ReadonlyArray<Asked>): ReadonlyArray<number> =>
  asked.slice(1).map(({ at }, index) => at - (asked[index]?.at ?? 0))

/** Asserts delays of which each may be a fifth more or less, as jitter has it. */
const expectJittered = (actual: ReadonlyArray<number>, expected: ReadonlyArray<number>) => {
  expect(actual).toHaveLength(expected.length)
  expected.forEach((millis, index) => {
    expect(actual[index]).toBeGreaterThanOrEqual(Math.floor(millis * 0.8))
    expect(actual[index]).toBeLessThanOrEqual(Math.ceil(millis * 1.2))
  })
}

describe("run", () => {
  it.effect("posts the body to the endpoint, with the key, and gives the job's id", () =>
    Effect.gen(function*() {
      const { asked, jobs } = yield* api(() => job("IN_QUEUE"))
      expect(yield* jobs.run(endpoint, `{"input":1}`)).toEqual({ id: "job-1", status: "IN_QUEUE" })
      expect(asked).toMatchObject([{
        method: "POST",
        origin: "https://api.runpod.test",
        path: "/v2/ep1/run",
        body: `{"input":1}`,
        headers: { authorization: `Bearer ${key}`, "content-type": "application/json" }
      }])
      expect(asked[0]?.longPoll).toBeUndefined()
    }))

  it.effect("sends nothing where the body is over the limit, in bytes", () =>
    Effect.gen(function*() {
      const { asked, jobs } = yield* api(() => job("IN_QUEUE"))
      const error = yield* Effect.flip(jobs.run(endpoint, "é".repeat(Limits.runBody / 2 + 1)))
      assert(error._tag === "PayloadTooLarge")
      expect(error).toMatchObject({
        endpoint: "hello",
        operation: "/run",
        size: Limits.runBody + 2,
        limit: Limits.runBody
      })
      expect(asked).toEqual([])
      expect(yield* jobs.run(endpoint, "x".repeat(Limits.runBody))).toMatchObject({ id: "job-1" })
    }))

  it.effect("waits as long as a 429 asks, and then tries again", () =>
    Effect.gen(function*() {
      const { asked, jobs } = yield* api(({ nth }) =>
        nth === 0 ? answer(429, "", { "retry-after": "7" }) : job("IN_QUEUE")
      )
      const call = yield* Effect.fork(jobs.run(endpoint, "{}"))
      yield* TestClock.adjust("6999 millis")
      expect(asked).toHaveLength(1)
      yield* TestClock.adjust("1 millis")
      expect((yield* Fiber.join(call)).id).toBe("job-1")
      expect(gaps(asked)).toEqual([7000])
    }))

  it.effect("waits longer each time where a 429 does not say how long, and gives up after two more tries", () =>
    Effect.gen(function*() {
      const { asked, jobs } = yield* api(() => answer(429))
      const call = yield* Effect.fork(Effect.flip(jobs.run(endpoint, "{}")))
      yield* TestClock.adjust("1 minute")
      expect(yield* Fiber.join(call)).toMatchObject({ _tag: "RateLimited", endpoint: "hello" })
      expectJittered(gaps(asked), [500, 1000])
    }))

  it.effect("tries as often as the settings say", () =>
    Effect.gen(function*() {
      const { retry } = defaults
      for (
        const [settings, delays] of [
          [{ ...retry, enabled: false }, []],
          [{ ...retry, maxAttempts: 5, baseDelay: Duration.seconds(1) }, [1000, 2000, 4000, 8000]]
        ] as const
      ) {
        const { asked, jobs } = yield* Effect.provideService(
          api(() => answer(429)),
          ReliabilityConfig,
          { ...defaults, retry: settings }
        )
        const call = yield* Effect.fork(Effect.flip(jobs.run(endpoint, "{}")))
        yield* TestClock.adjust("1 minute")
        expect((yield* Fiber.join(call))._tag).toBe("RateLimited")
        expectJittered(gaps(asked), delays)
      }
    }))

  it.effect("tries again where nobody listened, since nothing was accepted", () =>
    Effect.gen(function*() {
      const { asked, jobs } = yield* api((asked) => asked.nth < 2 ? broken(asked, "ECONNREFUSED") : job("IN_QUEUE"))
      const call = yield* Effect.fork(jobs.run(endpoint, "{}"))
      yield* TestClock.adjust("2 seconds")
      expect((yield* Fiber.join(call)).id).toBe("job-1")
      expect(asked).toHaveLength(3)
    }))

  it.effect("does not try again where the job may have been accepted", () =>
    Effect.gen(function*() {
      for (const code of ["ECONNRESET", "UND_ERR_SOCKET", "UND_ERR_HEADERS_TIMEOUT", "ETIMEDOUT"]) {
        const { asked, jobs } = yield* api((asked) => broken(asked, code))
        const call = yield* Effect.fork(Effect.flip(jobs.run(endpoint, "{}")))
        yield* TestClock.adjust("1 minute")
        expect(yield* Fiber.join(call)).toMatchObject({
          _tag: "TransportFailed",
          code,
          request: "POST https://api.runpod.test/v2/ep1/run"
        })
        expect(asked).toHaveLength(1)
      }
    }))

  it.effect("does not try again what the platform refused", () =>
    Effect.gen(function*() {
      for (
        const [status, error] of [
          [400, { _tag: "UnexpectedStatus", status: 400, body: "the reason" }],
          [401, { _tag: "Unauthorized" }],
          [403, { _tag: "Unauthorized" }],
          [404, { _tag: "ProvisionFailed", endpoint: "hello" }],
          [413, { _tag: "PayloadTooLarge", size: 2 }],
          [500, { _tag: "UnexpectedStatus", status: 500 }]
        ] as const
      ) {
        const { asked, jobs } = yield* api(() => answer(status, "the reason"))
        const call = yield* Effect.fork(Effect.flip(jobs.run(endpoint, "{}")))
        yield* TestClock.adjust("1 minute")
        expect(yield* Fiber.join(call)).toMatchObject(error)
        expect(asked).toHaveLength(1)
      }
    }))

  it.effect("does not take an answer that is no job for one", () =>
    Effect.gen(function*() {
      for (const body of ["", "<html>", "null", `{"id":1,"status":"IN_QUEUE"}`, `{"status":"IN_QUEUE"}`]) {
        const { jobs } = yield* api(() => answer(200, body))
        const error = yield* Effect.flip(jobs.run(endpoint, "{}"))
        assert(error._tag === "UnexpectedStatus")
        expect(error.body).toContain("not a job")
      }
    }))
})

describe("runsync", () => {
  it.effect("posts the body, is held for ten seconds and gives the job as it is then", () =>
    Effect.gen(function*() {
      const { asked, jobs } = yield* api(({ nth }) =>
        nth === 0 ? job("COMPLETED", { output: 7, executionTime: 3 }) : job("IN_PROGRESS")
      )
      expect(yield* jobs.runsync(endpoint, `{"input":1}`)).toMatchObject({ status: "COMPLETED", output: 7 })
      expect(yield* jobs.runsync(endpoint, `{"input":1}`)).toEqual({ id: "job-1", status: "IN_PROGRESS" })
      expect(asked[0]).toMatchObject({ method: "POST", path: "/v2/ep1/runsync?wait=10000", body: `{"input":1}` })
      // it may be held: it must keep no submission waiting
      expect(asked[0]?.longPoll).toBe(true)
    }))

  it.effect("carries twice as much as run", () =>
    Effect.gen(function*() {
      const { asked, jobs } = yield* api(() => job("COMPLETED"))
      yield* jobs.runsync(endpoint, "x".repeat(Limits.runsyncBody))
      expect(yield* Effect.flip(jobs.runsync(endpoint, "x".repeat(Limits.runsyncBody + 1)))).toMatchObject({
        _tag: "PayloadTooLarge",
        operation: "/runsync",
        limit: Limits.runsyncBody
      })
      expect(asked).toHaveLength(1)
      const refused = yield* api(() => answer(413))
      expect(yield* Effect.flip(refused.jobs.runsync(endpoint, "{}"))).toMatchObject({
        _tag: "PayloadTooLarge",
        operation: "/runsync"
      })
    }))

  it.effect("is sent again only where it was certainly not accepted", () =>
    Effect.gen(function*() {
      const { asked, jobs } = yield* api((asked) =>
        asked.nth === 0 ? broken(asked, "ECONNREFUSED") : broken(asked, "ECONNRESET")
      )
      const call = yield* Effect.fork(Effect.flip(jobs.runsync(endpoint, "{}")))
      yield* TestClock.adjust("1 minute")
      expect(yield* Fiber.join(call)).toMatchObject({ _tag: "TransportFailed", code: "ECONNRESET" })
      expect(asked).toHaveLength(2)
    }))
})

describe("the key", () => {
  it.effect("is refused by name of its origin, and stands in no rendering of the error", () =>
    Effect.gen(function*() {
      // some gateways say what they were sent
      const { jobs } = yield* api(() => answer(401, { detail: `invalid api key ${key}`, header: `Bearer ${key}` }))
      for (
        const call of [jobs.run(endpoint, "{}"), jobs.await(endpoint, "job-1"), jobs.cancel(endpoint, "job-1")] as const
      ) {
        const exit = yield* Effect.exit(call as Effect.Effect<unknown, RunpodJobs.JobsError>)
        assert(Exit.isFailure(exit))
        const error = Option.getOrThrow(Cause.failureOption(exit.cause))
        assert.instanceOf(error, Unauthorized)
        expect(error.keyOrigin).toBe("RUNPOD_API_KEY")
        expect(error.message).toContain("RUNPOD_API_KEY")
        expect(error.message).toContain("invalid api key")
        for (
          const text of [
            String(error),
            error.stack ?? "",
            JSON.stringify(error),
            inspect(error, { depth: 10 }),
            Cause.pretty(exit.cause, { renderErrorCause: true }),
            JSON.stringify(exit)
          ]
        ) expect(text).not.toContain(key)
      }
    }))

  it.effect("stands in no other error either", () =>
    Effect.gen(function*() {
      const { jobs } = yield* api(() => answer(418, `you sent ${key}`))
      const notAJob = yield* api(() => answer(200, `you sent ${key}`))
      for (const call of [jobs.run(endpoint, "{}"), jobs.status(endpoint, "job-1"), notAJob.jobs.run(endpoint, "{}")]) {
        const error = yield* Effect.flip(call as Effect.Effect<unknown, RunpodJobs.JobsError>)
        expect(error.message).toContain("you sent")
        expect(inspect(error, { depth: 10 })).not.toContain(key)
      }
    }))

  it.effect("is not in the layer's own rendering", () =>
    Effect.gen(function*() {
      const { jobs } = yield* api(() => job("IN_QUEUE"))
      expect(inspect(jobs, { depth: 10 })).not.toContain(key)
    }))
})

describe("await", () => {
  it.effect("asks the long poll again and again until the job is over, also through statuses it does not know", () =>
    Effect.gen(function*() {
      const statuses = ["IN_QUEUE", "IN_PROGRESS", "PAUSED_BY_PLATFORM", "", "COMPLETED"]
      const { asked, jobs } = yield* api(({ nth }) =>
        Effect.delay(job(statuses[nth] ?? "COMPLETED", { output: { n: nth } }), "60 seconds")
      )
      const call = yield* Effect.fork(jobs.await(endpoint, "job-1"))
      yield* TestClock.adjust("299 seconds")
      expect(Option.isNone(yield* Fiber.poll(call))).toBe(true)
      yield* TestClock.adjust("1 second")
      expect(yield* Fiber.join(call)).toEqual({ id: "job-1", status: "COMPLETED", output: { n: 4 } })
      expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual(
        Array.from({ length: 5 }, () => "GET /v2/ep1/status-sync/job-1?wait=60000")
      )
      expect(asked.every(({ longPoll }) => longPoll === true)).toBe(true)
    }))

  it.effect("does not ask in a hot loop where the long poll is not held", () =>
    Effect.gen(function*() {
      const { asked, jobs } = yield* api(({ nth }) => job(nth < 20 ? "IN_PROGRESS" : "COMPLETED"))
      const call = yield* Effect.fork(jobs.await(endpoint, "job-1"))
      yield* TestClock.adjust("1 second")
      expect(asked.length).toBeLessThanOrEqual(11)
      yield* TestClock.adjust("1 second")
      expect((yield* Fiber.join(call)).status).toBe("COMPLETED")
    }))

  it.effect("asks at once where the long poll was held", () =>
    Effect.gen(function*() {
      const { asked, jobs } = yield* api(({ nth }) =>
        Effect.delay(job(nth < 3 ? "IN_QUEUE" : "COMPLETED"), "1050 millis")
      )
      const call = yield* Effect.fork(jobs.await(endpoint, "job-1"))
      yield* TestClock.adjust("4200 millis")
      expect((yield* Fiber.join(call)).status).toBe("COMPLETED")
      expect(gaps(asked)).toEqual([1050, 1050, 1050])
    }))

  it.effect("ends with every terminal status", () =>
    Effect.gen(function*() {
      for (const status of ["COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"]) {
        const { asked, jobs } = yield* api(() => job(status))
        expect((yield* jobs.await(endpoint, "job-1")).status).toBe(status)
        expect(asked).toHaveLength(1)
      }
    }))

  it.effect("polls the status where there is no long poll: 100 ms, doubling to 5 s, anew when the status changes", () =>
    Effect.gen(function*() {
      const { jobs, of } = yield* api(({ nth, verb }) =>
        verb === "status-sync" ? answer(404) : job(nth < 9 ? "IN_QUEUE" : nth < 12 ? "IN_PROGRESS" : "COMPLETED")
      )
      const call = yield* Effect.fork(jobs.await(endpoint, "job-1"))
      yield* TestClock.adjust("1 minute")
      expect((yield* Fiber.join(call)).status).toBe("COMPLETED")
      expect(of("status-sync")).toHaveLength(1)
      expectJittered(gaps(of("status")), [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000, 100, 200, 400])
      expect(of("status").every(({ longPoll }) => longPoll === undefined)).toBe(true)
    }))

  it.effect("polls the status also where the long poll is a route that is not served", () =>
    Effect.gen(function*() {
      for (const status of [405, 501]) {
        const { jobs, verbs } = yield* api(({ nth, verb }) =>
          verb === "status-sync" ? answer(status) : job(nth === 0 ? "IN_PROGRESS" : "COMPLETED")
        )
        const call = yield* Effect.fork(jobs.await(endpoint, "job-1"))
        yield* TestClock.adjust("1 second")
        expect((yield* Fiber.join(call)).status).toBe("COMPLETED")
        expect(verbs()).toEqual(["status-sync", "status", "status"])
      }
    }))

  it.effect("of a job that the platform does not know is JobNotFound, after asking both ways", () =>
    Effect.gen(function*() {
      const { jobs, verbs } = yield* api(() => answer(404))
      expect(yield* Effect.flip(jobs.await(endpoint, "job-1"))).toMatchObject({
        _tag: "JobNotFound",
        endpoint: "hello",
        jobId: "job-1"
      })
      expect(verbs()).toEqual(["status-sync", "status"])
    }))

  it.effect("asks again where a poll is lost, and still brings the result", () =>
    Effect.gen(function*() {
      const losses = [
        (asked: Asked) => broken(asked, "ECONNRESET"),
        () => answer(502, "bad gateway"),
        (asked: Asked) => broken(asked, "ECONNREFUSED"),
        () => answer(429)
      ]
      const { asked, jobs } = yield* api((asked) => losses[asked.nth]?.(asked) ?? job("COMPLETED", { output: 7 }))
      const call = yield* Effect.fork(jobs.await(endpoint, "job-1"))
      yield* TestClock.adjust("10 seconds")
      expect((yield* Fiber.join(call)).output).toBe(7)
      expectJittered(gaps(asked), [100, 200, 400, 800])
    }))

  it.effect("asks again where a poll of the status is lost", () =>
    Effect.gen(function*() {
      const { jobs } = yield* api((asked) =>
        asked.verb === "status-sync"
          ? answer(404)
          : asked.nth % 2 === 0
          ? broken(asked, "ECONNRESET")
          : job(asked.nth < 6 ? "IN_PROGRESS" : "COMPLETED")
      )
      const call = yield* Effect.fork(jobs.await(endpoint, "job-1"))
      yield* TestClock.adjust("10 seconds")
      expect((yield* Fiber.join(call)).status).toBe("COMPLETED")
    }))

  it.effect("waits as long as a 429 asks before it polls again", () =>
    Effect.gen(function*() {
      const { asked, jobs } = yield* api(({ nth }) =>
        nth === 0 ? answer(429, "", { "retry-after": "7" }) : job("COMPLETED")
      )
      const call = yield* Effect.fork(jobs.await(endpoint, "job-1"))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(call)
      expect(gaps(asked)).toEqual([7000])
    }))

  it.effect("gives up after two minutes without an answer, and names the job that may still run", () =>
    Effect.gen(function*() {
      const { asked, jobs } = yield* api((asked) => broken(asked, "ECONNRESET"))
      const call = yield* Effect.fork(Effect.flip(jobs.await(endpoint, "job-1")))
      yield* TestClock.adjust("110 seconds")
      expect(Option.isNone(yield* Fiber.poll(call))).toBe(true)
      yield* TestClock.adjust("20 seconds")
      const error = yield* Fiber.join(call)
      expect(error).toMatchObject({ _tag: "TransportFailed", code: "ECONNRESET", jobId: "job-1" })
      expect(error.message).toContain("job job-1 may still be running")
      expect(gaps(asked).every((gap) => gap >= 80)).toBe(true)
    }))

  it.effect("names the job that may still run whatever it was that kept it from asking", () =>
    Effect.gen(function*() {
      for (
        const [status, tag] of [[429, "RateLimited"], [500, "UnexpectedStatus"], [400, "UnexpectedStatus"]] as const
      ) {
        const { jobs } = yield* api(() => answer(status))
        const call = yield* Effect.fork(Effect.flip(jobs.await(endpoint, "job-1")))
        yield* TestClock.adjust("3 minutes")
        const error = yield* Fiber.join(call)
        expect(error).toMatchObject({ _tag: tag, jobId: "job-1" })
        expect(error.message).toContain("job job-1 may still be running")
        // and a submission says nothing of a job
        const submission = yield* Effect.fork(Effect.flip(jobs.run(endpoint, "{}")))
        yield* TestClock.adjust("1 minute")
        const refused = yield* Fiber.join(submission)
        expect(refused).not.toHaveProperty("jobId", "job-1")
        expect(refused.message).not.toContain("may still be running")
      }
    }))

  it.effect("measures what the platform tells of a job", () =>
    Effect.gen(function*() {
      const measured = { id: "ep1", name: "measured" }
      const { jobs } = yield* api(({ verb }) =>
        verb === "run" ? job("IN_QUEUE") : job("COMPLETED", { delayTime: 70, executionTime: 3000, output: "ü" })
      )
      yield* jobs.run(measured, `{"input":"ü"}`)
      const { id } = yield* jobs.await(measured, "job-1")
      const of = <Type, In, Out>(metric: Metric.Metric<Type, In, Out>) =>
        Metric.value(Metric.tagged(metric, "endpoint", "measured"))
      expect(yield* of(definitions.queueTime)).toMatchObject({ count: 1, sum: 70 })
      expect(yield* of(definitions.executionTime)).toMatchObject({ count: 1, sum: 3000 })
      expect(yield* of(definitions.requestSize)).toMatchObject({ count: 1, sum: 14 })
      const size = Buffer.byteLength(
        JSON.stringify({ id, status: "COMPLETED", delayTime: 70, executionTime: 3000, output: "ü" })
      )
      expect(yield* of(definitions.responseSize)).toMatchObject({ count: 1, sum: size })
    }))

  it.effect("fails at once where the key is refused", () =>
    Effect.gen(function*() {
      const { asked, jobs } = yield* api(() => answer(401))
      expect((yield* Effect.flip(jobs.await(endpoint, "job-1")))._tag).toBe("Unauthorized")
      expect(asked).toHaveLength(1)
    }))

  it.effect("takes a job as it is: null for what is not known, fields of later versions", () =>
    Effect.gen(function*() {
      const { jobs } = yield* api(() =>
        job("COMPLETED", {
          output: null,
          workerId: null,
          delayTime: null,
          executionTime: 12,
          retries: null,
          webhook: "https://example.test"
        })
      )
      expect(yield* jobs.await(endpoint, "job-1")).toEqual({
        id: "job-1",
        status: "COMPLETED",
        output: null,
        executionTime: 12
      })
    }))

  it.effect("ends when it is interrupted", () =>
    Effect.gen(function*() {
      const polling = yield* Deferred.make<void>()
      const { verbs, jobs } = yield* api(() => Effect.zipRight(Deferred.succeed(polling, undefined), Effect.never))
      const call = yield* Effect.fork(jobs.await(endpoint, "job-1"))
      yield* Deferred.await(polling)
      yield* Fiber.interrupt(call)
      expect(verbs()).toEqual(["status-sync"])
    }))
})

describe("status and cancel", () => {
  it.effect("ask once, and say where the job is not known", () =>
    Effect.gen(function*() {
      const { asked, jobs } = yield* api(({ verb }) => verb === "status" ? job("IN_PROGRESS") : job("CANCELLED"))
      expect((yield* jobs.status(endpoint, "job-1")).status).toBe("IN_PROGRESS")
      yield* jobs.cancel(endpoint, "job-1")
      expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
        "GET /v2/ep1/status/job-1",
        "POST /v2/ep1/cancel/job-1"
      ])
      const unknown = yield* api(() => answer(404))
      expect((yield* Effect.flip(unknown.jobs.status(endpoint, "job-1")))._tag).toBe("JobNotFound")
      expect((yield* Effect.flip(unknown.jobs.cancel(endpoint, "job-1")))._tag).toBe("JobNotFound")
    }))
})

describe("status", () => {
  it.effect("is asked for again where the answer is lost", () =>
    Effect.gen(function*() {
      const { asked, jobs } = yield* api((asked) => asked.nth < 3 ? broken(asked, "ECONNRESET") : job("IN_PROGRESS"))
      const call = yield* Effect.fork(jobs.status(endpoint, "job-1"))
      yield* TestClock.adjust("2 seconds")
      expect((yield* Fiber.join(call)).status).toBe("IN_PROGRESS")
      expectJittered(gaps(asked), [100, 200, 400])
    }))
})

describe("stream", () => {
  it.effect("gives what has gathered, on a long poll", () =>
    Effect.gen(function*() {
      const { asked, jobs } = yield* api(() =>
        answer(200, { status: "IN_PROGRESS", stream: [{ output: 1 }, { output: null, metrics: {} }], id: "job-1" })
      )
      expect(yield* jobs.stream(endpoint, "job-1")).toEqual({
        status: "IN_PROGRESS",
        stream: [{ output: 1 }, { output: null }]
      })
      expect(asked).toMatchObject([{ method: "GET", path: "/v2/ep1/stream/job-1?wait=60000", longPoll: true }])
    }))

  it.effect("is nothing where the platform leaves it out, and no stream where it is another thing", () =>
    Effect.gen(function*() {
      for (const stream of [undefined, null]) {
        const { jobs } = yield* api(() => answer(200, { status: "COMPLETED", stream }))
        expect(yield* jobs.stream(endpoint, "job-1")).toEqual({ status: "COMPLETED", stream: [] })
      }
      for (const body of ["", "[]", `{"stream":[]}`, `{"status":"COMPLETED","stream":"a"}`]) {
        const { jobs } = yield* api(() => answer(200, body))
        expect((yield* Effect.flip(jobs.stream(endpoint, "job-1"))).message).toContain("not a stream")
      }
    }))

  it.effect("is asked for again where a poll is lost; of an unknown job it is JobNotFound", () =>
    Effect.gen(function*() {
      const { jobs } = yield* api((asked) =>
        asked.nth === 0 ? answer(502) : asked.nth === 1 ? broken(asked, "ECONNRESET") : answer(404)
      )
      const call = yield* Effect.fork(Effect.flip(jobs.stream(endpoint, "job-1")))
      yield* TestClock.adjust("1 second")
      expect(yield* Fiber.join(call)).toMatchObject({ _tag: "JobNotFound", jobId: "job-1" })
    }))
})

describe("changes", () => {
  it.effect("give the job as it is and whenever it is another, slower while nothing changes", () =>
    Effect.gen(function*() {
      const states = [
        job("IN_QUEUE"),
        job("IN_QUEUE"),
        job("IN_PROGRESS"),
        job("IN_PROGRESS", { output: { pct: 1 } }),
        job("IN_PROGRESS", { output: { pct: 1 }, delayTime: 5 }),
        job("IN_PROGRESS", { output: { pct: 2 } }),
        job("COMPLETED", { output: 3 })
      ]
      const { asked, jobs } = yield* api(({ nth }) => states[Math.min(nth, 6)]!)
      const call = yield* Effect.fork(Stream.runCollect(jobs.changes(endpoint, "job-1")))
      yield* TestClock.adjust("1 minute")
      expect(Chunk.toReadonlyArray(yield* Fiber.join(call)).map(({ output, status }) => [status, output])).toEqual([
        ["IN_QUEUE", undefined],
        ["IN_PROGRESS", undefined],
        ["IN_PROGRESS", { pct: 1 }],
        ["IN_PROGRESS", { pct: 2 }],
        ["COMPLETED", 3]
      ])
      expectJittered(gaps(asked), [100, 200, 100, 100, 200, 100])
    }))
})

describe("retry", () => {
  it.effect("posts, and says where a job cannot be tried again", () =>
    Effect.gen(function*() {
      const { asked, jobs } = yield* api(({ nth }) =>
        [job("IN_QUEUE"), answer(404), answer(400, "no"), answer(500)][nth]!
      )
      yield* jobs.retry(endpoint, "job-1")
      expect(asked).toMatchObject([{ method: "POST", path: "/v2/ep1/retry/job-1" }])
      expect((yield* Effect.flip(jobs.retry(endpoint, "job-1")))._tag).toBe("JobNotFound")
      expect(yield* Effect.flip(jobs.retry(endpoint, "job-1"))).toMatchObject({
        _tag: "NotSupported",
        operation: "retry",
        endpoint: "hello"
      })
      expect(yield* Effect.flip(jobs.retry(endpoint, "job-1"))).toMatchObject({ _tag: "UnexpectedStatus", status: 500 })
    }))
})

describe("the base URL", () => {
  it.effect("may have a path of its own, with or without a slash at its end", () =>
    Effect.gen(function*() {
      for (const base of ["http://127.0.0.1:8000/proxy/v2", "http://127.0.0.1:8000/proxy/v2/"]) {
        const { asked, layer } = make(() => job("IN_QUEUE"))
        const proxied = RunpodConfig.layerOf({
          endpointBaseUrl: base,
          apiKey: Redacted.make(key),
          apiKeyOrigin: "test"
        })
        yield* Effect.provide(
          Effect.flatMap(RunpodJobs.RunpodJobs, (jobs) => jobs.run(endpoint, "{}")),
          Layer.provide(RunpodJobs.layer, Layer.merge(layer, proxied))
        )
        expect(asked).toMatchObject([{ origin: "http://127.0.0.1:8000", path: "/proxy/v2/ep1/run" }])
      }
    }))
})
