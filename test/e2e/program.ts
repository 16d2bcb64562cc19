/** A program as a user writes one: definitions, then the program that calls them, in one file. */
import { Console, Effect, Schema } from "effect"
import { CpuLiveServerless, Flash, remote } from "effect-flash"

export const cpu = CpuLiveServerless.make("program")

class Negative extends Schema.TaggedError<Negative>()("Negative", { value: Schema.Number }) {}

export const root = remote("root", {
  resource: cpu,
  payload: { value: Schema.Number },
  success: Schema.Struct({ root: Schema.Number, at: Schema.Date }),
  error: Negative
}, ({ value }) =>
  value < 0
    ? Effect.fail(new Negative({ value }))
    : Effect.succeed({ root: Math.sqrt(value), at: new Date(value) }))

export const where = remote("where", { resource: cpu, success: Schema.Int }, () => Effect.succeed(process.pid))

export const values = Effect.all([
  root({ value: 9 }),
  Effect.flip(root({ value: -1 })),
  Effect.flip(root({ value: "nine" as unknown as number })).pipe(Effect.map(({ _tag }) => _tag))
])

const program = Effect.gen(function*() {
  yield* Console.log(JSON.stringify({ values: yield* values, worker: yield* where(), pid: process.pid }))
  if (process.argv.includes("--wait")) return yield* Effect.never
})

program.pipe(Flash.runMain)
