import { assert, describe, expect, it } from "@effect/vitest"
import { Chunk, Effect, Layer, Redacted, Schedule, Stream } from "effect"
import { Flash } from "effect-flash"
import { layerFlashOn, Platform } from "effect-flash/local"
import { existsSync, mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Brief, Broken, cpu, Ledger, Negative } from "./classes.ts"
import { idOf } from "./endpoints.ts"

const scratch = () => join(mkdtempSync(join(tmpdir(), "effect-flash-test-")), "log")
const linesOf = (file: string) => existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []
const onPlatform = Effect.provide(Layer.provideMerge(layerFlashOn, Platform.layer()))
const opened = new Date(86_400_000)

/** The last finished job, as the platform keeps it. */
const lastOutput = Effect.gen(function*() {
  const { apiKey, url } = yield* Platform.Platform
  const id = yield* idOf(cpu)
  return yield* Effect.promise(async () => {
    const headers = { authorization: `Bearer ${Redacted.value(apiKey)}` }
    const { requests } = await (await fetch(`${url}/v2/${id}/requests`, { headers })).json() as {
      readonly requests: ReadonlyArray<{ readonly id: string }>
    }
    const job = await (await fetch(`${url}/v2/${id}/status/${requests[0]?.id}`, { headers })).json()
    return (job as { readonly output: Record<string, unknown> }).output
  })
})

describe("instances on a worker", () => {
  it.scopedLive("keep their state across jobs, apart by id, until the worker ends, and are released then", () =>
    Effect.gen(function*() {
      const log = scratch()
      const other = scratch()
      yield* Effect.gen(function*() {
        const ledger = yield* Ledger({ log, opened })
        const first = yield* ledger.add({ amount: 2n ** 70n })
        expect(first).toMatchObject({ total: 2n ** 70n, opened })
        expect(first.pid).not.toBe(process.pid)
        expect(yield* ledger.add({ amount: 1n })).toEqual({ ...first, total: 2n ** 70n + 1n })
        const { instance_id, instance_info } = yield* lastOutput
        expect(instance_id).toBe(ledger.instanceId)
        expect(instance_info).toMatchObject({ class_name: "Ledger", method_calls: 2 })

        // many at once: one instance
        const own = yield* Ledger({ log: other, opened }, { id: "own" })
        const totals = yield* Effect.forEach([1n, 1n, 1n, 1n], (amount) => own.add({ amount }), {
          concurrency: "unbounded"
        })
        expect(totals.map(({ total }) => total).toSorted()).toEqual([1n, 2n, 3n, 4n])
        expect(linesOf(other)).toEqual(["made"])

        // a handle made anew names the same instance
        const again = yield* Ledger({ log: other, opened }, { id: "own" })
        expect(Chunk.toReadonlyArray(yield* Stream.runCollect(again.entries()))).toEqual([1n, 1n, 1n, 1n])
        const error = yield* Effect.flip(again.add({ amount: -5n }))
        assert.instanceOf(error, Negative)
        expect(error.total).toBe(4n)
        const job = yield* again.add.submit({ amount: 6n })
        expect((yield* job.await).total).toBe(10n)
        expect(linesOf(log)).toEqual(["made"])
      }).pipe(Flash.provide, onPlatform)
      expect(linesOf(log)).toEqual(["made", "released"])
      expect(linesOf(other)).toEqual(["made", "released"])
    }))

  it.scopedLive("that fail to be made say how, each time; those that are left alone go", () =>
    Effect.gen(function*() {
      const log = scratch()
      const broken = yield* Ledger({ log, opened, broken: true })
      for (const _ of [1, 2]) {
        const error = yield* Effect.flip(broken.add({ amount: 1n }))
        assert.instanceOf(error, Broken)
        expect(error.log).toBe(log)
      }
      expect(linesOf(log)).toEqual(["made", "released", "made", "released"])

      const brief = yield* Brief({ log })
      yield* brief.touch()
      yield* Effect.repeat(Effect.sync(() => linesOf(log)), {
        until: (lines) => lines.includes("expired"),
        schedule: Schedule.spaced("10 millis")
      }).pipe(Effect.timeout("5 seconds"))
      yield* brief.touch()
    }).pipe(Flash.provide, onPlatform))
})
