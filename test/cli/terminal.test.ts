/** The command in a terminal: what it asks, what it shows there and nowhere else, and how it is stopped. */
import { expect, layer } from "@effect/vitest"
import { Effect, Logger, LogLevel, Schedule } from "effect"
import { CpuLiveServerless } from "effect-flash"
import { Platform } from "effect-flash/local"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import { base, defining } from "../build/fixture.ts"
import * as PlainEndpoint from "../e2e/plainEndpoint.ts"
import { project } from "../live/liveThread.ts"
import * as Http from "../provision/http.ts"
import type { Flash } from "./flash.ts"
import { flash } from "./flash.ts"
import { environment, platform } from "./platform.ts"
import * as Terminal from "./pseudoTerminal.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-flash-terminal-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** Types an answer once the question is shown, and waits for the end. */
const answering = (running: Flash, ...dialogue: ReadonlyArray<readonly [question: string, answer: string]>) =>
  Effect.gen(function*() {
    for (const [question, answer] of dialogue) {
      yield* running.wrote(question)
      yield* running.write(answer)
    }
    const { code, stdout } = yield* running.result
    return { code, text: stripVTControlCharacters(stdout).replaceAll("\r", ""), shown: stdout }
  })

const escape = "\u001b"

/** What is left to be seen of it. */
const screen = (shown: string): string =>
  stripVTControlCharacters(
    shown.split("\n").map((line) => line.slice(line.lastIndexOf(`${escape}[2K`) + 1).replace("[2K", "")).join("\n")
  ).replaceAll("\r", "").trimEnd()

const enter = "\r"
const ctrlC = "\u0003"
const down = `${escape}[B`

const names = (app: string) =>
  Effect.gen(function*() {
    const { stdout } = yield* flash(["env", "list", "-a", app, "--json"], yield* environment)
    return (JSON.parse(stdout) as ReadonlyArray<{ readonly name: string }>).map(({ name }) => name)
  }).pipe(Effect.scoped)

if (Terminal.missing !== undefined) console.warn(`test/cli/terminal.test.ts is skipped: ${Terminal.missing}`)

layer(platform, { excludeTestServices: true })("in a terminal", (it) => {
  const test = it.scoped.skipIf(Terminal.missing !== undefined)

  test("a deletion is asked about, and the answer is no where none is given", () =>
    Effect.gen(function*() {
      const env = yield* environment
      yield* flash(["env", "create", "one", "-a", "asked"], env)
      const remove = Terminal.start(["env", "delete", "one", "-a", "asked"], env)
      const question = "Delete environment one of app asked?"
      const unanswered = yield* answering(yield* remove, [question, enter])
      expect(unanswered).toMatchObject({ code: 0, text: expect.stringContaining("Nothing was deleted.") })
      expect(unanswered.text).toContain("(y/N)")
      // another key is no answer, and the screen is narrow
      const narrow = Terminal.start(["env", "delete", "one", "-a", "asked"], env, { columns: 30 })
      const refused = yield* answering(yield* narrow, [question.slice(0, 10), "tx1 "], ["\u0007", "n"])
      expect(refused.shown.split("\u0007")).toHaveLength(5)
      expect(refused).toMatchObject({ code: 0, text: expect.stringContaining("Nothing was deleted.") })
      const stopped = yield* answering(yield* remove, [question, ctrlC])
      expect(stopped).toMatchObject({ code: 130, text: expect.stringContaining("error: cancelled: nothing was done") })
      expect(stopped.text).not.toContain("terminal to")
      // the cursor, which a question hides, is there again
      expect(stopped.shown.lastIndexOf("\u001b[?25h")).toBeGreaterThan(stopped.shown.lastIndexOf("\u001b[?25l"))
      expect(yield* names("asked")).toEqual(["one"])
      const agreed = yield* answering(yield* remove, [question, "y"])
      expect(agreed).toMatchObject({ code: 0, text: expect.stringContaining("Deleted environment one") })
      expect(yield* names("asked")).toEqual([])
    }), 60_000)

  test("everything at once is asked about twice, and some can be chosen", () =>
    Effect.gen(function*() {
      const cwd = yield* folder
      const env = yield* environment
      const live = {
        platform: yield* Platform.Platform,
        app: "live",
        env: "live",
        directory: join(cwd, ".flash", "state")
      }
      const resources = ["t1", "t2", "t3"].map((name) => CpuLiveServerless.make(name, { instanceIds: ["cpu3c-2-4"] }))
      yield* Http.applyAll(resources).pipe(
        Effect.provide(Http.layer(live)),
        Logger.withMinimumLogLevel(LogLevel.None)
      )
      const left = Effect.map(Http.holdings(live), ({ records }) => records.map(({ name }) => name))

      const all = Terminal.start(["undeploy", "--all"], env, { cwd })
      const wrong = yield* answering(yield* all, ["Delete t1, t2, t3", "y"], ["Type DELETE ALL", `delete all${enter}`])
      expect(wrong).toMatchObject({ code: 1, text: expect.stringContaining(`that was not "DELETE ALL"`) })
      expect(yield* left).toEqual(["t1", "t2", "t3"])

      const chosen = yield* answering(
        yield* Terminal.start(["undeploy", "-i"], env, { cwd }),
        ["Which are to be deleted?", `${down}${down}${down} ${enter}`],
        ["Delete t2,", "y"]
      )
      expect(chosen).toMatchObject({ code: 0, text: expect.stringContaining("Deleted t2") })
      expect(yield* left).toEqual(["t1", "t3"])

      const typed = yield* answering(yield* all, ["Delete t1, t3", "y"], ["Type DELETE ALL", `DELETE ALL${enter}`])
      expect(typed).toMatchObject({ code: 0, text: expect.stringMatching(/Deleted t1\nDeleted t3\n$/) })
      expect(yield* left).toEqual([])
    }), 60_000)

  test("there are colours, where NO_COLOR does not forbid them, and none in a pipe", () =>
    Effect.gen(function*() {
      const env = yield* environment
      yield* flash(["env", "create", "one", "-a", "colours"], env)
      const words = ["env", "delete", "one", "-a", "colours"]
      const question = "Delete environment one of app colours?"
      const isColored = ({ shown }: { readonly shown: string }) => new RegExp(`${escape}\\[[\\d;]*m`).test(shown)
      const [colored, plain, asked, list, piped] = yield* Effect.all([
        Effect.flatMap(Terminal.start(words, env), (running) => answering(running, [question, enter])),
        Effect.flatMap(Terminal.start(words, { ...env, NO_COLOR: "1" }), (running) =>
          answering(running, [question, enter])),
        Effect.flatMap(Terminal.start(["env", "list", "-a", "colours"], { ...env, NO_COLOR: "1" }), answering),
        Effect.flatMap(Terminal.start(["env", "list", "-a", "colours"], env), answering),
        flash(["env", "list", "-a", "colours"], { ...env, FORCE_COLOR: "1" })
      ])
      expect([colored, plain, asked, list].map(isColored)).toEqual([true, false, false, true])
      const wrong = yield* Effect.flatMap(Terminal.start(["env", "lst"], env), answering)
      expect(wrong.shown).toContain(`${escape}[31merror:${escape}[39m there is no command`)
      // yellow is what is neither well nor broken
      expect(list.shown).toContain(`${escape}[33mPENDING${escape}[39m`)
      expect(piped.stdout).not.toContain("\u001b")
    }), 60_000)

  test("of 40 columns tables and help fit", () =>
    Effect.gen(function*() {
      const env = yield* environment
      for (const words of [["gpus"], ["--help"], ["undeploy", "--help"]]) {
        const { code, text } = yield* answering(yield* Terminal.start(words, env, { columns: 40 }))
        expect(code).toBe(0)
        expect(text.split("\n").filter((line) => line.length > 40)).toEqual([])
      }
    }), 60_000)

  test(
    "a deployment is asked about, shows what is going on while it is, and can be stopped",
    () =>
      Effect.gen(function*() {
        const env = yield* environment
        const cwd = yield* project({ ...base, "main.ts": defining("hello") })
        const words = ["deploy", "--app", "stopped"]
        const question = "Deploy to environment production of app stopped?"
        const deploy = Terminal.start(words, env, { cwd })

        const unanswered = yield* answering(yield* deploy, [question, enter])
        expect(unanswered.code).toBe(0)
        expect(unanswered.text).toContain("Bundling 1 function of 1 resource")
        expect(screen(unanswered.shown)).not.toContain("Bundling")
        expect(screen(unanswered.shown)).toMatch(/Nothing was deployed\.$/)

        const { faults } = yield* Platform.Platform
        faults.add([{ contains: "deployBuildToEnvironment", fail: "timeout" }])
        const stopped = yield* answering(yield* deploy, [question, "y"], ["Promoting build", ctrlC])
        expect(stopped.code).toBe(130)
        expect(screen(stopped.shown)).toContain("Stopped. What served still serves")
        expect(screen(stopped.shown)).not.toContain("Promoting build")

        const piped = yield* flash([...words, "--yes"], env, cwd)
        expect(piped.code).toBe(0)
        expect(piped.stderr).toMatch(/^Bundling 1 function of 1 resource\n/m)
        expect(piped.stderr).not.toContain(escape)
      }),
    60_000
  )

  /** A call whose job is accepted, and whose submission is answered so many milliseconds later. */
  const interrupted = (name: string, answerHeld: number) =>
    Effect.gen(function*() {
      const env = yield* environment
      const { faults, url } = yield* Platform.Platform
      const endpoint = yield* PlainEndpoint.make(name)
      const inQueue = Effect.promise(async () => {
        const headers = { authorization: `Bearer ${env.RUNPOD_API_KEY}` }
        const response = await fetch(`${url}/v2/${endpoint.id}/health`, { headers })
        const { jobs }: { readonly jobs: { readonly inQueue: number } } = JSON.parse(await response.text())
        return jobs.inQueue
      })
      if (answerHeld > 0) faults.add([{ path: `/v2/${endpoint.id}/run`, when: "after", delay: answerHeld }])
      const call = yield* Terminal.start(["call", name, "{}"], env)
      yield* Effect.repeat(inQueue, { until: (n) => n === 1, schedule: Schedule.spaced("20 millis") })
      yield* call.write(ctrlC)
      expect((yield* call.result).code).toBe(130)
      expect(yield* inQueue).toBe(0)
    })

  test("Ctrl+C cancels what is waited for", () => interrupted("waiting", 0), 60_000)

  test("Ctrl+C cancels a job whose submission is still under way", () => interrupted("submitting", 1_500), 60_000)
})
