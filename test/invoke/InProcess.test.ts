/** Streams and jobs where nothing leaves the process: the inline target, a worker's own functions, and stand-ins. */
import { assert, describe, expect, it } from "@effect/vitest"
import { Cause, Chunk, Deferred, Effect, Exit, Fiber, FiberId, Layer, Option, Schema, Stream, TestClock } from "effect"
import { CpuLiveServerless, Flash, Remote, remote, RemoteJob } from "effect-flash"
import type { Endpoint } from "effect-flash"

const cpu = CpuLiveServerless.make("in-process")

class Enough extends Schema.TaggedError<Enough>()("Enough", { at: Schema.Date }) {}

const countTo = ({ end, to }: { readonly to: number; readonly end?: "fail" | "die" | undefined }) =>
  Stream.range(1, to).pipe(
    Stream.map((n) => ({ n, at: new Date(n) })),
    Stream.concat(
      end === "fail"
        ? Stream.fail(new Enough({ at: new Date(to) }))
        : end === "die"
        ? Stream.die(new TypeError("boom"))
        : Stream.empty
    )
  )

const count = remote("count", {
  resource: cpu,
  payload: { to: Schema.Int, end: Schema.optional(Schema.Literal("fail", "die")) },
  success: Schema.Struct({ n: Schema.Int, at: Schema.Date }),
  error: Enough,
  stream: true
}, countTo)

const add = remote("add", {
  resource: cpu,
  payload: { a: Schema.Number, b: Schema.Number },
  success: Schema.Number,
  error: Enough
}, ({ a, b }) => addUp({ a, b }))

const addUp = ({ a, b }: { readonly a: number; readonly b: number }) =>
  a < 0
    ? Effect.fail(new Enough({ at: new Date(a) }))
    : b < 0
    ? Effect.die(new TypeError("boom"))
    : Effect.succeed(a + b)

const targets: ReadonlyArray<readonly [string, Layer.Layer<Endpoint<"in-process">>]> = [
  ["the inline target", Layer.provide(cpu.layer, Flash.layerInline)],
  ["a worker of its own endpoint", Layer.provide(cpu.layer, Flash.layerWorker({ endpoint: "in-process" }))],
  ["a stand-in", cpu.layerMock<typeof count | typeof add>({ count: countTo, add: addUp })]
]

/** The values that came before the end, and the end. */
const drained = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.suspend(() => {
    const values: Array<A> = []
    return Effect.map(
      Effect.exit(Stream.runForEach(stream, (value) => Effect.sync(() => void values.push(value)))),
      (exit) => ({ exit, values })
    )
  })

const failureOf = <A, E>(exit: Exit.Exit<A, E>): E => {
  assert(Exit.isFailure(exit))
  return Option.getOrThrow(Cause.failureOption(exit.cause))
}

const range = (length: number) => Array.from({ length }, (_, index) => index + 1)

for (const [name, layer] of targets) {
  describe(`on ${name}`, () => {
    const on = Effect.provide(layer)

    it.effect("a stream brings its values in order and ends", () =>
      Effect.gen(function*() {
        const { exit, values } = yield* drained(count({ to: 10_000 }))
        expect(exit).toEqual(Exit.void)
        expect(values.map(({ n }) => n)).toEqual(range(10_000))
        expect(values[4]).toEqual({ n: 5, at: new Date(5) })
      }).pipe(on))

    it.effect("a stream fails typed, or dies, after the values that came", () =>
      Effect.gen(function*() {
        const failed = yield* drained(count({ to: 3, end: "fail" }))
        expect(failed.values).toHaveLength(3)
        const error = failureOf(failed.exit)
        assert.instanceOf(error, Enough)
        expect(error.at).toEqual(new Date(3))
        const died = yield* drained(count({ to: 2, end: "die" }))
        expect(died.values).toHaveLength(2)
        assert(Exit.isFailure(died.exit))
        expect(Cause.pretty(died.exit.cause)).toContain("boom")
      }).pipe(on))

    it.effect("a wrong payload is InvalidPayload, before any value and before any job", () =>
      Effect.gen(function*() {
        const wrong = { to: 1.5 }
        expect(failureOf((yield* drained(count(wrong))).exit)).toMatchObject({ _tag: "InvalidPayload" })
        const job = yield* Effect.either(count.submit(wrong))
        // a stand-in has a job for everything
        if (job._tag === "Left") expect(job.left._tag).toBe("InvalidPayload")
        else expect(failureOf((yield* drained(job.right.stream)).exit)).toMatchObject({ _tag: "InvalidPayload" })
      }).pipe(on))

    it.effect("a job gives its result to all who wait, and its status", () =>
      Effect.gen(function*() {
        const job = yield* add.submit({ a: 1, b: 2 })
        expect(yield* Effect.all([job.await, job.await], { concurrency: 2 })).toEqual([3, 3])
        expect((yield* job.status)._tag).toBe("Completed")
        expect(Chunk.toReadonlyArray(yield* Stream.runCollect(job.stream))).toEqual([3])
        const found = yield* add.attach(job.id)
        expect(yield* found.await).toBe(3)
        expect(yield* Effect.flip(add.attach("nothing"))).toMatchObject({ _tag: "JobNotFound", jobId: "nothing" })
      }).pipe(on))

    it.effect("a job is completed by the function's own error, and failed by a defect", () =>
      Effect.gen(function*() {
        const answered = yield* add.submit({ a: -1, b: 0 })
        assert.instanceOf(yield* Effect.flip(answered.await), Enough)
        expect((yield* answered.status)._tag).toBe("Completed")
        const died = yield* add.submit({ a: 0, b: -1 })
        expect(Cause.isDie(Option.getOrThrow(Exit.causeOption(yield* Effect.exit(died.await))))).toBe(true)
        const status = yield* died.status
        assert(status._tag === "Failed")
        expect(status.error).toContain("boom")
      }).pipe(on))

    it.effect("a job of a function that streams gives its values once, and its end to who waits", () =>
      Effect.gen(function*() {
        const job = yield* count.submit({ to: 5, end: "fail" })
        const { exit, values } = yield* drained(job.stream)
        expect(values.map(({ n }) => n)).toEqual(range(5))
        assert.instanceOf(failureOf(exit), Enough)
        assert.instanceOf(yield* Effect.flip(job.await), Enough)
        expect((yield* drained(job.stream)).values).toEqual([])
        const unread = yield* count.submit({ to: 5 })
        expect(yield* unread.await).toBeUndefined()
        expect((yield* drained(unread.stream)).values).toHaveLength(5)
      }).pipe(on))
  })
}

describe("on the inline target", () => {
  const inline = Effect.provide(Flash.layerInline)

  it.effect("a stream is interrupted where its reader goes, and pulled no faster than it is read", () =>
    Effect.gen(function*() {
      let pulled = 0
      let finalized = 0
      const endless = remote(
        "endless",
        { resource: cpu, success: Schema.Int, stream: true },
        () =>
          Stream.ensuring(
            Stream.repeatEffectChunk(Effect.sync(() => Chunk.of(pulled++))),
            Effect.sync(() => void finalized++)
          )
      )
      const values = yield* Flash.provide(Stream.runCollect(Stream.take(endless(), 5)))
      expect(Chunk.toReadonlyArray(values)).toEqual([0, 1, 2, 3, 4])
      expect(finalized).toBe(1)
      expect(pulled).toBeLessThan(20)
      const fiber = yield* Effect.fork(Flash.provide(Stream.runDrain(endless())))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(fiber)
      expect(finalized).toBe(2)
    }).pipe(inline))

  it.effect("a value that does not fit its schema ends the stream, with the handler's finalizers", () =>
    Effect.gen(function*() {
      const events: Array<string> = []
      const wrong = remote(
        "wrong",
        { resource: cpu, success: Schema.Int, stream: true },
        () =>
          Stream.make(1, 2.5, 3).pipe(Stream.rechunk(1), Stream.ensuring(Effect.sync(() => events.push("finalized"))))
      )
      const { exit, values } = yield* Flash.provide(drained(wrong()))
      expect(values).toEqual([1])
      const error = failureOf(exit)
      assert(error._tag === "RequestRefused")
      expect(error.reason).toContain("a value of its stream does not fit its schema")
      expect(events).toEqual(["finalized"])
    }).pipe(inline))

  it.effect("a stream may need services, and another function's stream", () =>
    Effect.gen(function*() {
      const doubled = remote("doubled", {
        resource: cpu,
        payload: { to: Schema.Int },
        success: Schema.Int,
        stream: true
      }, ({ to }) => count({ to }).pipe(Stream.map(({ n }) => n * 2), Stream.orDie))
      const { values } = yield* Flash.provide(drained(doubled({ to: 3 })))
      expect(values).toEqual([2, 4, 6])
    }).pipe(inline))

  it.effect("a contract whose success is a stream schema is the same", () =>
    Effect.gen(function*() {
      const { exit, values } = yield* Flash.provide(drained(
        remote("bare", {
          resource: cpu,
          success: Remote.Stream({ success: Schema.Int, failure: Enough })
        }, () => Stream.concat(Stream.make(1, 2), Stream.fail(new Enough({ at: new Date(0) }))))()
      ))
      expect(values).toEqual([1, 2])
      assert.instanceOf(failureOf(exit), Enough)
    }).pipe(inline))

  it.effect("an effect is a stream of its one value", () =>
    Effect.gen(function*() {
      const one = remote("one", { resource: cpu, success: Schema.Int, stream: true }, () => Effect.succeed(1))
      expect((yield* Flash.provide(drained(one()))).values).toEqual([1])
      const mock = cpu.layerMock<typeof one>({ one: () => Effect.succeed(2) })
      expect((yield* Effect.provide(drained(one()), mock)).values).toEqual([2])
    }).pipe(inline))

  it.effect("progress is seen as it is reported, and only what JSON carries is", () =>
    Effect.gen(function*() {
      const gates = range(3).map(() => Deferred.unsafeMake<void>(FiberId.none))
      const work = remote("work", { resource: cpu, success: Schema.String }, () =>
        Effect.gen(function*() {
          for (const [index, gate] of gates.entries()) {
            yield* Remote.progress({ step: index, left: undefined })
            yield* Deferred.await(gate)
          }
          yield* Remote.progress(1n)
          return "done"
        }))
      const job = yield* Flash.provide(work.submit())
      const reports = yield* Stream.runCollect(
        Stream.tap(job.progress, (report) =>
          Effect.gen(function*() {
            const status = yield* job.status
            assert(status._tag === "InProgress")
            expect(status.progress).toEqual(report)
            yield* Deferred.succeed(gates[(report as { readonly step: number }).step]!, undefined)
          }))
      )
      expect(Chunk.toReadonlyArray(reports)).toEqual([{ step: 0 }, { step: 1 }, { step: 2 }])
      expect(yield* job.await).toBe("done")
      // where there is no job it goes nowhere
      yield* Remote.progress("nobody listens")
    }).pipe(inline))

  it.effect("a job is cancelled: over at once, and its handler interrupted", () =>
    Effect.gen(function*() {
      const started = Deferred.unsafeMake<void>(FiberId.none)
      const finalized = Deferred.unsafeMake<void>(FiberId.none)
      const hang = remote("hang", { resource: cpu }, () =>
        Deferred.succeed(started, undefined).pipe(
          Effect.zipRight(Effect.never),
          Effect.onInterrupt(() => Deferred.succeed(finalized, undefined))
        ))
      const job = yield* Flash.provide(hang.submit())
      yield* Deferred.await(started)
      const waiting = yield* Effect.fork(Effect.flip(job.await))
      yield* Effect.yieldNow()
      yield* job.cancel
      expect((yield* job.status)._tag).toBe("Cancelled")
      expect(yield* Fiber.join(waiting)).toMatchObject({ _tag: "JobCancelled", jobId: job.id })
      yield* Deferred.await(finalized)
      yield* job.cancel
      expect(yield* Effect.flip(job.retry)).toMatchObject({ _tag: "NotSupported", operation: "retry" })
    }).pipe(inline))

  it.effect("a job is run anew that failed or timed out", () =>
    Effect.gen(function*() {
      let runs = 0
      const flaky = remote("flaky", { resource: cpu, success: Schema.Int }, () =>
        Effect.suspend(() =>
          ++runs === 1 ? Effect.dieMessage("first") : runs === 2 ? Effect.never : Effect.succeed(runs)
        ))
      const job = yield* Flash.provide(flaky.submit(undefined, { policy: { executionTimeout: "10 seconds" } }))
      expect(Exit.isFailure(yield* Effect.exit(job.await))).toBe(true)
      yield* job.retry
      const waiting = yield* Effect.fork(Effect.flip(job.await))
      yield* TestClock.adjust("10 seconds")
      expect(yield* Fiber.join(waiting)).toMatchObject({ _tag: "JobTimedOut", jobId: job.id })
      const status = yield* job.status
      assert(status._tag === "TimedOut")
      expect(status).toMatchObject({ executionTime: 10_000, retries: 0 })
      expect(RemoteJob.isOver(status)).toBe(true)
      yield* job.retry
      expect(yield* job.await).toBe(3)
    }).pipe(inline))

  it.effect("a job is kept for half an hour after its end", () =>
    Effect.gen(function*() {
      const job = yield* Flash.provide(add.submit({ a: 1, b: 1 }))
      yield* job.await
      yield* TestClock.adjust("30 minutes")
      expect(yield* (yield* Flash.provide(add.attach(job.id))).await).toBe(2)
      yield* TestClock.adjust("1 seconds")
      expect((yield* Effect.flip(Flash.provide(add.attach(job.id))))._tag).toBe("JobNotFound")
    }).pipe(inline))

  it.effect("a stream that nobody reads loses its oldest values, and its reader is told", () =>
    Effect.gen(function*() {
      const many = remote("many", { resource: cpu, success: Schema.Int, stream: true }, () => Stream.range(1, 70_000))
      const job = yield* Flash.provide(many.submit())
      yield* job.await
      expect(yield* Effect.flip(Stream.runDrain(job.stream))).toMatchObject({ _tag: "StreamBroken", jobId: job.id })
      const rest = yield* Stream.runCollect(job.stream)
      expect(Chunk.unsafeLast(rest)).toBe(70_000)
      expect(Chunk.size(rest)).toBe(65_536)
    }).pipe(inline))

  it.effect("a webhook is refused, and so are wrong options", () =>
    Effect.gen(function*() {
      expect(yield* Effect.flip(Flash.provide(add.submit({ a: 1, b: 1 }, { webhook: "https://example.test" }))))
        .toMatchObject({ _tag: "NotSupported", operation: "webhook" })
      expect(failureOf((yield* Flash.provide(drained(count({ to: 1 }, { policy: { ttl: 1 } })))).exit))
        .toMatchObject({ _tag: "InvalidOptions", function: "count" })
    }).pipe(inline))

  it.effect("the end of the target cancels its jobs", () =>
    Effect.gen(function*() {
      const hang = remote("hang", { resource: cpu }, () => Effect.never)
      const job = yield* Effect.provide(Flash.provide(hang.submit()), Flash.layerInline)
      expect((yield* Effect.flip(job.await))._tag).toBe("JobCancelled")
    }))
})

describe("on an endpoint without a queue", () => {
  it.effect("there are no jobs and no streams, and it says so", () =>
    Effect.gen(function*() {
      const queueless = Layer.succeed(cpu.tag, { name: "in-process", execute: () => Effect.succeed(3) })
      const on = Effect.provide(queueless)
      expect(yield* on(add({ a: 1, b: 2 }))).toBe(3)
      for (const [call, operation] of [[add.submit({ a: 1, b: 2 }), "submit"], [add.attach("id"), "attach"]] as const) {
        expect(yield* Effect.flip(on(Effect.asVoid(call)))).toMatchObject({ _tag: "NotSupported", operation })
      }
      expect(failureOf((yield* on(drained(count({ to: 1 })))).exit)).toMatchObject({ operation: "stream" })
    }))
})
