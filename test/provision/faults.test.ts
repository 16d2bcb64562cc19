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

const directory = mkdtempSync(join(tmpdir(), "effect-flash-test-"))

const before: ReadonlyArray<Fault> = [
  { fail: "timeout" },
  { fail: "drop" },
  { fail: 500 },
  { fail: 429, retryAfter: 1 }
]

/** Of these the call has had its effect, and nobody hears of it. */
const after: ReadonlyArray<Fault> = [
  { fail: "timeout", when: "after" },
  { fail: "drop", when: "after" },
  { fail: 500, when: "after" }
]

/** Each call with each fault; a call that changes nothing has no effect that it could be struck after. */
const once = (calls: ReadonlyArray<Http.Call>): ReadonlyArray<Fault> =>
  calls.flatMap((call) => (Http.isRead(call) ? before : [...before, ...after]).map((fault) => ({ ...call, ...fault })))

/** From the n-th call on nothing is heard of the platform any more. */
const outages = (calls: ReadonlyArray<Http.Call>): ReadonlyArray<Fault> =>
  calls.map((_, skip) => ({ skip, fail: "drop", when: "after", times: 1000 }))

/** A list's elements in turn, as many as are asked for. */
const cycle = <A>(list: ReadonlyArray<A>, length: number): ReadonlyArray<A> =>
  Array.from({ length }, (_, index) => list[index % list.length]!)

const zip = <A, B>(as: ReadonlyArray<A>, bs: ReadonlyArray<B>): ReadonlyArray<readonly [A, B]> => {
  const length = Math.max(as.length, bs.length)
  return cycle(as, length).map((a, index) => [a, cycle(bs, length)[index]!])
}

/** An apply under a fault, and the one after it. */
const survives = (
  project: Http.Project,
  { clear, add, list }: Platform.Platform["Type"]["faults"],
  fault: Fault,
  resources: ReadonlyArray<Declared>,
  volumes: ReadonlyArray<string>
) =>
  Effect.gen(function*() {
    const what = JSON.stringify(fault)
    add([fault])
    yield* Effect.exit(Http.apply(resources)).pipe(
      Effect.provide(Http.layer({ ...project, requestTimeout: "10 seconds" })),
      Http.hurried
    )
    expect(list().some(({ skip = 0, times }) => skip > 0 || times === (fault.times ?? 1)), `${what} struck`).toBe(false)
    clear()
    expect((yield* Http.holdings(project)).forgotten, `${what} forgets`).toEqual([])
    expect(yield* Http.converge(project, resources), what).toEqual(Http.converged(project, resources, volumes))
  })

it.scopedLive(
  "a fault at any call of an apply loses no endpoint, and the next apply converges",
  () =>
    Effect.gen(function*() {
      const lanes = yield* Effect.forEach([1, 2, 3, 4], () => Http.platform)
      const [platform] = lanes
      const project = { platform: platform!, directory, env: "calls" }
      const calls = yield* Effect.forEach(
        [app.first, app.second],
        (resources) => Http.callsOf(Http.applyAll(resources)).pipe(Effect.provide(Http.layer(project)))
      )
      yield* Http.clear(project)
      const [first = [], second = []] = calls
      const cases = [...zip(once(first), once(second)), ...zip(outages(first), outages(second))].map(
        ([one, two], index) => ({ one, two, env: `case${index}` })
      )
      yield* Effect.forEach(lanes, (platform, lane) =>
        Effect.forEach(
          cases.filter((_, index) => index % lanes.length === lane),
          ({ env, one, two }) =>
            Effect.gen(function*() {
              const project = { platform, directory, env }
              yield* survives(project, platform.faults, one, app.first, ["data 20"])
              yield* survives(project, platform.faults, two, app.second, ["data 30"])
              yield* Http.clear(project)
            })
        ), { concurrency: "unbounded", discard: true })
    }).pipe(Logger.withMinimumLogLevel(LogLevel.None)),
  120_000
)
