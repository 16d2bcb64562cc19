/** Fibers that keep a thread busy, and the event loop beside them. */
import { describe, expect, it } from "@effect/vitest"
import { Chunk, Effect, Fiber, Queue, Stream } from "effect"
import type { Scheduler } from "effect/Scheduler"
import { MessageChannel } from "node:worker_threads"
import * as TurnScheduler from "../../runtime/worker/TurnScheduler.ts"

const values = 20_000

/** Two fibers that wake one another; how far they were when a message came in. */
const pingPong = Effect.gen(function*() {
  const { port1, port2 } = new MessageChannel()
  let sent = 0
  let seenAt = values
  const there = yield* Queue.bounded<number>(1)
  const back = yield* Queue.bounded<number>(1)
  port2.on("message", () => {
    seenAt = sent
  })
  port1.postMessage("stop")
  const echo = yield* Effect.fork(Effect.forever(Effect.flatMap(Queue.take(there), (n) => Queue.offer(back, n))))
  while (sent < values) {
    yield* Queue.offer(there, sent++)
    yield* Queue.take(back)
  }
  yield* Fiber.interrupt(echo)
  port1.close()
  return seenAt
})

/** How many values of a stream without a pause were read when a message came in. */
const busyStream = Effect.gen(function*() {
  const { port1, port2 } = new MessageChannel()
  let read = 0
  let seenAt = values
  port2.on("message", () => {
    seenAt = Math.min(seenAt, read)
  })
  port1.postMessage("stop")
  let pulled = 0
  yield* Stream.repeatEffectChunk(Effect.sync(() => Chunk.of(pulled++))).pipe(
    Stream.buffer({ capacity: 1 }),
    Stream.take(values),
    Stream.runForEach(() => Effect.sync(() => read++))
  )
  port1.close()
  return seenAt
})

const under = (scheduler: Scheduler) => <A>(effect: Effect.Effect<A>): Promise<A> =>
  Effect.runPromise(Effect.withScheduler(effect, scheduler))

describe("a message", () => {
  it("comes in between fibers that wake one another", async () => {
    expect(await under(TurnScheduler.make(16))(pingPong)).toBeLessThan(500)
  })

  it("comes in while a stream runs without a pause", async () => {
    expect(await under(TurnScheduler.make(16))(busyStream)).toBeLessThan(500)
  })
})

describe("tasks", () => {
  it("run in the order of their priorities, and of their coming", async () => {
    const scheduler = TurnScheduler.make(1)
    const seen: Array<string> = []
    for (const [name, priority] of [["b", 1], ["a", 0], ["c", 1]] as const) {
      scheduler.scheduleTask(() => seen.push(name), priority)
    }
    await new Promise((resolve) => setImmediate(resolve))
    expect(seen).toEqual(["a", "b", "c"])
  })

  it("that a task schedules run as well, over many turns", async () => {
    const scheduler = TurnScheduler.make(2)
    await new Promise<void>((resolve) => {
      let left = 100
      const next = () => left-- === 0 ? resolve() : scheduler.scheduleTask(next, 0)
      next()
    })
  })
})
