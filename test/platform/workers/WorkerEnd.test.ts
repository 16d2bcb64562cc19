/** What follows when workers end before they are up. */
import { expect, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Fleets from "../../../runtime/platform/workers/Fleets.ts"
import * as WorkerEnd from "../../../runtime/platform/workers/WorkerEnd.ts"
import * as WorkerLogs from "../../../runtime/platform/workers/WorkerLogs.ts"
import { endpoint } from "./Fleet.fixtures.ts"

/** An endpoint whose workers end before they are up. */
const failing = () => {
  let now = 0
  const failed: Array<string> = []
  const fleets = Fleets.make({ now: () => now, machineNow: () => now })
  const fleet = fleets.of(endpoint())
  const end = WorkerEnd.make({
    logs: WorkerLogs.make(() => now),
    machineNow: () => now,
    jobs: () => ({
      demand: () => 1,
      waitingSince: () => undefined,
      heldBy: () => 0,
      retire: () => {},
      lose: () => {},
      failQueued: (_, error) => failed.push(error)
    })
  })
  return {
    failed,
    fleet,
    /** Ends one; gives the milliseconds that the endpoint rests then. */
    next: (how: Partial<{ isReady: boolean; isStopping: boolean }> = {}) =>
      Effect.map(
        end(Object.assign(fleets.enlist(fleet), { tail: ["no code"], ...how }), "it exited with code 1"),
        () => {
          const rest = fleet.restUntil - now
          now = Math.max(now, fleet.restUntil)
          return rest
        }
      )
  }
}

it.effect("an endpoint rests longer after each, and no longer than ten seconds", () =>
  Effect.gen(function*() {
    const { next } = failing()
    expect(yield* Effect.all(Array.from({ length: 9 }, () => next()))).toEqual(
      [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]
    )
  }))

it.effect("what waits fails after three, and again after three more, with what the last one said", () =>
  Effect.gen(function*() {
    const { failed, next } = failing()
    yield* next()
    yield* next()
    expect(failed).toEqual([])
    yield* next()
    expect(failed).toEqual(["no worker could be started, the last one: it exited with code 1\n  no code"])
    yield* Effect.all([next(), next(), next()])
    expect(failed).toHaveLength(2)
  }))

it.effect("one that was up, or was to end, is no failed start", () =>
  Effect.gen(function*() {
    const { failed, fleet, next } = failing()
    for (const how of [{ isReady: true }, { isStopping: true }]) {
      yield* Effect.all([next(how), next(how), next(how)])
    }
    expect([fleet.failedStarts, fleet.restUntil, failed]).toEqual([0, 0, []])
  }))
