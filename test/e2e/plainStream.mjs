/** A module as a deployed worker loads it: one remote function, which streams. */
import { Effect, Schema, Stream } from "effect"
import { CpuLiveServerless, remote } from "effect-flash"
import { appendFileSync } from "node:fs"

export const words = remote("words", {
  resource: CpuLiveServerless.make("plain-stream"),
  payload: { count: Schema.Int, end: Schema.optional(Schema.String), file: Schema.optional(Schema.String) },
  success: Schema.Struct({ index: Schema.Union(Schema.Int, Schema.String), at: Schema.Date }),
  error: Schema.String,
  stream: true
}, ({ count, end, file }) =>
  Stream.range(0, count - 1).pipe(
    Stream.map((index) => ({ index, at: new Date(index) })),
    Stream.concat(
      end === "fail"
        ? Stream.fail("enough")
        : end === "large"
        ? Stream.succeed({ index: "x".repeat(2_000_000), at: new Date(0) })
        : end === "hang"
        ? Stream.never
        : Stream.empty
    ),
    Stream.ensuring(Effect.sync(() => file === undefined ? undefined : appendFileSync(file, "finalized")))
  ))
