/** Processes that are suspended, and go on whatever becomes of who suspended them. */
import { describe, expect, it } from "@effect/vitest"
import { Deferred, Effect, Schedule } from "effect"
import { spawn } from "node:child_process"
import { createRequire } from "node:module"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as Freezer from "../../../runtime/platform/workers/Freezer.ts"
import { childrenOf, gone, stateOf } from "../../cli/processes.ts"

/** A process that ends with its input. */
const waiting = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => spawn("cat", { stdio: ["pipe", "ignore", "ignore"], detached: true })),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  ),
  ({ pid = 0 }) => pid
)

const reaches = (pid: number, state: string) =>
  Effect.repeat(Effect.sync(() => stateOf(pid)), {
    until: (now) => now === state,
    schedule: Schedule.spaced("5 millis")
  }).pipe(Effect.timeout("10 seconds"))

describe.skipIf(process.platform !== "linux")("a process that is frozen", () => {
  it.scopedLive("is suspended until it is thawed", () =>
    Effect.gen(function*() {
      const { freeze, thaw } = yield* Freezer.make
      const pid = yield* waiting
      expect(freeze(pid)).toBe(true)
      yield* reaches(pid, "T")
      thaw(pid)
      yield* reaches(pid, "S")
    }))

  it.scopedLive("cannot be frozen where it is gone", () =>
    Effect.gen(function*() {
      const { freeze } = yield* Freezer.make
      const pid = yield* Effect.scoped(waiting)
      yield* gone([pid])
      expect(freeze(pid)).toBe(false)
    }))

  it.scopedLive("goes on when the scope ends", () =>
    Effect.gen(function*() {
      const pid = yield* waiting
      yield* Effect.scoped(Effect.gen(function*() {
        const { freeze } = yield* Freezer.make
        freeze(pid)
        yield* reaches(pid, "T")
      }))
      yield* reaches(pid, "S")
    }))

  it.scopedLive("goes on when who watches over it is gone, and can be frozen again", () =>
    Effect.gen(function*() {
      const { freeze } = yield* Freezer.make
      const pid = yield* waiting
      freeze(pid)
      yield* reaches(pid, "T")
      const guard = childrenOf(process.pid, "kill -s CONT").at(-1) ?? 0
      process.kill(guard, "SIGKILL")
      yield* reaches(pid, "S")
      expect(freeze(pid)).toBe(true)
      yield* reaches(pid, "T")
    }))

  it.scopedLive("goes on, and can notice, when who froze it is killed", () =>
    Effect.gen(function*() {
      const printed = yield* Deferred.make<string>()
      const program = yield* Effect.acquireRelease(
        Effect.sync(() => {
          const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href
          const file = fileURLToPath(new URL("freezing.ts", import.meta.url))
          const child = spawn(process.execPath, ["--import", loader, file], { stdio: ["ignore", "pipe", "inherit"] })
          child.stdout.once("data", (text) => Deferred.unsafeDone(printed, Effect.succeed(String(text))))
          return child
        }),
        (child) => Effect.sync(() => child.kill("SIGKILL"))
      )
      const [first = 0, second = 0] = JSON.parse(yield* Deferred.await(printed))
      yield* reaches(first, "T")
      yield* reaches(second, "T")
      program.kill("SIGKILL")
      yield* gone([first, second])
    }))
})
