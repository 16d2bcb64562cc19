/** A short run of what `npm run soak` does for ten minutes. */
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Soak from "../../scripts/soak/Soak.ts"

it.live("a worker in trouble loses no job and no result", () =>
  Effect.gen(function*() {
    const report = yield* Soak.run({ seconds: 8, rate: 50, seed: 7 })
    expect(report.problems).toEqual([])
    expect(report.jobs).toBe(400)
    expect(report.kills).toBeGreaterThan(0)
    expect(report.faults).toBeGreaterThan(10)
  }), 120_000)
