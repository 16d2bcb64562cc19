/** What the jobs of the platform's soak do: most are over at once, some run for a while. */
import { CpuLiveServerless, remote } from "effect-flash"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

export const twice = remote("twice", {
  resource: CpuLiveServerless.make("soak"),
  payload: { n: Schema.Int, millis: Schema.Int },
  success: Schema.Int
}, ({ millis, n }) => Effect.delay(Effect.succeed(2 * n), millis))
