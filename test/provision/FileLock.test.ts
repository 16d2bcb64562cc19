import { describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Scope, TestClock } from "effect"
import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, utimesSync, writeFileSync } from "node:fs"
import { stat } from "node:fs/promises"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import * as FileLock from "../../src/provision/FileLock.ts"

const scratch = () => join(mkdtempSync(join(tmpdir(), "effect-flash-test-")), "deep", "the.lock")

/** A process that is gone, and whose number nobody else has had since. */
const deadPid = Effect.async<number>((resume) => {
  const child = spawn(process.execPath, ["-e", ""])
  child.once("exit", () => resume(Effect.succeed(child.pid!)))
})

const holder = (pid: number, host = hostname()) => JSON.stringify({ token: "other", pid, host })

describe("FileLock", () => {
  it.live("is held by one at a time, however many want it", () =>
    Effect.gen(function*() {
      const path = scratch()
      let inside = 0
      let most = 0
      yield* Effect.forEach(
        Array.from({ length: 20 }),
        () =>
          Effect.scoped(Effect.zipRight(
            FileLock.acquire(path),
            Effect.acquireUseRelease(
              Effect.sync(() => most = Math.max(most, ++inside)),
              () => Effect.yieldNow(),
              () => Effect.sync(() => inside--)
            )
          )),
        { concurrency: "unbounded", discard: true }
      )
      expect(most).toBe(1)
      expect(existsSync(path)).toBe(false)
    }))

  it.live("of a process that is gone is taken over, by one of those who wait", () =>
    Effect.gen(function*() {
      const path = scratch()
      yield* Effect.scoped(FileLock.acquire(path))
      writeFileSync(path, holder(yield* deadPid))
      let inside = 0
      yield* Effect.forEach(
        [1, 2, 3, 4, 5],
        () =>
          Effect.scoped(Effect.gen(function*() {
            yield* FileLock.acquire(path)
            expect(++inside).toBe(1)
            yield* Effect.sleep("5 millis")
            inside--
          })),
        { concurrency: "unbounded", discard: true }
      )
    }))

  it.live("without a heartbeat is taken over, whatever the host", () =>
    Effect.gen(function*() {
      const path = scratch()
      yield* Effect.scoped(FileLock.acquire(path))
      writeFileSync(path, holder(1, "elsewhere"))
      const old = new Date(Date.now() - 31_000)
      utimesSync(path, old, old)
      yield* Effect.scoped(FileLock.acquire(path, { timeout: "5 seconds" }))
    }))

  it.live("of another host with a heartbeat is waited for, and the error names its holder", () =>
    Effect.gen(function*() {
      const path = scratch()
      yield* Effect.scoped(FileLock.acquire(path))
      writeFileSync(path, holder(4711, "elsewhere"))
      const error = yield* Effect.flip(Effect.scoped(FileLock.acquire(path, { timeout: "100 millis" })))
      expect(error._tag).toBe("LockTimeout")
      expect(error.message).toContain("process 4711 on elsewhere")
      expect(readFileSync(path, "utf8")).toBe(holder(4711, "elsewhere"))
    }))

  it.live("waiting can be interrupted, and leaves the holder its lock", () =>
    Effect.gen(function*() {
      const path = scratch()
      const scope = yield* Scope.make()
      yield* Scope.extend(FileLock.acquire(path), scope)
      const started = yield* Deferred.make<void>()
      const waiting = yield* Effect.fork(
        Effect.scoped(Effect.zipRight(Deferred.succeed(started, undefined), FileLock.acquire(path)))
      )
      yield* Deferred.await(started)
      yield* Fiber.interrupt(waiting).pipe(Effect.timeout("2 seconds"))
      expect(existsSync(path)).toBe(true)
      yield* Scope.close(scope, Exit.void)
      expect(existsSync(path)).toBe(false)
    }))

  it.live("is given back also where it was taken in an uninterruptible region", () =>
    Effect.gen(function*() {
      const path = scratch()
      yield* Effect.uninterruptible(Effect.scoped(FileLock.acquire(path)))
      expect(existsSync(path)).toBe(false)
    }))

  it.scoped("beats its heart while it is held", () =>
    Effect.gen(function*() {
      const path = scratch()
      yield* FileLock.acquire(path)
      const old = new Date(1000)
      utimesSync(path, old, old)
      yield* TestClock.adjust("5 seconds")
      // the file system takes its own time
      yield* Effect.repeat(Effect.promise(() => stat(path)), { until: ({ mtimeMs }) => mtimeMs > 1000 })
    }))
})
