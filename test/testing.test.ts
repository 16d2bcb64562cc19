/** What `effect-flash/testing` puts around targets and endpoints. */
import { describe, expect, it } from "@effect/vitest"
import { Chunk, Effect, Layer, Schema, Stream } from "effect"
import { CpuLiveServerless, Flash, JobTimedOut, remote, remoteClass } from "effect-flash"
import { Platform } from "effect-flash/local"
import { Calls, failing, TestPlatform } from "effect-flash/testing"

const cpu = CpuLiveServerless.make("tested")
const twice = remote(
  "twice",
  { resource: cpu, payload: { n: Schema.Int }, success: Schema.Int },
  ({ n }) => Effect.succeed(2 * n)
)
const upTo = remote(
  "upTo",
  { resource: cpu, payload: { n: Schema.Int }, success: Schema.Int, stream: true },
  ({ n }) => Stream.range(1, n)
)
const Adder = remoteClass("Adder", {
  resource: cpu,
  constructor: { to: Schema.Int },
  methods: { add: { payload: { n: Schema.Int }, success: Schema.Int } }
}, ({ to }) => Effect.succeed({ add: ({ n }) => Effect.succeed(to + n) }))

const inline = Layer.provideMerge(Calls.recorded(Flash.layerInline), Calls.layer)
const timedOut = new JobTimedOut({ endpoint: "tested", jobId: "job-1", error: "too long" })

describe("recorded", () => {
  it.effect("keeps calls, streams, jobs and methods of a target, in their order", () =>
    Effect.gen(function*() {
      yield* twice({ n: 1 }, { policy: { executionTimeout: "1 minute" } })
      expect(Chunk.toReadonlyArray(yield* Stream.runCollect(upTo({ n: 2 })))).toEqual([1, 2])
      expect(yield* Effect.flatMap(twice.submit({ n: 3 }), (job) => job.await)).toBe(6)
      const adder = yield* Adder({ to: 1 })
      expect(yield* adder.add({ n: 4 })).toBe(5)
      const calls = yield* Effect.flatMap(Calls.Calls, ({ all }) => all)
      expect(calls.map((call) => [call.endpoint, call.function, call.kind])).toEqual([
        ["tested", "twice", "call"],
        ["tested", "upTo", "stream"],
        ["tested", "twice", "submit"],
        ["tested", "Adder.add", "call"]
      ])
      expect(yield* Calls.of(twice)).toMatchObject([
        { payload: { n: 1 }, options: { policy: { executionTimeout: "1 minute" } } },
        { payload: { n: 3 }, options: undefined }
      ])
      yield* Effect.flatMap(Calls.Calls, ({ clear }) => clear)
      expect(yield* Calls.of(twice)).toEqual([])
    }).pipe(Flash.provide, Effect.scoped, Effect.provide(inline)))

  it.effect("keeps those that fail, too", () =>
    Effect.gen(function*() {
      expect(yield* Effect.flip(Flash.provide(twice({ n: 1 })))).toBe(timedOut)
      expect(yield* Calls.of(twice)).toHaveLength(1)
    }).pipe(Effect.provide(
      Layer.provideMerge(Calls.recorded(failing(Flash.layerInline, [timedOut])), Calls.layer)
    )))
})

describe("failing", () => {
  it.effect("fails whatever is called first, and begins anew with each layer", () =>
    Effect.gen(function*() {
      const program = Effect.all([
        Effect.flip(Stream.runDrain(upTo({ n: 1 }))),
        Effect.flip(twice.submit({ n: 1 })),
        twice({ n: 1 })
      ]).pipe(Flash.provide, Effect.provide(failing(Flash.layerInline, [timedOut, timedOut])))
      expect(yield* program).toEqual([timedOut, timedOut, 2])
      expect(yield* program).toEqual([timedOut, timedOut, 2])
    }))
})

describe("a platform for a test", () => {
  it.scopedLive("has no jobs of an endpoint that nobody has called, and a clock that can be hurried", () =>
    Effect.gen(function*() {
      expect(yield* TestPlatform.jobs(cpu)).toEqual([])
      const { clock } = yield* Platform.Platform
      expect(yield* TestPlatform.atSpeed(60, Effect.sync(() => clock.speed))).toBe(60)
      expect(clock.speed).toBe(1)
    }).pipe(Effect.provide(TestPlatform.layer())))
})
