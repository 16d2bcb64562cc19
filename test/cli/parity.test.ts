/** The built command, in a pseudo-terminal and in a pipe, as `parityTable.ts` says. */
import { describe, expect, it, layer } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import { projectRoot } from "../../scripts/build.mjs"
import { base, defining } from "../build/fixture.ts"
import { project } from "../live/liveThread.ts"
import { type Flash, start } from "./flash.ts"
import * as InProcess from "./inProcess.ts"
import { boxes, type Case, cases, type Dialogue, elsewhere, type Outcome } from "./parityTable.ts"
import { environment, platform } from "./platform.ts"
import * as Terminal from "./pseudoTerminal.ts"

const escape = "\u001b"

type Way = "terminal" | "pipe"

/** Types the answers, and stops what goes on until it is stopped. */
const lead = (running: Flash, dialogue: Dialogue, until: string | undefined, interrupt: Effect.Effect<void>) =>
  Effect.gen(function*() {
    for (const [question, answer] of dialogue) {
      yield* running.wrote(question)
      yield* running.write(answer)
    }
    if (until === undefined) return yield* running.result
    const shown = Effect.zipWith(running.printed, running.complaints, (out, err) => out + err)
    const isThere = shown.pipe(
      Effect.filterOrFail((text) => text.includes(until)),
      Effect.retry(Schedule.spaced("20 millis"))
    )
    // one that ends of itself is told by its result
    yield* Effect.raceFirst(isThere, running.result)
    yield* interrupt
    return yield* running.result
  })

const runCase = (one: Case, way: Way) =>
  Effect.gen(function*() {
    const named = (words: ReadonlyArray<string>) => words.map((word) => word.replaceAll("{way}", way))
    const cwd = yield* project({
      ...(one.project === undefined ? {} : { ...base, "main.ts": defining("hello") }),
      ...one.files
    })
    const variables = yield* environment
    for (const words of one.before ?? []) yield* InProcess.flash(named(words), variables, cwd)
    const env = { ...variables, ...one.env }
    if (way === "terminal") {
      const running = yield* Terminal.start(named(one.words), env, { cwd })
      return yield* lead(running, one.dialogue ?? [], one.until, running.write("\u0003"))
    }
    const running = yield* start(named(one.words), env, cwd)
    return yield* lead(running, [], one.until, running.kill("SIGINT"))
  }).pipe(Effect.scoped)

const expectOutcome = (one: Case, way: Way, { code, says }: Outcome) =>
  Effect.map(runCase(one, way), (result) => {
    const text = stripVTControlCharacters(`${result.stdout}\n${result.stderr}`)
    const told = { words: one.words.join(" "), way, code: result.code, text }
    expect(told).toMatchObject({
      code,
      text: typeof says === "string" ? expect.stringContaining(says) : expect.stringMatching(says)
    })
    // no stack, and one message
    expect(text).not.toMatch(/^\s+at .*:\d+:\d+|\[object Object\]/m)
    if (way === "terminal") {
      expect([told.words, result.stderr]).toEqual([told.words, ""])
      expect(result.stdout.lastIndexOf(`${escape}[?25h`), told.words).toBeGreaterThanOrEqual(
        result.stdout.lastIndexOf(`${escape}[?25l`)
      )
    } else {
      expect(result.stdout + result.stderr, told.words).not.toMatch(new RegExp(`${escape}|\r`))
      if (!one.words.includes("--json")) return
      // the dev server's are one a line
      const documents = one.until === undefined ? [result.stdout] : result.stdout.trim().split("\n")
      for (const document of documents) JSON.parse(document)
    }
  })

if (Terminal.missing !== undefined) console.warn(`test/cli/parity.test.ts has no terminal: ${Terminal.missing}`)

layer(platform, { excludeTestServices: true })("the built command", (it) => {
  describe.each(["terminal", "pipe"] as const)("in a %s", (way) => {
    for (const one of cases) {
      const outcome = way === "pipe" ? one.pipe ?? one.terminal : one.terminal
      if (outcome === "asked") continue
      it.scoped.skipIf(way === "terminal" && Terminal.missing !== undefined)(
        `ends with ${outcome.code}: ${["flash", ...one.words].join(" ")}, saying ${outcome.says}`,
        () => expectOutcome(one, way, outcome),
        { concurrent: true, timeout: 60_000 }
      )
    }
  })
})

const reference = join(projectRoot, "../shared/reference/flash-cli.md")
const isThere = existsSync(reference)
if (!isThere) console.warn("the list of cases is not compared with the reference, which is not beside the checkout")

/** What is between two headings. */
const section = (from: RegExp, to: RegExp): string => {
  const text = readFileSync(reference, "utf8")
  const rest = text.slice(text.search(from))
  const end = rest.slice(1).search(to)
  return end === -1 ? rest : rest.slice(0, end + 1)
}

const firsts = (text: string, pattern: RegExp): ReadonlyArray<string> =>
  [...text.matchAll(pattern)].map(([, first = ""]) => first)

describe.skipIf(!isThere)("the table has", () => {
  const rows = new Set(cases.map(({ row }) => row))

  it("every command of the original", () => {
    const commands = firsts(section(/^## 2\./m, /^## /m), /^\| `([^`]+)` \|/gm)
    expect(commands).toHaveLength(14)
    expect(commands.filter((command) => !rows.has(command))).toEqual([])
  })

  it("every point of what must be kept", () => {
    const points = firsts(section(/^## 16\./m, /^## /m), /^- \[ \] (.+?)(?: with existing accounts)?:/gm)
    expect(points).toEqual(Object.keys(boxes))
    const places = Object.values(boxes).flat()
    expect(places.filter((place) => !rows.has(place) && !existsSync(join(projectRoot, place)))).toEqual([])
  })

  it("every defect in use", () => {
    const numbers = firsts(section(/^### E\. UX/m, /^---/m), /(?:^|\. )(\d\d)\. /gm).map(Number)
    expect(numbers).toHaveLength(14)
    const shown = new Set([...cases.flatMap(({ defects = [] }) => defects), ...Object.keys(elsewhere).map(Number)])
    expect(numbers.filter((number) => !shown.has(number))).toEqual([])
    expect(Object.values(elsewhere).filter((file) => !existsSync(join(projectRoot, file)))).toEqual([])
  })
})
