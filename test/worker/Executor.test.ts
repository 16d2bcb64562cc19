/** Jobs in real threads: kept apart, ended for good, and not touched by what happens to those beside them. */
import { describe, expect, it, layer } from "@effect/vitest"
import { Effect, Fiber, Layer, Schedule } from "effect"
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Executor from "../../runtime/worker/Executor.ts"
import * as RunningJob from "../../runtime/worker/RunningJob.ts"

const silent: RunningJob.Posts = { stream: () => Effect.void, progress: () => Effect.void }

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-executor-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

interface Response {
  readonly success: boolean
  readonly result?: unknown
  readonly stdout?: string
  readonly error?: { readonly message: string }
}

/** An executor of the functions in fixtures/, and what the worker's log has of their jobs. */
const make = (options: Partial<Executor.Options> = {}) =>
  Effect.gen(function*() {
    const directory = yield* folder
    const log: Array<readonly [jobId: string | null, text: string]> = []
    const executor = yield* Executor.make({
      program: new URL("../../dist/worker/thread.mjs", import.meta.url),
      env: {
        FLASH_TARGET: "worker",
        FLASH_RESOURCE_NAME: "executor",
        FLASH_MODULE: new URL("./fixtures/executorFunctions.mjs", import.meta.url).href
      },
      directory: join(directory, "code"),
      maxThreads: 4,
      closeGrace: () => "1 second",
      lost: RunningJob.threadLost,
      onOutput: (jobId, text) => void log.push([jobId, text]),
      ...options
    })
    let jobs = 0
    return {
      log,
      scratch: (name: string) => join(directory, name),
      run: (name: string, payload?: unknown, id = `job-${jobs++}`): Effect.Effect<Response> =>
        Effect.map(
          executor.run({
            id,
            input: { protocol_version: 1, function_name: name, args: payload === undefined ? [] : [payload] }
          }, silent),
          ({ body }) => {
            const { error, output } = JSON.parse(body)
            return output ?? JSON.parse(error)
          }
        )
    }
  })

/**
 * One executor for tests that end no thread of it: to start a thread is most of what a test costs. It has as many threads as
 * a test starts jobs, and one for functions with a layer.
 */
class Shared extends Effect.Tag("Shared")<Shared, Effect.Effect.Success<ReturnType<typeof make>>>() {}

const shared = Layer.scoped(Shared, make())

/** The shared executor, with a folder of the test's own. */
const sharing = Effect.gen(function*() {
  const { log, run } = yield* Shared
  const directory = yield* folder
  return { log, run, scratch: (name: string) => join(directory, name) }
})

const until = (isSo: () => boolean) =>
  Effect.repeat(Effect.void, { until: isSo, schedule: Schedule.spaced("5 millis") }).pipe(Effect.timeout("20 seconds"))

const lines = (file: string): number => existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0

layer(shared, { excludeTestServices: true })("where threads are shared", (it) => {
  describe("three jobs that print at the same time", () => {
    const kinds = ["out", "console", "err", "log", "effect console", "after a promise"]
    const expected = (id: string) =>
      Array.from({ length: 20 }, (_, n) => kinds.map((kind) => `${id} ${kind} ${n}\n`)).flat().join("")

    for (const name of ["chatter", "sharedChatter"]) {
      it.scoped(`have their own output, whole and in order (${name})`, () =>
        Effect.gen(function*() {
          const { log, run } = yield* sharing
          const ids = ["a", "b", "c"].map((one) => `${name}-${one}`)
          const responses = yield* Effect.forEach(ids, (id) => run(name, { id, lines: 20 }, id), {
            concurrency: "unbounded"
          })
          expect(responses.map(({ stdout }) => stdout)).toEqual(ids.map(expected))
          // and so has the log of the worker
          for (const id of ids) {
            expect(log.flatMap(([jobId, text]) => jobId === id ? [text] : []).join("")).toBe(expected(id))
          }
        }))
    }
  })

  describe("a job that is interrupted", () => {
    it.scoped("has time for what is to be done then, where it does not block", () =>
      Effect.gen(function*() {
        const { run, scratch } = yield* sharing
        const [started, finalized] = [scratch("started"), scratch("finalized")]
        const fiber = yield* Effect.fork(run("careful", { started, finalized }))
        yield* until(() => existsSync(started))
        yield* Fiber.interrupt(fiber)
        expect(existsSync(finalized)).toBe(true)
      }))
  })

  describe("threads", () => {
    it.scoped("of functions with a layer are one, so that what it holds is there once", () =>
      Effect.gen(function*() {
        const { run, scratch } = yield* sharing
        const [started, go] = [scratch("started"), scratch("go")]
        const fibers = yield* Effect.forEach([1, 2, 3], () => Effect.fork(run("withModel", { started, go })))
        yield* until(() => lines(started) === 3)
        const other = yield* Effect.fork(run("beside", { started, go }))
        yield* until(() => lines(started) === 4)
        writeFileSync(go, "")
        const results = yield* Effect.forEach(fibers, (fiber) =>
          Effect.map(Fiber.join(fiber), ({ result }) =>
            result as { readonly thread: number; readonly use: number }))
        expect(
          new Set(results.map(({ thread }) =>
            thread
          )).size
        ).toBe(1)
        expect(results.map(({ use }) => use).toSorted()).toEqual([1, 2, 3])
        expect((yield* Fiber.join(other)).result).not.toBe(results[0]?.thread)
      }))
  })
})

describe("a job that never lets go of its thread", () => {
  it.scopedLive("is ended soon after its stop, and those beside it are not touched", () =>
    Effect.gen(function*() {
      const { run, scratch } = yield* make()
      const alive = scratch("alive")
      const spinning = yield* Effect.fork(run("spin", { alive }))
      const besides = yield* Effect.forEach(
        [1, 2],
        (n) => Effect.fork(run("beside", { started: scratch(`started-${n}`), go: scratch("go") }))
      )
      yield* until(() => existsSync(alive) && lines(scratch("started-1")) + lines(scratch("started-2")) === 2)
      const stopped = performance.now()
      yield* Fiber.interrupt(spinning)
      // one that does not block has five seconds for its finalizers
      expect(performance.now() - stopped).toBeLessThan(4000)
      const size = statSync(alive).size
      writeFileSync(scratch("go"), "")
      for (const fiber of besides) expect(yield* Fiber.join(fiber)).toMatchObject({ success: true })
      expect([lines(scratch("started-1")), lines(scratch("started-2"))]).toEqual([1, 1])
      expect(statSync(alive).size).toBe(size)
      // its place is taken by another thread
      expect(yield* run("beside", { started: scratch("again"), go: scratch("go") })).toMatchObject({ success: true })
    }))

  it.scopedLive("costs jobs that share its thread no more than another run", () =>
    Effect.gen(function*() {
      const { run, scratch } = yield* make({ maxThreads: 1 })
      const waiting = yield* Effect.fork(run("beside", { started: scratch("started"), go: scratch("go") }))
      yield* until(() => lines(scratch("started")) === 1)
      const spinning = yield* Effect.fork(run("spin", { alive: scratch("alive") }))
      yield* until(() => existsSync(scratch("alive")))
      yield* Fiber.interrupt(spinning)
      writeFileSync(scratch("go"), "")
      expect(yield* Fiber.join(waiting)).toMatchObject({ success: true })
      expect(lines(scratch("started"))).toBe(2)
    }))
})

describe("a job whose thread was taken from under it", () => {
  it.scopedLive("does not run any more once it is stopped, also before there is another thread", () =>
    Effect.gen(function*() {
      let starts = 0
      const { run, scratch } = yield* make({
        maxThreads: 2,
        onThread: ({ _tag }) => void (starts += _tag === "Starting" ? 1 : 0)
      })
      const [alive, alsoAlive, moved] = [scratch("alive"), scratch("also-alive"), scratch("moved")]
      const spinning = yield* Effect.fork(run("spin", { alive }))
      yield* Effect.fork(run("spin", { alive: alsoAlive }))
      yield* until(() => existsSync(alive) && existsSync(alsoAlive))
      // both threads are taken: it shares one
      const sharing = yield* Effect.fork(run("beside", { started: moved, go: scratch("never") }))
      yield* Effect.fork(Fiber.interrupt(spinning))
      yield* until(() => starts === 3)
      yield* Fiber.interrupt(sharing)
      // the new thread is there, and is free
      writeFileSync(scratch("go"), "")
      yield* run("beside", { started: scratch("after"), go: scratch("go") })
      expect(existsSync(moved)).toBe(false)
    }))
})

describe("a job that is interrupted", () => {
  it.scopedLive("and does not end loses its thread after five seconds", () =>
    Effect.gen(function*() {
      const { run, scratch } = yield* make()
      const fiber = yield* Effect.fork(run("stubborn", { started: scratch("started") }))
      yield* until(() => existsSync(scratch("started")))
      const asked = performance.now()
      yield* Fiber.interrupt(fiber)
      expect(performance.now() - asked).toBeGreaterThan(4900)
    }))
})

describe("a job that ends its thread", () => {
  for (const how of ["exit", "throw", "reject"]) {
    it.scopedLive(`fails and says so; one that shared the thread is run again (${how})`, () =>
      Effect.gen(function*() {
        const { run, scratch } = yield* make({ maxThreads: 1 })
        const [started, go] = [scratch("started"), scratch("go")]
        const beside = yield* Effect.fork(run("beside", { started, go }))
        yield* until(() => lines(started) === 1)
        const { error, success } = yield* run("ending", { how })
        expect(success).toBe(false)
        expect(error?.message).toContain(how === "exit" ? "ended with code 7" : "thrown by a timer")
        writeFileSync(go, "")
        expect(yield* Fiber.join(beside)).toMatchObject({ success: true })
        expect(lines(started)).toBe(2)
      }))
  }
})

describe("a job that runs out of memory", () => {
  it.scopedLive("fails and says so; the jobs beside it and those after it run", () =>
    Effect.gen(function*() {
      const { run, scratch } = yield* make({ heapLimit: 96 })
      const [started, go] = [scratch("started"), scratch("go")]
      const beside = yield* Effect.fork(run("beside", { started, go }))
      yield* until(() => lines(started) === 1)
      const { error, success } = yield* run("greedy")
      expect(success).toBe(false)
      expect(error?.message).toContain("ran out of memory")
      expect(error?.message).toContain("96 MB")
      writeFileSync(go, "")
      expect(yield* Fiber.join(beside)).toMatchObject({ success: true })
      expect(lines(started)).toBe(1)
      expect(yield* run("beside", { started, go })).toMatchObject({ success: true })
    }))
})

describe("threads", () => {
  it.scopedLive("are one for each job that runs, up to their number, and shared by more", () =>
    Effect.gen(function*() {
      const { run, scratch } = yield* make({ maxThreads: 2 })
      const [started, go] = [scratch("started"), scratch("go")]
      const fibers = yield* Effect.forEach([1, 2, 3, 4, 5], () => Effect.fork(run("beside", { started, go })))
      // all of them run at once
      yield* until(() => lines(started) === 5)
      writeFileSync(go, "")
      const threads = yield* Effect.forEach(fibers, (fiber) => Effect.map(Fiber.join(fiber), ({ result }) => result))
      expect(new Set(threads).size).toBe(2)
    }))
})
