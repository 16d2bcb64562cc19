import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { flash, start } from "./flash.ts"

const packageJson: { readonly version: string } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8")
)

const fixture = (name: string): string => `test/cli/fixtures/${name}`

const assertNoStack = (stderr: string): void => assert.notMatch(stderr, /^\s+at /m)

describe("flash", () => {
  it.live("--version prints the version of the package", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* flash(["--version"]), {
        code: 0,
        stdout: `${packageJson.version}\n`,
        stderr: ""
      })
    }))

  it.live("--help lists the commands, without control characters in a pipe", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* flash(["--help"], { FORCE_COLOR: "1" })
      assert.strictEqual(code, 0)
      assert.strictEqual(stderr, "")
      assert.match(stdout, /^ {2}run \[file\] \[args\.\.\.\] /m)
      assert.match(stdout, /^ {2}worker /m)
      assert.notInclude(stdout, "\u001b")
    }))

  it.live("refuses an unknown command as a usage error", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* flash(["bogus"])
      assert.strictEqual(code, 2)
      assert.strictEqual(stdout, "")
      assert.strictEqual(
        stderr,
        "error: there is no command `flash bogus`\nhint: `flash --help` lists the commands\n"
      )
      assertNoStack(stderr)
    }))

  // Without the patch of @effect/cli the flag is taken for the file.
  it.live("refuses an unknown flag of a command as a usage error", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* flash(["run", "--bogus", fixture("environment.ts")])
      assert.strictEqual(code, 2)
      assert.strictEqual(stdout, "")
      assert.include(stderr, "--bogus")
      assertNoStack(stderr)
    }))
})

describe("a reader that leaves, as head does", () => {
  it.live("is no error", () =>
    Effect.gen(function*() {
      for (const words of [["--help"], ["explain"]]) {
        const result = yield* Effect.scoped(
          Effect.flatMap(start(words), (running) => Effect.zipRight(running.stopReading, running.result))
        )
        assert.deepStrictEqual(result, { code: 0, stdout: "", stderr: "" })
      }
    }))
})

describe("flash run", () => {
  it.live("names a file that does not exist", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* flash(["run", "missing.ts"])
      assert.strictEqual(code, 4)
      assert.strictEqual(stdout, "")
      assert.match(stderr, /^error: there is no file .*missing\.ts\n$/)
    }))

  it.live("shows a stack when it is asked to", () =>
    Effect.gen(function*() {
      const { code, stderr } = yield* flash(["--log-level", "debug", "run", "missing.ts"])
      assert.strictEqual(code, 4)
      assert.match(stderr, /^\s+at /m)
    }))

  it.live("runs a program on the embedded platform and ends with its exit code", () =>
    Effect.gen(function*() {
      const { code, stdout } = yield* flash(["run", fixture("environment.ts"), "one", "two words"], {
        FLASH_TARGET: "live"
      })
      assert.deepStrictEqual(JSON.parse(stdout), { target: "local", args: ["one", "two words"] })
      assert.strictEqual(code, 3)
    }))

  it.live("leaves the words after the file to the program", () =>
    Effect.gen(function*() {
      const args = ["--help", "--log-level", "debug", "--", "-x", "run"]
      const { stdout } = yield* flash(["--log-level", "info", "run", fixture("environment.ts"), ...args])
      assert.deepStrictEqual(JSON.parse(stdout).args, args)
    }))

  it.scopedLive("forwards each signal once and waits for the program", () =>
    Effect.gen(function*() {
      const running = yield* start(["run", fixture("signals.ts")])
      yield* running.wrote("ready\n")
      yield* running.kill("SIGINT")
      yield* running.wrote("1 SIGINT\n")
      yield* running.kill("SIGINT")
      yield* running.wrote("2 SIGINT\n")
      yield* running.kill("SIGTERM")
      yield* running.wrote("3 SIGTERM\n")
      yield* running.kill("SIGHUP")
      yield* running.wrote("4 SIGHUP\n")
      yield* running.write("end\n")
      const { code, stdout } = yield* running.result
      assert.strictEqual(stdout, "ready\n1 SIGINT\n2 SIGINT\n3 SIGTERM\n4 SIGHUP\n")
      assert.strictEqual(code, 5)
    }))

  it.live("tells a program's end by a signal as a shell does", () =>
    Effect.gen(function*() {
      const { code } = yield* flash(["run", fixture("killed.ts")])
      assert.strictEqual(code, 128 + 9)
    }))
})

describe("flash worker", () => {
  it.live("names a module that does not exist", () =>
    Effect.gen(function*() {
      const { code, stderr } = yield* flash(["worker", "--module", "missing.mjs"])
      assert.strictEqual(code, 4)
      assert.match(stderr, /^error: there is no file .*missing\.mjs\n$/)
    }))
})
