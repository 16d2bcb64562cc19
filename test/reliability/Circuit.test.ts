import { describe, expect, it } from "@effect/vitest"
import { FastCheck } from "effect"
import * as Circuit from "../../src/reliability/Circuit.ts"
import type { Outcome } from "../../src/reliability/Circuit.ts"
import { cases } from "../laws.ts"

interface Settings {
  readonly failureThreshold: number
  readonly successThreshold: number
  readonly timeout: number
  readonly windowSize: number
}

/**
 * A breaker as one would explain it: whole lists instead of counters, and every question answered by looking at all
 * that has happened.
 */
class Model {
  private mode: "Closed" | "Open" | "HalfOpen" = "Closed"
  private since = 0
  private outcomes: Array<Outcome> = []
  private calls: Array<{ readonly mode: number; at: number; end: Outcome | undefined; isStale: boolean }> = []
  private modes = 0
  private readonly settings: Settings

  constructor(settings: Settings) {
    this.settings = settings
  }

  private enter(mode: "Closed" | "Open" | "HalfOpen", at: number) {
    this.mode = mode
    this.since = at
    this.modes++
    this.outcomes = []
  }

  private get probes() {
    return this.calls.filter(({ mode }) => mode === this.modes)
  }

  look(now: number) {
    const { successThreshold, timeout } = this.settings
    if (this.mode === "Open" && now >= this.since + timeout) this.enter("HalfOpen", this.since + timeout)
    if (this.mode !== "HalfOpen") return this.mode
    const last = Math.max(this.since, ...this.probes.map(({ at }) => at))
    if (now >= last + timeout) { for (const probe of this.probes) probe.isStale = true }
    const running = this.probes.filter(({ end, isStale }) => end === undefined && !isStale).length
    const succeeded = this.probes.filter(({ end }) => end === "success").length
    return { free: Math.max(0, successThreshold - succeeded - running), succeeded }
  }

  admits(now: number): number | undefined {
    const view = this.look(now)
    if (view === "Open" || (typeof view === "object" && view.free === 0)) return undefined
    return this.calls.push({ mode: this.modes, at: now, end: undefined, isStale: false }) - 1
  }

  ends(index: number, outcome: Outcome, now: number) {
    const call = this.calls[index]!
    call.end = outcome
    if (call.mode !== this.modes) return
    if (this.mode === "Closed") {
      if (outcome === "ignored") return
      this.outcomes.push(outcome)
      const window = this.outcomes.slice(-Math.max(this.settings.windowSize, this.settings.failureThreshold))
      if (window.filter((one) => one === "failure").length >= this.settings.failureThreshold) this.enter("Open", now)
    } else if (outcome === "failure") this.enter("Open", now)
    else if (this.probes.filter(({ end }) => end === "success").length >= this.settings.successThreshold) {
      this.enter("Closed", now)
    }
  }
}

type Step =
  | { readonly _tag: "wait"; readonly millis: number }
  | { readonly _tag: "call" }
  | { readonly _tag: "end"; readonly which: number; readonly outcome: Outcome }
  | { readonly _tag: "look" }

const step: FastCheck.Arbitrary<Step> = FastCheck.oneof(
  { weight: 2, arbitrary: FastCheck.record({ _tag: FastCheck.constant("wait" as const), millis: FastCheck.nat(150) }) },
  { weight: 4, arbitrary: FastCheck.record({ _tag: FastCheck.constant("call" as const) }) },
  {
    weight: 4,
    arbitrary: FastCheck.record({
      _tag: FastCheck.constant("end" as const),
      which: FastCheck.nat(20),
      outcome: FastCheck.constantFrom<Array<Outcome>>("success", "failure", "failure", "ignored")
    })
  },
  { weight: 1, arbitrary: FastCheck.record({ _tag: FastCheck.constant("look" as const) }) }
)

const settings: FastCheck.Arbitrary<Settings> = FastCheck.record({
  failureThreshold: FastCheck.integer({ min: 1, max: 4 }),
  successThreshold: FastCheck.integer({ min: 1, max: 3 }),
  timeout: FastCheck.constant(100),
  windowSize: FastCheck.integer({ min: 1, max: 6 })
})

const run = (settings: Settings, steps: ReadonlyArray<Step>, visited: Set<string> = new Set()) => {
  const changes: Array<string> = []
  const circuit = Circuit.make({ ...settings, onChange: (previous, next) => changes.push(previous, next._tag) })
  const model = new Model(settings)
  const running: Array<{ readonly admission: number; readonly index: number }> = []
  let now = 0
  const time = () => now

  const agree = () => {
    const actual = circuit.state(time)
    visited.add(actual._tag)
    const expected = model.look(now)
    if (typeof expected === "string") expect(actual._tag).toBe(expected)
    else expect(actual).toMatchObject({ _tag: "HalfOpen", permits: expected.free, successes: expected.succeeded })
  }

  for (const step of steps) {
    switch (step._tag) {
      case "wait":
        now += step.millis
        break
      case "call": {
        const admission = circuit.admit(time)
        const index = model.admits(now)
        expect(admission === undefined).toBe(index === undefined)
        if (admission !== undefined && index !== undefined) running.push({ admission, index })
        break
      }
      case "end": {
        const [call] = running.splice(running.length === 0 ? 0 : step.which % running.length, 1)
        if (call === undefined) break
        // what changes with time is not looked at before: an outcome comes whenever it comes
        circuit.record(call.admission, step.outcome, time)
        model.ends(call.index, step.outcome, now)
        break
      }
      case "look":
        agree()
    }
  }
  agree()
  return changes
}

describe("a circuit", () => {
  it("does what its model does, whatever happens when", () => {
    const visited = new Set<string>()
    FastCheck.assert(
      FastCheck.property(settings, FastCheck.array(step, { maxLength: 80, size: "max" }), (settings, steps) => {
        run(settings, steps, visited)
      }),
      cases(600)
    )
    // the sequences get everywhere
    expect([...visited].toSorted()).toEqual(["Closed", "HalfOpen", "Open"])
  })

  it("does the same however often it is looked at", () => {
    FastCheck.assert(
      FastCheck.property(settings, FastCheck.array(step, { maxLength: 60, size: "max" }), (settings, steps) => {
        const looking = steps.flatMap((step): ReadonlyArray<Step> => [step, { _tag: "look" }])
        expect(run(settings, looking)).toEqual(run(settings, steps))
      }),
      cases(200)
    )
  })

  it("tells each change once, and no two of the same", () => {
    FastCheck.assert(
      FastCheck.property(settings, FastCheck.array(step, { maxLength: 60, size: "max" }), (settings, steps) => {
        const changes = run(settings, steps)
        const from = changes.filter((_, index) => index % 2 === 0)
        const to = changes.filter((_, index) => index % 2 === 1)
        expect(from).toEqual(["Closed", ...to].slice(0, from.length))
        to.forEach((tag, index) => expect(tag).not.toBe(from[index]))
      }),
      cases(200)
    )
  })

  it("opens by failures between successes, which a count of failures in a row would never see", () => {
    const circuit = Circuit.make({
      failureThreshold: 5,
      successThreshold: 2,
      timeout: 60_000,
      windowSize: 10,
      onChange: () => {}
    })
    for (let call = 0; call < 8; call++) {
      circuit.record(circuit.admit(() => 0) ?? -1, call % 2 === 0 ? "failure" : "success", () => 0)
    }
    expect(circuit.state(() => 0)).toEqual({ _tag: "Closed", failures: 4, outcomes: 8 })
    circuit.record(circuit.admit(() => 0) ?? -1, "failure", () => 0)
    expect(circuit.state(() => 0)).toEqual({ _tag: "Open", until: 60_000 })
  })
})
