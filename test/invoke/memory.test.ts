/** What calls in flight and long streams keep in memory. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Runtime, Schema, Stream } from "effect"
import { remote } from "effect-flash"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import type * as Endpoint from "../../src/Endpoint.ts"
import * as Reliable from "../../src/invoke/Reliable.ts"
import type { StreamChunk } from "../../src/protocol/StreamChunk.ts"
import { HttpTransport } from "../../src/runpod/HttpTransport.ts"
import type { HttpResponse } from "../../src/runpod/HttpTransport.ts"
import { cpu, over, success } from "./queue.ts"

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

/** Bytes of the heap that are in use. */
const used = (): number => {
  collect()
  return process.memoryUsage().heapUsed
}

const add = remote("add", { resource: cpu, payload: { a: Schema.Int }, success: Schema.Int })
const count = remote("count", { resource: cpu, payload: { to: Schema.Int }, success: Schema.Int, stream: true })

const ok = (body: unknown): HttpResponse => ({ status: 200, headers: {}, body: JSON.stringify(body) })

/** An endpoint whose requests are answered by their verb. */
const answering = (answers: Readonly<Record<string, () => Effect.Effect<HttpResponse>>>) =>
  Effect.map(
    over(Layer.succeed(HttpTransport, {
      request: ({ path }) => answers[path.split("/")[3]?.split("?")[0] ?? ""]?.() ?? Effect.never
    })),
    // as reliable as a program has it
    (service) => Layer.effect(cpu.tag, Effect.map(Reliable.make, (reliable) => reliable(service)))
  )

describe("ten thousand calls in flight", () => {
  const calls = 10_000

  it.scopedLive("keep little each, and nothing when they are over", () =>
    Effect.gen(function*() {
      let submitted = 0
      let waiting = 0
      const layer = yield* answering({
        run: () => Effect.sync(() => ok({ id: `job-${submitted++}`, status: "IN_QUEUE" })),
        // as a connection does it: a callback, and what gives it up
        "status-sync": () =>
          Effect.async(() => {
            waiting++
            return Effect.void
          }),
        cancel: () => Effect.succeed(ok({ id: "job", status: "CANCELLED" }))
      })
      // provided once for all of them, as by a program
      const fork = Runtime.runFork(yield* Effect.provide(Effect.runtime<Endpoint.Endpoint<"queue">>(), layer))
      const warmUp = yield* Effect.sync(() => fork(add({ a: 0 })))
      yield* Effect.repeat(Effect.sleep("1 millis"), { until: () => waiting === 1 })
      const before = used()
      const fibers = Array.from({ length: calls }, (_, a) => fork(add({ a })))
      yield* Effect.repeat(Effect.sleep("10 millis"), { until: () => waiting === calls + 1 })
      const each = (used() - before) / calls
      expect(each).toBeGreaterThan(100)
      // a fiber and what it is to do next
      expect(each).toBeLessThan(10 * 1024)
      yield* Fiber.interruptAll(fibers)
      yield* Fiber.interrupt(warmUp)
      fibers.length = 0
      // cancellations are under way for a moment
      yield* Effect.repeat(Effect.sleep("200 millis"), {
        until: () => (used() - before) / calls < 512,
        times: 20
      })
      expect((used() - before) / calls).toBeLessThan(512)
    }), 60_000)
})

describe("a stream of a hundred thousand values", () => {
  const values = 100_000
  const perPage = 500

  it.scopedLive("is read in the memory of a few pages", () =>
    Effect.gen(function*() {
      let sent = 0
      const page = (): HttpResponse => {
        if (sent === values) return ok({ status: "COMPLETED", stream: [] })
        const output: StreamChunk = {
          protocol_version: 1,
          serialization_format: "json",
          run: "a",
          first: sent,
          frames: [Array.from({ length: perPage }, (_, index) => sent + index)]
        }
        sent += perPage
        return ok({ status: "IN_PROGRESS", stream: [{ output }] })
      }
      const layer = yield* answering({
        run: () => Effect.succeed(ok({ id: "job-1", status: "IN_QUEUE" })),
        stream: () => Effect.sync(page),
        status: () =>
          Effect.succeed(ok({ id: "job-1", status: "COMPLETED", output: { ...success, stream_length: values } }))
      })
      let seen = 0
      let isInOrder = true
      let most = 0
      const before = used()
      yield* Effect.provide(
        Stream.runForEach(count({ to: values }), (value) =>
          Effect.sync(() => {
            isInOrder &&= value === seen++
            if (seen % 20_000 === 0) most = Math.max(most, used() - before)
          })),
        layer
      )
      expect({ isInOrder, seen }).toEqual({ isInOrder: true, seen: values })
      // all of them would be more than 800 kB as numbers alone, and many times that in their pages
      expect(most).toBeLessThan(2 * 1024 * 1024)
    }), 60_000)
})
