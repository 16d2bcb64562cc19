/** Jobs and streams on the embedded platform, with real worker processes. */
import { assert, describe, expect, layer } from "@effect/vitest"
import { Cause, Chunk, Deferred, Effect, Exit, Fiber, Layer, Option, Schedule, Stream } from "effect"
import { Flash, RemoteJob } from "effect-flash"
import type { Endpoint } from "effect-flash"
import { layerFlashOn, Platform } from "effect-flash/local"
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Endpoints from "./endpoints.ts"
import * as Fixtures from "./functions.ts"

const TestLayer = Layer.provideMerge(layerFlashOn, Platform.layer())

const scratch = (name: string) => join(mkdtempSync(join(tmpdir(), "effect-flash-test-")), name)

const eventually = <A, E, R>(check: Effect.Effect<A, E, R>, until: (a: A) => boolean) =>
  Effect.repeat(check, { until, schedule: Schedule.spaced("10 millis") }).pipe(
    Effect.zipRight(check),
    Effect.timeout("20 seconds")
  )

const fileAppears = (path: string) => eventually(Effect.sync(() => existsSync(path)), (exists) => exists)

const collect = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Flash.provide(Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray))

/** The values that came before the end, and the end. */
const drained = <A, E>(stream: Stream.Stream<A, E, Endpoint<string>>) => {
  const values: Array<A> = []
  return Flash.provide(Effect.map(
    Effect.exit(Stream.runForEach(stream, (value) => Effect.sync(() => void values.push(value)))),
    (exit) => ({ exit, values })
  ))
}

const failureOf = <A, E>(exit: Exit.Exit<A, E>): E => {
  assert(Exit.isFailure(exit))
  return Option.getOrThrow(Cause.failureOption(exit.cause))
}

/** In megabytes; 0 where the system does not tell. */
const residentMemory = (pid: number): number => {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

const range = (length: number) => Array.from({ length }, (_, index) => index + 1)

layer(TestLayer, { excludeTestServices: true })("on the embedded platform", (it) => {
  describe("a stream", () => {
    it.effect("brings its values in order, as what they were, and ends", () =>
      Effect.gen(function*() {
        const values = yield* collect(Fixtures.count1({ to: 100 }))
        expect(values).toEqual(range(100).map((n) => ({ n, at: new Date(n), big: BigInt(n) })))
        expect(yield* collect(Fixtures.count1({ to: 0 }).pipe(Stream.filter(({ n }) => n > 1)))).toEqual([])
      }))

    it.effect("fails with the function's own error, after the values before it", () =>
      Effect.gen(function*() {
        const { exit, values } = yield* drained(Fixtures.count1({ to: 7, end: "fail" }))
        expect(values.map(({ n }) => n)).toEqual(range(7))
        const error = failureOf(exit)
        assert.instanceOf(error, Fixtures.Enough)
        expect(error.at).toBe(7)
      }))

    it.effect("dies of its defect, after the values before it", () =>
      Effect.gen(function*() {
        const { exit, values } = yield* drained(Fixtures.count1({ to: 3, end: "die" }))
        expect(values).toHaveLength(3)
        assert(Exit.isFailure(exit))
        const [defect] = Chunk.toReadonlyArray(Cause.defects(exit.cause))
        assert.instanceOf(defect, Error)
        expect(defect.message).toBe("boom")
        expect(defect.stack).toContain("functions.ts")
      }))

    it.effect("may have values larger than the platform takes in one post", () =>
      Effect.gen(function*() {
        const values = yield* collect(Fixtures.blobs({ count: 3, bytes: 3_000_000 }))
        expect(values.map(({ length }) => length)).toEqual([3_000_000, 3_000_000, 3_000_000])
        expect(values.map((value) => value.every((byte) => byte === value[0]) ? value[0] : -1)).toEqual([1, 2, 3])
      }))

    it.effect("may have many values", () =>
      Effect.gen(function*() {
        let last = 0
        yield* Flash.provide(Stream.runForEach(Fixtures.count1({ to: 20_000 }), ({ n }) =>
          Effect.sync(() => {
            // each after the one before it
            last = n === last + 1 ? n : NaN
          })))
        expect(last).toBe(20_000)
      }))

    it.effect("waits for a reader that is slow, and is interrupted where the reader goes", () =>
      Effect.gen(function*() {
        const payload = { started: scratch("started"), finalized: scratch("finalized"), bytes: 100_000 }
        const values = yield* collect(
          Fixtures.endless(payload).pipe(
            Stream.map(({ n }) => n),
            Stream.rechunk(1),
            Stream.tap(() => Effect.sleep("500 millis")),
            Stream.take(3)
          )
        )
        expect(values).toEqual([0, 1, 2])
        yield* fileAppears(payload.finalized)
        // a second and a half is enough for thousands
        expect(Number(readFileSync(payload.finalized, "utf8"))).toBeLessThan(150)
      }))

    it.effect("of many megabytes takes its worker little memory", () =>
      Effect.gen(function*() {
        const payload = { started: scratch("started"), finalized: scratch("finalized"), bytes: 100_000 }
        const { workerPids } = yield* Platform.Platform
        const pids = yield* workerPids(yield* Endpoints.idOf(Fixtures.cpu))
        let sum = 0
        let peak = 0
        yield* Flash.provide(Stream.runForEach(Stream.take(Fixtures.endless(payload), 2000), ({ bytes }) =>
          Effect.sync(() => {
            sum += bytes.length
            for (const pid of pids) peak = Math.max(peak, residentMemory(pid))
          })))
        expect(sum).toBe(200_000_000)
        // a worker that does nothing has some 150 MB
        expect(peak).toBeLessThan(450)
      }), { timeout: 60_000 })

    it.effect("is interrupted with the fiber that reads it", () =>
      Effect.gen(function*() {
        const payload = { started: scratch("started"), finalized: scratch("finalized"), bytes: 1 }
        const fiber = yield* Effect.fork(Flash.provide(Stream.runDrain(Fixtures.endless(payload))))
        yield* fileAppears(payload.started)
        yield* Fiber.interrupt(fiber)
        yield* fileAppears(payload.finalized)
      }))

    it.effect("whose worker is lost before a value came comes from another worker", () =>
      Effect.gen(function*() {
        expect(yield* collect(Fixtures.streamAndKill({ marker: scratch("marker"), before: 0 }))).toEqual(range(10))
      }))

    it.effect("whose worker is lost after a value came breaks, and says so", () =>
      Effect.gen(function*() {
        const { exit, values } = yield* drained(Fixtures.streamAndKill({ marker: scratch("marker"), before: 4 }))
        expect(values).toEqual(range(4))
        expect(failureOf(exit)).toMatchObject({ _tag: "StreamBroken", received: 4 })
      }))
  })

  describe("a stream whose thread is lost", () => {
    it.effect("dies, after the values that came", () =>
      Effect.gen(function*() {
        const { exit, values } = yield* drained(Fixtures.streamAndExit({ before: 3 }))
        expect(values).toEqual([1, 2, 3])
        assert(Exit.isFailure(exit))
        expect(Cause.pretty(exit.cause)).toContain("the worker thread ended with code 7")
      }))

    it.effect("to a job beside it that blocked it is not run again: its reader has seen values", () =>
      Effect.gen(function*() {
        const first = yield* Deferred.make<void>()
        const reading = yield* Effect.fork(Effect.exit(Flash.provide(
          Stream.runForEach(Fixtures.streamBeside(), () => Deferred.succeed(first, undefined))
        )))
        yield* Deferred.await(first)
        const started = scratch("started")
        const blocking = yield* Effect.fork(Flash.provide(Fixtures.blockBesideOthers({ started })))
        yield* fileAppears(started)
        yield* Fiber.interrupt(blocking)
        const exit = yield* Fiber.join(reading)
        assert(Exit.isFailure(exit))
        expect(Cause.pretty(exit.cause)).toContain("blocked its thread")
      }))
  })

  describe("a job", () => {
    it.effect("goes on without its caller and gives its result", () =>
      Effect.gen(function*() {
        const job = yield* Flash.provide(Fixtures.hello.submit({ name: "Ada" }))
        expect(job.endpoint).toBe("e2e")
        expect((yield* job.await).greeting).toBe("Hello Ada")
        // as often as it is asked
        expect((yield* job.await).greeting).toBe("Hello Ada")
        const status = yield* job.status
        assert(status._tag === "Completed")
        expect(status.workerId).toMatch(/^[a-z0-9]{14}$/)
        expect(status.delayTime).toBeGreaterThanOrEqual(0)
        expect(status.executionTime).toBeGreaterThanOrEqual(0)
        expect(status.retries).toBe(0)
      }))

    it.effect("fails with the function's own error, which completes it", () =>
      Effect.gen(function*() {
        const job = yield* Flash.provide(Fixtures.hello.submit({ name: "" }))
        assert.instanceOf(yield* Effect.flip(job.await), Fixtures.EmptyName)
        expect((yield* job.status)._tag).toBe("Completed")
      }))

    it.effect("is found again by another client, and by none where there is no such job", () =>
      Effect.gen(function*() {
        const payload = { started: scratch("started"), finalized: scratch("finalized") }
        const { id } = yield* Flash.provide(Fixtures.hang.submit(payload))
        yield* fileAppears(payload.started)
        // its own connections, its own codec
        const platform = yield* Platform.Platform
        const other = yield* Layer.build(Layer.provide(layerFlashOn, Layer.succeed(Platform.Platform, platform)))
        const found = yield* Effect.provide(Flash.provide(Fixtures.hang.attach(id)), other)
        expect(found.id).toBe(id)
        expect((yield* found.status)._tag).toBe("InProgress")
        yield* found.cancel
        expect(yield* Effect.flip(found.await)).toMatchObject({ _tag: "JobCancelled", jobId: id })
        yield* fileAppears(payload.finalized)
        expect(yield* Effect.flip(Effect.provide(Flash.provide(Fixtures.hang.attach("nothing")), other)))
          .toMatchObject({ _tag: "JobNotFound", jobId: "nothing" })
      }).pipe(Effect.scoped))

    it.effect("is not cancelled by who stops waiting for it", () =>
      Effect.gen(function*() {
        const go = scratch("go")
        const job = yield* Flash.provide(Fixtures.report.submit({ steps: 1, go }))
        expect(yield* Effect.timeoutOption(job.await, "100 millis")).toEqual(Option.none())
        writeFileSync(`${go}1`, "")
        expect(yield* job.await).toBe("reported")
      }))

    it.effect("shows the latest that its handler reports", () =>
      Effect.gen(function*() {
        const go = scratch("go")
        const job = yield* Flash.provide(Fixtures.report.submit({ steps: 3, go }))
        const reports = yield* Stream.runCollect(job.progress.pipe(
          Stream.tap((report) =>
            Effect.sync(() => writeFileSync(`${go}${(report as { readonly step: number }).step}`, ""))
          )
        ))
        expect(Chunk.toReadonlyArray(reports)).toEqual([1, 2, 3].map((step) => ({ step, steps: 3 })))
        expect(yield* job.await).toBe("reported")
        expect(RemoteJob.isOver(yield* job.status)).toBe(true)
      }))

    it.effect("that failed is run anew by retry, under its id, and no other is", () =>
      Effect.gen(function*() {
        const job = yield* Flash.provide(Fixtures.flaky.submit({ marker: scratch("marker") }))
        const exit = yield* Effect.exit(job.await)
        assert(Exit.isFailure(exit))
        expect(Cause.pretty(exit.cause)).toContain("first run")
        const failed = yield* job.status
        assert(failed._tag === "Failed")
        expect(failed.error).toContain("first run")
        yield* job.retry
        expect(yield* job.await).toBe("second run")
        expect(yield* Effect.flip(job.retry)).toMatchObject({ _tag: "NotSupported", operation: "retry" })
      }))

    it.effect("of a function that streams gives its values to a reader, and its end to who waits", () =>
      Effect.gen(function*() {
        const job = yield* Flash.provide(Fixtures.count1.submit({ to: 50, end: "fail" }))
        const { exit, values } = yield* drained(job.stream)
        expect(values.map(({ n }) => n)).toEqual(range(50))
        assert.instanceOf(failureOf(exit), Fixtures.Enough)
        assert.instanceOf(yield* Effect.flip(job.await), Fixtures.Enough)
        // what was read is gone
        expect((yield* drained(job.stream)).values).toEqual([])
        const unread = yield* Flash.provide(Fixtures.count1.submit({ to: 5 }))
        expect(yield* unread.await).toBeUndefined()
        expect((yield* drained(unread.stream)).values).toHaveLength(5)
      }))

    it.effect("of any other function has its result as its stream", () =>
      Effect.gen(function*() {
        const job = yield* Flash.provide(Fixtures.add.submit({ a: 1, b: 2 }))
        expect(Chunk.toReadonlyArray(yield* Stream.runCollect(job.stream))).toEqual([3])
      }))

    it.effect("tells its webhook when it is over", () =>
      Effect.gen(function*() {
        const got: Array<Record<string, unknown>> = []
        const server = yield* Effect.acquireRelease(
          Effect.async<ReturnType<typeof createServer>>((resume) => {
            const server = createServer(async (request, response) => {
              let text = ""
              for await (const chunk of request) text += chunk
              got.push(JSON.parse(text))
              response.end()
            })
            server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
          }),
          (server) => Effect.async<void>((resume) => void server.close(() => resume(Effect.void)))
        )
        const webhook = `http://127.0.0.1:${(server.address() as AddressInfo).port}/done`
        const job = yield* Flash.provide(Fixtures.add.submit({ a: 1, b: 2 }, { webhook }))
        expect(yield* job.await).toBe(3)
        yield* eventually(Effect.sync(() => got.length), (count) => count > 0)
        expect(got).toMatchObject([{ id: job.id, status: "COMPLETED", webhook, input: { function_name: "add" } }])
        expect(got[0]?.["output"]).toMatchObject({ success: true })
      }).pipe(Effect.scoped))

    it.effect("that runs longer than its policy allows is timed out, and its handler interrupted", () =>
      Effect.gen(function*() {
        const payload = { started: scratch("started"), finalized: scratch("finalized") }
        const error = yield* Effect.flip(
          Flash.provide(Fixtures.hang(payload, { policy: { executionTimeout: "5 seconds" } }))
        )
        expect(error).toMatchObject({ _tag: "JobTimedOut", endpoint: "e2e" })
        yield* fileAppears(payload.finalized)
      }))
  })

  describe("a result", () => {
    it.effect("is what the function returned, whatever that looks like", () =>
      Effect.gen(function*() {
        for (
          const value of [
            null,
            undefined,
            {},
            [],
            "",
            0,
            { error: null },
            { error: "text", output: 1, status: "FAILED" },
            { success: false, error: { _tag: "die", message: "no", cause: {} } },
            2n ** 80n,
            new Date(5),
            new Map([[1, new Set(["a"])]])
          ]
        ) {
          expect(yield* Flash.provide(Fixtures.echo({ value }))).toEqual(value)
          expect(yield* Flash.provide(Fixtures.echo({ value }, { mode: "runsync" }))).toEqual(value)
        }
        const bytes = new Uint8Array(5_000_000).map((_, index) => index * 31)
        const back = yield* Flash.provide(Fixtures.echo({ value: bytes }))
        assert.instanceOf(back, Uint8Array)
        expect(Buffer.compare(Buffer.from(back), Buffer.from(bytes))).toBe(0)
      }))

    it.effect("that is larger than the platform carries fails the job, which says so", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Flash.provide(Fixtures.large({ bytes: 12_000_000 })))
        assert(error._tag === "JobFailed")
        expect(error.error).toContain("the platform takes 10485760")
        // /runsync takes twice as much
        expect((yield* Flash.provide(Fixtures.large({ bytes: 12_000_000 }, { mode: "runsync" }))).length).toBe(
          12_000_000
        )
      }))
  })

  describe("a call by runsync", () => {
    it.effect("gives results, errors and defects as any other", () =>
      Effect.gen(function*() {
        const mode = { mode: "runsync" } as const
        expect((yield* Flash.provide(Fixtures.hello({ name: "Ada" }, mode))).greeting).toBe("Hello Ada")
        assert.instanceOf(yield* Effect.flip(Flash.provide(Fixtures.hello({ name: "" }, mode))), Fixtures.EmptyName)
        const exit = yield* Effect.exit(Flash.provide(Fixtures.explode({ how: "sync" }, mode)))
        assert(Exit.isFailure(exit))
        expect(Cause.isDie(exit.cause)).toBe(true)
      }))
  })
})
