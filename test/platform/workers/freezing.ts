/** Freezes two processes that end with their input, says which, and waits to be killed. */
import { Effect } from "effect"
import { spawn } from "node:child_process"
import * as Freezer from "../../../runtime/platform/workers/Freezer.ts"

const program = Effect.gen(function*() {
  const { freeze } = yield* Freezer.make
  const pids = [1, 2].map(() => spawn("cat", { stdio: ["pipe", "ignore", "ignore"], detached: true }).pid ?? 0)
  yield* Effect.sleep("50 millis")
  for (const pid of pids) freeze(pid)
  console.log(JSON.stringify(pids))
  return yield* Effect.never
})

Effect.runFork(Effect.scoped(program))
