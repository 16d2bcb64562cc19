/** Streams and jobs of a queue endpoint, over a script of the job API. */
import { assert, describe, expect, it } from "@effect/vitest"
import { Cause, Chunk, Effect, Exit, Fiber, Option, Schema, Stream, TestClock, Tracer } from "effect"
import { remote, RemoteJob } from "effect-flash"
import * as Limits from "../../src/protocol/Limits.ts"
import type { StreamChunk } from "../../src/protocol/StreamChunk.ts"
import { answer, broken } from "../runpod/scriptedTransport.ts"
import type { Answer, Asked } from "../runpod/scriptedTransport.ts"
import { cpu, endpoint, success } from "./queue.ts"

class Enough extends Schema.TaggedError<Enough>()("Enough", { at: Schema.Int }) {}

const count = remote("count", {
  resource: cpu,
  payload: { to: Schema.Int },
  success: Schema.Int,
  error: Enough,
  stream: true
})
const add = remote("add", { resource: cpu, payload: { a: Schema.Int }, success: Schema.Int, error: Enough })

const accepted = answer(200, { id: "job-1", status: "IN_QUEUE" })

const chunk = (first: number, values: ReadonlyArray<unknown>, run = "a"): { readonly output: StreamChunk } => ({
  output: { protocol_version: 1, serialization_format: "json", run, first, frames: [values] }
})

const page = (status: string, ...stream: ReadonlyArray<object>) => answer(200, { status, stream })

const ended = (length: number, more: object = {}) =>
  answer(200, { id: "job-1", status: "COMPLETED", output: { ...success, stream_length: length, ...more } })

/** Answers `/stream` in that order, then for ever as the last one, and `/status` so. */
const scripted = (pages: ReadonlyArray<Answer>, status: Answer = answer(500)) => ({ nth, verb }: Asked): Answer =>
  verb === "stream" ? pages[Math.min(nth, pages.length - 1)]! : verb === "status" ? status : accepted

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

describe("a stream", () => {
  it.scoped("is a job whose stream is polled to its end", () =>
    Effect.gen(function*() {
      const { asked, layer } = yield* endpoint(scripted(
        [page("IN_QUEUE"), page("IN_PROGRESS", chunk(0, [1]), chunk(1, [2, 3])), page("COMPLETED", chunk(3, [4]))],
        ended(4)
      ))
      const fiber = yield* Effect.fork(Effect.provide(drained(count({ to: 4 })), layer))
      yield* TestClock.adjust("1 second")
      expect(yield* Fiber.join(fiber)).toEqual({ exit: Exit.void, values: [1, 2, 3, 4] })
      expect(asked.map(({ method, path }) => `${method} ${path.slice("/v2/ep1".length)}`)).toEqual([
        "POST /run",
        "GET /stream/job-1?wait=60000",
        "GET /stream/job-1?wait=60000",
        "GET /stream/job-1?wait=60000",
        "GET /status/job-1"
      ])
      expect(asked.filter(({ verb }) => verb === "stream").every(({ longPoll }) => longPoll === true)).toBe(true)
    }))

  it.scoped("asks a platform that keeps values back once more, and one that lost them says so", () =>
    Effect.gen(function*() {
      const late = yield* endpoint(
        scripted([page("COMPLETED", chunk(0, [1])), page("COMPLETED", chunk(1, [2]))], ended(2))
      )
      expect((yield* Effect.provide(drained(count({ to: 2 })), late.layer)).values).toEqual([1, 2])
      const lost = yield* endpoint(scripted([page("COMPLETED", chunk(0, [1])), page("COMPLETED")], ended(2)))
      const { exit, values } = yield* Effect.provide(drained(count({ to: 2 })), lost.layer)
      expect(values).toEqual([1])
      expect(failureOf(exit)).toMatchObject({ _tag: "StreamBroken", jobId: "job-1", endpoint: "queue", received: 1 })
    }))

  it.scoped("fails with the function's own error after its values", () =>
    Effect.gen(function*() {
      const error = { _tag: "fail", message: "Enough", cause: { _tag: "Fail", error: { _tag: "Enough", at: 2 } } }
      const { layer } = yield* endpoint(
        scripted([page("COMPLETED", chunk(0, [1, 2]))], ended(2, { success: false, error }))
      )
      const { exit, values } = yield* Effect.provide(drained(count({ to: 9 })), layer)
      expect(values).toEqual([1, 2])
      assert.instanceOf(failureOf(exit), Enough)
    }))

  it.scoped("of a job that ended otherwise fails as any other call of it", () =>
    Effect.gen(function*() {
      for (
        const [job, tag] of [
          [{ status: "CANCELLED" }, "JobCancelled"],
          [{ status: "TIMED_OUT" }, "JobTimedOut"],
          [{ status: "FAILED", error: "out of memory" }, "JobFailed"],
          [{ status: "FAILED", error: "job timed out after 1 retries", retries: 1 }, "WorkerLost"],
          [{ status: "COMPLETED", output: success }, "InvalidResponse"],
          [{ status: "COMPLETED", output: [] }, "InvalidResponse"]
        ] as const
      ) {
        const { layer } = yield* endpoint(
          scripted([page(job.status, chunk(0, [1])), page(job.status)], answer(200, { id: "job-1", ...job }))
        )
        const { exit, values } = yield* Effect.provide(drained(count({ to: 9 })), layer)
        expect(values).toEqual([1])
        expect(failureOf(exit)._tag).toBe(tag)
      }
    }))

  it.scoped("whose poll is lost goes on, and has no value twice", () =>
    Effect.gen(function*() {
      const { layer, of } = yield* endpoint((asked) =>
        asked.verb === "stream" && asked.nth === 1
          ? broken(asked, "ECONNRESET")
          : scripted(
            [page("IN_PROGRESS", chunk(0, [1, 2])), page("IN_PROGRESS"), page("COMPLETED", chunk(1, [2, 3]))],
            ended(3)
          )(asked)
      )
      const fiber = yield* Effect.fork(Effect.provide(drained(count({ to: 3 })), layer))
      yield* TestClock.adjust("1 second")
      expect((yield* Fiber.join(fiber)).values).toEqual([1, 2, 3])
      expect(of("cancel")).toEqual([])
    }))

  it.scoped("that begins anew after values were read breaks, and its job is cancelled", () =>
    Effect.gen(function*() {
      const { layer, verbs } = yield* endpoint(
        scripted([page("IN_PROGRESS", chunk(0, [1])), page("IN_PROGRESS", chunk(0, [1], "b"))])
      )
      const { exit } = yield* Effect.provide(drained(count({ to: 3 })), layer)
      expect(failureOf(exit)).toMatchObject({ _tag: "StreamBroken", received: 1 })
      yield* TestClock.adjust("1 second")
      expect(verbs().at(-1)).toBe("cancel")
    }))

  it.scoped("does not poll in a hot loop where nothing comes and polls are not held", () =>
    Effect.gen(function*() {
      const { layer, of } = yield* endpoint(scripted([page("IN_PROGRESS")]))
      const fiber = yield* Effect.fork(Effect.provide(drained(count({ to: 3 })), layer))
      yield* TestClock.adjust("10 seconds")
      expect(of("stream").length).toBeLessThanOrEqual(101)
      yield* Fiber.interrupt(fiber)
    }))

  it.scoped("is not polled faster than it is read", () =>
    Effect.gen(function*() {
      const { layer, of } = yield* endpoint(({ nth, verb }) =>
        verb === "stream" ? page("IN_PROGRESS", chunk(nth, [nth])) : accepted
      )
      const fiber = yield* Effect.fork(
        Effect.provide(Stream.runForEach(count({ to: 3 }), () => Effect.sleep("1 second")), layer)
      )
      yield* TestClock.adjust("10 seconds")
      expect(of("stream").length).toBeLessThanOrEqual(15)
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 second")
      expect(of("cancel")).toHaveLength(1)
    }))

  it.scoped("cancels its job when its reader has enough, and when it is interrupted", () =>
    Effect.gen(function*() {
      const { layer, of } = yield* endpoint(({ nth, verb }) =>
        verb === "stream" ? page("IN_PROGRESS", chunk(nth, [nth])) : accepted
      )
      const taken = yield* Effect.provide(Stream.runCollect(Stream.take(count({ to: 9 }), 3)), layer)
      expect(Chunk.toReadonlyArray(taken)).toEqual([0, 1, 2])
      yield* TestClock.adjust("1 second")
      expect(of("cancel").map(({ path }) => path)).toEqual(["/v2/ep1/cancel/job-1"])
    }))

  it.scoped("sends its code where it is missing, and its options", () =>
    Effect.gen(function*() {
      const missing = { ...success, success: false, error: { _tag: "reject", reason: "code_missing", message: "" } }
      // the second job comes to a worker that is new
      const { layer, of } = yield* endpoint(
        ({ nth, path, verb }) => {
          const isNew = path.includes("/job-1")
          return verb === "run"
            ? answer(200, { id: `job-${nth}`, status: "IN_QUEUE" })
            : verb === "stream"
            ? isNew ? page("COMPLETED") : page("COMPLETED", chunk(0, [1]))
            : isNew
            ? answer(200, { id: "job-1", status: "COMPLETED", output: missing })
            : ended(1)
        },
        "live",
        Limits.codeWithEveryCall + 1
      )
      const options = { policy: { ttl: "1 hour" } } as const
      for (let n = 0; n < 2; n++) {
        expect((yield* Effect.provide(drained(count({ to: 1 }, options)), layer)).values).toEqual([1])
      }
      const bodies = of("run").map(({ body }) => JSON.parse(body ?? ""))
      expect(bodies.map(({ input }) => input.function_code !== undefined)).toEqual([true, false, true])
      expect(bodies[0].policy).toEqual({ ttl: 3_600_000 })
    }))

  it.scoped("that has given values does not begin anew with its code where a second worker lacks it", () =>
    Effect.gen(function*() {
      const missing = { ...success, success: false, error: { _tag: "reject", reason: "code_missing", message: "" } }
      const { layer, of } = yield* endpoint(
        scripted(
          [page("IN_PROGRESS", chunk(0, [1, 2])), page("COMPLETED")],
          answer(200, { id: "job-1", status: "COMPLETED", output: missing })
        )
      )
      const { exit, values } = yield* Effect.provide(drained(count({ to: 3 })), layer)
      expect(values).toEqual([1, 2])
      expect(failureOf(exit)).toMatchObject({ _tag: "StreamBroken", received: 2 })
      expect(of("run")).toHaveLength(1)
    }))

  it.scoped("carries its trace, where there is one", () =>
    Effect.gen(function*() {
      const { layer, of } = yield* endpoint(scripted([page("COMPLETED")], ended(0)))
      const spans: Array<Tracer.AnySpan> = []
      yield* Effect.provide(drained(count({ to: 0 })), layer).pipe(
        Effect.withSpan("caller"),
        Effect.withTracer(Tracer.make({
          span: (name, parent, context, links, startTime, kind) => {
            const span: Tracer.Span = {
              _tag: "Span",
              name,
              spanId: `${spans.length}`.padStart(16, "0"),
              traceId: "t".padStart(32, "0"),
              parent,
              context,
              links: [...links],
              status: { _tag: "Started", startTime },
              sampled: true,
              kind,
              attributes: new Map(),
              attribute: () => {},
              event: () => {},
              addLinks: () => {},
              end: () => {}
            }
            spans.push(span)
            return span
          },
          context: (f) => f()
        }))
      )
      expect(spans.map((span) => "name" in span ? span.name : "")).toEqual(["caller", "Flash.count"])
      expect(JSON.parse(of("run")[0]?.body ?? "").input.trace.traceparent).toContain(spans[1]?.spanId)
    }))
})

describe("a stream in plain JSON", () => {
  const words = remote("words", { resource: cpu, success: Schema.Date, stream: true })

  it.scoped("has a value in each post, and ends when nothing more comes", () =>
    Effect.gen(function*() {
      const at = (millis: number) => ({ output: new Date(millis).toISOString(), metrics: { tokens: 1 } })
      const { layer, of } = yield* endpoint(
        scripted(
          [page("IN_PROGRESS", at(1), at(2)), page("COMPLETED", at(3)), page("COMPLETED")],
          answer(200, { id: "job-1", status: "COMPLETED", output: [] })
        ),
        "plain"
      )
      expect((yield* Effect.provide(drained(words()), layer)).values).toEqual([1, 2, 3].map((n) => new Date(n)))
      expect(of("stream")).toHaveLength(3)
    }))

  it.scoped("fails as its job does, and where a value does not fit", () =>
    Effect.gen(function*() {
      const failed = yield* endpoint(
        scripted([page("FAILED")], answer(200, { id: "job-1", status: "FAILED", error: "handler: kaboom" })),
        "plain"
      )
      expect(failureOf((yield* Effect.provide(drained(words()), failed.layer)).exit))
        .toMatchObject({ _tag: "JobFailed", error: "handler: kaboom" })
      const wrong = yield* endpoint(scripted([page("IN_PROGRESS", { output: 1 })]), "plain")
      expect(failureOf((yield* Effect.provide(drained(words()), wrong.layer)).exit))
        .toMatchObject({ _tag: "InvalidResponse", function: "words", jobId: "job-1" })
    }))
})

describe("a job", () => {
  it.scoped("is submitted with its code and its options, and goes on where its caller does not", () =>
    Effect.gen(function*() {
      const { layer, of, verbs } = yield* endpoint(
        ({ verb }) =>
          verb === "run"
            ? accepted
            : answer(200, { id: "job-1", status: "COMPLETED", output: { ...success, result: 3 } }),
        "live",
        Limits.codeWithEveryCall + 1
      )
      yield* Effect.provide(add({ a: 1 }), layer)
      const job = yield* Effect.provide(add.submit({ a: 1 }, { policy: { lowPriority: true } }), layer)
      expect(job).toMatchObject({ id: "job-1", endpoint: "queue" })
      expect(verbs()).toEqual(["run", "status-sync", "run"])
      const body = JSON.parse(of("run")[1]?.body ?? "")
      // there may be nobody to send it when it is missing
      expect(body.input.function_code).toBeDefined()
      expect(body.policy).toEqual({ lowPriority: true })
      expect(yield* job.await).toBe(3)
      const waiting = yield* Effect.fork(Effect.zipRight(job.await, Effect.never))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(waiting)
      yield* TestClock.adjust("1 second")
      expect(of("cancel")).toEqual([])
    }))

  it.scoped("that is submitted while its caller is interrupted is cancelled: nobody holds it", () =>
    Effect.gen(function*() {
      const { layer, verbs } = yield* endpoint(({ verb }) =>
        verb === "run" ? Effect.delay(accepted, "1 second") : accepted
      )
      const fiber = yield* Effect.fork(Effect.provide(add.submit({ a: 1 }), layer))
      yield* TestClock.adjust("500 millis")
      yield* Fiber.interrupt(fiber)
      expect(verbs()).toEqual(["run"])
      yield* TestClock.adjust("1 second")
      expect(verbs()).toEqual(["run", "cancel"])
    }))

  it.scoped("with a wrong payload or wrong options is none", () =>
    Effect.gen(function*() {
      const { asked, layer } = yield* endpoint(() => accepted)
      const on = Effect.provide(layer)
      expect((yield* Effect.flip(on(add.submit({ a: 0.5 }))))._tag).toBe("InvalidPayload")
      expect((yield* Effect.flip(on(add.submit({ a: 1 }, { webhook: "nowhere" }))))._tag).toBe("InvalidOptions")
      expect(asked).toEqual([])
    }))

  it.scoped("is attached to by its id, where the platform knows it", () =>
    Effect.gen(function*() {
      const { layer, verbs } = yield* endpoint(({ path }) =>
        path.endsWith("/gone") ? answer(404) : answer(200, { id: "job-7", status: "IN_PROGRESS" })
      )
      const on = Effect.provide(layer)
      expect((yield* on(add.attach("job-7"))).id).toBe("job-7")
      expect(yield* Effect.flip(on(add.attach("gone")))).toMatchObject({ _tag: "JobNotFound", jobId: "gone" })
      expect(verbs()).toEqual(["status", "status"])
    }))

  it.scoped("has the platform's states, and those it does not know by their name", () =>
    Effect.gen(function*() {
      const died = JSON.stringify({ ...success, success: false, error: { _tag: "die", message: "boom", cause: {} } })
      const facts = { delayTime: 3, executionTime: 4, workerId: "w1", retries: 1 }
      const states = [
        [{ status: "IN_QUEUE" }, { _tag: "InQueue", delayTime: undefined, workerId: undefined, retries: 0 }],
        [{ status: "IN_PROGRESS", ...facts, output: { pct: 5 } }, {
          _tag: "InProgress",
          ...facts,
          progress: { pct: 5 }
        }],
        [{ status: "COMPLETED", ...facts, output: success }, { _tag: "Completed", ...facts }],
        [{ status: "FAILED", ...facts, error: died }, { _tag: "Failed", ...facts, error: "boom" }],
        [{ status: "FAILED", error: { code: 137 }, workerId: "" }, { _tag: "Failed", error: `{"code":137}` }],
        [{ status: "CANCELLED", workerId: null }, { _tag: "Cancelled", workerId: undefined }],
        [{ status: "TIMED_OUT", error: "too long" }, { _tag: "TimedOut", error: "too long" }],
        [{ status: "PAUSED", ...facts }, { _tag: "Unknown", ...facts, raw: "PAUSED" }]
      ] as const
      const { layer } = yield* endpoint(({ nth, verb }) =>
        verb === "run" ? accepted : answer(200, { id: "job-1", ...states[nth]![0] })
      )
      const job = yield* Effect.provide(add.submit({ a: 1 }), layer)
      for (const [, expected] of states) {
        const status = yield* job.status
        expect(status).toMatchObject(expected)
        expect(RemoteJob.isOver(status)).toBe(!["InQueue", "InProgress", "Unknown"].includes(status._tag))
      }
    }))

  it.scoped("shows its progress whenever it is another, and ends it with the job", () =>
    Effect.gen(function*() {
      const outputs = [undefined, { pct: 1 }, { pct: 1 }, { pct: 2 }, { pct: 2 }]
      const { layer, of } = yield* endpoint(({ nth, verb }) =>
        verb === "run"
          ? accepted
          : answer(200, {
            id: "job-1",
            status: nth === 0 ? "IN_QUEUE" : nth < outputs.length ? "IN_PROGRESS" : "FAILED",
            output: outputs[nth],
            ...nth < outputs.length ? {} : { error: "no" }
          })
      )
      const job = yield* Effect.provide(add.submit({ a: 1 }), layer)
      const fiber = yield* Effect.fork(Stream.runCollect(job.progress))
      yield* TestClock.adjust("1 minute")
      expect(Chunk.toReadonlyArray(yield* Fiber.join(fiber))).toEqual([{ pct: 1 }, { pct: 2 }])
      expect(of("status")).toHaveLength(6)
    }))

  it.scoped("is cancelled and tried again by the platform", () =>
    Effect.gen(function*() {
      const { asked, layer } = yield* endpoint(({ nth, verb }) =>
        verb === "retry" && nth === 1 ? answer(400, { detail: "job job-1 is COMPLETED" }) : accepted
      )
      const job = yield* Effect.provide(add.submit({ a: 1 }), layer)
      yield* job.cancel
      yield* job.retry
      expect(asked.slice(1).map(({ method, path }) => `${method} ${path}`)).toEqual([
        "POST /v2/ep1/cancel/job-1",
        "POST /v2/ep1/retry/job-1"
      ])
      const error = yield* Effect.flip(job.retry)
      assert(error._tag === "NotSupported")
      expect(error.reason).toContain("COMPLETED")
    }))

  it.scoped("that streams is read from where somebody else left it, and by who stops it is not cancelled", () =>
    Effect.gen(function*() {
      const { layer, of } = yield* endpoint(
        scripted([page("IN_PROGRESS", chunk(3, [4, 5])), page("COMPLETED", chunk(5, [6]))], ended(6))
      )
      const job = yield* Effect.provide(count.attach("job-1"), layer).pipe(Effect.either)
      assert(job._tag === "Right")
      const taken = yield* Stream.runCollect(Stream.take(job.right.stream, 1))
      expect(Chunk.toReadonlyArray(taken)).toEqual([4])
      yield* TestClock.adjust("1 second")
      expect(of("cancel")).toEqual([])
      expect((yield* drained(job.right.stream)).values).toEqual([6])
    }))
})
