/** One program, three targets. */
import { assert, describe, expect, it } from "@effect/vitest"
import { ConfigProvider, Deferred, Effect, FiberId, Layer, Schedule } from "effect"
import { Flash } from "effect-flash"
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath, pathToFileURL } from "node:url"
import { cpu, root, values } from "./program.ts"

interface Ended {
  readonly code: number | null
  readonly lines: ReadonlyArray<string>
}

const programFile = fileURLToPath(new URL("./program.ts", import.meta.url))

/** Runs the program's file; `first` is its first line of output, `ended` all of it. */
const start = (target: string, ...args: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const first = Deferred.unsafeMake<string>(FiberId.none)
    const ended = Deferred.unsafeMake<Ended>(FiberId.none)
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href
        const child = spawn(
          process.execPath,
          ["--import", loader, "--conditions=effect-flash-source", programFile, ...args],
          { stdio: ["ignore", "pipe", "inherit"], env: { PATH: process.env["PATH"], FLASH_TARGET: target } }
        )
        let text = ""
        child.stdout.on("data", (chunk) => {
          text += chunk
          const [line] = text.split("\n")
          if (text.includes("\n")) Deferred.unsafeDone(first, Effect.succeed(line ?? ""))
        })
        child.once("close", (code) =>
          Deferred.unsafeDone(ended, Effect.succeed({ code, lines: text.trim().split("\n") })))
        return child
      }),
      (child) =>
        Effect.sync(() => child.kill("SIGKILL"))
    )
    return { child, first: Deferred.await(first), ended: Deferred.await(ended) }
  })

/** A process that has ended but is not reaped yet, since its parent is gone too, does not count. */
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH" && process.platform !== "linux"
  }
}

const gone = (pid: number) =>
  Effect.repeat(Effect.sync(() => isAlive(pid)), { while: (alive) => alive, schedule: Schedule.spaced("20 millis") })
    .pipe(Effect.timeout("5 seconds"))

const expected = [
  { root: 3, at: new Date(9).toJSON() },
  { _tag: "Negative", value: -1 },
  "InvalidPayload"
]

const handlers: Parameters<typeof cpu.layerMock<typeof root>>[0] = {
  root: ({ value }) =>
    value < 0
      ? Effect.fail(new (root.errorSchema)({ value }))
      : Effect.succeed({ root: Math.sqrt(value), at: new Date(value) })
}

describe("one program", () => {
  it.scopedLive("gives its values inline, in its own process", () =>
    Effect.gen(function*() {
      const { ended } = yield* start("inline")
      const { code, lines } = yield* ended
      expect(code).toBe(0)
      const output = JSON.parse(lines[0] ?? "")
      expect(output.values).toEqual(expected)
      expect(output.worker).toBe(output.pid)
    }))

  it.scopedLive("gives the same values on the embedded platform, from a process that is gone afterwards", () =>
    Effect.gen(function*() {
      const { ended } = yield* start("local")
      const { code, lines } = yield* ended
      expect(code).toBe(0)
      const output = JSON.parse(lines[0] ?? "")
      expect(output.values).toEqual(expected)
      expect(output.worker).not.toBe(output.pid)
      yield* gone(output.worker)
    }))

  it.effect("gives the same values on a mock", () =>
    Effect.gen(function*() {
      const result = yield* Effect.provide(values, cpu.layerMock<typeof root>(handlers))
      expect(JSON.parse(JSON.stringify(result))).toEqual(expected)
    }))

  it.effect("gives the same values inside a test on the inline target", () =>
    Effect.gen(function*() {
      const result = yield* values.pipe(Flash.provide, Effect.provide(Flash.layerInline))
      expect(JSON.parse(JSON.stringify(result))).toEqual(expected)
    }))

  it.effect("on the target deployed has to be told of which app", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.scoped(Layer.build(Flash.layer)))
      assert(error._tag === "TargetUnavailable")
      expect(error.message).toContain("FLASH_APP does not say which app")
    }).pipe(Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["FLASH_TARGET", "deployed"]])))))

  it.scopedLive("that is interrupted ends with code 130 and leaves no worker", () =>
    Effect.gen(function*() {
      const { child, ended, first } = yield* start("local", "--wait")
      const { worker } = JSON.parse(yield* first)
      child.kill("SIGINT")
      expect((yield* ended).code).toBe(130)
      yield* gone(worker)
    }))

  it.scopedLive("that is killed leaves no worker either", () =>
    Effect.gen(function*() {
      const { child, ended, first } = yield* start("local", "--wait")
      const { worker } = JSON.parse(yield* first)
      child.kill("SIGKILL")
      yield* ended
      yield* gone(worker)
    }))
})
