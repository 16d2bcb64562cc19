import { Effect, Schema } from "effect"
import { CpuLiveServerless, remote } from "effect-flash"

export const cpu = CpuLiveServerless.make("greeter")

export const hello = remote("hello", {
  resource: cpu,
  payload: { name: Schema.String },
  success: Schema.String
}, ({ name }) => Effect.succeed(`Hello ${name}`))

/** One after the other; a lost worker is worth a second try. */
export const greetAll = (names: ReadonlyArray<string>) =>
  Effect.forEach(
    names,
    (name) => hello({ name }).pipe(Effect.retry({ times: 1, while: ({ _tag }) => _tag === "WorkerLost" }))
  )
