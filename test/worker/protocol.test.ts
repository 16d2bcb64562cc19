/** The worker's loops over HTTP, on a platform that gives every answer there is. */
import { describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Logger, Schedule } from "effect"
import * as JobLoop from "../../runtime/worker/JobLoop.ts"
import * as PlatformClient from "../../runtime/worker/PlatformClient.ts"
import type { WorkerConfig } from "../../runtime/worker/WorkerConfig.ts"
import { halfAnAnswer, inTurn, make, never, reply, reset } from "./scriptedPlatform.ts"
import type { Asked, Script } from "./scriptedPlatform.ts"

/** What one route answers, counted from 0 for each of them; by default polls are held and all else is accepted. */
interface Routes {
  readonly take?: Script
  readonly stop?: Script
  readonly done?: Script
  readonly ping?: Script
}

const routeOf = (path: string): keyof Routes =>
  path.startsWith("/job-take")
    ? "take"
    : path.startsWith("/job-stop")
    ? "stop"
    : path.startsWith("/ping")
    ? "ping"
    : "done"

/** A worker whose jobs are what their input says: `{"give":…}` is a result, `"wait"` runs until it is stopped. */
const worker = (routes: Routes, options: Partial<WorkerConfig> = {}) =>
  Effect.gen(function*() {
    const counts = { take: 0, stop: 0, done: 0, ping: 0 }
    const accepted = reply(200, "{}")
    const scripts = { take: never, stop: never, done: accepted, ping: accepted, ...routes }
    const { asked, closedResponses, config } = yield* make((response, _, one) => {
      const route = routeOf(one.path)
      scripts[route](response, counts[route]++, one)
    }, options)
    const running = new Set<string>()
    const stopped: Array<string> = []
    let most = 0
    const loop = yield* JobLoop.make({
      client: yield* PlatformClient.make(config),
      maxConcurrency: config.maxConcurrency,
      pingInterval: config.pingInterval,
      refresh: config.refresh,
      executor: {
        run: ({ id, input }) =>
          Effect.suspend(() => {
            running.add(id)
            most = Math.max(most, running.size)
            return input === "wait"
              ? Effect.never
              : Effect.succeed({ kind: "value" as const, body: JSON.stringify({ output: input }) })
          }).pipe(
            Effect.onInterrupt(() => Effect.sync(() => stopped.push(id))),
            Effect.ensuring(Effect.sync(() => running.delete(id)))
          )
      }
    })
    return {
      ...loop,
      closedResponses,
      most: () => most,
      running,
      stopped,
      to: (route: keyof Routes): ReadonlyArray<Asked> => asked.filter(({ path }) => routeOf(path) === route)
    }
  }).pipe(Effect.provide(Logger.remove(Logger.defaultLogger)))

const until = (isSo: () => boolean) =>
  Effect.repeat(Effect.void, { until: isSo, schedule: Schedule.spaced("5 millis") }).pipe(Effect.timeout("10 seconds"))

const job = (id: string, input: unknown = 1) => ({ id, input })

const give = (...jobs: ReadonlyArray<unknown>): Script => reply(200, JSON.stringify(jobs.length === 1 ? jobs[0] : jobs))

/** Everything a platform, or what is in front of it, may answer to a poll. */
const answers: ReadonlyArray<readonly [what: string, script: Script]> = [
  ["204 at once", reply(204)],
  ["400", reply(400, "no job")],
  ["401", reply(401, "who?")],
  ["403", reply(403)],
  ["404", reply(404)],
  ["405", reply(405)],
  ["429", reply(429)],
  ["429 with Retry-After", reply(429, "", { "retry-after": "1" })],
  ["429 with a Retry-After that is nothing", reply(429, "", { "retry-after": "soon" })],
  ["500", reply(500, "oops")],
  ["502 with a page", reply(502, "<html>bad gateway</html>")],
  ["503 with Retry-After", reply(503, "", { "retry-after": "2" })],
  ["302", reply(302, "", { location: "http://127.0.0.1:1/" })],
  ["200 with nothing", reply(200)],
  ["200 with text", reply(200, "hello")],
  ["200 with half of a JSON text", reply(200, `{"id":"a","in`)],
  ["200 with null", reply(200, "null")],
  ["200 with a number", reply(200, "7")],
  ["an empty list", reply(200, "[]")],
  ["an empty object", reply(200, "{}")],
  ["a job without id", reply(200, `{"input":1}`)],
  ["a list of jobs without id", reply(200, `[{"input":1},null,7]`)],
  ["the job that it holds already, again and again", give(job("held", "wait"))],
  ["a stop for nobody, again and again", reply(200, `{"jobsToStop":["nobody"]}`)],
  ["a list of stops that is none", reply(200, `{"jobsToStop":7}`)],
  ["a connection that breaks", reset],
  ["an answer that breaks off", halfAnAnswer]
]

/** No answer may be asked for more often than every hundred milliseconds, plus one retry with the key's other form. */
const bound = (millis: number) => 2 * (millis / 100 + 2)

describe("whatever a poll is answered", () => {
  it.scopedLive(
    "it is not repeated in a hot loop, and the worker goes on where the platform has recovered",
    () =>
      Effect.forEach(answers, ([what, script]) =>
        Effect.gen(function*() {
          let isDown = true
          const flaky = (recovered: Script): Script => (...request) =>
            isDown ? script(...request) : recovered(...request)
          const { stopped, to } = yield* worker({
            take: flaky(inTurn(...Array.from({ length: 1000 }, (_, nth) => give(job(`job-${nth}`, nth))))),
            stop: flaky(never),
            ping: flaky(reply(200))
          }, { maxConcurrency: 2, pingInterval: 100 })
          const routes = ["take", "stop", "ping"] as const
          yield* until(() => routes.every((route) => to(route).length > 0))
          const before = routes.map((route) => to(route).length)
          yield* Effect.sleep("1 second")
          for (const [index, route] of routes.entries()) {
            expect(to(route).length - (before[index] ?? 0), `${what}: ${route}`).toBeLessThanOrEqual(bound(1000))
          }
          isDown = false
          yield* until(() => to("done").length > 0)
          expect(to("done")[0]?.body, what).toMatch(/^{"output":\d+}$/)
          expect(stopped).toEqual([])
        }), { concurrency: "unbounded", discard: true }),
    20_000
  )

  it.scopedLive("429 is left alone for five seconds, or as long as it says", () =>
    Effect.forEach([[undefined, 1], ["1", 2]] as const, ([retryAfter, polls]) =>
      Effect.gen(function*() {
        const { to } = yield* worker({
          take: reply(429, "", retryAfter === undefined ? {} : { "retry-after": retryAfter })
        })
        yield* Effect.sleep("1500 millis")
        expect(to("take")).toHaveLength(polls)
      }), { concurrency: "unbounded", discard: true }))
})

describe("a result", () => {
  const refusals: ReadonlyArray<readonly [what: string, script: Script, tries: number]> = [
    ["500 and 502", inTurn(reply(500), reply(502), reply(200)), 3],
    ["429 with Retry-After", inTurn(reply(429, "", { "retry-after": "1" }), reply(200)), 2],
    ["408", inTurn(reply(408), reply(200)), 2],
    // the first 401 is followed by the other form of the key
    ["401 twice", inTurn(reply(401), reply(401), reply(200)), 3],
    ["a connection that breaks", inTurn(reset, reset, reply(200)), 3],
    ["an answer that breaks off after it was accepted", inTurn(halfAnAnswer, reply(200)), 2]
  ]

  it.scopedLive("is kept, named in pings, and posted again until it is accepted", () =>
    Effect.forEach(refusals, ([what, done, tries]) =>
      Effect.gen(function*() {
        const { to } = yield* worker({ take: inTurn(give(job("a", "x")), never), done }, { pingInterval: 50 })
        yield* until(() => to("done").length === tries)
        yield* until(() => to("ping").at(-1)?.path.includes("job_id=") === false)
        expect(new Set(to("done").map(({ body, path }) => `${path} ${body}`)), what)
          .toEqual(new Set([`/job-done/w1/a?gpu=CPU&isStream=false {"output":"x"}`]))
        expect(to("ping").some(({ path }) => path.includes("job_id=a")), what).toBe(true)
        expect(to("done"), what).toHaveLength(tries)
      }), { concurrency: "unbounded", discard: true }))

  it.scopedLive("that is larger than the platform takes becomes an error that says so", () =>
    Effect.gen(function*() {
      const large = "x".repeat(10 * 1024 * 1024)
      const { to } = yield* worker({ take: inTurn(give(job("a", large)), give(job("sync-b", large)), never) })
      yield* until(() => to("done").length === 2)
      expect(JSON.parse(to("done")[0]?.body ?? "").error).toBe(
        "the result is 10485773 bytes, the platform takes 10485760"
      )
      // /runsync takes twice as much
      expect(to("done")[1]?.body.length).toBe(large.length + 13)
    }))

  it.scopedLive("is given up where its job is to be stopped", () =>
    Effect.gen(function*() {
      let isOver = false
      const { to } = yield* worker({
        take: inTurn(give(job("a")), never),
        done: (response, nth, asked) => {
          isOver = true
          reply(500)(response, nth, asked)
        },
        stop: (response, nth, asked) => {
          const timer = setInterval(() => {
            if (!isOver) return
            clearInterval(timer)
            reply(200, nth === 0 ? `{"jobsToStop":["a"]}` : "")(response, nth, asked)
          }, 5)
        }
      }, { pingInterval: 50 })
      yield* until(() => isOver && to("ping").at(-1)?.path.includes("job_id=") === false)
      const posts = to("done").length
      yield* Effect.sleep("500 millis")
      expect(to("done")).toHaveLength(posts)
    }))
})

describe("several jobs", () => {
  it.scopedLive("are taken by one request, as many as there is room for", () =>
    Effect.gen(function*() {
      const { most, running, to } = yield* worker({
        take: inTurn(
          give(job("a", "wait"), { input: 1 }, job("b", "wait")),
          give(job("c", "wait"), job("d", "wait"), job("e", 5)),
          never
        )
      }, { maxConcurrency: 4 })
      yield* until(() => to("take").length === 2 && running.size === 4)
      expect(to("take").map(({ path }) => path)).toEqual([
        "/job-take-batch/w1?gpu=CPU&batch_size=4&job_in_progress=0",
        "/job-take-batch/w1?gpu=CPU&batch_size=2&job_in_progress=1"
      ])
      // more came than were asked for: they wait their turn, and are held meanwhile
      yield* Effect.sleep("100 millis")
      expect(most()).toBe(4)
      expect(to("take")).toHaveLength(2)
    }))

  it.scopedLive("are named in pings of a bounded length", () =>
    Effect.gen(function*() {
      const ids = Array.from({ length: 250 }, (_, n) => `job-${n}`)
      const { running, to } = yield* worker({
        take: inTurn(give(...ids.map((id) => job(id, "wait"))), never)
      }, { maxConcurrency: 250, pingInterval: 200 })
      yield* until(() => running.size === 250)
      const naming = () => to("ping").filter(({ path }) => path.includes("job_id="))
      yield* until(() => naming().length >= 3)
      const named = naming().slice(0, 3).map(({ path }) =>
        new URLSearchParams(path.split("?")[1]).get("job_id")?.split(",") ?? []
      )
      expect(named.map(({ length }) => length)).toEqual([100, 100, 50])
      expect(named.flat()).toEqual(ids)
    }))

  it.scopedLive("are stopped one by one, also one whose stop came before it, and post no result", () =>
    Effect.gen(function*() {
      const release = yield* Deferred.make<void>()
      const { running, stopped, to } = yield* worker({
        take: inTurn(give(job("a", "wait"), job("b", "wait")), (response, nth, asked) => {
          Effect.runFork(Effect.zipRight(
            Deferred.await(release),
            Effect.sync(() => give(job("early", "x"), job("later", "y"))(response, nth, asked))
          ))
        }, never),
        stop: inTurn(reply(200, `{"jobsToStop":["a","early",7]}`), never)
      }, { maxConcurrency: 4 })
      yield* until(() => stopped.includes("a"))
      yield* Deferred.succeed(release, undefined)
      yield* until(() => to("done").length > 0)
      expect(to("done").map(({ body }) => body)).toEqual([`{"output":"y"}`])
      expect([...running]).toEqual(["b"])
    }))
})

describe("the key", () => {
  it.scopedLive("is sent alone, and as a Bearer where only that is accepted", () =>
    Effect.gen(function*() {
      const guarded = (script: Script): Script => (response, nth, asked) =>
        (asked.headers.authorization === "Bearer rpa_KEY" ? script : reply(401))(response, nth, asked)
      const { to } = yield* worker({
        take: (response, nth, asked) => guarded(nth < 2 ? give(job("a")) : never)(response, nth, asked),
        stop: guarded(never),
        done: guarded(reply(200))
      })
      yield* until(() => to("done").length > 0 && to("take").length === 3)
      expect(to("take").map(({ headers }) => headers.authorization)).toEqual([
        "rpa_KEY",
        "Bearer rpa_KEY",
        "Bearer rpa_KEY"
      ])
      expect(to("done").map(({ headers }) => headers.authorization)).toEqual(["Bearer rpa_KEY"])
    }))
})

describe("a worker that is to be replaced after its job", () => {
  it.scopedLive("says so with the result, and takes no other", () =>
    Effect.gen(function*() {
      const { refreshed, to } = yield* worker({ take: give(job("a", 1)) }, { refresh: true })
      yield* refreshed
      yield* until(() => to("done").length > 0)
      yield* Effect.sleep("200 millis")
      expect(to("done").map(({ body }) => body)).toEqual([`{"stopPod":true,"output":1}`])
    }))
})

describe("draining", () => {
  it.scopedLive("gives open polls up at once", () =>
    Effect.gen(function*() {
      const { closedResponses, drain, to } = yield* worker({})
      yield* until(() => to("take").length === 1)
      const before = closedResponses()
      // the poll is held for longer than this test may take
      yield* drain
      yield* until(() => closedResponses() > before)
      expect(to("take")).toHaveLength(1)
    }))

  it.scopedLive("keeps posting a result until it is accepted", () =>
    Effect.gen(function*() {
      const { drain, to } = yield* worker({
        take: inTurn(give(job("a", 1)), never),
        done: inTurn(reply(500), reply(500), reply(200))
      })
      yield* until(() => to("done").length === 1)
      const draining = yield* Effect.fork(drain)
      yield* Fiber.join(draining)
      expect(to("done")).toHaveLength(3)
    }))
})
