import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Os from "node:os"
import { ExitStatus } from "./ExitStatus.ts"

const signals: ReadonlyArray<NodeJS.Signals> = ["SIGINT", "SIGTERM", "SIGHUP"]

/**
 * A terminal that is closed, or a pipe that nobody reads: an error there would end the process in the middle of what it
 * has to do at its end. For good, since a stream tells of it late.
 */
const ignore = () => {}

/**
 * Runs what ends at a signal by itself, which `stopped` names: the process then has the exit code of that signal. A
 * second signal ends the process where it is.
 */
export const untilSignal = <A, E, R>(
  use: (stopped: Effect.Effect<string>) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | ExitStatus> =>
  Effect.gen(function*() {
    const stopped = yield* Deferred.make<string>()
    const { set } = yield* ExitStatus
    let received = 0
    const onSignal = (signal: NodeJS.Signals) => {
      const code = 128 + Os.constants.signals[signal]
      if (++received > 1) process.exit(code)
      Effect.runSync(set(code))
      Deferred.unsafeDone(stopped, Effect.succeed(signal))
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        for (const signal of signals) process.on(signal, onSignal)
        for (const stream of [process.stdout, process.stderr]) stream.on("error", ignore)
      }),
      () =>
        Effect.sync(() => {
          for (const signal of signals) process.off(signal, onSignal)
        })
    )
    // in a fiber of its own: the runtime interrupts ours at a signal, and it must end by itself
    const fiber = yield* Effect.forkDaemon(Effect.interruptible(use(Deferred.await(stopped))))
    return yield* Fiber.join(fiber)
  }).pipe(Effect.scoped, Effect.uninterruptible)
