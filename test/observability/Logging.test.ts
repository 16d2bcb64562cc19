import { afterAll, assert, describe, expect, it } from "@effect/vitest"
import { Cause, ConfigProvider, Console, Effect, Exit, Layer, LogLevel, Redacted, TestClock } from "effect"
import { Logging } from "effect-flash"
import { execFile } from "node:child_process"
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { promisify } from "node:util"
import * as LogFile from "../../src/observability/LogFile.ts"

const scratch = Fs.mkdtempSync(join(tmpdir(), "effect-flash-logging-"))
afterAll(() => Fs.rmSync(scratch, { recursive: true, force: true }))
let folders = 0
const folder = () => join(scratch, String(++folders))

/** A console that keeps what it is told. */
const listening = Effect.gen(function*() {
  const lines: Array<string> = []
  const real = yield* Effect.console
  const console: Console.Console = {
    ...real,
    log: (...args) => Effect.sync(() => void lines.push(args.map(String).join(" "))),
    unsafe: { ...real.unsafe, log: (...args) => void lines.push(args.map(String).join(" ")) }
  }
  return { lines, console: Console.setConsole(console) }
})

const json = (lines: ReadonlyArray<string>): ReadonlyArray<Record<string, unknown>> =>
  lines.map((line) => JSON.parse(line))

const environment = (variables: Readonly<Record<string, string>>) =>
  Layer.provide(
    Logging.layer,
    Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables))))
  )

const read = (directory: string, name = "activity.log") => Fs.readFileSync(join(directory, name), "utf8")

describe("log lines", () => {
  it.effect("as JSON are one object each, without secrets, whatever they are made of", () =>
    Effect.gen(function*() {
      const { console, lines } = yield* listening
      yield* Effect.gen(function*() {
        yield* TestClock.setTime(Date.UTC(2026, 10, 24, 12))
        yield* Effect.log("token=abcdefgh", { apiKey: "abcdefgh", n: 1 })
        yield* Effect.logError("failed", Cause.fail(new TypeError("Bearer abcdefgh")))
        yield* Effect.logWarning(new TypeError("password: abcdefgh"))
        yield* Effect.annotateLogs(Effect.log("x"), { authorization: "abcdefgh", to: "known-secret" })
      }).pipe(
        Effect.provide(
          Layer.provideMerge(Logging.layerWith({ format: "json", known: [Redacted.make("known-secret")] }), console)
        )
      )
      expect(lines.join("\n")).not.toMatch(/abcdefgh|known-secret/)
      const [first, second, third, fourth] = json(lines)
      expect(first).toMatchObject({
        message: ["token=***REDACTED***", { apiKey: "***REDACTED***", n: 1 }],
        logLevel: "INFO",
        timestamp: "2026-11-24T12:00:00.000Z"
      })
      expect(second).toMatchObject({ logLevel: "ERROR", message: "failed" })
      expect(second?.["cause"]).toContain("TypeError: Bearer ***REDACTED***")
      expect(third?.["message"]).toMatchObject({ name: "TypeError", message: "password: ***REDACTED***" })
      expect(fourth?.["annotations"]).toEqual({ authorization: "***REDACTED***", to: "***REDACTED***" })
    }))

  it.effect("for people are read by people", () =>
    Effect.gen(function*() {
      const { console, lines } = yield* listening
      yield* Effect.provide(
        Effect.log("hello token=abcdefgh"),
        Layer.provideMerge(Logging.layerWith({ format: "pretty" }), console)
      )
      expect(lines).toHaveLength(1)
      expect(lines[0]).toMatch(/INFO.*hello token=\*\*\*REDACTED\*\*\*/)
    }))

  it.effect("are those of the level that LOG_LEVEL names, in Effect's words and in Python's", () =>
    Effect.gen(function*() {
      const levels = [LogLevel.Debug, LogLevel.Info, LogLevel.Warning, LogLevel.Error, LogLevel.Fatal]
      for (
        const [word, expected] of [
          ["debug", 5],
          ["INFO", 4],
          ["warning", 3],
          ["Warn", 3],
          ["error", 2],
          ["CRITICAL", 1],
          ["none", 0]
        ] as const
      ) {
        const { console, lines } = yield* listening
        yield* Effect.provide(
          Effect.forEach(levels, (level) => Effect.logWithLevel(level, "x")),
          Layer.provideMerge(environment({ LOG_LEVEL: word }), console)
        )
        expect(lines, word).toHaveLength(expected)
      }
    }))

  it.effect("are those of INFO where LOG_LEVEL names none, as in the original, and one line says so", () =>
    Effect.gen(function*() {
      const { console, lines } = yield* listening
      yield* Effect.provide(
        Effect.zipRight(Effect.logDebug("x"), Effect.log("y")),
        Layer.provideMerge(environment({ LOG_LEVEL: "loud" }), console)
      )
      expect(lines).toHaveLength(2)
      expect(lines[0]).toContain("LOG_LEVEL is")
      expect(lines[0]).toContain("loud")
    }))

  it.effect("never have the account's key in them", () =>
    Effect.gen(function*() {
      const { console, lines } = yield* listening
      yield* Effect.provide(
        Effect.log("the answer was: no such key my-own-key!"),
        Layer.provideMerge(environment({ RUNPOD_API_KEY: "my-own-key!" }), console)
      )
      expect(lines[0]).toContain("no such key ***REDACTED***")
    }))
})

describe("the log file", () => {
  const logged = <A, E>(effect: Effect.Effect<A, E>, directory: string, more: Readonly<Record<string, string>> = {}) =>
    Effect.gen(function*() {
      const { console } = yield* listening
      return yield* Effect.provide(
        effect,
        Layer.provideMerge(
          environment({ FLASH_FILE_LOGGING_ENABLED: "true", FLASH_LOG_DIR: directory, ...more }),
          console
        )
      )
    })

  it.effect("is not there unless it is asked for", () =>
    Effect.gen(function*() {
      const directory = folder()
      yield* logged(Effect.log("x"), directory, { FLASH_FILE_LOGGING_ENABLED: "false" })
      expect(Fs.existsSync(directory)).toBe(false)
    }))

  it.effect("has a line for each, without secrets, and is its owner's alone", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.UTC(2026, 10, 24, 12))
      const directory = join(folder(), "below", "that")
      yield* logged(
        Effect.gen(function*() {
          yield* Effect.log("token=abcdefgh", { n: 1 })
          yield* Effect.annotateLogs(Effect.logError("a\nb", Cause.die(new TypeError("Bearer abcdefgh"))), { k: "v" })
          // it is written at once
          expect(read(directory).split("\n").length).toBeGreaterThan(3)
        }),
        directory
      )
      const [first, ...rest] = read(directory).trimEnd().split("\n")
      expect(first).toBe(`2026-11-24T12:00:00.000Z | INFO  | token=***REDACTED*** {"n":1}`)
      expect(rest[0]).toBe("2026-11-24T12:00:00.000Z | ERROR | a")
      // nobody can make a line of their own by what they are called
      expect(rest.slice(1).every((line) => line.startsWith("  "))).toBe(true)
      expect(rest.join("\n")).toContain("TypeError: Bearer ***REDACTED***")
      expect(rest.join("\n")).toContain("k=v")
      expect(Fs.statSync(join(directory, "activity.log")).mode & 0o777).toBe(0o600)
      expect(Fs.statSync(directory).mode & 0o777).toBe(0o700)
    }))

  it.effect("begins anew each day by the clock, and keeps as many days as it is told", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(Date.UTC(2026, 0, 1, 23, 59, 59))
      const directory = folder()
      Fs.mkdirSync(directory)
      for (
        const name of ["activity.log.2025-12-29", "activity.log.2025-12-28", "activity.log.txt", "other.2020-01-01"]
      ) {
        Fs.writeFileSync(join(directory, name), "old")
      }
      yield* logged(
        Effect.gen(function*() {
          yield* Effect.log("first")
          yield* TestClock.adjust("1 second")
          yield* Effect.log("second")
          yield* TestClock.adjust("1 hour")
          yield* Effect.log("third")
          yield* TestClock.adjust("3 days")
          yield* Effect.log("fourth")
        }),
        directory,
        { FLASH_LOG_RETENTION_DAYS: "3" }
      )
      expect(Fs.readdirSync(directory).toSorted()).toEqual([
        "activity.log",
        "activity.log.2026-01-02",
        "activity.log.txt",
        "other.2020-01-01"
      ])
      expect(read(directory)).toMatch(/fourth\n$/)
      expect(read(directory, "activity.log.2026-01-02").split("\n")).toHaveLength(3)
    }))

  it.effect("puts away what an earlier run left of an earlier day", () =>
    Effect.gen(function*() {
      const directory = folder()
      Fs.mkdirSync(directory)
      Fs.writeFileSync(join(directory, "activity.log"), "yesterday\n", { mode: 0o644 })
      const yesterday = new Date(Date.UTC(2026, 4, 4, 5))
      Fs.utimesSync(join(directory, "activity.log"), yesterday, yesterday)
      yield* TestClock.setTime(Date.UTC(2026, 4, 5, 0))
      yield* logged(Effect.log("today"), directory)
      expect(read(directory, "activity.log.2026-05-04")).toBe("yesterday\n")
      expect(read(directory)).toMatch(/today\n$/)
      expect(read(directory)).not.toContain("yesterday")
    }))

  it.effect("goes on where an earlier run of the same day ended, and takes its rights from others", () =>
    Effect.gen(function*() {
      const directory = folder()
      Fs.mkdirSync(directory)
      Fs.writeFileSync(join(directory, "activity.log"), "before\n", { mode: 0o644 })
      const morning = new Date(Date.UTC(2026, 4, 5, 1))
      Fs.utimesSync(join(directory, "activity.log"), morning, morning)
      yield* TestClock.setTime(Date.UTC(2026, 4, 5, 9))
      yield* logged(Effect.log("after"), directory)
      expect(read(directory)).toMatch(/^before\n.*after\n$/)
      expect(Fs.statSync(join(directory, "activity.log")).mode & 0o777).toBe(0o600)
    }))

  it.scoped("is shared by two programs without losing a line at midnight", () =>
    Effect.gen(function*() {
      const directory = folder()
      const noon = (day: number) => new Date(Date.UTC(2026, 0, day, 12))
      const options = { directory, retentionDays: 30 }
      const a = yield* LogFile.open(options, noon(1))
      const b = yield* LogFile.open(options, noon(1))
      for (let day = 1; day <= 4; day++) {
        a.write(`a${day}\n`, noon(day))
        b.write(`b${day}\n`, noon(day))
        a.write(`A${day}\n`, noon(day))
      }
      expect(Object.fromEntries(Fs.readdirSync(directory).map((name) => [name, read(directory, name)]))).toEqual({
        "activity.log.2026-01-01": "a1\nb1\nA1\n",
        "activity.log.2026-01-02": "a2\nb2\nA2\n",
        "activity.log.2026-01-03": "a3\nb3\nA3\n",
        "activity.log": "a4\nb4\nA4\n"
      })
    }))

  it.effect("that cannot be written is a warning, and lines are still shown", () =>
    Effect.gen(function*() {
      const directory = folder()
      Fs.writeFileSync(directory, "a file where a folder is wanted")
      const { console, lines } = yield* listening
      yield* Effect.provide(
        Effect.log("still here"),
        Layer.provideMerge(environment({ FLASH_FILE_LOGGING_ENABLED: "1", FLASH_LOG_DIR: directory }), console)
      )
      expect(lines).toHaveLength(2)
      expect(lines[0]).toContain("Could not set up file logging")
      expect(lines[0]).toContain(directory)
      expect(lines[1]).toContain("still here")
    }))

  it.effect("wants variables that mean something", () =>
    Effect.gen(function*() {
      for (
        const [name, value] of [
          ["FLASH_FILE_LOGGING_ENABLED", "perhaps"],
          ["FLASH_LOG_RETENTION_DAYS", "0"],
          ["FLASH_LOG_RETENTION_DAYS", "month"],
          ["FLASH_LOG_DIR", ""]
        ] as const
      ) {
        const exit = yield* Effect.exit(Effect.provide(Effect.void, environment({ [name]: value })))
        assert(Exit.isFailure(exit))
        expect(Cause.pretty(exit.cause)).toContain(name)
      }
    }))
})

describe("a main program", () => {
  /** Runs it in a folder of its own. */
  const run = (env: Readonly<Record<string, string>>) => {
    const cwd = folder()
    Fs.mkdirSync(cwd)
    const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href
    return promisify(execFile)(
      process.execPath,
      [
        "--import",
        loader,
        "--conditions=effect-flash-source",
        fileURLToPath(new URL("fixtures/logs.ts", import.meta.url))
      ],
      { cwd, env: { PATH: process.env["PATH"], FLASH_TARGET: "inline", ...env } }
    ).then(
      (output) => ({ ...output, code: 0 }),
      (error: { readonly code: number; readonly stdout: string; readonly stderr: string }) => error
    ).then(({ code, stderr, stdout }) => ({
      code,
      stderr,
      stdout,
      files: Fs.readdirSync(cwd, { recursive: true, encoding: "utf8" }).toSorted()
    }))
  }

  it.effect("logs one redacted JSON line to a pipe, and writes no file", () =>
    Effect.gen(function*() {
      const { code, files, stdout } = yield* Effect.promise(() => run({}))
      expect(code).toBe(0)
      expect(json(stdout.trim().split("\n"))).toMatchObject([{ message: ["hello", { token: "***REDACTED***" }] }])
      expect(files).toEqual([])
    }))

  it.effect("writes the file where it is asked to", () =>
    Effect.gen(function*() {
      const { files } = yield* Effect.promise(() => run({ FLASH_FILE_LOGGING_ENABLED: "true" }))
      expect(files).toContain(join(".flash", "logs", "activity.log"))
    }))

  it.effect("ends with code 1 and the name of the variable where one means nothing", () =>
    Effect.gen(function*() {
      for (const name of ["FLASH_LOG_RETENTION_DAYS", "FLASH_CB_TIMEOUT_SECONDS"]) {
        const { code, stderr, stdout } = yield* Effect.promise(() => run({ [name]: "soon", FLASH_TARGET: "local" }))
        expect(code).toBe(1)
        expect(`${stdout}${stderr}`.match(new RegExp(name, "g"))).toHaveLength(1)
      }
    }))
})
