/** A module as a deployed worker loads it: one remote function. */
import { Effect, Schema } from "effect"
import { CpuLiveServerless, remote } from "effect-flash"

class EmptyName extends Schema.TaggedError()("EmptyName", {}) {}

export const hello = remote("hello", {
  resource: CpuLiveServerless.make("plain"),
  payload: { name: Schema.String },
  success: Schema.Struct({ greeting: Schema.String }),
  error: EmptyName
}, ({ name }) => {
  if (name === "") return Effect.fail(new EmptyName())
  if (!name.startsWith("block:")) return Effect.succeed({ greeting: `Hello ${name}` })
  return Effect.sync(() => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(name.slice(6)))
    return { greeting: "unblocked" }
  })
})
