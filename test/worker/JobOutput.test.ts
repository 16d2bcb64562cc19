import { describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Option } from "effect"
import { AsyncLocalStorage } from "node:async_hooks"
import * as JobOutput from "../../runtime/worker/JobOutput.ts"

/** Takes over this thread's streams for the time of a test. */
const output = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => {
      const { stderr: { write: error }, stdout: { write } } = process
      const emitted: Array<readonly [job: string | null, text: string]> = []
      const output = JobOutput.make((job, text) => emitted.push([job, text]))
      return { emitted, output, originals: { write, error } }
    }),
    ({ originals }) =>
      Effect.sync(() => {
        process.stdout.write = originals.write
        process.stderr.write = originals.error
      })
  ),
  ({ emitted, output }) => ({
    emitted,
    capture: output.capture,
    /** What an effect prints as a job. */
    printed: <A, E, R>(effect: Effect.Effect<A, E, R>, job = "job") =>
      Effect.map(output.capture(job, effect), ([, text]) => text)
  })
)

const print = (text: string) =>
  Effect.sync(() => {
    process.stdout.write(text)
  })

describe("a job's output", () => {
  it.scoped("is its own and in order, where three jobs print by turns", () =>
    Effect.gen(function*() {
      const { capture, emitted } = yield* output
      const jobs = ["a", "b", "c"] as const
      // each line waits for the one before it, which is another job's
      const turns = yield* Effect.all(Array.from({ length: 13 }, () => Deferred.make<void>()))
      const take = (turn: number, write: Effect.Effect<void>) =>
        Effect.gen(function*() {
          yield* Deferred.await(turns[turn]!)
          yield* write
          yield* Deferred.succeed(turns[turn + 1]!, undefined)
        })
      const job = (name: string, first: number) =>
        Effect.gen(function*() {
          yield* take(first, print(`${name} from stdout\n`))
          yield* take(first + 3, Effect.sync(() => void process.stderr.write(`${name} from stderr\n`)))
          yield* take(first + 6, Effect.logInfo(`${name} from a log`))
          const child = yield* Effect.fork(take(first + 9, print(`${name} from a child\n`)))
          yield* Fiber.join(child)
          return name
        })
      const running = yield* Effect.fork(Effect.forEach(jobs, (name, index) => capture(name, job(name, index)), {
        concurrency: "unbounded"
      }))
      yield* Deferred.succeed(turns[0]!, undefined)
      const lines = (name: string) =>
        `${name} from stdout\n${name} from stderr\n${name} from a log\n${name} from a child\n`
      expect(yield* Fiber.join(running)).toEqual(jobs.map((name) => [name, lines(name)]))
      // and whoever listens gets it at once, each piece with its job
      expect(emitted.map(([job]) => job)).toEqual(["a", "b", "c", "a", "b", "c", "a", "b", "c", "a", "b", "c"])
      for (const name of jobs) {
        expect(emitted.filter(([job]) => job === name).map(([, text]) => text).join("")).toBe(lines(name))
      }
    }))

  it.scoped("holds what its promises, timers and callbacks print, while others run", () =>
    Effect.gen(function*() {
      const { printed } = yield* output
      const job = (name: string) =>
        Effect.promise(async () => {
          process.stdout.write(`${name} 1\n`)
          await new Promise((resolve) => setImmediate(resolve))
          process.stdout.write(`${name} 2\n`)
          await new Promise<void>((resolve) => queueMicrotask(resolve))
          process.stdout.write(`${name} 3\n`)
        })
      const outputs = yield* Effect.all([printed(job("a"), "a"), printed(job("b"), "b")], { concurrency: 2 })
      expect(outputs).toEqual(["a 1\na 2\na 3\n", "b 1\nb 2\nb 3\n"])
    }))

  it.scoped("holds what is printed while it yields to others again and again", () =>
    Effect.gen(function*() {
      const { printed } = yield* output
      const job = (name: string) =>
        Effect.forEach(Array.from({ length: 50 }, (_, n) => n), (n) =>
          Effect.zipRight(Effect.yieldNow(), print(`${name}${n} `)), {
          discard: true
        })
      const outputs = yield* Effect.forEach(["a", "b", "c"], (name) =>
        printed(job(name), name), { concurrency: 3 })
      for (const [index, name] of ["a", "b", "c"].entries()) {
        expect(outputs[index]).toBe(
          Array.from({ length: 50 }, (_, n) =>
            `${name}${n} `).join("")
        )
      }
    }))

  it.scoped("is nothing where nothing was printed", () =>
    Effect.gen(function*() {
      const { capture } = yield* output
      expect(yield* capture("job", Effect.succeed(7))).toEqual([7, ""])
    }))

  it.scoped("keeps its end where it is long, and says how much is missing", () =>
    Effect.gen(function*() {
      const { emitted, printed } = yield* output
      const line = (n: number) => `line ${String(n).padStart(6, "0")}\n`
      const text = yield* printed(Effect.forEach(Array.from({ length: 20_000 }, (_, n) => n), (n) => print(line(n)), {
        discard: true
      }))
      const [note, ...rest] = text.split("\n")
      const kept = rest.join("\n")
      expect(kept.length).toBe(64 * 1024)
      expect(kept.endsWith(line(19_998) + line(19_999))).toBe(true)
      expect(note).toBe(`... ${20_000 * line(0).length - kept.length} characters before this were left out ...`)
      // the log of the container has all of it
      expect(emitted).toHaveLength(20_000)
    }))

  it.scoped("keeps the end of one long text", () =>
    Effect.gen(function*() {
      const { printed } = yield* output
      const text = yield* printed(print("x".repeat(300_000) + "the end"))
      expect(text).toMatch(/^\.\.\. 234471 characters before this were left out \.\.\.\nx+the end$/)
    }))

  it.scoped("is whole up to the limit", () =>
    Effect.gen(function*() {
      const { printed } = yield* output
      expect(yield* printed(print("x".repeat(64 * 1024)))).toBe("x".repeat(64 * 1024))
    }))

  it.scoped("holds log lines for people: level where it matters, values, annotations and causes", () =>
    Effect.gen(function*() {
      const { printed } = yield* output
      const text = yield* printed(
        Effect.logInfo("plain", { a: 1 }).pipe(
          Effect.zipRight(Effect.logWarning("careful")),
          Effect.zipRight(Effect.logError("broken", new Error("boom"))),
          Effect.zipRight(Effect.logDebug("not shown")),
          Effect.annotateLogs("step", 3)
        )
      )
      const lines = text.split("\n")
      expect(lines[0]).toBe(`plain {"a":1} step=3`)
      expect(lines[1]).toBe("WARN careful step=3")
      expect(lines[2]).toContain("ERROR broken")
      expect(text).toContain("boom")
      expect(text).not.toContain("not shown")
    }))
})

describe("what no job prints", () => {
  it.scoped("goes to the listener without a job, and into no job's output", () =>
    Effect.gen(function*() {
      const { emitted, printed } = yield* output
      const outside = AsyncLocalStorage.snapshot()
      yield* print("before\n")
      expect(yield* printed(print("job\n"))).toBe("job\n")
      outside(() => process.stdout.write("after\n"))
      expect(emitted).toEqual([[null, "before\n"], ["job", "job\n"], [null, "after\n"]])
    }))
})

describe("the streams", () => {
  it.scoped("take bytes, and call back as Node's do", () =>
    Effect.gen(function*() {
      const { emitted } = yield* output
      const calls: Array<unknown> = []
      const done = yield* Effect.promise(() =>
        new Promise<boolean>((resolve) => {
          const result = process.stdout.write(Buffer.from("é\n"), "utf8", (error) => {
            calls.push(error)
            resolve(result)
          })
        })
      )
      yield* Effect.promise(() => new Promise<void>((resolve) => process.stderr.write("x", () => resolve())))
      expect(done).toBe(true)
      expect(calls).toEqual([undefined])
      expect(emitted).toEqual([[null, "é\n"], [null, "x"]])
    }))
})

describe("a job that ends otherwise than well", () => {
  it.scoped("fails as it did", () =>
    Effect.gen(function*() {
      const { capture, emitted } = yield* output
      expect(yield* Effect.flip(capture("job", Effect.zipRight(print("words\n"), Effect.fail("no"))))).toBe("no")
      expect(emitted).toEqual([["job", "words\n"]])
    }))

  it.scoped("is interrupted as it would be without", () =>
    Effect.gen(function*() {
      const { capture, emitted } = yield* output
      const started = yield* Deferred.make<void>()
      const job = Deferred.succeed(started, undefined).pipe(
        Effect.zipRight(Effect.never),
        Effect.onInterrupt(() => print("finalizer\n"))
      )
      const fiber = yield* Effect.fork(capture("job", job))
      yield* Deferred.await(started)
      expect(Exit.isInterrupted(yield* Fiber.interrupt(fiber))).toBe(true)
      expect(emitted).toEqual([["job", "finalizer\n"]])
      expect(Option.isSome(yield* Fiber.poll(fiber))).toBe(true)
    }))
})
