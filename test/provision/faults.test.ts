/** Every call of an apply, struck over real HTTP by everything that may befall it. */
import { expect, it } from "@effect/vitest"
import { Effect, Logger, LogLevel } from "effect"
import { Platform } from "effect-flash/local"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Fault } from "../../runtime/platform/control/Faults.ts"
import type { Declared } from "../../src/Endpoint.ts"
import * as app from "./fixtures/app.ts"
import * as Http from "./http.ts"
import * as Lane from "./lane.ts"

const directory = mkdtempSync(join(tmpdir(), "effect-flash-test-"))

/** What befalls one apply. */
type Strike = ReadonlyArray<Fault>

const before: Strike = [{ fail: "timeout" }, { fail: "drop" }, { fail: 500 }, { fail: 429, retryAfter: 1 }]

/** Of these the call has had its effect, and nobody hears of it. */
const after: Strike = [
  { fail: "timeout", when: "after" },
  { fail: "drop", when: "after" },
  { fail: 500, when: "after" }
]

/** Each call that changes something, with each fault. */
const writes = (calls: ReadonlyArray<Http.Call>): ReadonlyArray<Strike> =>
  calls.filter((call) => !Http.isRead(call)).flatMap((call) =>
    [...before, ...after].map((fault) => [{ ...call, ...fault }])
  )

/**
 * Each call that only asks, with each fault. It is asked again, and all goes on: every third of them is struck in the
 * same apply.
 */
const reads = (calls: ReadonlyArray<Http.Call>): ReadonlyArray<Strike> =>
  [0, 1, 2].flatMap((third) => {
    const struck = calls.filter(Http.isRead).filter((_, index) => index % 3 === third)
    return before.map((_, first) =>
      struck.map((call, index) => ({ ...call, ...before[(first + index) % before.length]! }))
    )
  }).filter((strike) => strike.length > 0)

/** From the n-th call on nothing is heard of the platform any more. */
const outages = (calls: ReadonlyArray<Http.Call>): ReadonlyArray<Strike> =>
  calls.map((_, skip) => [{ skip, fail: "drop", when: "after", times: 1000 }])

const strikes = (calls: ReadonlyArray<Http.Call>): ReadonlyArray<Strike> => [
  ...writes(calls),
  ...reads(calls),
  ...outages(calls)
]

/** An apply that is struck, and the one after it. */
const survives = (
  project: Http.Project,
  { add, clear, list }: Platform.Platform["Type"]["faults"],
  strike: Strike,
  resources: ReadonlyArray<Declared>,
  volumes: ReadonlyArray<string>
) =>
  Effect.gen(function*() {
    const what = JSON.stringify(strike)
    add(strike)
    yield* Effect.exit(Http.apply(resources)).pipe(
      Effect.provide(Http.layer({ ...project, requestTimeout: "10 seconds" })),
      Http.hurried
    )
    // an outage is not over
    expect(list().filter(({ times = 1 }) => times === 1), `${what} strikes`).toEqual([])
    clear()
    expect((yield* Http.holdings(project)).forgotten, `${what} lets nothing be forgotten`).toEqual([])
    expect(yield* Http.converge(project, resources), what).toEqual(Http.converged(project, resources, volumes))
  })

it.scopedLive(
  "a fault at any call of an apply loses no endpoint, and the next apply converges",
  () =>
    Effect.gen(function*() {
      const platforms = yield* Effect.forEach([1, 2, 3, 4], () => Lane.platform)
      const project = { platform: platforms[0]!, directory, env: "calls" }
      const [first = [], second = []] = yield* Effect.forEach(
        [app.first, app.second],
        (resources) => Effect.provide(Http.callsOf(Http.applyAll(resources)), Http.layer(project))
      )
      yield* Http.clear(project)
      const seconds = strikes(second)
      // what strikes the creation of the app, and then what strikes its change
      const cases = strikes(first).map((one, index) => ({ one, two: seconds[index], env: `case${index}` }))
      expect(cases.length).toBeGreaterThanOrEqual(seconds.length)
      yield* Effect.forEach(platforms, (platform, lane) =>
        Effect.forEach(
          cases.filter((_, index) => index % platforms.length === lane),
          ({ env, one, two }) =>
            Effect.gen(function*() {
              const project = { platform, directory, env }
              yield* survives(project, platform.faults, one, app.first, ["data 20"])
              if (two !== undefined) yield* survives(project, platform.faults, two, app.second, ["data 30"])
              yield* Http.clear(project)
            })
        ), { concurrency: "unbounded", discard: true })
    }).pipe(Logger.withMinimumLogLevel(LogLevel.None)),
  120_000
)
