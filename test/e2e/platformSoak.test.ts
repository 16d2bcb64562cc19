/** A short run of what `npm run soak -- platform` does for five minutes. */
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import * as PlatformSoak from "../../scripts/soak/PlatformSoak.ts"

const options: PlatformSoak.Options = { seconds: 5, rate: 60, seed: 3, life: [900, 1500] }

it.live(
  "a platform that is killed again and again loses no job, no result and no resource",
  () =>
    Effect.gen(function*() {
      const report = yield* PlatformSoak.run(options)
      expect(report.problems).toEqual([])
      // it came to something
      expect(report.kills).toBeGreaterThanOrEqual(1)
      expect(report.accepted + report.unanswered).toBe(300)
      expect(report.accepted).toBeGreaterThan(50)
      expect(report.seen).toBeGreaterThan(10)
      expect(report.checkedAgain).toBeGreaterThan(0)
      expect(report.resources).toBeGreaterThan(0)
    }),
  180_000
)
