/** FlashBoot on the embedded platform: idle workers are suspended, and go on where they were. */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer, Schedule, Schema } from "effect"
import { CpuLiveServerless, Flash, remote } from "effect-flash"
import { layerFlashOn, Platform } from "effect-flash/local"
import { gone, stateOf } from "../cli/processes.ts"
import * as Endpoints from "./endpoints.ts"

const options = { workersMax: 2, idleTimeout: 1, maxConcurrency: 1 }
const cpu = CpuLiveServerless.make("parked", options)
const ends = CpuLiveServerless.make("not-parked", { ...options, flashboot: false })

let calls = 0

/** Its process, and how many calls that has had. */
export const who = remote(
  "who",
  { resource: cpu, success: Schema.Struct({ pid: Schema.Int, calls: Schema.Int }) },
  () => Effect.sync(() => ({ pid: process.pid, calls: ++calls }))
)

export const whoEnds = remote("whoEnds", { resource: ends, success: Schema.Int }, () => Effect.sync(() => process.pid))

const on = (platform: Parameters<typeof Platform.layer>[0] = {}) =>
  Layer.provideMerge(layerFlashOn, Platform.layer(platform))

const parked = (pid: number) =>
  Effect.repeat(Effect.sync(() => stateOf(pid)), {
    until: (state) => state === "T",
    schedule: Schedule.spaced("5 millis")
  }).pipe(Effect.timeout("10 seconds"))

const call = Flash.provide(who())

describe.skipIf(process.platform !== "linux")("an idle worker of an endpoint with FlashBoot", () => {
  it.scopedLive("is suspended, is none of its workers, and goes on with the next call", () =>
    Effect.gen(function*() {
      const { pid } = yield* call
      yield* parked(pid)
      const id = yield* Endpoints.idOf(cpu)
      expect(yield* Endpoints.rest("GET", `serverless/${id}/workers`)).toMatchObject({ workers: [] })
      // what it had loaded is there
      expect(yield* call).toEqual({ pid, calls: 2 })
      yield* parked(pid)
      // with more to do than it can there is another one beside it
      const [a, b] = yield* Effect.all([call, call], { concurrency: 2 })
      expect([a.pid, b.pid]).toContain(pid)
    }).pipe(Effect.provide(on())))

  it.scopedLive("ends when it was parked for long enough", () =>
    Effect.gen(function*() {
      const { pid } = yield* call
      yield* gone([pid])
      expect((yield* call).pid).not.toBe(pid)
    }).pipe(Effect.provide(on({ parking: { timeToLive: "1 second" } }))))

  it.scopedLive("ends where its endpoint is changed or removed, and does not go on for another release", () =>
    Effect.gen(function*() {
      const first = yield* call
      yield* parked(first.pid)
      const id = yield* Endpoints.idOf(cpu)
      yield* Endpoints.rest("PATCH", `serverless/${id}`, { env: { NEW: "1" } })
      yield* gone([first.pid])
      const second = yield* call
      expect(second.pid).not.toBe(first.pid)
      yield* parked(second.pid)
      yield* Endpoints.rest("DELETE", `serverless/${id}`)
      yield* gone([second.pid])
    }).pipe(Effect.provide(on())))

  it.scopedLive("ends with the platform", () =>
    Effect.gen(function*() {
      const { pid } = yield* Effect.provide(Effect.tap(call, ({ pid }) => parked(pid)), on())
      yield* gone([pid])
    }))

  it.scopedLive("ends, as any other's does, where none may be parked", () =>
    Effect.gen(function*() {
      const [{ pid }, other] = yield* Effect.all([call, Flash.provide(whoEnds())], { concurrency: 2 })
      yield* gone([pid, other])
    }).pipe(Effect.provide(on({ parking: false }))))

  it.scopedLive("is parked where its endpoint has FlashBoot, and there alone", () =>
    Effect.gen(function*() {
      const pid = yield* Flash.provide(whoEnds())
      yield* gone([pid])
    }).pipe(Effect.provide(on())))
})
