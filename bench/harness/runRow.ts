/** Runs one row in a process of its own and tells the parent its results. It ends with its parent. */
import { Cause, Effect, Exit, Fiber } from "effect"
import { measure } from "./Bench.ts"
import type { Row } from "./Bench.ts"
import { program } from "./Paths.ts"

const [, , name = ""] = process.argv

const main = Effect.scoped(Effect.gen(function*() {
  const { row }: { readonly row: Row } = yield* Effect.promise(() => import(program(`rows/${name}`)))
  const cases = yield* row
  return yield* Effect.forEach(cases, (it) => measure(name, it))
}))

const fiber = Effect.runFork(main)
const stop = () => Effect.runFork(Fiber.interrupt(fiber))
process.once("SIGTERM", stop).once("SIGINT", stop).once("disconnect", stop)
fiber.addObserver((exit) => {
  if (Exit.isSuccess(exit)) process.send?.(exit.value)
  else if (!Cause.isInterruptedOnly(exit.cause)) console.error(Cause.pretty(exit.cause))
  process.exitCode = Exit.isSuccess(exit) ? 0 : 1
  process.removeListener("disconnect", stop)
  if (process.connected) process.disconnect()
})
