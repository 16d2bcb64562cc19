/** The function of the jobs that wait: it does nothing. */
import { Effect, Schema } from "effect"
import { CpuLiveServerless, remote } from "effect-flash"

export const same = remote("same", {
  resource: CpuLiveServerless.make("bench-queued"),
  payload: { n: Schema.Int },
  success: Schema.Int
}, ({ n }) => Effect.succeed(n))
