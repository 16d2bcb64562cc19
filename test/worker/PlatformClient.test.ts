import { assert, describe, expect, it } from "@effect/vitest"
import { Chunk, Effect, Exit, Fiber, Option, Scope, TestClock } from "effect"
import * as PlatformClient from "../../runtime/worker/PlatformClient.ts"
import { halfAnAnswer, inTurn, make, never, reply, reset } from "./scriptedPlatform.ts"
import type { Script } from "./scriptedPlatform.ts"

const turn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** Waits, without the clock, for something that comes over a socket. */
const until = (isSo: Effect.Effect<boolean>) => Effect.repeat(Effect.zipRight(turn, isSo), { until: (isSo) => isSo })

/** A worker's client against a scripted platform. */
const client = (script: Script) =>
  Effect.gen(function*() {
    const platform = yield* make(script)
    return {
      ...(yield* PlatformClient.make(platform.config)),
      ...platform,
      /** Waits for that many requests. */
      requests: (count: number) => until(Effect.sync(() => platform.asked.length >= count))
    }
  })

/** Waits until something sleeps for that many milliseconds from now on. */
const sleeps = (millis: number) =>
  until(Effect.map(TestClock.sleeps(), (ends) => Chunk.some(ends, (end) => end === millis)))

describe("job-take", () => {
  it.scoped("asks with the bare key and says whether the worker holds jobs", () =>
    Effect.gen(function*() {
      const { asked, take } = yield* client(reply(200, `{"id":"job-1","input":{"a":1},"webhook":null}`))
      expect(yield* take(1, false)).toMatchObject([{ id: "job-1", input: { a: 1 } }])
      yield* take(1, true)
      expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
        "GET /job-take/w1?gpu=CPU&job_in_progress=0",
        "GET /job-take/w1?gpu=CPU&job_in_progress=1"
      ])
      expect(asked[0]?.headers).toMatchObject({ authorization: "rpa_KEY" })
      expect(asked[0]?.headers["user-agent"]).toMatch(/^effect-flash\/\d/)
    }))

  it.scoped("takes a job without an input for one with an empty input: the platform leaves that out", () =>
    Effect.gen(function*() {
      const { take } = yield* client(reply(200, `{"id":"job-1"}`))
      expect(yield* take(1, false)).toEqual([{ id: "job-1", input: {} }])
    }))

  it.scoped("takes an input of null for a job", () =>
    Effect.gen(function*() {
      const { take } = yield* client(reply(200, `{"id":"job-1","input":null}`))
      expect(yield* take(1, false)).toMatchObject([{ input: null }])
    }))

  for (
    const [what, script] of [
      ["204", reply(204)],
      ["400, as after the worker was parked", reply(400, "no job")],
      ["200 without a body", reply(200)]
    ] as const
  ) {
    it.scoped(`answered by ${what} is no job, and is not asked again in a hot loop`, () =>
      Effect.gen(function*() {
        const { asked, requests, take } = yield* client(script)
        const loop = yield* Effect.fork(Effect.forever(take(1, false)))
        yield* requests(1)
        yield* sleeps(100)
        expect(asked).toHaveLength(1)
        yield* TestClock.adjust("100 millis")
        yield* requests(2)
        yield* sleeps(200)
        expect(asked).toHaveLength(2)
        yield* Fiber.interrupt(loop)
      }))
  }

  it.scoped("answered by 204 after it was held is asked again at once", () =>
    Effect.gen(function*() {
      const answers: Array<() => void> = []
      const { requests, take } = yield* client((response, nth, asked) => {
        answers[nth] = () => reply(204)(response, nth, asked)
      })
      const fiber = yield* Effect.fork(take(1, false))
      yield* requests(1)
      yield* TestClock.adjust("25 seconds")
      answers[0]?.()
      expect(yield* Fiber.join(fiber)).toEqual([])
    }))

  it.scoped("answered by 429 is no job, five seconds later", () =>
    Effect.gen(function*() {
      const { requests, take } = yield* client(reply(429))
      const fiber = yield* Effect.fork(take(1, false))
      yield* requests(1)
      yield* sleeps(5000)
      yield* TestClock.adjust("4999 millis")
      expect(Option.isNone(yield* Fiber.poll(fiber))).toBe(true)
      yield* TestClock.adjust("1 millis")
      expect(yield* Fiber.join(fiber)).toEqual([])
    }))

  for (
    const [what, script, error] of [
      ["500", reply(500, "oops"), { status: 500, detail: "oops" }],
      ["401", reply(401, "who?"), { status: 401, detail: "who?" }],
      ["text that is not JSON", reply(200, "<html>"), { status: 200, detail: "the answer is not JSON" }],
      ["half of a JSON text", reply(200, `{"id":"job-1","in`), { status: 200 }],
      ["a job without an id", reply(200, `{"input":1}`), { status: 200, detail: "a job without id" }],
      ["null", reply(200, "null"), { status: 200 }],
      ["a connection that breaks", reset, { status: 0 }],
      ["a connection that breaks in the middle of the answer", halfAnAnswer, { status: 0 }]
    ] as const
  ) {
    it.scoped(`answered by ${what} is an error`, () =>
      Effect.gen(function*() {
        const { take } = yield* client(script)
        const failure = yield* Effect.flip(take(1, false))
        assert.instanceOf(failure, PlatformClient.WorkerApiError)
        expect(failure).toMatchObject({ route: "job-take", ...error })
        expect(failure.message).toContain("job-take failed")
      }))
  }

  it.scoped("where nobody listens is an error", () =>
    Effect.gen(function*() {
      const { take } = yield* Effect.scoped(client(never))
      expect(yield* Effect.flip(take(1, false))).toMatchObject({ status: 0 })
    }))

  it.scoped("that brings nothing for ninety seconds is given up", () =>
    Effect.gen(function*() {
      const { closedResponses, requests, take } = yield* client(never)
      const fiber = yield* Effect.fork(take(1, false))
      yield* requests(1)
      yield* TestClock.adjust("89 seconds")
      expect(Option.isNone(yield* Fiber.poll(fiber))).toBe(true)
      yield* TestClock.adjust("1 second")
      expect(yield* Fiber.join(fiber)).toEqual([])
      yield* until(Effect.sync(() => closedResponses() === 1))
    }))

  it.scoped("leaves the platform when it is interrupted", () =>
    Effect.gen(function*() {
      const { closedResponses, requests, take } = yield* client(never)
      const fiber = yield* Effect.fork(take(1, false))
      yield* requests(1)
      yield* Fiber.interrupt(fiber)
      yield* until(Effect.sync(() => closedResponses() === 1))
    }))
})

const value = (body: string) => ({ kind: "value", body }) as const

describe("job-stream", () => {
  it.scoped("posts the text as it is, again until it is taken", () =>
    Effect.gen(function*() {
      const { asked, requests, stream } = yield* client(inTurn(reset, reply(200, "{}")))
      const fiber = yield* Effect.fork(stream("job-1", `{"output":1}`))
      yield* requests(1)
      yield* until(Effect.map(TestClock.sleeps(), Chunk.isNonEmpty))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      expect(asked.map(({ body, method, path }) => `${method} ${path} ${body}`)).toEqual([
        `POST /job-stream/w1/job-1?gpu=CPU&isStream=false {"output":1}`,
        `POST /job-stream/w1/job-1?gpu=CPU&isStream=false {"output":1}`
      ])
    }))

  it.scoped("is over where it is refused for good", () =>
    Effect.gen(function*() {
      const { asked, stream } = yield* client(reply(413, "too large"))
      expect(yield* Effect.flip(stream("job-1", "{}"))).toMatchObject({ route: "job-stream", status: 413 })
      expect(asked).toHaveLength(1)
    }))
})

describe("progress", () => {
  it.scoped("goes where results go, once", () =>
    Effect.gen(function*() {
      const { asked, progress } = yield* client(reply(500))
      expect(yield* Effect.flip(progress("job-1", `{"status":"IN_PROGRESS","output":1}`))).toMatchObject({
        status: 500
      })
      expect(asked).toMatchObject([{ path: "/job-done/w1/job-1?gpu=CPU&isStream=false" }])
    }))
})

describe("job-done", () => {
  it.scoped("says where it is the end of a stream", () =>
    Effect.gen(function*() {
      const { asked, done } = yield* client(reply(200, "{}"))
      yield* done("job-1", { kind: "stream", body: "{}" })
      expect(asked).toMatchObject([{ path: "/job-done/w1/job-1?gpu=CPU&isStream=true" }])
    }))

  it.scoped("posts the text as it is, as the platform's own worker does", () =>
    Effect.gen(function*() {
      const { asked, done } = yield* client(reply(200, "{}"))
      yield* done("job-1", value(`{"output":"é"}`))
      expect(asked).toMatchObject([{
        method: "POST",
        path: "/job-done/w1/job-1?gpu=CPU&isStream=false",
        body: `{"output":"é"}`,
        headers: {
          authorization: "rpa_KEY",
          "content-type": "application/x-www-form-urlencoded",
          "content-length": "15",
          "x-request-id": "job-1"
        }
      }])
    }))

  it.scoped("is posted again, ever later, while the platform may still take it", () =>
    Effect.gen(function*() {
      const { asked, done, requests } = yield* client(
        inTurn(reset, reply(500), reply(429), reply(502), reply(200, "{}"))
      )
      const fiber = yield* Effect.fork(done("job-1", value("{}")))
      for (let tries = 1; tries < 5; tries++) {
        yield* requests(tries)
        // it sleeps before it tries again
        yield* until(Effect.map(TestClock.sleeps(), Chunk.isNonEmpty))
        expect(asked).toHaveLength(tries)
        yield* TestClock.adjust(200 * 2 ** (tries - 1) * 1.2)
      }
      yield* requests(5)
      yield* Fiber.join(fiber)
      expect(new Set(asked.map(({ body, path }) => `${path} ${body}`)).size).toBe(1)
    }))

  it.scoped("is not posted again where it is refused for good", () =>
    Effect.gen(function*() {
      for (const status of [400, 404, 413]) {
        const { asked, done } = yield* client(reply(status, "no"))
        expect(yield* Effect.flip(done("job-1", value("{}")))).toMatchObject({
          route: "job-done",
          status,
          detail: "no"
        })
        expect(asked).toHaveLength(1)
      }
    }))

  it.scoped("says little of a long answer", () =>
    Effect.gen(function*() {
      const { done } = yield* client(reply(400, "x".repeat(10_000)))
      expect((yield* Effect.flip(done("job-1", value("{}")))).detail.length).toBe(512)
    }))
})

describe("ping", () => {
  it.scoped("names the jobs that are held", () =>
    Effect.gen(function*() {
      const { asked, ping } = yield* client(reply(200, "{}"))
      yield* ping(["job-1", "job-2"])
      yield* ping([])
      expect(asked.map(({ path }) => path.replace(/runpod_version=.*/, "runpod_version=…"))).toEqual([
        "/ping/w1?gpu=CPU&job_id=job-1%2Cjob-2&runpod_version=…",
        "/ping/w1?gpu=CPU&runpod_version=…"
      ])
    }))

  it.scoped("that is not answered in two intervals is an error", () =>
    Effect.gen(function*() {
      const { ping, requests } = yield* client(never)
      const fiber = yield* Effect.fork(Effect.flip(ping([])))
      yield* requests(1)
      yield* TestClock.adjust("8 seconds")
      expect(yield* Fiber.join(fiber)).toMatchObject({ route: "ping", status: 0 })
    }))

  it.scoped("that is refused is an error", () =>
    Effect.gen(function*() {
      const { ping } = yield* client(reply(503))
      expect(yield* Effect.flip(ping([]))).toMatchObject({ route: "ping", status: 503 })
    }))
})

describe("job-stop", () => {
  it.scoped("brings the ids of jobs to stop, and passes over what is no id", () =>
    Effect.gen(function*() {
      const { asked, stops } = yield* client(reply(200, `{"jobsToStop":["job-1",7,null,"job-2"]}`))
      expect(yield* stops).toEqual(["job-1", "job-2"])
      expect(asked.map(({ path }) => path)).toEqual(["/job-stop/w1?gpu=CPU"])
    }))

  for (
    const [what, script] of [
      ["204", reply(204)],
      ["an empty list", reply(200, `{"jobsToStop":[]}`)],
      ["an object without the list", reply(200, "{}")]
    ] as const
  ) {
    it.scoped(`answered by ${what} brings none, and is not asked again in a hot loop`, () =>
      Effect.gen(function*() {
        const { asked, requests, stops } = yield* client(script)
        const seen: Array<ReadonlyArray<string>> = []
        const loop = yield* Effect.fork(Effect.forever(Effect.map(stops, (ids) => seen.push(ids))))
        yield* requests(1)
        yield* sleeps(100)
        expect(asked).toHaveLength(1)
        yield* TestClock.adjust("100 millis")
        yield* requests(2)
        expect(seen).toEqual([[]])
        yield* Fiber.interrupt(loop)
      }))
  }

  it.scoped("answered by 429 brings none, five seconds later", () =>
    Effect.gen(function*() {
      const { requests, stops } = yield* client(reply(429))
      const fiber = yield* Effect.fork(stops)
      yield* requests(1)
      yield* sleeps(5000)
      yield* TestClock.adjust("5 seconds")
      expect(yield* Fiber.join(fiber)).toEqual([])
    }))

  it.scoped("answered by anything else is an error", () =>
    Effect.gen(function*() {
      for (
        const [script, status] of [
          [reply(404), 404],
          [reply(200, "null"), 200],
          [reply(200, "text"), 200],
          [reply(200, `{"jobsToStop":7}`), 200],
          [reset, 0]
        ] as const
      ) {
        const { stops } = yield* client(script)
        expect(yield* Effect.flip(stops)).toMatchObject({ route: "job-stop", status })
      }
    }))
})

describe("the client", () => {
  it.effect("closes its connections with its scope", () =>
    Effect.gen(function*() {
      const outer = yield* Scope.make()
      const { requests, take } = yield* Scope.extend(client(never), outer)
      const fiber = yield* Effect.fork(Effect.exit(take(1, false)))
      yield* requests(1)
      yield* Scope.close(outer, Exit.void)
      expect(Exit.isFailure(yield* Fiber.join(fiber))).toBe(true)
    }))
})
