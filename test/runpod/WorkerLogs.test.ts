import { assert, describe, expect, it } from "@effect/vitest"
import { Chunk, Effect, Exit, Fiber, Layer, Ref, Stream, TestClock } from "effect"
import * as RunpodRest from "../../src/runpod/RunpodRest.ts"
import type { WorkerLogsOptions } from "../../src/runpod/RunpodRest.ts"
import { broken, key, make, problem, reply } from "./scriptedApi.ts"
import type { Asked, Reply } from "./scriptedApi.ts"

const api = (script: (asked: Asked) => Reply) => {
  const platform = make(script)
  return Effect.map(
    Effect.provide(RunpodRest.RunpodRest, Layer.provide(RunpodRest.layer, platform.layer)),
    (rest) => ({ ...platform, rest })
  )
}

/** The clock of a test goes on while a stream that needs it is read. */
const follow = (rest: typeof RunpodRest.RunpodRest.Service, options: Partial<WorkerLogsOptions> = {}) =>
  Effect.gen(function*() {
    const seen = yield* Ref.make<ReadonlyArray<string>>([])
    const fiber = yield* rest.getWorkerLogs({ endpointId: "ep1", workerId: "w1", ...options }).pipe(
      Stream.runForEach(({ line }) => Ref.update(seen, (lines) => [...lines, line])),
      Effect.exit,
      Effect.fork
    )
    yield* TestClock.adjust("1 hour")
    return { exit: yield* Fiber.join(fiber), lines: yield* Ref.get(seen) }
  })

const event = (id: string, line: string, source = "container") =>
  `id: ${id}\ndata: ${JSON.stringify({ source, line, ts: id.split("/")[0] })}\n\n`

/** A log that says this and is then ended, or breaks. */
const log = (parts: ReadonlyArray<string | Uint8Array>, end: "ended" | "broken" = "ended"): Reply =>
  Effect.sync(() => {
    const all = [...parts]
    return new Response(
      new ReadableStream<Uint8Array>({
        pull: (controller) => {
          const part = all.shift()
          if (part !== undefined) controller.enqueue(typeof part === "string" ? new TextEncoder().encode(part) : part)
          else if (end === "ended") controller.close()
          else controller.error(Object.assign(new Error("terminated"), { code: "UND_ERR_SOCKET" }))
        }
      }),
      { headers: { "content-type": "text/event-stream" } }
    )
  })

const gone = problem(404, "worker not found")

describe("getWorkerLogs", () => {
  it.effect("asks for what was asked, and gives each line", () =>
    Effect.gen(function*() {
      const { asked, rest } = yield* api(({ nth }) =>
        nth === 0 ? log([event("t1/1", "one"), event("t1/2", "two")]) : gone
      )
      const lines = yield* rest.getWorkerLogs({
        endpointId: "ep1",
        workerId: "w1",
        source: "container",
        tail: 0,
        since: "2026-11-24T20:00:00Z"
      }).pipe(Stream.take(2), Stream.runCollect)
      expect(Chunk.toReadonlyArray(lines)).toEqual([
        { source: "container", line: "one", ts: "t1" },
        { source: "container", line: "two", ts: "t1" }
      ])
      expect(asked[0]).toMatchObject({
        method: "GET",
        path: "/v2/serverless/ep1/workers/w1/logs?source=container&tail=0&since=2026-11-24T20%3A00%3A00Z",
        headers: { accept: "text/event-stream", authorization: `Bearer ${key}` }
      })
      expect(asked[0]?.headers).not.toHaveProperty("last-event-id")
    }))

  it.effect("goes on after the last line, wherever the connection ended, and ends with the worker", () =>
    Effect.gen(function*() {
      const { asked, rest } = yield* api(({ nth }) =>
        nth === 0
          ? log([event("t1", "one"), event("t2", "two"), "id: t3\ndata: {\"sour"], "broken")
          : nth === 1
          ? log([event("t3", "three")])
          : gone
      )
      const { exit, lines } = yield* follow(rest)
      expect(lines).toEqual(["one", "two", "three"])
      assert(Exit.isSuccess(exit))
      expect(asked.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "t2", "t3"])
    }))

  it.effect("shows a line once that the platform says again, and each of the lines that share an id", () =>
    Effect.gen(function*() {
      const { rest } = yield* api(({ nth }) =>
        nth === 0
          ? log([event("t1", "a"), event("t1", "b"), event("t1", "b")], "broken")
          : nth === 1
          ? log([event("t1", "a"), event("t1", "b"), event("t1", "b"), event("t1", "c"), event("t2", "a")])
          : gone
      )
      const { lines } = yield* follow(rest)
      expect(lines).toEqual(["a", "b", "b", "c", "a"])
    }))

  it.effect("reads lines that arrive in pieces, inside of a letter too", () =>
    Effect.gen(function*() {
      const bytes = new TextEncoder().encode(event("t1", "größer"))
      const pieces = [...bytes].map((byte) => Uint8Array.of(byte))
      const { rest } = yield* api(({ nth }) => nth === 0 ? log([": hello\n\n", "retry: 50\n", ...pieces]) : gone)
      expect((yield* follow(rest)).lines).toEqual(["größer"])
    }))

  it.effect("gives what is not in the form of a line as it came", () =>
    Effect.gen(function*() {
      const { rest } = yield* api(({ nth }) => nth === 0 ? log(["id: t1\ndata: plain text\n\n"]) : gone)
      const lines = yield* Stream.runCollect(Stream.take(rest.getWorkerLogs({ endpointId: "ep1", workerId: "w1" }), 1))
      expect(Chunk.toReadonlyArray(lines)).toEqual([{ source: "unknown", line: "plain text", ts: "t1" }])
    }))

  it.effect("takes a line's time for its id where it has none", () =>
    Effect.gen(function*() {
      const { asked, rest } = yield* api(({ nth }) =>
        nth === 0 ? log([`data: {"source":"system","line":"x","ts":"t7"}\n\n`], "broken") : gone
      )
      yield* follow(rest)
      expect(asked[1]?.headers["last-event-id"]).toBe("t7")
    }))

  it.effect("fails where there is no such worker", () =>
    Effect.gen(function*() {
      const { rest } = yield* api(() => gone)
      const { exit } = yield* follow(rest)
      expect(exit).toMatchObject({ cause: { error: { _tag: "NotFound", kind: "worker", id: "w1" } } })
    }))

  it.effect("ends where the platform has nothing to say", () =>
    Effect.gen(function*() {
      const { asked, rest } = yield* api(() => log([]))
      expect(yield* follow(rest)).toMatchObject({ lines: [], exit: { _tag: "Success" } })
      expect(asked).toHaveLength(1)
    }))

  it.effect("stays with a log that is quiet for long", () =>
    Effect.gen(function*() {
      const quiet = Stream.toReadableStreamEffect(Stream.drain(Stream.fromEffect(Effect.sleep("100 seconds"))))
      const { asked, rest } = yield* api(({ nth }) =>
        nth < 7
          ? Effect.map(quiet, (body) => new Response(body))
          : nth === 7
          ? log([event("t1", "at last")])
          : gone
      )
      expect((yield* follow(rest)).lines).toEqual(["at last"])
      expect(asked).toHaveLength(9)
    }))

  it.effect("gives up on a connection that always breaks at once", () =>
    Effect.gen(function*() {
      const { asked, rest } = yield* api(() => log([], "broken"))
      const { exit } = yield* follow(rest)
      expect(exit).toMatchObject({ cause: { error: { _tag: "TransportFailed", code: "UND_ERR_SOCKET" } } })
      expect(asked).toHaveLength(5)
    }))

  it.effect("connects again under the policy of every request", () =>
    Effect.gen(function*() {
      const replies = [log([event("t1", "one")]), reply(503), broken("ECONNRESET"), log([event("t2", "two")]), gone]
      const { rest } = yield* api(({ nth }) => replies[nth] ?? gone)
      expect(yield* follow(rest)).toMatchObject({ lines: ["one", "two"], exit: { _tag: "Success" } })
    }))

  it.effect("closes the connection of a reader who has seen enough", () =>
    Effect.gen(function*() {
      let cancelled = false
      const { rest } = yield* api(() =>
        Effect.sync(() =>
          new Response(
            new ReadableStream<Uint8Array>({
              start: (controller) => controller.enqueue(new TextEncoder().encode(event("t1", "one"))),
              cancel: () => void (cancelled = true)
            })
          )
        )
      )
      yield* Stream.runDrain(Stream.take(rest.getWorkerLogs({ endpointId: "ep1", workerId: "w1" }), 1))
      expect(cancelled).toBe(true)
    }))
})
