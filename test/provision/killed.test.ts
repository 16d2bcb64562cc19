/** A process that is killed at any call of an apply, before the platform does what it asks and after. */
import { expect, it } from "@effect/vitest"
import { Effect, Logger, LogLevel, Redacted } from "effect"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Fault } from "../../runtime/platform/control/Faults.ts"
import * as app from "./fixtures/app.ts"
import * as Http from "./http.ts"
import * as Lane from "./lane.ts"

const directory = mkdtempSync(join(tmpdir(), "effect-flash-test-"))

/**
 * The platform holds the call, and its client is killed meanwhile. Of the calls that only ask, three by three are of the
 * same step, and one of them is enough.
 */
const kills = (calls: ReadonlyArray<Http.Call>): ReadonlyArray<Fault> => [
  ...calls.filter(Http.isRead).filter((_, index) => index % 3 === 0).map((call): Fault => ({
    ...call,
    fail: "timeout"
  })),
  ...calls.filter((call) => !Http.isRead(call)).flatMap((call): ReadonlyArray<Fault> => [
    { ...call, fail: "timeout" },
    { ...call, fail: "timeout", when: "after" }
  ])
]

const stages = {
  first: { resources: app.first, volumes: ["data 20"] },
  second: { resources: app.second, volumes: ["data 30"] }
}

it.scopedLive(
  "a process killed at any call of an apply loses no endpoint, and the next one converges",
  () =>
    Effect.gen(function*() {
      const program = yield* Lane.program("apply", join(directory, "apply.mjs"))
      const platforms = yield* Effect.forEach([1, 2, 3], () => Lane.platform)
      const project = { platform: platforms[0]!, directory, env: "calls" }
      const [first = [], second = []] = yield* Effect.forEach(
        [app.first, app.second],
        (resources) => Effect.provide(Http.callsOf(Http.applyAll(resources)), Http.layer(project))
      )
      yield* Http.clear(project)

      const survives = (
        project: Http.Project,
        platform: (typeof platforms)[number],
        stage: "first" | "second",
        fault: Fault
      ) =>
        Effect.gen(function*() {
          const what = `${stage} ${JSON.stringify(fault)}`
          const { faults } = platform
          faults.add([fault])
          const child = yield* Lane.spawn(program, [platform.url, directory, project.env, stage], {
            env: { RUNPOD_API_KEY: Redacted.value(platform.apiKey) }
          })
          const held = yield* Effect.raceFirst(
            Effect.as(Lane.until(() => faults.unanswered().length > 0), "held"),
            child.ended
          )
          expect(held, what).toBe("held")
          yield* child.kill
          expect((yield* Http.holdings(project)).forgotten, what).toEqual([])
          const { resources, volumes } = stages[stage]
          expect(yield* Http.converge(project, resources), what).toEqual(Http.converged(project, resources, volumes))
        }).pipe(Effect.scoped)

      const seconds = kills(second)
      const cases = kills(first).map((one, index) => ({ one, two: seconds[index], env: `case${index}` }))
      expect(cases.length).toBeGreaterThanOrEqual(seconds.length)
      yield* Effect.forEach(platforms, (platform, lane) =>
        Effect.forEach(
          cases.filter((_, index) => index % platforms.length === lane),
          ({ env, one, two }) =>
            Effect.gen(function*() {
              const project = { platform, directory, env }
              yield* survives(project, platform, "first", one)
              if (two !== undefined) {
                yield* survives(project, platform, "second", two)
              }
              yield* Http.clear(project)
            })
        ), { concurrency: "unbounded", discard: true })
    }).pipe(Logger.withMinimumLogLevel(LogLevel.None)),
  // some thirty processes, each from its start to its end
  120_000
)
