/**
 * The smallest remote function: it runs in another process, and its typed error comes back.
 *
 *     npm run demo
 */
import { Console, Effect, Schema } from "effect"
import { CpuLiveServerless, Flash, remote } from "effect-flash"

export const cpu = CpuLiveServerless.make("01_01_hello", { instanceIds: ["cpu3c-1-2"], workersMax: 3 })

class EmptyName extends Schema.TaggedError<EmptyName>()("EmptyName", {}) {}

export const hello = remote("hello", {
  resource: cpu,
  payload: { name: Schema.String },
  success: Schema.Struct({ greeting: Schema.String, pid: Schema.Int }),
  error: EmptyName
}, ({ name }) =>
  name === ""
    ? Effect.fail(new EmptyName())
    : Effect.succeed({ greeting: `Hello ${name}`, pid: process.pid }))

const program = Effect.gen(function*() {
  const { greeting, pid } = yield* hello({ name: "Ada" })
  yield* Console.log(`${greeting}, from process ${pid}; this is process ${process.pid}`)

  yield* hello({ name: "" }).pipe(
    Effect.catchTag("EmptyName", () => Console.log("An empty name fails with EmptyName, a typed error"))
  )
})

program.pipe(Flash.runMain)
