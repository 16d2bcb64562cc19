import { assert, describe, expect, layer } from "@effect/vitest"
import { Cause, Chunk, Effect, Exit, Fiber, Layer, Logger, Option, Redacted, Schedule } from "effect"
import { Flash } from "effect-flash"
import { layerFlashOn, Platform } from "effect-flash/local"
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Endpoints from "./endpoints.ts"
import * as Fixtures from "./functions.ts"

const TestLayer = Layer.provideMerge(layerFlashOn, Platform.layer())

// the one thing here that asks a registry; skipped where none is reached
const isOffline = spawnSync("npm", ["view", "is-odd@3.0.1", "version"], { timeout: 20_000 }).status !== 0

const scratch = (name: string) => join(mkdtempSync(join(tmpdir(), "effect-flash-test-")), name)

/** Waits for something that another process does. */
const eventually = <A, E, R>(check: Effect.Effect<A, E, R>, until: (a: A) => boolean) =>
  Effect.repeat(check, { until, schedule: Schedule.spaced("10 millis") }).pipe(
    Effect.zipRight(check),
    Effect.timeout("20 seconds")
  )

const fileAppears = (path: string) => eventually(Effect.sync(() => existsSync(path)), (exists) => exists)

/** What the platform itself says of the endpoint's jobs, newest first. */
const recentJobs = Effect.gen(function*() {
  const { apiKey, url } = yield* Platform.Platform
  const id = yield* Endpoints.idOf(Fixtures.cpu)
  const { requests } = yield* Effect.promise(async () => {
    const headers = { authorization: `Bearer ${Redacted.value(apiKey)}` }
    const response = await fetch(`${url}/v2/${id}/requests`, { headers })
    return await response.json() as { readonly requests: ReadonlyArray<{ readonly status: string }> }
  })
  return requests
})

layer(TestLayer, { excludeTestServices: true })("the embedded platform", (it) => {
  describe("a call", () => {
    it.effect("runs in another process and returns its result", () =>
      Effect.gen(function*() {
        const { greeting, pid } = yield* Flash.provide(Fixtures.hello({ name: "Ada" }))
        expect(greeting).toBe("Hello Ada")
        expect(pid).not.toBe(process.pid)
      }))

    it.effect("fails with the function's own error", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Flash.provide(Fixtures.hello({ name: "" })))
        assert.instanceOf(error, Fixtures.EmptyName)
      }))

    it.effect("keeps what JSON would lose", () =>
      Effect.gen(function*() {
        const payload = { at: new Date(1), big: 2n ** 80n, bytes: new Uint8Array([0, 255]), error: null }
        expect(yield* Flash.provide(Fixtures.rich(payload))).toEqual(payload)
        expect(yield* Flash.provide(Fixtures.rich({ ...payload, error: "text" }))).toMatchObject({ error: "text" })
      }))

    it.effect("carries five megabytes there and back", () =>
      Effect.gen(function*() {
        const bytes = new Uint8Array(5 * 1024 * 1024).fill(7)
        const result = yield* Flash.provide(Fixtures.rich({ at: new Date(0), big: 0n, bytes, error: null }))
        expect(Buffer.compare(result.bytes, bytes)).toBe(0)
      }))

    it.effect("works without payload and result", () => Flash.provide(Fixtures.nothing()))

    it.effect("of a function of the same endpoint runs inside the worker", () =>
      Effect.gen(function*() {
        expect(yield* Flash.provide(Fixtures.twice({ a: 4 }))).toBe(8)
      }))

    it.effect("of a function that its module does not export says so", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Flash.provide(Fixtures.callHidden()))
        assert(error._tag === "FunctionNotFound")
        expect(error.message).toContain("functions.ts")
        expect(error.message).toContain(`"hidden" must be exported`)
        expect(error.known).toContain("hello")
      }))
  })

  describe("a defect", () => {
    it.effect("arrives with its message and a stack that names the source's line", () =>
      Effect.gen(function*() {
        const exit = yield* Effect.exit(Flash.provide(Fixtures.explode({ how: "now" })))
        assert(Exit.isFailure(exit))
        const [defect] = Chunk.toReadonlyArray(Cause.defects(exit.cause))
        assert.instanceOf(defect, Error)
        expect(defect.name).toBe("TypeError")
        expect(defect.message).toBe("boom: now")
        const source = readFileSync(new URL("./functions.ts", import.meta.url), "utf8").split("\n")
        const line = source.findIndex((text) => text.includes("throw new TypeError")) + 1
        expect(defect.stack).toContain(`e2e/functions.ts:${line}:`)
      }))

    it.effect("of the whole thread is a defect too, and the worker goes on", () =>
      Effect.gen(function*() {
        const exit = yield* Effect.exit(Flash.provide(Fixtures.exit()))
        assert(Exit.isFailure(exit))
        expect(Cause.pretty(exit.cause)).toContain("the worker thread ended with code 7")
        expect(yield* Flash.provide(Fixtures.add({ a: 1, b: 2 }))).toBe(3)
      }))
  })

  describe("packages", () => {
    it.effect.skipIf(isOffline)("that a function declares are installed on the worker", () =>
      Effect.gen(function*() {
        const lines: Array<string> = []
        const logger = Logger.make<unknown, void>(({ message }) => lines.push(String(message)))
        const results = yield* Effect.forEach([1, 2, 3], (value) => Flash.provide(Fixtures.needsPackage({ value })), {
          concurrency: "unbounded"
        }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
        expect(results).toEqual([true, false, true])
        // apt is not run on a person's machine
        expect(lines.join("\n")).toContain("not installed on this machine: flash-no-such-package")
      }), 60_000)

    it.effect.skipIf(isOffline)("that cannot be had are an error with npm's words", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Flash.provide(Fixtures.needsNothingGood()))
        assert(error._tag === "RequestRefused")
        expect(error.reason).toContain("flash-no-such-package-at-all")
      }), 60_000)
  })

  describe("a worker that is killed", () => {
    it.effect("has its job run by a second one", () =>
      Effect.gen(function*() {
        const marker = scratch("marker")
        expect(yield* Flash.provide(Fixtures.kill({ marker, always: false }))).toBe("second worker")
        expect(existsSync(marker)).toBe(true)
      }))

    it.effect("twice in a row is WorkerLost", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Flash.provide(Fixtures.kill({ marker: scratch("marker"), always: true })))
        assert(error._tag === "WorkerLost")
        expect(error.retries).toBe(1)
      }))
  })

  describe("interruption", () => {
    it.effect("cancels the job and runs the handler's finalizer", () =>
      Effect.gen(function*() {
        const started = scratch("started")
        const finalized = scratch("finalized")
        const fiber = yield* Effect.fork(Flash.provide(Fixtures.hang({ started, finalized })))
        yield* fileAppears(started)
        yield* Fiber.interrupt(fiber)
        yield* fileAppears(finalized)
        const [job] = yield* eventually(recentJobs, ([job]) => job?.status !== "IN_PROGRESS")
        expect(job?.status).toBe("CANCELLED")
      }))

    it.effect("ends a handler that blocks its thread, and the jobs beside it are run again", () =>
      Effect.gen(function*() {
        const started = scratch("started")
        const blocking = yield* Effect.fork(Flash.provide(Fixtures.blockBesideOthers({ started })))
        yield* fileAppears(started)
        const beside = yield* Effect.fork(Flash.provide(Fixtures.count()))
        yield* Fiber.interrupt(blocking)
        expect(yield* Fiber.join(beside)).toBe(1)
      }))

    it.effect("by a timeout of the caller leaves no job behind", () =>
      Effect.gen(function*() {
        const finalized = scratch("finalized")
        const call = Flash.provide(Fixtures.hang({ started: scratch("started"), finalized }))
        expect(Option.isNone(yield* Effect.timeoutOption(call, "500 millis"))).toBe(true)
        const jobs = yield* eventually(recentJobs, ([job]) => job?.status === "CANCELLED")
        expect(jobs.filter(({ status }) => status === "IN_PROGRESS" || status === "IN_QUEUE")).toEqual([])
      }))
  })

  it.effect("a thousand concurrent calls on two workers each return their own result", () =>
    Effect.gen(function*() {
      const inputs = Array.from({ length: 1000 }, (_, a) => a)
      const results = yield* Effect.forEach(inputs, (a) => Flash.provide(Fixtures.add({ a, b: 0.5 })), {
        concurrency: "unbounded"
      })
      expect(results).toEqual(inputs.map((a) => a + 0.5))
    }), 60_000)

  it.effect("jobs that print side by side keep their output apart and in order", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make<unknown, void>(({ message }) => {
        lines.push(String(Array.isArray(message) ? message[0] : message))
      })
      yield* Effect.forEach([1, 2, 3], (id) => Flash.provide(Fixtures.chatter({ id })), {
        concurrency: "unbounded"
      }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
      for (const id of [1, 2, 3]) {
        const own = [1, 2, 3].map((n) => `job ${id} line ${n}`)
        const start = lines.indexOf(own[0]!)
        expect(lines.slice(start, start + 3)).toEqual(own)
      }
      expect(lines).toHaveLength(9)
    }))

  it.effect("a function's layer is built once for a worker", () =>
    Effect.gen(function*() {
      const counts = yield* Effect.forEach([1, 2, 3, 4], () => Flash.provide(Fixtures.count()), {
        concurrency: "unbounded"
      })
      // one counter for all, whoever else has used it before
      const first = Math.min(...counts)
      expect(counts.toSorted((a, b) => a - b)).toEqual([first, first + 1, first + 2, first + 3])
    }))
})
