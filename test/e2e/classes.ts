/** Stateful classes that the end-to-end tests call; workers load this module. */
import { Effect, Schema, Stream } from "effect"
import { CpuLiveServerless, remoteClass } from "effect-flash"
import { appendFileSync } from "node:fs"

export const cpu = CpuLiveServerless.make("e2e-classes", { workersMax: 1, maxConcurrency: 4 })

export class Broken extends Schema.TaggedError<Broken>()("Broken", { log: Schema.String }) {}
export class Negative extends Schema.TaggedError<Negative>()("Negative", { total: Schema.BigIntFromSelf }) {}

/** Writes to its log when it is made and when it is released. */
export const Ledger = remoteClass("Ledger", {
  resource: cpu,
  constructor: { log: Schema.String, opened: Schema.DateFromSelf, broken: Schema.optional(Schema.Boolean) },
  error: Broken,
  idleTimeout: "1 minute",
  methods: {
    add: {
      payload: { amount: Schema.BigIntFromSelf },
      success: Schema.Struct({ total: Schema.BigIntFromSelf, opened: Schema.DateFromSelf, pid: Schema.Int }),
      error: Negative
    },
    entries: { success: Schema.BigIntFromSelf, stream: true }
  }
}, ({ broken, log, opened }) =>
  Effect.gen(function*() {
    yield* Effect.acquireRelease(
      Effect.sync(() => appendFileSync(log, "made\n")),
      () => Effect.sync(() => appendFileSync(log, "released\n"))
    )
    if (broken === true) return yield* new Broken({ log })
    const entries: Array<bigint> = []
    const total = () => entries.reduce((sum, entry) => sum + entry, 0n)
    return {
      add: ({ amount }) =>
        Effect.suspend(() => {
          if (total() + amount < 0n) return Effect.fail(new Negative({ total: total() }))
          entries.push(amount)
          return Effect.succeed({ total: total(), opened, pid: process.pid })
        }),
      entries: () => Stream.fromIterable(entries)
    }
  }))

/** Goes as soon as it is left alone. */
export const Brief = remoteClass("Brief", {
  resource: cpu,
  constructor: { log: Schema.String },
  idleTimeout: "200 millis",
  methods: { touch: {} }
}, ({ log }) =>
  Effect.as(
    Effect.addFinalizer(() => Effect.sync(() => appendFileSync(log, "expired\n"))),
    { touch: () => Effect.void }
  ))
