import { assert, describe, expect, it } from "@effect/vitest"
import { Chunk, Effect, Fiber, Stream } from "effect"
import * as WorkerLogs from "../../../runtime/platform/workers/WorkerLogs.ts"
import * as JumpClock from "../jumpClock.ts"

const make = (...lines: ReadonlyArray<string>) => {
  let time = Date.UTC(2026, 5, 1, 12, 5, 4, 7)
  const logs = WorkerLogs.make(() => time)
  logs.open("w1", "ep1")
  for (const line of lines) logs.append("w1", "container", line)
  return { logs, set: (millis: number) => void (time = millis), time: () => time }
}

const tail = (lines: number): WorkerLogs.Cursor => ({ _tag: "Tail", lines })

describe("a worker's lines", () => {
  it("have times that are cursors: each its own, in order, also where the clock goes back", () => {
    const { logs, set, time } = make("a", "b")
    set(time() - 5000)
    logs.append("w1", "system", "c")
    set(time() + 5001)
    logs.append("w1", "system", "d")
    expect(logs.read("w1", tail(10))).toEqual([
      { source: "container", line: "a", ts: "2026-06-01T12:05:04.007000000Z" },
      { source: "container", line: "b", ts: "2026-06-01T12:05:04.007000001Z" },
      { source: "system", line: "c", ts: "2026-06-01T12:05:04.007000002Z" },
      { source: "system", line: "d", ts: "2026-06-01T12:05:04.008000000Z" }
    ])
  })

  it("are read from their end, from a time, and behind a line", () => {
    const { logs } = make("a", "b", "c")
    const lines = (cursor: WorkerLogs.Cursor) => logs.read("w1", cursor).map(({ line }) => line)
    const [, second] = logs.read("w1", tail(3))
    assert(second !== undefined)
    expect(lines(tail(2))).toEqual(["b", "c"])
    expect(lines(tail(0))).toEqual([])
    expect(lines({ _tag: "Since", ts: second.ts })).toEqual(["b", "c"])
    expect(lines({ _tag: "After", ts: second.ts })).toEqual(["c"])
    expect(logs.read("nobody", tail(9))).toEqual([])
  })

  it("are the last five thousand, cut where they are too long", () => {
    const { logs } = make("x".repeat(20_000))
    expect(logs.read("w1", tail(1))[0]?.line).toHaveLength(8192)
    for (let n = 0; n < 20_000; n++) logs.append("w1", "container", String(n))
    const kept = logs.read("w1", { _tag: "Since", ts: "" })
    expect(kept.length).toBeGreaterThanOrEqual(WorkerLogs.maxLines)
    expect(kept.length).toBeLessThan(WorkerLogs.maxLines * 1.3)
    expect(kept.at(-1)?.line).toBe("19999")
  })

  it("are four megabytes at most", () => {
    const { logs } = make()
    for (let n = 0; n < 3000; n++) logs.append("w1", "container", "x".repeat(8192))
    const kept = logs.read("w1", { _tag: "Since", ts: "" })
    expect(kept.length * 8192).toBeGreaterThan(3_900_000)
    expect(kept.length * 8192).toBeLessThan(5_000_000)
  })

  it("are kept for the last twenty workers that are gone", () => {
    const { logs } = make()
    for (let n = 0; n < 60; n++) {
      logs.open(`gone-${n}`, "ep1")
      logs.close(`gone-${n}`)
    }
    expect(logs.endpointOf("gone-39")).toBeUndefined()
    expect(logs.endpointOf("gone-40")).toBe("ep1")
    expect(logs.endpointOf("w1")).toBe("ep1")
  })

  it.effect("are followed: what there was, then what comes, until the worker goes", () =>
    Effect.gen(function*() {
      const { logs } = make("a", "b")
      const following = yield* Effect.fork(Stream.runCollect(logs.follow("w1", tail(1))))
      yield* JumpClock.settle
      logs.append("w1", "system", "c")
      yield* JumpClock.settle
      logs.append("w1", "container", "d")
      logs.close("w1")
      const lines = Chunk.toReadonlyArray(yield* Fiber.join(following)).map(({ line }) => line)
      expect(lines).toEqual(["b", "c", "d"])
      // a worker that is gone, and one that never was
      expect(Chunk.size(yield* Stream.runCollect(logs.follow("w1", tail(2))))).toBe(2)
      expect(Chunk.size(yield* Stream.runCollect(logs.follow("nobody", tail(2))))).toBe(0)
    }))
})

describe("a time in a request", () => {
  it("is read in any zone and any precision, and as the id of an event", () => {
    const canonical = "2026-06-01T12:05:04.120000000Z"
    for (const text of ["2026-06-01T12:05:04.12Z", "2026-06-01T14:05:04.120+02:00", `${canonical}/000042`]) {
      expect(WorkerLogs.parseTime(text)).toBe(canonical)
    }
    expect(WorkerLogs.parseTime("2026-06-01T12:05:04Z")).toBe("2026-06-01T12:05:04.000000000Z")
    for (const text of ["", "yesterday", "2026-06-01", "2026-13-41T99:99:99Z"]) {
      expect(WorkerLogs.parseTime(text)).toBeUndefined()
    }
  })
})
